import AdminAPI
import ArgumentParser

/// `--require`, what logins have to prove.
enum Requirement {
    static let help = ArgumentHelp(
        "What a login has to prove: combinations of publickey, password, totp, joined by +; several are alternatives; or default.",
        valueName: "factors")

    /// An empty list takes the rule away.
    static func words(_ lists: [NameList]) -> [String] {
        let words = lists.flatMap(\.names)
        return words == ["default"] ? [] : words
    }

    static func shown(_ words: [String]) -> String { words.isEmpty ? "the usual" : words.joined(separator: " or ") }
}

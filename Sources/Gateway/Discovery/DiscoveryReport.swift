import AdminAPI
import Foundation
import SessionStore
import Vault

/// Makes what ``DiscoveryProgram`` has printed into a list of accounts. Pure; what the target says is taken as text of
/// unknown intent, and lines that say nothing are left out.
struct DiscoveryReport {
    private struct Entry {
        var uid: UInt32
        var gid: String
        var shell: String
    }

    private var isRoot = false
    private var entries: [(name: String, entry: Entry)] = []
    /// Name to members, and number to name.
    private var groups: [(name: String, gid: String, members: Set<String>)] = []
    private var passwords: [String: DiscoveredAccount.Password] = [:]
    private var keyLines: [String: [String]] = [:]
    private var examinedKeys: Set<String> = []
    private var sudoers: [String] = []
    private var hasSudoers = false
    /// What sudo says to an account of itself.
    private var ownRules: [String: [String]] = [:]

    /// Most accounts of a report.
    static let maximumAccounts = 10_000

    init(_ output: [UInt8]) {
        for bytes in output.split(separator: 10) {
            let line = String(decoding: bytes, as: UTF8.self)
            if let kind = line.first, line.count >= 2 { self.read(kind, line.dropFirst(2)) }
        }
    }

    private mutating func read(_ kind: Character, _ text: Substring) {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        switch kind {
        case "R": self.isRoot = true
        case "P":
            guard fields.count == 7, let uid = UInt32(fields[2]), self.entries.count < Self.maximumAccounts else {
                return
            }
            self.entries.append((fields[0], Entry(uid: uid, gid: fields[3], shell: fields[6])))
        case "G":
            guard fields.count == 4 else { return }
            self.groups.append((fields[0], fields[2], Set(fields[3].split(separator: ",").map(String.init))))
        case "S":
            guard fields.count == 2 else { return }
            self.passwords[fields[0]] = DiscoveredAccount.Password(rawValue: fields[1])
        case "k": self.examinedKeys.insert(String(text))
        case "K":
            guard let colon = text.firstIndex(of: ":") else { return }
            self.keyLines[String(text[..<colon]), default: []].append(String(text[text.index(after: colon)...]))
        case "u": self.hasSudoers = true
        case "U": self.sudoers.append(String(text))
        case "L":
            guard let colon = text.firstIndex(of: ":") else { return }
            self.ownRules[String(text[..<colon]), default: []].append(String(text[text.index(after: colon)...]))
        default: break
        }
    }

    /// - parameter credentials: those that the vault holds for the target.
    func discovery(target: String, account: String, managed credentials: [StoredCredential]) -> AccountDiscovery {
        let rules = SudoRules(lines: self.sudoers)
        let managed = Dictionary(credentials.map { ($0.account, $0) }) { first, _ in first }
        let accounts = self.entries.map { name, entry -> DiscoveredAccount in
            let groups = self.groups.filter { $0.gid == entry.gid || $0.members.contains(name) }.map(\.name)
            let privilegedGroups = groups.filter(Self.privilegedGroups.contains)
            var sudo = self.hasSudoers ? rules.naming(name, uid: entry.uid, groups: groups) : nil
            if sudo == nil, let own = self.ownRules[name] { sudo = SudoRules.listed(in: own) }
            let keys =
                self.examinedKeys.contains(name) || self.keyLines[name] != nil
                ? (self.keyLines[name] ?? []).compactMap { Self.key($0, managed: managed[name]?.publicKey) } : nil
            return DiscoveredAccount(
                name: name, uid: entry.uid, shell: entry.shell, canLogIn: !Self.endsAtOnce(entry.shell),
                password: self.passwords[name], keys: keys, privilegedGroups: privilegedGroups, sudoRules: sudo,
                isPrivileged: entry.uid == 0 || !privilegedGroups.isEmpty
                    || (sudo ?? []).contains(where: SudoRules.permitsAll),
                isManaged: managed[name] != nil)
        }.sorted { ($0.uid, $0.name) < ($1.uid, $1.name) }
        return AccountDiscovery(
            target: target, account: account, isPrivileged: self.isRoot, accounts: accounts,
            unmanagedPrivileged: accounts.filter { $0.isPrivileged && !$0.isManaged }.map(\.name))
    }

    private static let privilegedGroups: Set<String> = ["root", "sudo", "wheel", "admin"]

    private static func endsAtOnce(_ shell: String) -> Bool {
        ["nologin", "false", "sync", "halt", "shutdown"].contains(
            shell.split(separator: "/").last.map(String.init) ?? "")
    }

    private static func key(_ line: String, managed: StoredKey?) -> DiscoveredKey? {
        let trimmed = line.trimmingCharacters(in: .whitespaces)
        guard !trimmed.hasPrefix("#") else { return nil }
        let words = trimmed.split(whereSeparator: \.isWhitespace)
        guard let at = words.firstIndex(where: { $0.hasPrefix("AAAA") }), at > 0,
            let blob = Data(base64Encoded: String(words[at])).map({ [UInt8]($0) })
        else { return nil }
        return DiscoveredKey(
            type: String(words[at - 1].prefix(64)), fingerprint: OpenSSHPublicKey.fingerprint(ofBlob: blob),
            comment: words[(at + 1)...].joined(separator: " "), options: words[..<(at - 1)].joined(separator: " "),
            isManaged: managed?.blob == blob)
    }
}

/// The user rules of sudoers(5), as far as they say who may run what.
struct SudoRules {
    private var rules: [(who: [String], line: String)] = []

    init(lines: [String]) {
        var joined: [String] = []
        var open = ""
        for line in lines {
            guard !line.hasSuffix("\\") else {
                open += line.dropLast()
                continue
            }
            joined.append(open + line)
            open = ""
        }
        var aliases: [String: [String]] = [:]
        for line in joined.map({ $0.trimmingCharacters(in: .whitespaces) }) {
            guard !line.isEmpty, !line.hasPrefix("#") || line.dropFirst().first?.isNumber == true,
                !line.hasPrefix("@"), !line.hasPrefix("Defaults")
            else { continue }
            guard let equals = line.firstIndex(of: "=") else { continue }
            let left = line[..<equals].trimmingCharacters(in: .whitespaces)
            if left.hasPrefix("User_Alias") {
                let name = left.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
                aliases[name] = Self.list(line[line.index(after: equals)...])
            } else if !["Host_Alias", "Cmnd_Alias", "Runas_Alias", "Cmd_Alias"].contains(where: left.hasPrefix) {
                // Users, then hosts: the last word before the equals sign.
                let words = left.split(whereSeparator: \.isWhitespace)
                self.rules.append((Self.list(words.dropLast().joined(separator: " ")[...]), line))
            }
        }
        self.rules = self.rules.map { rule in (rule.who.flatMap { aliases[$0] ?? [$0] }, rule.line) }
    }

    private static func list(_ text: Substring) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// The rules that name the account, or a group of it.
    func naming(_ name: String, uid: UInt32, groups: [String]) -> [String] {
        let names = Set([name, "#\(uid)", "ALL"] + groups.map { "%\($0)" })
        return self.rules.filter { !names.isDisjoint(with: $0.who) }.map(\.line)
    }

    /// What `sudo -l` lists, one rule a line, such as `(ALL : ALL) NOPASSWD: ALL`.
    static func listed(in lines: [String]) -> [String] {
        lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("(") }
    }

    /// Whether any of the rule's commands is `ALL`.
    static func permitsAll(_ rule: String) -> Bool {
        var rest = Substring(rule)
        if !rest.hasPrefix("("), let equals = rest.firstIndex(of: "=") { rest = rest[rest.index(after: equals)...] }
        return rest.split(separator: ",").contains { part in
            var command = part.drop { $0.isWhitespace }
            if command.hasPrefix("("), let end = command.firstIndex(of: ")") {
                command = command[command.index(after: end)...]
            }
            // Tags, such as NOPASSWD:.
            return command.split(whereSeparator: \.isWhitespace).first { !$0.hasSuffix(":") }.map { word in
                word.split(separator: ":").last == "ALL"
            } ?? false
        }
    }
}

import AdminAPI
import ArgumentParser

/// What is special about service accounts.
struct ServiceTermOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Of a service account: addresses, or networks such as 10.0.0.0/8, that it may come from.",
            valueName: "addresses"))
    var from: [NameList] = []
    @Option(help: ArgumentHelp("Of a service account: sessions at once (10).", valueName: "number"))
    var sessions: Int?

    var isEmpty: Bool { self.from.isEmpty && self.sessions == nil }

    var request: ServiceAccountTerms {
        ServiceAccountTerms(from: self.from.isEmpty ? nil : self.from.flatMap(\.names), sessions: self.sessions)
    }
}

import AdminAPI
import ArgumentParser

/// That a grant is for emergencies.
struct GrantEmergencyOptions: ParsableArguments {
    @Flag(help: "For emergencies: it opens nothing until its user breaks the glass, and tells everybody then.")
    var breakGlass = false
    @Option(help: ArgumentHelp("How long that opens it: 1m to 24h; else 1h.", valueName: "time"))
    var breakGlassFor: Length?
    @Option(help: ArgumentHelp("Groups two of whose members review each use.", valueName: "groups"))
    var reviewers: [NameList] = []

    func validate() throws {
        if !self.breakGlass, self.breakGlassFor != nil || !self.reviewers.isEmpty {
            throw ValidationError("say that it is for emergencies: --break-glass")
        }
        if self.breakGlass, self.reviewers.isEmpty {
            throw ValidationError("say who reviews its use: --reviewers GROUP")
        }
    }

    /// nil for any other grant.
    var terms: BreakGlassTerms? {
        self.breakGlass
            ? BreakGlassTerms(seconds: self.breakGlassFor?.seconds, reviewers: self.reviewers.flatMap(\.names)) : nil
    }
}

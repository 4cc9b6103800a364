import AdminAPI
import ArgumentParser

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look for what is wrong with a gateway, and say what to do.",
        discussion: """
            Exit code 1 when there is a warning or worse, 0 when there are at most notes.

            Examples:
              sallyport doctor
              sallyport doctor --json
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let findings: [Finding]
        do {
            findings = try await self.root.client.get(AdminRoutes.findings.path())
        } catch let failure as CommandFailure where failure.code == nil && failure.status == .failed {
            findings = [
                Finding(
                    .critical, "gateway", failure.message,
                    hint: failure.hint ?? "start sallyportd; it says why it can't run")
            ]
        }
        if self.output.json {
            try StandardOutput.json(findings)
        } else {
            for finding in findings {
                StandardOutput.line(
                    "\(finding.severity.rawValue): \(Printable.line(finding.message)) [\(finding.check)]")
                StandardOutput.line("    \(Printable.line(finding.hint))")
            }
            if findings.isEmpty { StandardOutput.line("nothing found") }
        }
        let grave = findings.count { $0.severity > .note }
        guard grave == 0 else {
            throw CommandFailure("\(grave) \(grave == 1 ? "thing needs" : "things need") attention")
        }
    }
}

import AdminAPI
import ArgumentParser

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the running gateway and its public keys.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let status = try await self.root.client.get(AdminRoutes.status.path(), as: GatewayStatus.self)
        guard !self.output.json else { return try StandardOutput.json(status) }
        var details = Details()
        details.add("version", status.version)
        details.add("pid", String(status.pid))
        details.add("started", Display.time(status.started))
        details.add("listens on", status.listen)
        details.add("sessions", String(status.sessions))
        details.add("users", String(status.users))
        details.add("targets", String(status.targets))
        details.add("recordings", String(status.recordings))
        for key in status.hostKeys {
            details.add("host key", "\(key.type) \(key.fingerprint)")
        }
        details.add("signs with", "\(status.recordingSigningKey.type) \(status.recordingSigningKey.fingerprint)")
        for receiver in status.auditReceivers {
            let state = receiver.failure.map { "failing: \(Printable.line($0))" } ?? "works"
            details.add("audit to", "\(receiver.name) (\(receiver.kind)) \(state), \(receiver.behind) rows behind")
        }
        for directory in status.directories {
            let state = directory.failure.map { "failing: \(Printable.line($0))" } ?? "works"
            details.add("directory", "\(directory.kind) \(Printable.line(directory.address)) \(state)")
        }
        details.write()
    }
}

import AdminAPI
import ArgumentParser
import NIOHTTP1

extension TargetCommand {
    struct HostKey: NounCommand {
        static let configuration = CommandConfiguration(
            commandName: "host-key", abstract: "The host keys by which a target is known.",
            discussion: """
                A session to a target that shows another key is refused before a credential is sent. The key that it
                showed is pending until somebody has compared its fingerprint with the host's own, and approves it
                or drops it.

                Examples:
                  sallyport target host-key list web1
                  sallyport target host-key approve web1 SHA256:…
                """,
            subcommands: [List.self, Add.self, Remove.self, Scan.self, Approve.self, Drop.self])

        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "List pinned and pending host keys.")

            @ParentCommand var root: Sallyport
            @OptionGroup var output: OutputOptions
            @Argument(help: "Name of the target.") var name: String

            private struct Row: Encodable {
                let state: String
                let key: PublicKeyInfo
            }

            func run() async throws {
                let target: TargetInfo = try await self.root.client.get(AdminRoutes.target.path(self.name))
                let rows =
                    target.hostKeys.map { Row(state: "pinned", key: $0) }
                    + target.pendingHostKeys.map { Row(state: "pending", key: $0) }
                guard !self.output.json else { return try StandardOutput.json(rows) }
                var table = Table(.left("STATE"), .left("TYPE"), .left("FINGERPRINT"))
                for row in rows { table.add(row.state, row.key.type, row.key.fingerprint) }
                table.write(none: "no host keys")
            }
        }

        struct Add: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Pin more host keys, beside those that are pinned.")

            @ParentCommand var root: Sallyport
            @OptionGroup var keys: KeysOfTarget

            func run() async throws { try await self.keys.pin(by: .POST, on: self.root) }
        }

        struct Scan: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Show the host keys that the target has now, without pinning them.")

            @ParentCommand var root: Sallyport
            @OptionGroup var output: OutputOptions
            @Argument(help: "Name of the target.") var name: String

            func run() async throws {
                let target: TargetInfo = try await self.root.client.get(AdminRoutes.target.path(self.name))
                let request = ScanHostKeysRequest(address: target.address, algorithms: target.algorithms)
                let keys: [PublicKeyInfo] = try await self.root.client.send(
                    .POST, AdminRoutes.hostKeyScan.path(), request)
                guard !self.output.json else { return try StandardOutput.json(keys) }
                let pinned = target.hostKeys.map(\.fingerprint)
                var table = Table(.left("STATE"), .left("TYPE"), .left("FINGERPRINT"))
                for key in keys {
                    table.add(pinned.contains(key.fingerprint) ? "pinned" : "not pinned", key.type, key.fingerprint)
                }
                table.write(none: "no host keys")
            }
        }

        struct Remove: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Unpin a host key; the last one stays.")

            @ParentCommand var root: Sallyport
            @OptionGroup var key: KeyOfTarget

            func run() async throws {
                _ = try await self.key.judge(.remove, on: self.root)
                StandardOutput.line("removed \(Printable.line(self.key.fingerprint))")
            }
        }

        struct Approve: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Pin a pending host key, in place of the pinned ones of its type.")

            @ParentCommand var root: Sallyport
            @OptionGroup var key: KeyOfTarget
            @Flag(help: "Keep the pinned keys of the same type, while hosts behind one name change.")
            var keepOthers = false

            func run() async throws {
                let target = try await self.key.judge(.approve, keepsOthers: self.keepOthers, on: self.root)
                target.writePins()
            }
        }

        struct Drop: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Forget a pending host key.")

            @ParentCommand var root: Sallyport
            @OptionGroup var key: KeyOfTarget

            func run() async throws {
                _ = try await self.key.judge(.drop, on: self.root)
                StandardOutput.line("dropped \(Printable.line(self.key.fingerprint))")
            }
        }
    }

    /// Host keys to pin.
    struct KeysOfTarget: ParsableArguments {
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the target.") var name: String
        @OptionGroup var hostKeys: HostKeyOptions

        /// - parameter method: PUT for these in place of the pinned ones, POST for these beside them.
        func pin(by method: HTTPMethod, on root: Sallyport) async throws {
            let request = PinHostKeysRequest(hostKeys: try self.hostKeys.source())
            let target: TargetInfo = try await root.client.send(
                method, AdminRoutes.targetHostKeys.path(self.name), request)
            guard !self.output.json else { return try StandardOutput.json(target) }
            target.writePins()
        }
    }

    struct KeyOfTarget: ParsableArguments {
        @Argument(help: "Name of the target.") var name: String
        @Argument(help: "Fingerprint of the key, as host-key list shows it.") var fingerprint: String

        func judge(
            _ verdict: JudgeHostKeyRequest.Verdict, keepsOthers: Bool = false, on root: Sallyport
        ) async throws -> TargetInfo {
            try await root.client.send(
                .POST, AdminRoutes.targetHostKeyVerdict.path(self.name),
                JudgeHostKeyRequest(fingerprint: self.fingerprint, verdict: verdict, keepsOthers: keepsOthers))
        }
    }
}

extension TargetInfo {
    /// The fingerprints, for comparing them with what the host's owner says.
    func writePins() {
        for key in self.hostKeys {
            StandardOutput.line("pinned \(Printable.line(key.type)) \(Printable.line(key.fingerprint))")
        }
    }
}

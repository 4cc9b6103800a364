import AdminAPI
import ArgumentParser
import Glibc

struct VaultCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault", abstract: "The key that all stored secrets are under.",
        discussion: """
            Examples:
              sallyport vault status
              sallyport vault rekey
              sallyport vault rekey --passphrase
              sallyport vault rekey --key-file /mnt/key/sallyport.key
            """,
        subcommands: [Status.self, Rekey.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where the key comes from, and try every stored secret.",
            discussion: "Exit code 4 when a stored secret can't be opened.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let status = try await self.root.client.get(AdminRoutes.vault.path(), as: VaultStatus.self)
            if self.output.json {
                try StandardOutput.json(status)
            } else {
                var details = Details()
                details.add("key", "\(status.kind.words(status.place)), \(status.key)")
                details.add("since", Display.time(status.changed))
                details.add("in memory", status.isLocked ? "locked" : "not locked: it may reach the swap space")
                details.add("secrets", String(status.entries))
                if let server = status.server {
                    details.add("server", "\(server.address), \(server.trouble ?? "logged in")")
                }
                for line in status.damaged { details.add("damaged", line) }
                details.write()
            }
            guard status.damaged.isEmpty else {
                throw CommandFailure(
                    "\(status.damaged.count) of \(status.entries) stored secrets can't be opened",
                    hint: "set those credentials again, or restore a backup", status: .verificationFailed)
            }
        }
    }

    struct Rekey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give the vault a new key, while sessions go on.",
            discussion: """
                Without options the key stays of its kind: a key file gets a new key. Backups that were made before \
                need the key of their time: keep a copy of it as long as you keep them.
                """)

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Option(help: ArgumentHelp("Keep the new key in this file, which is made.", valueName: "file"))
        var keyFile: String?
        @Flag(help: "Ask for a passphrase that the new key is made of.") var passphrase = false
        @Flag(help: "Read that passphrase from standard input.") var passphraseStdin = false
        @Option(
            help: ArgumentHelp("Use the key that systemd has passed under this name.", valueName: "name"))
        var systemdCredential: String?

        func validate() throws {
            let chosen = [
                self.keyFile != nil, self.passphrase, self.passphraseStdin, self.systemdCredential != nil,
            ].count(where: \.self)
            guard chosen <= 1 else {
                throw ValidationError(
                    "--key-file, --passphrase, --passphrase-stdin and --systemd-credential exclude each other")
            }
        }

        func run() async throws {
            let client = self.root.client
            let request = try await self.request(client)
            let result: RekeyVaultResult = try await client.send(.PUT, AdminRoutes.vaultKey.path(), request)
            if self.output.json {
                try StandardOutput.json(result)
            } else {
                StandardOutput.line(
                    Printable.line(
                        "\(result.entries) secrets are under the new key \(result.key), "
                            + result.kind.words(result.place)))
            }
            if let remark = result.remark { StandardError.line("sallyport: warning: \(remark)") }
        }

        private func request(_ client: ControlClient) async throws -> RekeyVaultRequest {
            if let keyFile = self.keyFile {
                return RekeyVaultRequest(kind: .keyFile, path: try Self.absolute(keyFile))
            }
            if let name = self.systemdCredential {
                return RekeyVaultRequest(kind: .systemdCredential, credential: name)
            }
            if self.passphraseStdin {
                return RekeyVaultRequest(kind: .passphrase, passphrase: try Inputs.password())
            }
            let kind =
                self.passphrase
                ? .passphrase : try await client.get(AdminRoutes.vault.path(), as: VaultStatus.self).kind
            guard kind == .passphrase else { return RekeyVaultRequest(kind: kind) }
            return RekeyVaultRequest(kind: .passphrase, passphrase: try Inputs.newPassphrase())
        }

        /// The gateway runs in another directory.
        private static func absolute(_ path: String) throws -> String {
            guard !path.hasPrefix("/") else { return path }
            guard let current = getcwd(nil, 0) else {
                throw CommandFailure("cannot tell the present directory", hint: "give an absolute path")
            }
            defer { free(current) }
            return String(cString: current) + "/" + path
        }
    }
}

extension VaultKeyKind {
    fileprivate func words(_ place: String?) -> String {
        switch self {
        case .keyFile: "from the file \(place ?? "?")"
        case .passphrase: "from a passphrase"
        case .systemdCredential: "from the systemd credential \(place ?? "?")"
        }
    }
}

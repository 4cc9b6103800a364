import AdminAPI
import ArgumentParser
import Glibc

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write a backup of the gateway's state to a file, while it runs.",
        discussion: """
            A tar archive of the configuration, the public keys and the database as it is at one moment. Secrets stay \
            sealed: the vault's key is not in it, and neither are recordings. Keep copies of both elsewhere.

            Example: sallyport backup /srv/backup/sallyport-$(date +%F).tar
            """)

    @ParentCommand var root: Sallyport
    @Argument(help: ArgumentHelp("Where to; must not exist.", valueName: "file")) var file: String

    func run() async throws {
        guard access(self.file, F_OK) != 0 else {
            throw CommandFailure("\(self.file) exists", hint: "give each backup a name of its own")
        }
        let partial = self.file + ".partial"
        // Of a backup that was broken off.
        unlink(partial)
        do {
            let file = try ExportFile.create(partial)
            try await self.root.client.stream(AdminRoutes.backup.path()) { piece in
                try file.write(Array(piece.readableBytesView))
                return true
            }
            try file.finish()
            guard rename(partial, self.file) == 0 else {
                throw CommandFailure("cannot write \(self.file): \(String(cString: strerror(errno)).lowercased())")
            }
        } catch {
            unlink(partial)
            throw error
        }
        StandardOutput.line(Printable.line("wrote \(self.file)"))
    }
}

/// `sallyportd` does the work, since the vault and the store are its own.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a state directory of a backup.",
        discussion: """
            The state directory must be missing or empty; recordings may be there. Everything is checked before it \
            counts.

            Example: sallyport --state /srv/gateway restore sallyport-2026-11-30.tar --vault-key vault.key
            """)

    @ParentCommand var root: Sallyport
    @Argument(help: ArgumentHelp("The backup.", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("A copy of the vault's key file, to be put in its place.", valueName: "file"))
    var vaultKey: String?

    func run() throws {
        var arguments = ["--restore", self.root.stateDirectory, "--backup", self.file]
        if let vaultKey = self.vaultKey { arguments += ["--vault-key", vaultKey] }
        try DaemonProgram.replaceThisProcess(with: arguments)
    }
}

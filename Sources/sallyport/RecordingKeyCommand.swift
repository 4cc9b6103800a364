import ArgumentParser
import Glibc
import RecordingKeys

struct RecordingKeyCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Keys that recordings are read with.",
        discussion: "Example: sallyport recording key generate auditor.key",
        subcommands: [Generate.self])

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an identity for somebody who reads recordings.",
            discussion: """
                Writes the secret identity to FILE and prints the recipient, which may be told to anybody and goes into
                the gateway's configuration: recipients = ["spr-recipient-1..."] under [recording], or input_recipients
                for what is typed. With the identity, --identity FILE opens what is recorded from the gateway's next
                start on. Recordings name their readers by the fingerprints of their keys, which FILE has too.
                """)

        @Argument(help: "A new file for the identity.") var file: String

        func run() throws {
            let identity = RecordingIdentity()
            let recipient = identity.recipient
            let comment = "# recipient: \(recipient)\n# fingerprint: \(recipient.fingerprint)\n"
            let text = Array("\(comment)\(identity.secretText)\n".utf8)
            let descriptor = open(self.file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw self.failure() }
            defer { close(descriptor) }
            guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
                let failure = self.failure()
                unlink(self.file)
                throw failure
            }
            StandardOutput.line("\(identity.recipient)")
        }

        private func failure() -> CommandFailure {
            CommandFailure("cannot write \(self.file): \(String(cString: strerror(errno)).lowercased())")
        }
    }
}

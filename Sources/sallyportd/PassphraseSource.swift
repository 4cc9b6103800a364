import Foundation
import Gateway
import Platform
import Vault

/// Where the vault's passphrase comes from: a descriptor, a systemd credential, or the terminal.
enum PassphraseSource {
    private static let terminalAttempts = 3

    /// - throws: `GatewayError` when `descriptor` can't be read. It is read now, and closed.
    static func unlocking(descriptor: CInt?) throws -> VaultUnlocking {
        if let descriptor {
            let passphrase = try Self.read(descriptor)
            return VaultUnlocking(attempts: 1) { passphrase }
        }
        if SystemdCredential.isThere(VaultUnlocking.passphraseCredential) { return .unattended }
        return VaultUnlocking(attempts: Self.terminalAttempts) { try Self.ask() }
    }

    private static func read(_ descriptor: CInt) throws -> SecretBytes {
        let secret: SecretBytes
        do {
            secret = try SecretBytes(
                readingFrom: descriptor, limitBytes: PassphraseStretching.maximumPassphraseBytes + 1)
        } catch .tooLong {
            throw GatewayError("the passphrase on descriptor \(descriptor) is too long")
        } catch .system(let code) {
            throw GatewayError(
                "--passphrase-fd \(descriptor): \(String(cString: strerror(code)))",
                hint: "open it for reading, as in 3< FILE")
        }
        if descriptor > STDERR_FILENO { close(descriptor) }
        return secret.withoutNewline
    }

    /// Asks on the terminal without echo. Nil when the process has none.
    private static func ask() throws -> SecretBytes? {
        let raw = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard raw >= 0 else { return nil }
        let terminal = OwnedDescriptor(takingOwnershipOf: raw)
        var original = termios()
        guard tcgetattr(terminal.rawValue, &original) == 0 else { return nil }
        var quiet = original
        quiet.c_lflag &= ~tcflag_t(ECHO)
        // First, since it drops what was typed: nothing is to be typed before the question is there.
        tcsetattr(terminal.rawValue, TCSAFLUSH, &quiet)
        Self.write("passphrase of the vault: ", to: terminal.rawValue)
        defer {
            tcsetattr(terminal.rawValue, TCSAFLUSH, &original)
            Self.write("\n", to: terminal.rawValue)
        }
        return try SecretBytes(capacity: PassphraseStretching.maximumPassphraseBytes + 1) { buffer in
            // Signals are blocked in every thread by now: look for them, and leave with the echo restored.
            while true {
                var waiting = pollfd(fd: terminal.rawValue, events: Int16(POLLIN), revents: 0)
                let ready = poll(&waiting, 1, 100)
                if TerminationSignals.arePending { throw GatewayError("interrupted at the passphrase") }
                guard ready > 0 else { continue }
                let count = Glibc.read(terminal.rawValue, buffer.baseAddress, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw GatewayError("no passphrase was given") }
                return buffer[count - 1] == UInt8(ascii: "\n") ? count - 1 : count
            }
        }
    }

    private static func write(_ text: String, to descriptor: CInt) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}

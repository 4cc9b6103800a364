import CSodium
import Dispatch
import Platform

/// Hashes of users' passwords: argon2id with 64 MiB and 2 passes (libsodium's "interactive"), as PHC strings.
///
/// Hashing and verifying block for a quarter of a second or so: call them off the event loop. At most
/// `concurrency` of them run at once, each with 64 MiB; others wait.
public final class PasswordHasher: Sendable {
    /// Longest password that is looked at, in bytes.
    public static let maximumPasswordBytes = 1024

    /// A hash at today's cost that no password is known for: what unknown users are verified against.
    private static let decoy =
        "$argon2id$v=19$m=65536,t=2,p=1$c2FsbHlwb3J0IGRlY295IQ$"
        + "q0VvF7c0mJYc3kq1m8Zb1nq2s3w4e5r6t7y8u9i0o1A"

    private let gate: DispatchSemaphore

    public init(concurrency: Int = 2) {
        precondition(concurrency > 0, "without a slot every login would wait for ever")
        // 0 on the first call, 1 on later ones, negative when the system has no randomness.
        precondition(sodium_init() >= 0, "libsodium starts on every system with a random source")
        self.gate = DispatchSemaphore(value: concurrency)
    }

    /// A PHC string to store. Throws `password` for an empty or too long one.
    public func hash(_ password: SecretBytes) throws(VaultError) -> String {
        guard (1...Self.maximumPasswordBytes).contains(password.count) else {
            throw VaultError(
                .password, "the password is empty or too long", hint: "use 1 to \(Self.maximumPasswordBytes) bytes")
        }
        self.gate.wait()
        defer { self.gate.signal() }
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_strbytes()))
        let result = password.withUnsafeBytes { bytes in
            crypto_pwhash_str(
                &text, Self.characters(of: bytes), UInt64(bytes.count),
                UInt64(crypto_pwhash_opslimit_interactive()), crypto_pwhash_memlimit_interactive())
        }
        guard result == 0 else { throw VaultError(.system, "no memory left to hash a password") }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether `password` is the one behind `hash`. With nil, takes the same time and says no.
    public func verify(_ password: SecretBytes, against hash: String?) -> Bool {
        self.gate.wait()
        defer { self.gate.signal() }
        // A too long one is cut for the work and refused for the answer, so that it costs no more and no less.
        let length = min(password.count, Self.maximumPasswordBytes)
        let matches = password.withUnsafeBytes { bytes in
            crypto_pwhash_str_verify(hash ?? Self.decoy, Self.characters(of: bytes), UInt64(length)) == 0
        }
        return matches && hash != nil && length == password.count
    }

    private static func characters(of bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar> {
        guard let base = bytes.baseAddress else {
            preconditionFailure("SecretBytes maps at least one page, so its buffer has an address")
        }
        return base.assumingMemoryBound(to: CChar.self)
    }
}

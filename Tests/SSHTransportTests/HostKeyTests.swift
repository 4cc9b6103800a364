import Testing

@testable import SSHTransport

/// Key exchanges whose signatures come from outside of libssh. That clients accept them, each other test here shows.
@Suite("host keys outside libssh", .serialized)
struct HostKeyTests {
    @Test("what is no public key gives no ring", arguments: [[], [0], [0, 0, 0, 11], Array(repeating: 1, count: 60)])
    func unreadable(blob: [UInt8]) {
        #expect(SSHLibrary.prepare())
        #expect(HostKeyRing(publicKeys: [blob]) == nil)
    }

    @Test(
        "without a signature, or with one that isn't the key's, the exchange fails and the program goes on",
        arguments: [
            { _, _ in nil }, { _, _ in [] }, { _, _ in [0, 0, 0, 11] },
            { key, hash in key.sign(hash.reversed()) }, { key, hash in key.sign(hash).map { $0.dropLast() } },
            { _, _ in Array(repeating: 1, count: 5000) },
        ] as [@Sendable (Loopback.HostKey, [UInt8]) -> [UInt8]?])
    func refused(sign: @escaping @Sendable (Loopback.HostKey, [UInt8]) -> [UInt8]?) {
        #expect(throws: (any Error).self) { try Loopback(sign: sign) }
    }
}

import Crypto
import Foundation
import Testing

@testable import SSHTransport

/// Both ends of one authenticated connection, driven by one thread.
final class Loopback {
    let client: ClientLeg
    let server: ServerLeg
    private let clientSocket: CInt

    /// - parameter sign: what the server does with the hash of a key exchange; nil refuses.
    init(sign: @escaping (HostKey, [UInt8]) -> [UInt8]? = { $0.sign($1) }) throws {
        #expect(SSHLibrary.prepare())
        var sockets: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &sockets) == 0)
        self.clientSocket = sockets[0]
        let hostKey = HostKey()
        let keys = try #require(HostKeyRing(publicKeys: [hostKey.publicBlob]))
        self.server = try #require(
            ServerLeg(descriptor: sockets[1], keys: keys) { algorithm, hash in
                algorithm == "ssh-ed25519" && hash.count == 32 ? sign(hostKey, hash) : nil
            })
        self.client = ClientLeg(
            descriptor: sockets[0], host: Array("test".utf8), account: Array("user".utf8),
            hostKeyTypes: [Array("ssh-ed25519".utf8)],
            algorithms: TargetAlgorithmLists(
                keyExchange: ["curve25519-sha256"], ciphers: ["aes128-gcm@openssh.com"],
                macs: ["hmac-sha2-256"], hostKeys: ["ssh-ed25519"], userKeys: ["ssh-ed25519"], minimumRSABits: 2048))
        try self.run { self.server.exchangeKeys() == .done && self.client.connect() == .done }
        try self.run {
            switch self.server.nextRequest() {
            case .service(let request)?: request.accept()
            case .authentication(let request)?: request.accept()
            default: break
            }
            return self.client.authenticate(password: "any") == .done
        }
    }

    deinit { close(self.clientSocket) }

    /// Moves both ends on until `condition` holds.
    /// - throws: ``Unexpected`` when one of them has given up.
    func run(until condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try !condition() {
            try #require(ContinuousClock.now < deadline)
            if self.server.isOver || self.client.isOver { throw Unexpected() }
            self.server.step()
            self.client.step()
            usleep(200)
        }
    }

    /// The next request that the server gets.
    func request() throws -> ServerRequest {
        var found: ServerRequest?
        try self.run {
            found = self.server.nextRequest()
            return found != nil
        }
        return try #require(found)
    }

    /// An open channel of `type`: the client's end, the server's end.
    func open(_ type: String, payload: [UInt8] = []) throws -> (ChannelEnd, ChannelEnd) {
        let clientEnd = try #require(self.client.makeChannel())
        self.client.beginOpening(clientEnd, as: Array(type.utf8), payload: payload)
        guard case .open(let request) = try self.request() else { throw Unexpected() }
        #expect(request.type == Array(type.utf8))
        #expect(request.payload == payload)
        let serverEnd = try #require(request.accept())
        try self.run { self.client.awaitOpening(clientEnd) == .done }
        return (clientEnd, serverEnd)
    }

    struct Unexpected: Error {}

    /// The server's host key, apart from libssh.
    struct HostKey {
        let key = Curve25519.Signing.PrivateKey()

        /// RFC 8709 sections 4 and 6.
        private func blob(_ bytes: Data) -> [UInt8] {
            var writer = PacketWriter(.channelOpen)
            writer.string(Array("ssh-ed25519".utf8))
            writer.string(Array(bytes))
            return Array(writer.bytes.dropFirst())
        }

        var publicBlob: [UInt8] { self.blob(self.key.publicKey.rawRepresentation) }

        func sign(_ hash: [UInt8]) -> [UInt8]? { (try? self.key.signature(for: hash)).map { self.blob($0) } }
    }
}

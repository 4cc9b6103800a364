import AdminAPI
import AuditLog
import Crypto
import Foundation
import Glibc
import Identity
import Logging
import Platform
import RecordingFormat
import RecordingKeys
import SessionStore
import Testing
import WorkerProtocol

@testable import Gateway
@testable import GatewayConfiguration

extension Broker {
    fileprivate var isIdle: Bool { self.connections.isEmpty }
}

/// A real broker whose workers are scripts that break the rules.
/// What is wrong with a proof.
enum ForgedProof: CaseIterable {
    case noSignature, signatureOfNothing, otherLogin, otherSession
}

/// A client's key, with which a worker could at best pass on what the client signed.
private struct ClientKey {
    private let key = Curve25519.Signing.PrivateKey()

    private static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + Array(bytes)
    }

    private var blob: [UInt8] {
        Self.string("ssh-ed25519".utf8) + Self.string(Array(self.key.publicKey.rawRepresentation))
    }

    var line: String { "ssh-ed25519 " + Data(self.blob).base64EncodedString() }
    var claim: PublicKeyClaim { PublicKeyClaim(algorithm: Array("ssh-ed25519".utf8), blob: self.blob) }

    func proof(of login: String, _ forgery: ForgedProof? = nil) throws -> WorkerMessage {
        let session = [UInt8](repeating: 7, count: 32)
        let signed = AuthenticationStatement(
            sessionID: forgery == .otherSession ? [UInt8](repeating: 8, count: 32) : session,
            login: Array((forgery == .otherLogin ? "bob" : login).utf8), algorithm: self.claim.algorithm,
            blob: self.blob)
        var signature = Self.string("ssh-ed25519".utf8)
        switch forgery {
        case .noSignature: signature = []
        case .signatureOfNothing: signature += Self.string([UInt8](repeating: 0, count: 64))
        case .otherLogin, .otherSession, nil: signature += Self.string(try self.key.signature(for: signed.bytes))
        }
        return .authenticate(
            AuthenticationAttempt(
                login: Array(login.utf8),
                method: .publicKeyProof(self.claim, SignedExchange(sessionID: session, signature: signature))))
    }
}

@Suite("Hostile workers", .serialized)
struct HostileWorkerTests {
    private let fixture: AdministrationFixture

    init() throws { self.fixture = try AdministrationFixture() }

    /// What a script does with the broker's socket, after the welcome.
    private func broker(worker body: String) async throws -> (broker: Broker, port: UInt16) {
        let script = """
            #!/usr/bin/python3
            import socket, time, os
            broker = socket.socket(fileno=\(InheritedDescriptor.broker))
            welcome = broker.recv(65536)
            \(body)
            time.sleep(60)
            """
        let path = self.fixture.folder + "/worker"
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o755)
        var configuration = GatewayConfiguration(folder: self.fixture.folder)
        configuration.listen = NetworkAddress(host: "127.0.0.1", port: 0)
        configuration.worker = path
        let broker = try Broker(
            configuration: configuration, store: self.fixture.store, recordings: self.fixture.recordings,
            vault: self.fixture.vault, keys: self.fixture.keys,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return (broker, try await broker.start())
    }

    private func connect(to port: UInt16) throws -> SharedDescriptor {
        let descriptor = SharedDescriptor(
            OwnedDescriptor(
                takingOwnershipOf: try SystemError.check(
                    socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0), "make a socket")))
        let address = try #require(SocketAddress(numericHost: "127.0.0.1", port: port))
        try SystemError.check(address.withSockaddr { Glibc.connect(descriptor.rawValue, $0, $1) }, "connect")
        return descriptor
    }

    private func audited(_ event: AuditCode, within seconds: Int = 60) async throws -> AuditRecord? {
        for _ in 0..<(seconds * 20) {
            let found = try self.fixture.store.auditRecords(limit: 50, code: event.rawValue).last
            if let found { return found }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }

    private func field(_ name: String, of record: AuditRecord?) -> String? {
        record?.fields.first { $0.name == name }?.value
    }

    /// Python for one message.
    private static func sending(_ message: WorkerMessage) -> String {
        "broker.send(bytes(\(message.encoded.map { Int($0) })))"
    }

    @Test(
        "a wrong message ends the worker, closes the connection, and is on record",
        arguments: [
            (sending(.openTarget), "openTarget is not permitted while authenticating"),
            (sending(.target(.ready)), "target is not permitted while authenticating"),
            (sending(.recorded(bytes: 1)), "recorded is not permitted while authenticating"),
            ("broker.send(b'\\xff\\xff\\xff')", "a message that can't be read"),
            ("broker.send(bytes(70000))", "a message that is too long"),
            ("socket.send_fds(broker, [b'\\x05'], [0])", "a message with descriptors"),
        ])
    func wrongMessage(act: String, cause: String) async throws {
        let (broker, port) = try await self.broker(worker: act)
        let client = try self.connect(to: port)
        let record = try await self.audited(.workerMisbehaved)
        #expect(self.field("cause", of: record) == cause)
        // The client's connection is closed: nothing to read, and the end.
        var byte: UInt8 = 0
        #expect(read(client.rawValue, &byte, 1) <= 0)
        #expect(await broker.isIdle)
        await broker.stop(reason: "test")
    }

    @Test("a key that was only offered opens no target")
    func offerOnly() async throws {
        try await self.fixture.addEverything()
        let key = try await self.newKey()
        let offer = WorkerMessage.authenticate(
            AuthenticationAttempt(login: Array("alice@ops@web1".utf8), method: .publicKeyOffer(key.claim)))
        let (broker, port) = try await self.broker(
            worker: """
                \(Self.sending(offer))
                answer = broker.recv(65536)
                open("\(self.fixture.folder)/answer", "wb").write(answer)
                \(Self.sending(.openTarget))
                """)
        let client = try self.connect(to: port)
        let record = try await self.audited(.workerMisbehaved)
        #expect(self.field("cause", of: record) == "openTarget is not permitted while authenticating")
        let answer = try Data(contentsOf: URL(fileURLWithPath: self.fixture.folder + "/answer"))
        #expect(try BrokerMessage(decoding: Array(answer)) == .authentication(.accepted))
        #expect(try self.fixture.store.sessions().isEmpty)
        withExtendedLifetime(client) {}
        await broker.stop(reason: "test")
    }

    @Test("a worker that claims a proof without the key's signature gets nobody in", arguments: ForgedProof.allCases)
    func forgedProof(_ forgery: ForgedProof) async throws {
        try await self.fixture.addEverything()
        let key = try await self.newKey()
        let (broker, port) = try await self.broker(
            worker: """
                \(Self.sending(try key.proof(of: "alice@ops@web1", forgery)))
                answer = broker.recv(65536)
                open("\(self.fixture.folder)/answer", "wb").write(answer)
                \(Self.sending(.openTarget))
                """)
        let client = try self.connect(to: port)
        let record = try await self.audited(.workerMisbehaved)
        #expect(self.field("cause", of: record) == "openTarget is not permitted while authenticating")
        let answer = try Data(contentsOf: URL(fileURLWithPath: self.fixture.folder + "/answer"))
        #expect(
            try BrokerMessage(decoding: Array(answer))
                == .authentication(.denied(canContinue: .all, partially: false)))
        #expect(self.field("cause", of: try await self.audited(.loginFailed)) == "bad signature")
        #expect(try self.fixture.store.sessions().isEmpty)
        withExtendedLifetime(client) {}
        await broker.stop(reason: "test")
    }

    private func newKey() async throws -> ClientKey {
        let key = ClientKey()
        _ = try await self.fixture.service.addKeys(
            AddKeysRequest(keys: [key.line]), toUser: "alice", by: self.fixture.actor)
        return key
    }

    @Test("a worker without a target gets a way to its user's targets and to nothing else")
    func jumps() async throws {
        try await self.fixture.addEverything()
        let proof = try await self.newKey().proof(of: "alice")
        func jump(_ number: UInt32, _ host: String) -> String {
            Self.sending(.openJump(Jump(number: number, host: Array(host.utf8), port: 22)))
        }
        // The script is the inner connection's worker as well: that one asks for nothing.
        let (broker, port) = try await self.broker(
            worker: """
                try: os.mkdir("\(self.fixture.folder)/first")
                except FileExistsError: time.sleep(60)
                def keep(name):
                    message, fds, flags, address = socket.recv_fds(broker, 65536, 4)
                    open("\(self.fixture.folder)/" + name, "wb").write(message + bytes([len(fds)]))
                \(Self.sending(proof))
                keep("proof")
                \(Self.sending(.openTarget))
                keep("target")
                \(jump(1, "elsewhere"))
                keep("elsewhere")
                \(jump(2, "web1"))
                keep("web1")
                \(Self.sending(.openTarget))
                """)
        let client = try self.connect(to: port)
        let record = try await self.audited(.workerMisbehaved)
        #expect(self.field("cause", of: record) == "openTarget is not permitted while undirected")
        func answer(_ name: String) throws -> (BrokerMessage, descriptors: UInt8?) {
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: self.fixture.folder + "/" + name)))
            return (try BrokerMessage(decoding: Array(bytes.dropLast())), bytes.last)
        }
        #expect(try answer("elsewhere") == (.jumpRefused(number: 1), 0))
        #expect(try answer("web1") == (.jumpOpened(number: 2), 1))
        #expect(try await self.audited(.accessDenied) != nil)
        #expect(try self.fixture.store.sessions().isEmpty)
        withExtendedLifetime(client) {}
        await broker.stop(reason: "test")
    }

    @Test("a worker that writes what is not its to write is ended, and the file keeps only what was sound")
    func forgedRecord() async throws {
        let listener = try TCPSocket.listen(host: "127.0.0.1", port: 0)
        try await self.fixture.addEverything(targetAddress: "127.0.0.1:\(listener.port)")
        let proof = try await self.newKey().proof(of: "alice@ops@web1")
        // A seal of its own making: type 4, 200 bytes.
        let (broker, port) = try await self.broker(
            worker: """
                \(Self.sending(proof))
                broker.recv(65536)
                \(Self.sending(.openTarget))
                broker.recv(65536)
                message, fds, flags, address = socket.recv_fds(broker, 65536, 4)
                os.write(fds[0], bytes([4, 200, 0, 0]) + bytes(200))
                broker.send(bytes(\(WorkerMessage.recorded(bytes: 1 << 30).encoded.map { Int($0) })))
                """)
        let client = try self.connect(to: port)
        let record = try await self.audited(.workerMisbehaved)
        #expect(self.field("cause", of: record)?.hasPrefix("the recording: ") == true)
        #expect(try await self.audited(.sessionEnded) != nil)
        let session = try #require(try self.fixture.store.sessions().first)
        #expect(session.ending?.how == .interrupted)
        let file = try Data(contentsOf: URL(fileURLWithPath: self.fixture.recordings.fullPath(session.recordingPath)))
        let verifier = RunningVerifier(expectedSigner: self.fixture.keys.recordingSigner.rawPublicKey)
        verifier.feed(Array(file))
        #expect(verifier.finish().isComplete)
        withExtendedLifetime((client, listener)) {}
        await broker.stop(reason: "test")
    }
}

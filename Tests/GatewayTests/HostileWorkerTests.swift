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
import SallyportTesting
import SessionStore
import Testing
import WorkerProtocol

@testable import Gateway
@testable import GatewayConfiguration

extension Broker {
    fileprivate var isIdle: Bool { self.connections.isEmpty }
}

/// A real broker whose workers are scripts that break the rules.
@Suite("Hostile workers", .serialized)
struct HostileWorkerTests {
    private let fixture: AdministrationFixture
    private let said = SaidLines()

    init() throws { self.fixture = try AdministrationFixture() }

    /// What a script does with the broker's socket, after the welcome.
    private func broker(
        worker body: String, hostKeys: [GatewayConfiguration.HostKeyKind] = GatewayConfiguration.HostKeyKind.allCases
    ) async throws -> (broker: Broker, port: UInt16) {
        let script = """
            #!/usr/bin/python3
            import socket, time, os
            broker = socket.socket(fileno=\(InheritedDescriptor.broker))
            welcome = broker.recv(65536)
            \(body)
            time.sleep(60)
            """
        let path = self.fixture.folder + "/worker"
        try writeProgram(script, to: path)
        var configuration = GatewayConfiguration(folder: self.fixture.folder)
        configuration.listen = NetworkAddress(host: "127.0.0.1", port: 0)
        configuration.worker = path
        configuration.hostKeys = hostKeys
        let broker = try Broker(
            configuration: configuration, store: self.fixture.store, recordings: self.fixture.recordings,
            vault: self.fixture.vault, keys: self.fixture.keys,
            log: Logger(label: "test") { [said] _ in said })
        return (broker, try await broker.start())
    }

    private func connect(to port: UInt16) throws -> SharedDescriptor {
        let descriptor = SharedDescriptor(
            OwnedDescriptor(
                takingOwnershipOf: try SystemError.check(
                    socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "make a socket")))
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
        let others = try self.fixture.store.auditRecords(limit: 50).map { "\($0)" }
        Issue.record("no \(event) came; the broker said \(self.said.text); on record: \(others)")
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

    /// Python for asking for a signature, as often as said.
    private static func askingToSign(_ hash: [UInt8], by algorithm: HostKeyAlgorithm, times: Int = 1) -> String {
        guard let exchange = ExchangeToSign(algorithm: algorithm, hash: hash) else { return "exit(1)" }
        return "for _ in range(\(times)): \(Self.sending(.signExchange(exchange))); answer = broker.recv(65536)"
    }

    private static let hash: [UInt8] = Array(repeating: 7, count: 32)

    @Test(
        "what no key exchange needs isn't signed, and asking for it ends the worker",
        arguments: [
            (
                askingToSign(hash, by: .ed25519, times: 2),
                "signExchange is not permitted while authenticating"
            ),
            (askingToSign(hash, by: .rsaSHA512), "a signature with a host key that is not offered: rsa-sha2-512"),
            (
                askingToSign(Array("SSHSIG\0\0\0\u{4}file".utf8) + [UInt8](repeating: 7, count: 50), by: .ed25519),
                "a signature that was refused: 64 bytes that are no hash of a key exchange"
            ),
        ])
    func signingForOtherEnds(act: String, cause: String) async throws {
        let (broker, port) = try await self.broker(worker: act, hostKeys: [.ed25519, .ecdsa])
        let client = try self.connect(to: port)
        let record = try await self.audited(.workerMisbehaved)
        #expect(self.field("cause", of: record) == cause)
        withExtendedLifetime(client) {}
        await broker.stop(reason: "test")
    }

    @Test("a key exchange is signed by the host key that was asked for", arguments: HostKeyAlgorithm.allCases)
    func signing(algorithm: HostKeyAlgorithm) async throws {
        let (broker, port) = try await self.broker(
            worker: """
                \(Self.askingToSign(Self.hash, by: algorithm))
                open("\(self.fixture.folder)/answer", "wb").write(answer)
                \(Self.sending(.openTarget))
                """)
        let client = try self.connect(to: port)
        #expect(
            self.field("cause", of: try await self.audited(.workerMisbehaved))
                == "openTarget is not permitted while authenticating")
        let answer = try Data(contentsOf: URL(fileURLWithPath: self.fixture.folder + "/answer"))
        guard case .exchangeSignature(let blob) = try BrokerMessage(decoding: Array(answer)) else {
            Issue.record("no signature: \(Array(answer))")
            return
        }
        #expect(blob.dropFirst(4).starts(with: algorithm.name.utf8))
        withExtendedLifetime(client) {}
        await broker.stop(reason: "test")
    }

    @Test("a key that was only offered opens no target")
    func offerOnly() async throws {
        try await self.fixture.addEverything()
        let key = AdministrationFixture.aliceKey
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

    @Test(
        "a login that isn't signed for this connection, by this key and for this user, lets nobody in",
        arguments: ["other session", "other user", "other key", "stranger", "no signature", "no exchange"])
    func forgedLogin(what: String) async throws {
        try await self.fixture.addEverything()
        let key = AdministrationFixture.aliceKey
        let login = "alice@ops@web1"
        let stranger = LoginKey()
        let signature =
            switch what {
            case "other session": try key.signature(login: login, sessionID: Self.hash.map { $0 ^ 1 })
            case "other user": try key.signature(login: "alice@ops@web2", sessionID: Self.hash)
            case "other key", "stranger": try stranger.signature(login: login, sessionID: Self.hash)
            case "no signature": Array(try key.signature(login: login, sessionID: Self.hash).dropLast(64))
            default: try key.signature(login: login, sessionID: Self.hash)
            }
        let attempt = WorkerMessage.authenticate(
            AuthenticationAttempt(
                login: Array(login.utf8),
                method: .publicKeyProof(
                    what == "stranger" ? stranger.claim : key.claim, signature: signature)))
        let (broker, port) = try await self.broker(
            worker: """
                \(what == "no exchange" ? "" : Self.askingToSign(Self.hash, by: .ed25519))
                \(Self.sending(attempt))
                answer = broker.recv(65536)
                open("\(self.fixture.folder)/answer", "wb").write(answer)
                \(Self.sending(.openTarget))
                """)
        let client = try self.connect(to: port)
        let record = try await self.audited(.workerMisbehaved)
        #expect(self.field("cause", of: record) == "openTarget is not permitted while authenticating")
        let answer = try Data(contentsOf: URL(fileURLWithPath: self.fixture.folder + "/answer"))
        #expect(
            try BrokerMessage(decoding: Array(answer)) == .authentication(.denied(canContinue: .all, partially: false)))
        let cause = self.field("cause", of: try await self.audited(.loginFailed))
        #expect(cause == (what == "stranger" ? "key not known" : "bad signature"))
        #expect(try self.fixture.store.auditRecords(limit: 1, code: AuditCode.loginSucceeded.rawValue).isEmpty)
        withExtendedLifetime(client) {}
        await broker.stop(reason: "test")
    }

    @Test("a worker without a target gets a way to its user's targets and to nothing else")
    func jumps() async throws {
        try await self.fixture.addEverything()
        let proof = try AdministrationFixture.aliceKey.proof(login: "alice", sessionID: Self.hash)
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
                \(Self.askingToSign(Self.hash, by: .ed25519))
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
        let proof = try AdministrationFixture.aliceKey.proof(login: "alice@ops@web1", sessionID: Self.hash)
        // A seal of its own making: type 4, 200 bytes.
        let (broker, port) = try await self.broker(
            worker: """
                \(Self.askingToSign(Self.hash, by: .ed25519))
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

import Foundation
import Platform
import Testing

@testable import Vault

@Suite("SSH agent")
struct AgentResponderTests {
    private let folder: TemporaryFolder
    private let identity: AgentIdentity

    init() throws {
        self.folder = try TemporaryFolder()
        let vault = Vault(.random())
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "c", "-f", self.folder.file("k"))
        let binding = SecretBinding.privateKey(target: "web1", account: "root")
        let (blob, _) = try vault.sealPrivateKey(text: try self.folder.read("k"), for: binding)
        self.identity = try vault.agentIdentity(blob, for: binding)
    }

    private func framed(_ message: [UInt8]) -> [UInt8] {
        var writer = SSHWriter()
        writer.string(message)
        return writer.bytes
    }

    /// RFC 4252 section 7, with one thing changed at a time.
    private func loginData(
        user: String = "root", service: String = "ssh-connection", method: String = "publickey", code: UInt8 = 50,
        sessionBytes: Int = 32, blob: [UInt8]? = nil, tail: [UInt8] = []
    ) -> [UInt8] {
        var writer = SSHWriter()
        writer.string([UInt8](repeating: 1, count: sessionBytes))
        writer.byte(code)
        writer.string(user)
        writer.string(service)
        writer.string(method)
        writer.byte(1)
        writer.string("ssh-ed25519")
        writer.string(blob ?? self.identity.publicKey.blob)
        return writer.bytes + tail
    }

    private func signRequest(_ data: [UInt8], blob: [UInt8]? = nil, tail: [UInt8] = []) -> [UInt8] {
        var writer = SSHWriter()
        writer.byte(13)
        writer.string(blob ?? self.identity.publicKey.blob)
        writer.string(data)
        writer.uint32(0)
        return self.framed(writer.bytes + tail)
    }

    @Test("it lists its one identity, however the request is cut into pieces")
    func identities() throws {
        var responder = AgentResponder(identity: self.identity, account: "root")
        var reply: [UInt8] = []
        for byte in self.framed([11]) + self.framed([11]) { reply += try responder.receive([byte]) }
        var reader = SSHReader(reply)
        for _ in 0..<2 {
            var answer = SSHReader(try unwrapped(reader.string()))
            #expect(answer.byte() == 12)
            #expect(answer.uint32() == 1)
            #expect(answer.string() == self.identity.publicKey.blob)
            #expect(answer.string() == Array("c".utf8))
            #expect(answer.isAtEnd)
        }
        #expect(reader.isAtEnd)
    }

    @Test("it signs the login of its account")
    func signs() throws {
        var responder = AgentResponder(identity: self.identity, account: "root")
        let reply = try responder.receive(self.signRequest(self.loginData()))
        var reader = SSHReader(reply)
        var answer = SSHReader(try unwrapped(reader.string()))
        #expect(answer.byte() == 14)
        var signature = SSHReader(try unwrapped(answer.string()))
        #expect(signature.name() == "ssh-ed25519")
        #expect(signature.string()?.count == 64)
        #expect(responder.signatures == 1)
        #expect(responder.refusals == 0)
    }

    @Test("an rsa key signs with SHA-1 where that is allowed, and nowhere else")
    func signsWithSHA1() throws {
        let vault = Vault(.random())
        try run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", self.folder.file("rsa"))
        let binding = SecretBinding.privateKey(target: "old", account: "root")
        let (blob, _) = try vault.sealPrivateKey(text: try self.folder.read("rsa"), for: binding)
        let identity = try vault.agentIdentity(blob, for: binding)
        #expect(throws: VaultError.self) { try identity.sign([1, 2, 3], flags: []) }
        var signature = SSHReader(try identity.sign([1, 2, 3], flags: [], allowsSHA1: true))
        #expect(signature.name() == "ssh-rsa")
        #expect(signature.string()?.count == 256)
        // A flag is heeded there too.
        var better = SSHReader(try identity.sign([1, 2, 3], flags: .rsaSHA512, allowsSHA1: true))
        #expect(better.name() == "rsa-sha2-512")
    }

    @Test("it signs nothing else")
    func refuses() throws {
        var responder = AgentResponder(identity: self.identity, account: "root")
        let otherBlob = [UInt8](self.identity.publicKey.blob.dropLast()) + [0xAA, 0xBB]
        let requests = [
            self.signRequest(self.loginData(user: "admin")), self.signRequest(self.loginData(service: "ssh-userauth")),
            self.signRequest(self.loginData(method: "hostbased")), self.signRequest(self.loginData(code: 51)),
            self.signRequest(self.loginData(sessionBytes: 0)), self.signRequest(self.loginData(blob: otherBlob)),
            self.signRequest(self.loginData(tail: [0])), self.signRequest(self.loginData(), blob: otherBlob),
            self.signRequest(self.loginData(), tail: [0]), self.signRequest(Array("SSHSIG".utf8)),
            self.signRequest([]),
        ]
        for (index, request) in requests.enumerated() {
            #expect(try responder.receive(request) == [0, 0, 0, 1, 5], "\(index)")
        }
        #expect(responder.refusals == requests.count)
        #expect(responder.signatures == 0)
    }

    @Test("every other message is answered with failure", arguments: UInt8.min...UInt8.max)
    func otherMessages(type: UInt8) throws {
        guard type != 11 else { return }
        var responder = AgentResponder(identity: self.identity, account: "root")
        #expect(try responder.receive(self.framed([type])) == [0, 0, 0, 1, 5])
        #expect(try responder.receive(self.framed([])) == [0, 0, 0, 1, 5])
    }

    @Test("it stops signing after as many signatures as a login may need")
    func signatureLimit() throws {
        var responder = AgentResponder(identity: self.identity, account: "root")
        for _ in 0..<AgentResponder.maximumSignatures {
            #expect(try responder.receive(self.signRequest(self.loginData())).count > 5)
        }
        #expect(try responder.receive(self.signRequest(self.loginData())) == [0, 0, 0, 1, 5])
    }

    @Test("a message at the limit is answered, one byte more breaks the connection")
    func messageLimit() throws {
        var responder = AgentResponder(identity: self.identity, account: "root")
        let longest = [UInt8](repeating: 99, count: AgentResponder.maximumMessageBytes)
        #expect(try responder.receive(self.framed(longest)) == [0, 0, 0, 1, 5])
        let bytes = UInt32(AgentResponder.maximumMessageBytes + 1)
        #expect(throws: AgentResponder.ProtocolError.messageTooLong(bytes: bytes)) {
            try responder.receive(withUnsafeBytes(of: bytes.bigEndian) { Array($0) })
        }
    }
}

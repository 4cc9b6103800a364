/// The SSH agent's side of the agent protocol (draft-ietf-sshm-ssh-agent) for one login with one key.
///
/// It lists its identity and signs public key authentication requests (RFC 4252 section 7) for the one account:
/// nothing else, so that a broken-into worker can't have other things signed. A pure machine: bytes in, bytes out.
public struct AgentResponder: Sendable {
    /// Longest message that is read, in bytes without its length field.
    public static let maximumMessageBytes = 32 * 1024
    /// Signatures that one login may need; each server asks for one.
    public static let maximumSignatures = 8

    /// The peer broke the framing; close the connection.
    public enum ProtocolError: Error, Hashable, Sendable {
        case messageTooLong(bytes: UInt32)
    }

    private enum Message {
        static let failure: UInt8 = 5
        static let requestIdentities: UInt8 = 11
        static let identitiesAnswer: UInt8 = 12
        static let signRequest: UInt8 = 13
        static let signResponse: UInt8 = 14
    }

    private let identity: AgentIdentity
    private let account: [UInt8]
    private let signsWithSHA1: Bool
    private var pending: [UInt8] = []
    /// Signatures made so far.
    public private(set) var signatures = 0
    /// Signatures refused so far, because something else than this login was to be signed, or too much.
    public private(set) var refusals = 0

    /// Signs with `identity`, for logins as `account` only.
    /// - parameter signsWithSHA1: an RSA key may sign with SHA-1, for targets that know nothing better.
    public init(identity: AgentIdentity, account: String, signsWithSHA1: Bool = false) {
        self.identity = identity
        self.signsWithSHA1 = signsWithSHA1
        self.account = Array(account.utf8)
    }

    /// Takes what came from the socket, in any pieces; returns what to write back, possibly nothing.
    public mutating func receive(_ bytes: some Collection<UInt8>) throws(ProtocolError) -> [UInt8] {
        self.pending.append(contentsOf: bytes)
        var replies = SSHWriter()
        while self.pending.count >= 4 {
            let length = self.pending.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard length <= Self.maximumMessageBytes else { throw .messageTooLong(bytes: length) }
            guard self.pending.count >= 4 + Int(length) else { break }
            let message = Array(self.pending[4..<(4 + Int(length))])
            self.pending.removeFirst(4 + Int(length))
            replies.string(self.answer(message))
        }
        return replies.bytes
    }

    private mutating func answer(_ message: [UInt8]) -> [UInt8] {
        var reader = SSHReader(message)
        switch reader.byte() {
        case Message.requestIdentities where reader.isAtEnd:
            var writer = SSHWriter()
            writer.byte(Message.identitiesAnswer)
            writer.uint32(1)
            writer.string(self.identity.offer.blob)
            writer.string(self.identity.publicKey.comment)
            return writer.bytes
        case Message.signRequest:
            guard let signature = self.signature(&reader) else {
                self.refusals += 1
                return [Message.failure]
            }
            self.signatures += 1
            var writer = SSHWriter()
            writer.byte(Message.signResponse)
            writer.string(signature)
            return writer.bytes
        default:
            return [Message.failure]
        }
    }

    /// The request's flags only repeat what the server's extensions say. The algorithm that the server checks is the
    /// one within the signed data, so that one counts.
    private func signature(_ reader: inout SSHReader) -> [UInt8]? {
        guard self.signatures < Self.maximumSignatures, let blob = reader.string(), let data = reader.string(),
            reader.uint32() != nil, reader.isAtEnd, blob == self.identity.offer.blob,
            let algorithm = self.algorithm(ofThisLogin: data)
        else { return nil }
        let flags: AgentIdentity.SignFlags =
            switch algorithm {
            case "rsa-sha2-512": .rsaSHA512
            case "rsa-sha2-256": .rsaSHA256
            default: []
            }
        return try? self.identity.sign(data, flags: flags, allowsSHA1: self.signsWithSHA1)
    }

    /// Session id, then the public key authentication request of RFC 4252 section 7 for our account and key.
    /// - returns: the signature algorithm that it names; nil for anything else.
    private func algorithm(ofThisLogin data: [UInt8]) -> String? {
        let userAuthRequest: UInt8 = 50
        var reader = SSHReader(data)
        guard let sessionID = reader.string(), (16...64).contains(sessionID.count),
            reader.byte() == userAuthRequest, reader.string() == self.account,
            reader.name() == "ssh-connection", reader.name() == "publickey", reader.byte() == 1,
            let algorithm = reader.name(), reader.string() == self.identity.offer.blob, reader.isAtEnd
        else { return nil }
        let type = self.identity.offer.type
        let fits = algorithm == type || (type == "ssh-rsa" && ["rsa-sha2-256", "rsa-sha2-512"].contains(algorithm))
        return fits ? algorithm : nil
    }
}

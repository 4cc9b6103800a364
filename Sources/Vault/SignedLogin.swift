/// A login by public key whose signature is right (RFC 4252 section 7). There is one only where it is.
public struct SignedLogin: Hashable, Sendable {
    /// The login name, as the client wrote it.
    public let login: [UInt8]
    /// The key's blob (RFC 4253 section 6.6).
    public let key: [UInt8]

    private static let userAuthenticationRequest: UInt8 = 50

    /// - parameters:
    ///   - request: SSH_MSG_USERAUTH_REQUEST as the client sent it, from its type to its signature.
    ///   - sessionID: the hash of the connection's first key exchange (RFC 4253 section 7.2).
    /// - returns: nil when the request is another one or malformed, the key or the algorithm is not accepted, or the
    ///   signature is wrong, or for another connection.
    public init?(request: [UInt8], sessionID: [UInt8]) {
        var reader = SSHReader(request)
        guard reader.byte() == Self.userAuthenticationRequest, let login = reader.string(),
            reader.name() == "ssh-connection", reader.name() == "publickey", reader.byte() == 1,
            let algorithm = reader.name(), let blob = reader.string()
        else { return nil }
        var signed = SSHWriter()
        signed.string(sessionID)
        let message = signed.bytes + request.dropLast(reader.remaining.count)
        guard let signature = reader.string(), reader.isAtEnd, let key = try? OpenSSHPublicKey(blob: blob),
            key.verifies(signature, of: message, algorithm: algorithm)
        else { return nil }
        self.login = login
        self.key = blob
    }
}

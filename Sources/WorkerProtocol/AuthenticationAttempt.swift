/// One step of RFC 4252 (or 4256), by the login name as the client gave it. The worker passes on and proves nothing.
public struct AuthenticationAttempt: Hashable, Sendable {
    public enum Method: Hashable, Sendable {
        /// The `none` request that asks for the list of methods.
        case none
        /// A public key or certificate without a signature.
        case publicKeyOffer(PublicKeyClaim)
        /// The same with the signature's blob: algorithm, then signature. The broker verifies it.
        case publicKeyProof(PublicKeyClaim, signature: [UInt8])
        case password([UInt8])
        /// The client begins keyboard-interactive authentication.
        case keyboardInteractive
        /// What the client answered to the last ``AuthenticationPrompts``, as many as there were prompts.
        case answers([[UInt8]])
    }

    public var login: [UInt8]
    public var method: Method

    public init(login: [UInt8], method: Method) {
        self.login = login
        self.method = method
    }
}

/// The key in a `publickey` request (RFC 4252 section 7).
public struct PublicKeyClaim: Hashable, Sendable {
    /// The public key algorithm, such as `rsa-sha2-512` or `ssh-ed25519-cert-v01@openssh.com`.
    public var algorithm: [UInt8]
    /// The key's blob, or a whole certificate.
    public var blob: [UInt8]

    public init(algorithm: [UInt8], blob: [UInt8]) {
        self.algorithm = algorithm
        self.blob = blob
    }
}

extension AuthenticationAttempt {
    func writeFields(to writer: inout WireWriter) {
        writer.write(self.login)
        switch self.method {
        case .none, .keyboardInteractive: break
        case .publicKeyOffer(let claim): claim.write(to: &writer)
        case .publicKeyProof(let claim, let signature):
            claim.write(to: &writer)
            writer.write(signature)
        case .password(let password): writer.write(password)
        case .answers(let answers):
            writer.write(UInt32(answers.count))
            for answer in answers { writer.write(answer) }
        }
    }
}

extension PublicKeyClaim {
    func write(to writer: inout WireWriter) {
        writer.write(self.algorithm)
        writer.write(self.blob)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            algorithm: try reader.read(limit: WireLimits.algorithm), blob: try reader.read(limit: WireLimits.publicKey))
    }
}

extension WireReader {
    mutating func readAnswers() throws(WireError) -> [[UInt8]] {
        let count = try self.readCount(limit: WireLimits.prompts)
        var answers: [[UInt8]] = []
        for _ in 0..<count { answers.append(try self.read(limit: WireLimits.password)) }
        return answers
    }
}

import AccessPolicy
import AuditLog

/// What one connection has proved so far. A value: it is handed to the judge and comes back with the judgement.
struct LoginProgress: Hashable, Sendable {
    /// The login name that all of it is about. Another one begins anew (RFC 4252 section 5).
    private(set) var login: [UInt8] = []
    private(set) var proved: Set<LoginFactor> = []
    private(set) var proofs: [LoginProof] = []
    /// How, in order, for the audit log.
    private(set) var methods: [LoginMethod] = []
    /// The first of the proofs to be worth nothing, in UTC; nil for never.
    private(set) var expiresNanoseconds: Int64?
    /// Fingerprint of the key, if there was one.
    private(set) var key: String?
    /// What the prompts that the client has been shown ask for.
    var asked: Question?

    enum Question: Hashable, Sendable {
        case password
        case oneTimeCode
        /// To sign in at the provider, and then to press Enter.
        case signIn
    }

    init() {}

    /// Of the inner connection of a jump: the outer one has proved it.
    init(vouchedBy proofs: [LoginProof]) {
        self.proofs = proofs
        self.methods = [.jump]
    }

    mutating func begin(_ login: [UInt8]) {
        guard login != self.login else { return }
        // A vouched connection has proved nothing by the name.
        let (proofs, methods) = self.methods == [.jump] ? (self.proofs, self.methods) : ([], [])
        self = LoginProgress()
        (self.login, self.proofs, self.methods) = (login, proofs, methods)
    }

    mutating func prove(
        _ factor: LoginFactor, _ method: LoginMethod, by proof: LoginProof?, expires: Int64? = nil, key: String? = nil
    ) {
        guard self.proved.insert(factor).inserted else { return }
        if let proof { self.proofs.append(proof) }
        self.methods.append(method)
        if let expires { self.expiresNanoseconds = min(expires, self.expiresNanoseconds ?? expires) }
        if let key { self.key = key }
    }
}

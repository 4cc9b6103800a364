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
    private(set) var restrictions: LoginRestrictions = []
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
    init(vouchedBy proofs: [LoginProof], _ restrictions: LoginRestrictions) {
        self.proofs = proofs
        self.restrictions = restrictions
        self.methods = [.jump]
    }

    mutating func begin(_ login: [UInt8]) {
        guard login != self.login else { return }
        // A vouched connection has proved nothing by the name.
        var fresh = LoginProgress()
        if self.methods == [.jump] { fresh = LoginProgress(vouchedBy: self.proofs, self.restrictions) }
        fresh.login = login
        self = fresh
    }

    mutating func restrict(_ restrictions: LoginRestrictions) { self.restrictions.formUnion(restrictions) }

    mutating func prove(
        _ factor: LoginFactor, _ method: LoginMethod, by proof: LoginProof?, expires: Int64? = nil, key: String? = nil,
        restrictions: LoginRestrictions = []
    ) {
        guard self.proved.insert(factor).inserted else { return }
        if let proof { self.proofs.append(proof) }
        self.methods.append(method)
        if let expires { self.expiresNanoseconds = min(expires, self.expiresNanoseconds ?? expires) }
        if let key { self.key = key }
        self.restrictions.formUnion(restrictions)
    }
}

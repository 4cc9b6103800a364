/// One thing by which a user proves who they are.
public enum LoginFactor: String, CaseIterable, Hashable, Sendable, Comparable {
    /// A public key, or a certificate of an authority that the gateway trusts.
    case publicKey = "publickey"
    case password
    /// A code of an authenticator app, or a recovery code.
    case totp
    /// A sign-in with a browser, at an OpenID provider.
    case oidc

    public static func < (left: LoginFactor, right: LoginFactor) -> Bool {
        (Self.allCases.firstIndex(of: left) ?? 0) < (Self.allCases.firstIndex(of: right) ?? 0)
    }
}

/// What a login has to prove: all factors of any one combination.
public struct LoginRequirement: Hashable, Sendable {
    /// Never empty, and neither is any of them.
    public let alternatives: [Set<LoginFactor>]

    /// Why a requirement can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// Where nothing else is required: a key, or a password.
    public static let standard = LoginRequirement(alternatives: [[.publicKey], [.password]])

    /// What a service account has to prove, and all that it can.
    public static let publicKeyAlone = LoginRequirement(alternatives: [[.publicKey]])

    /// For the web console: a password and a one-time code.
    public static let passwordAndCode = LoginRequirement(alternatives: [[.password, .totp]])

    /// Most combinations of one requirement.
    public static let maximumAlternatives = 8

    private init(alternatives: [Set<LoginFactor>]) { self.alternatives = alternatives }

    /// Reads combinations such as `publickey+totp`.
    public init(parsing words: [String]) throws(Invalid) {
        guard (1...Self.maximumAlternatives).contains(words.count) else {
            throw Invalid(message: "name 1 to \(Self.maximumAlternatives) combinations of factors")
        }
        var alternatives: [Set<LoginFactor>] = []
        for word in words {
            var combination: Set<LoginFactor> = []
            for name in word.split(separator: "+", omittingEmptySubsequences: false) {
                guard let factor = LoginFactor(rawValue: String(name)) else {
                    let all = LoginFactor.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Invalid(message: "a combination of factors is made of \(all), joined by +")
                }
                combination.insert(factor)
            }
            guard combination != [.totp] else {
                throw Invalid(message: "a one-time code alone proves too little: use publickey+totp or password+totp")
            }
            if !alternatives.contains(combination) { alternatives.append(combination) }
        }
        self.alternatives = alternatives
    }

    /// As ``init(parsing:)`` reads them.
    public var words: [String] {
        self.alternatives.map { $0.sorted().map(\.rawValue).joined(separator: "+") }
    }

    public func isMet(by proved: Set<LoginFactor>) -> Bool {
        self.alternatives.contains { $0.isSubset(of: proved) }
    }
}

/// All that applies to one user: each of the requirements has to be met.
public struct LoginRules: Hashable, Sendable {
    public let requirements: [LoginRequirement]

    public init(_ requirements: [LoginRequirement]) { self.requirements = requirements }

    public func areMet(by proved: Set<LoginFactor>) -> Bool {
        self.requirements.allSatisfy { $0.isMet(by: proved) }
    }

    /// Factors that may still lead on, given what is proved.
    public func open(after proved: Set<LoginFactor>) -> Set<LoginFactor> {
        var factors: Set<LoginFactor> = []
        for requirement in self.requirements where !requirement.isMet(by: proved) {
            for alternative in requirement.alternatives { factors.formUnion(alternative.subtracting(proved)) }
        }
        return factors
    }
}

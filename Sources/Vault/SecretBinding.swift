/// What a sealed secret belongs to. A blob opens only under the binding that it was sealed for.
public struct SecretBinding: Hashable, Sendable {
    let parts: [String]

    /// The password of an account on a target.
    public static func password(target: String, account: String) -> SecretBinding {
        SecretBinding(parts: ["password", target, account])
    }

    /// The private key of an account on a target.
    public static func privateKey(target: String, account: String) -> SecretBinding {
        SecretBinding(parts: ["private-key", target, account])
    }

    /// The secret of a user's one-time codes.
    public static func oneTimeCodes(user: String) -> SecretBinding {
        SecretBinding(parts: ["one-time-codes", user])
    }

    /// A key of the gateway itself.
    public static func gatewayKey(_ name: String) -> SecretBinding {
        SecretBinding(parts: ["gateway-key", name])
    }
}

import FoundationEssentials
import Platform

/// What the certificates for an account are to say. Sealed like a secret, so that nobody who can only write to the
/// database gives an account other principals, more time or another authority.
public struct CertificateTerms: Codable, Hashable, Sendable {
    /// Where certificates may be used from.
    public enum Source: Codable, Hashable, Sendable {
        case anywhere
        /// The address that the gateway's connection to the target has on this side.
        case outgoing
        /// Addresses or networks in CIDR notation.
        case networks([String])
    }

    /// Name of the authority.
    public var authority: String
    /// Whom they are good for; never empty.
    public var principals: [String]
    public var validSeconds: UInt32
    public var source: Source

    public init(authority: String, principals: [String], validSeconds: UInt32, source: Source) {
        self.authority = authority
        self.principals = principals
        self.validSeconds = validSeconds
        self.source = source
    }

    /// Certificates begin to be valid so long before they are made, for targets whose clock is slow.
    public static let backdatedSeconds: UInt64 = 60
}

extension SecretBinding {
    /// The terms of certificates for an account on a target.
    public static func certificateTerms(target: String, account: String) -> SecretBinding {
        SecretBinding(parts: ["certificate-terms", target, account])
    }
}

extension Vault {
    public func sealTerms(_ terms: CertificateTerms, for binding: SecretBinding) throws(VaultError) -> [UInt8] {
        guard let json = try? JSONEncoder().encode(terms) else {
            preconditionFailure("texts and numbers can always be written as JSON")
        }
        return try self.seal(SecretBytes(copying: json), for: binding)
    }

    /// Throws `sealed`.
    public func openTerms(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> CertificateTerms {
        let opened = try self.open(blob, for: binding)
        guard let terms = opened.withUnsafeBytes({ try? JSONDecoder().decode(CertificateTerms.self, from: Data($0)) })
        else { throw VaultError(.sealed, "stored certificate terms are damaged", hint: "set the credential again") }
        return terms
    }
}

/// How a host key signs (RFC 8709, RFC 5656, RFC 8332): all that the gateway offers, hence none with SHA-1.
public enum HostKeyAlgorithm: UInt8, Hashable, Sendable, CaseIterable {
    case ed25519 = 1
    case ecdsaP256 = 2
    case rsaSHA256 = 3
    case rsaSHA512 = 4

    /// SSH name of the signature algorithm.
    public var name: String {
        switch self {
        case .ed25519: "ssh-ed25519"
        case .ecdsaP256: "ecdsa-sha2-nistp256"
        case .rsaSHA256: "rsa-sha2-256"
        case .rsaSHA512: "rsa-sha2-512"
        }
    }

    public init?(name: String) {
        guard let algorithm = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = algorithm
    }

    /// SSH name of the type of the key that signs so.
    public var keyType: String {
        switch self {
        case .ed25519, .ecdsaP256: self.name
        case .rsaSHA256, .rsaSHA512: "ssh-rsa"
        }
    }
}

/// The hash of one key exchange (H of RFC 4253 section 8), to be signed by one of the gateway's host keys.
public struct ExchangeToSign: Hashable, Sendable {
    /// Lengths of a hash, in bytes: those of SHA-256 and SHA-512, the only ones of the exchanges that the gateway offers.
    public static let hashLengths: Set<Int> = [32, 64]

    public let algorithm: HostKeyAlgorithm
    public let hash: [UInt8]

    /// nil when the hash has another length.
    public init?(algorithm: HostKeyAlgorithm, hash: [UInt8]) {
        guard Self.hashLengths.contains(hash.count) else { return nil }
        self.algorithm = algorithm
        self.hash = hash
    }
}

extension ExchangeToSign {
    func write(to writer: inout WireWriter) {
        writer.write(self.algorithm.rawValue)
        writer.write(self.hash)
    }

    init(from reader: inout WireReader) throws(WireError) {
        guard let algorithm = HostKeyAlgorithm(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
        guard let exchange = Self(algorithm: algorithm, hash: try reader.read(limit: 64)) else { throw .truncated }
        self = exchange
    }
}

/// An OpenSSH user certificate over an Ed25519 key (OpenSSH's PROTOCOL.certkeys).
public struct UserCertificate: Hashable, Sendable {
    /// SSH name of the type.
    public static let type = "ssh-ed25519-cert-v01@openssh.com"
    /// Longest certificate that is read, in bytes.
    public static let maximumBytes = 8 * 1024

    public let blob: [UInt8]
    /// 32 bytes raw: the key that it speaks of.
    public let rawPublicKey: [UInt8]
    public let serial: UInt64
    public let content: UserCertificateRequest
    /// Critical options beside `source-address`, by name; sshd refuses those that it doesn't know.
    public let otherOptions: [String]
    public let authority: OpenSSHPublicKey

    private static let userType: UInt32 = 1
    private static let sourceAddress = "source-address"

    /// Reads a certificate, for checks of what an authority gave back. Its signature is the target's to check.
    /// - throws: `unreadablePublicKey`.
    public init(blob: [UInt8]) throws(VaultError) {
        let damaged = VaultError(.unreadablePublicKey, "this is no user certificate over an ed25519 key")
        var reader = SSHReader(blob)
        guard blob.count <= Self.maximumBytes, reader.name() == Self.type, reader.string() != nil,
            let key = reader.string(), key.count == 32, let serial = reader.uint64(),
            reader.uint32() == Self.userType, let keyID = reader.string(), let principals = reader.string(),
            let after = reader.uint64(), let before = reader.uint64(), let critical = reader.string(),
            let extensions = reader.string(), reader.string() != nil, let authority = reader.string(),
            reader.string() != nil, reader.isAtEnd
        else { throw damaged }
        guard let names = Self.strings(principals), let options = Self.options(critical),
            let permissions = Self.options(extensions)
        else { throw damaged }
        self.blob = blob
        self.rawPublicKey = key
        self.serial = serial
        self.authority = try OpenSSHPublicKey(blob: authority)
        var sources: [String] = []
        for option in options where option.name == Self.sourceAddress {
            var value = SSHReader(option.data)
            guard let list = value.string(), value.isAtEnd else { throw damaged }
            sources = String(decoding: list, as: UTF8.self).split(separator: ",").map(String.init)
        }
        self.otherOptions = options.map(\.name).filter { $0 != Self.sourceAddress }
        self.content = UserCertificateRequest(
            keyID: String(decoding: keyID, as: UTF8.self), principals: names, validAfter: after, validBefore: before,
            sourceAddresses: sources,
            extensions: Set(permissions.compactMap { UserCertificateRequest.Extension(rawValue: $0.name) }))
    }

    private static func strings(_ bytes: [UInt8]) -> [String]? {
        var reader = SSHReader(bytes)
        var strings: [String] = []
        while !reader.isAtEnd {
            guard let string = reader.string() else { return nil }
            strings.append(String(decoding: string, as: UTF8.self))
        }
        return strings
    }

    private static func options(_ bytes: [UInt8]) -> [(name: String, data: [UInt8])]? {
        var reader = SSHReader(bytes)
        var options: [(name: String, data: [UInt8])] = []
        while !reader.isAtEnd {
            guard let name = reader.name(), let data = reader.string() else { return nil }
            options.append((name, data))
        }
        return options
    }

    /// Signs a certificate over `key`.
    init(
        _ request: UserCertificateRequest, over key: [UInt8], serial: UInt64, signedBy authority: PrivateKey
    ) throws(VaultError) {
        precondition(key.count == 32, "an Ed25519 key has 32 bytes")
        precondition(!request.principals.isEmpty, "a certificate without principals would be good for every account")
        let signer = OpenSSHPublicKey(type: authority.type, blob: authority.publicBlob, comment: "")
        var writer = SSHWriter()
        writer.string(Self.type)
        // Makes what is signed unpredictable to whoever chose the rest.
        writer.string((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        writer.string(key)
        writer.uint64(serial)
        writer.uint32(Self.userType)
        writer.string(request.keyID)
        writer.string(Self.packed { list in for name in request.principals { list.string(name) } })
        writer.uint64(request.validAfter)
        writer.uint64(request.validBefore)
        writer.string(
            Self.packed { list in
                guard !request.sourceAddresses.isEmpty else { return }
                list.string(Self.sourceAddress)
                list.string(Self.packed { $0.string(request.sourceAddresses.joined(separator: ",")) })
            })
        // In order of their names, as they must be.
        writer.string(
            Self.packed { list in
                let names = request.extensions.map { Array($0.rawValue.utf8) }
                for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                    list.string(name)
                    list.string("")
                }
            })
        writer.string("")
        writer.string(signer.blob)
        do {
            writer.string(try authority.signature(of: writer.bytes, rsaHash: .sha512))
        } catch {
            throw VaultError(.signing, "the certificate authority could not sign")
        }
        self.blob = writer.bytes
        self.rawPublicKey = key
        self.serial = serial
        self.content = request
        self.otherOptions = []
        self.authority = signer
    }

    private static func packed(_ body: (inout SSHWriter) -> Void) -> [UInt8] {
        var writer = SSHWriter()
        body(&writer)
        return writer.bytes
    }
}

import FoundationEssentials

/// The Ed25519 public key that a gateway signs its recordings with.
struct SigningKey: Equatable {
    /// 32 bytes.
    let bytes: [UInt8]

    private static let type = "ssh-ed25519"
    private static let size = 32

    init?(bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    /// Reads an OpenSSH line, `ssh-ed25519 base64 [comment]` (RFC 8709 section 4); nil for anything else.
    init?(line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        let head = Self.blobHead
        guard words.count >= 2, words[0] == Self.type, let blob = Data(base64Encoded: String(words[1])),
            blob.count == head.count + Self.size, blob.starts(with: head)
        else { return nil }
        self.bytes = [UInt8](blob.dropFirst(head.count))
    }

    /// Reads the first key of a file. Throws `CommandFailure`.
    init(file: String) throws {
        guard let line = try Inputs.publicKeys(file).first, let key = SigningKey(line: line) else {
            throw CommandFailure(
                "\(file) is no signing key of a gateway",
                hint: "the key is in keys/recording_signing.pub of its state directory", status: .usage)
        }
        self = key
    }

    /// The key as an OpenSSH line.
    var line: String {
        Self.type + " " + Data(Self.blobHead + self.bytes).base64EncodedString()
    }

    /// What the wire form of every such key begins with: the type, and the length of the key.
    private static var blobHead: [UInt8] {
        [0, 0, 0, UInt8(Self.type.utf8.count)] + Array(Self.type.utf8) + [0, 0, 0, UInt8(Self.size)]
    }
}

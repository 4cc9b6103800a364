import Foundation

/// A key pair made by the stock ssh-keygen, without passphrase.
public struct SSHKey: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case ed25519, ecdsa, rsa
    }

    /// Path of the private key.
    public let path: String
    public var publicPath: String { self.path + ".pub" }
    /// `ssh-ed25519 AAAA…` without comment.
    public let publicLine: String

    public init(_ kind: Kind, named name: String, in scratch: Scratch) throws {
        self.path = scratch.path(name)
        try output(
            of: ["ssh-keygen", "-q", "-t", kind.rawValue, "-N", "", "-C", name, "-f", self.path], in: scratch)
        self.publicLine = try Self.line(at: self.path + ".pub")
    }

    /// Type and key of an OpenSSH public key file.
    public static func line(at path: String) throws -> String {
        let fields = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        guard fields.count >= 2 else { throw HarnessError("\(path) holds no public key") }
        return "\(fields[0]) \(fields[1])"
    }
}

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

    /// - parameter bits: the length of an RSA key; nil for ssh-keygen's choice.
    public init(_ kind: Kind, bits: Int? = nil, named name: String, in scratch: Scratch) throws {
        self.path = scratch.path(name)
        let length = bits.map { ["-b", "\($0)"] } ?? []
        try output(
            of: ["ssh-keygen", "-q", "-t", kind.rawValue] + length + ["-N", "", "-C", name, "-f", self.path],
            in: scratch)
        self.publicLine = try Self.line(at: self.path + ".pub")
    }

    /// Type and key of an OpenSSH public key file.
    public static func line(at path: String) throws -> String {
        let fields = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        guard fields.count >= 2 else { throw HarnessError("\(path) holds no public key") }
        return "\(fields[0]) \(fields[1])"
    }

    /// `SHA256:…` of a public key line, as ssh-keygen says it.
    public static func fingerprint(ofLine line: String, in scratch: Scratch) throws -> String {
        let words = try run(["ssh-keygen", "-l", "-f", "-"], in: scratch, typing: line).text.split(separator: " ")
        guard words.count >= 2 else { throw HarnessError("\(line) is no public key") }
        return String(words[1])
    }
}

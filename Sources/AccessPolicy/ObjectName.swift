/// Rules for the names of users, groups, targets, accounts and grants.
public enum ObjectName {
    public enum Kind: String, Hashable, Sendable {
        case user, group, target, account, grant, authority, token
    }

    /// Why a name is refused; `message` is one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// Longest name of anything, in bytes.
    public static let maximumBytes = 128

    /// Throws unless `name` can be told apart in a login name and printed on one line.
    ///
    /// Letters, digits, `.`, `_` and `-` make a name; user names may also hold `@` and `+` (mail addresses), account
    /// names `\` and `$` (domain accounts). No name begins with `-`.
    public static func validate(_ name: String, as kind: Kind) throws(Invalid) {
        guard !name.isEmpty else { throw Invalid(message: "the \(kind.rawValue) name is empty") }
        guard name.utf8.count <= Self.maximumBytes else {
            throw Invalid(message: "the \(kind.rawValue) name is longer than \(Self.maximumBytes) bytes")
        }
        let extra: [UInt8] =
            switch kind {
            case .user: Array("@+".utf8)
            case .account: Array("\\$".utf8)
            case .group, .target, .grant, .authority, .token: []
            }
        let isPermitted: (UInt8) -> Bool = { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: extra.contains(byte)
            }
        }
        let special = extra.map { " \(Character(UnicodeScalar($0)))" }.joined()
        guard name.utf8.allSatisfy(isPermitted), name.utf8.first != UInt8(ascii: "-") else {
            throw Invalid(
                message: "bad \(kind.rawValue) name: use letters, digits, and . _ -\(special), not beginning with -")
        }
        if kind == .user, let first = name.utf8.first, let last = name.utf8.last,
            extra.contains(first) || extra.contains(last)
        {
            throw Invalid(message: "bad user name: it must not begin or end with @ or +")
        }
    }
}

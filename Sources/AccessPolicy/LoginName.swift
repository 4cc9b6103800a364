/// What a client may have meant by its SSH user name.
///
/// `user@account@target`, read from the right, with `+` accepted for `@`. The account may be left out, and so may
/// account and target. User names may hold `@` and `+` themselves, so one text can have several readings; which one
/// holds depends on which users exist.
public struct LoginName: Hashable, Sendable {
    /// Where to go, once it is known who asks.
    public struct Reading: Hashable, Sendable {
        public let user: String
        public let account: String?
        public let target: String?

        public init(user: String, account: String?, target: String?) {
            self.user = user
            self.account = account
            self.target = target
        }
    }

    /// Why a login name can't be read at all.
    public enum Failure: Error, Hashable, Sendable {
        /// Longer than `LoginName.maximumBytes`.
        case tooLong
        /// Not UTF-8, or with a control character or blank in it.
        case badCharacter
        /// Nothing before, between or after the separators.
        case emptyPart
    }

    /// Longest login name that is looked at, in bytes.
    public static let maximumBytes = 512

    /// Never empty: the fullest reading first.
    public let readings: [Reading]

    /// Reads the bytes of an SSH user name (RFC 4252 section 5).
    public init(parsing bytes: some Collection<UInt8>) throws(Failure) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLong }
        guard !bytes.isEmpty else { throw .emptyPart }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .badCharacter }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.elementsEqual(bytes) else { throw .badCharacter }

        let beforeTarget = Self.splitLast(text[...])
        guard let (rest, target) = beforeTarget else {
            self.readings = [Reading(user: text, account: nil, target: nil)]
            return
        }
        guard !rest.isEmpty, !target.isEmpty else { throw .emptyPart }
        var readings: [Reading] = []
        if let (user, account) = Self.splitLast(rest) {
            guard !user.isEmpty, !account.isEmpty else { throw .emptyPart }
            readings.append(Reading(user: String(user), account: String(account), target: String(target)))
        }
        readings.append(Reading(user: String(rest), account: nil, target: String(target)))
        readings.append(Reading(user: text, account: nil, target: nil))
        self.readings = readings
    }

    /// The first reading whose user exists; when none does, the fullest, so that both cases look alike.
    public func resolved(userExists: (String) throws -> Bool) rethrows -> Reading {
        for reading in self.readings where try userExists(reading.user) { return reading }
        return self.readings[0]
    }

    private static func splitLast(_ text: Substring) -> (before: Substring, after: Substring)? {
        guard let separator = text.lastIndex(where: { $0 == "@" || $0 == "+" }) else { return nil }
        return (text[..<separator], text[text.index(after: separator)...])
    }
}

/// What a client may have meant by its SSH user name.
///
/// `user@account@target`, read from the right, with `+` accepted for `@`. The account may be left out, and so may
/// account and target. User names may hold `@` and `+` themselves, so one text can have several readings; which one
/// holds depends on what exists.
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

    /// The reading that fits best what exists: user, target and account; else user and target; else the user.
    ///
    /// Of several that fit alike, the fullest. When no user fits, the fullest too, so that it looks like any other.
    public func resolved(in rules: AccessRules) -> Reading {
        func fit(_ reading: Reading) -> Int {
            guard rules.users[reading.user] != nil else { return 0 }
            guard let name = reading.target else { return 2 }
            guard let target = rules.targets[name] else { return 1 }
            guard let account = reading.account else { return 3 }
            return target.accounts.contains(account) ? 3 : 2
        }
        var best = self.readings[0]
        for reading in self.readings where fit(reading) > fit(best) { best = reading }
        return best
    }

    /// Names of a user whom nobody knows yet that may be meant, the likeliest first: those that leave a target that is
    /// there.
    public func newcomers(in rules: AccessRules) -> [String] {
        let leading = self.readings.filter { $0.target.map { rules.targets[$0] != nil } ?? false }
        var names: [String] = []
        for reading in leading + self.readings where !names.contains(reading.user) {
            if (try? ObjectName.validate(reading.user, as: .user)) != nil { names.append(reading.user) }
        }
        return names
    }

    private static func splitLast(_ text: Substring) -> (before: Substring, after: Substring)? {
        guard let separator = text.lastIndex(where: { $0 == "@" || $0 == "+" }) else { return nil }
        return (text[..<separator], text[text.index(after: separator)...])
    }
}

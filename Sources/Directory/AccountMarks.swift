import Platform

/// What directories write beside a person's name: what the entry is for good, and whether the account is closed.
enum AccountMarks {
    static let attributes =
        Self.identifiers + [
            "userAccountControl", "accountExpires", "nsAccountLock", "pwdAccountLockedTime",
        ]

    /// OpenLDAP (RFC 4530), Active Directory, FreeIPA, 389 Directory Server.
    private static let identifiers = ["entryUUID", "objectGUID", "ipaUniqueID", "nsUniqueId"]

    /// By each attribute that the entry has, in the order above: `entryUUID:…`. A directory may begin to show one more.
    static func identifiers(of entry: LDAPConnection.Entry) -> [String] {
        Self.identifiers.compactMap { attribute in
            guard let value = entry.values[attribute.lowercased()]?.first, !value.isEmpty else { return nil }
            let isText = value.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            return "\(attribute):\(isText ? String(decoding: value, as: UTF8.self) : value.hexDigits)"
        }
    }

    /// Bit of `userAccountControl`: ACCOUNTDISABLE.
    private static let disabled = 2
    /// `accountExpires` counts 100 ns from the year 1601.
    private static let from1601To1970 = 116_444_736_000_000_000
    /// `pwdAccountLockedTime` of an account that an administrator has closed. Any other time is that of a lock after
    /// wrong passwords, which anybody could bring about: it ends nothing.
    private static let lockedForGood = "000001010000Z"

    /// Why the account is closed; nil when it isn't.
    /// - parameter now: UTC, in nanoseconds.
    static func refusal(of entry: LDAPConnection.Entry, at now: Int64) -> String? {
        func number(_ attribute: String) -> Int? { entry.texts(attribute).first.flatMap { Int($0) } }
        if let control = number("userAccountControl"), control & Self.disabled != 0 {
            return "disabled in the directory"
        }
        if entry.texts("nsAccountLock").contains(where: { $0.lowercased() == "true" }) {
            return "disabled in the directory"
        }
        if entry.texts("pwdAccountLockedTime").contains(Self.lockedForGood) { return "locked in the directory" }
        // 0 and the greatest number mean never.
        if let expires = number("accountExpires"), expires > 0, expires < Int.max,
            expires - Self.from1601To1970 <= Int(now / 100)
        {
            return "expired in the directory"
        }
        return nil
    }
}

import Crypto
import Platform

/// A seed from which one-time codes are made by the time (TOTP, RFC 6238).
public struct OneTimeCodes: Sendable {
    public enum Hash: String, CaseIterable, Hashable, Sendable {
        case sha1 = "SHA1"
        case sha256 = "SHA256"
        case sha512 = "SHA512"
    }

    private let key: SecretBytes
    public let hash: Hash
    /// Length of a code, 6 to 10.
    public let digits: Int
    /// How long a code is the present one, in seconds.
    public let periodSeconds: Int

    static let digitCounts = 6...10
    static let periods = 10...3600
    /// RFC 4226 section 4 wants 16 bytes; many that are in use have 10.
    private static let keyBytes = 10...128

    /// - throws: `seed` for lengths and numbers out of bounds.
    public init(key: SecretBytes, hash: Hash = .sha1, digits: Int = 6, periodSeconds: Int = 30) throws(VaultError) {
        guard Self.keyBytes.contains(key.count) else {
            throw VaultError(
                .seed, "the seed has \(key.count) bytes",
                hint: "give one of \(Self.keyBytes.lowerBound) to \(Self.keyBytes.upperBound) bytes, in base32")
        }
        guard Self.digitCounts.contains(digits), Self.periods.contains(periodSeconds) else {
            throw VaultError(
                .seed, "codes of \(digits) digits every \(periodSeconds) s can't be made",
                hint: "6 to 10 digits and 10 to 3600 s can")
        }
        self.key = key
        self.hash = hash
        self.digits = digits
        self.periodSeconds = periodSeconds
    }

    /// Number of the code that is the present one at this Unix time, in seconds.
    public func step(at unixSeconds: UInt64) -> UInt64 { unixSeconds / UInt64(self.periodSeconds) }

    /// When that code begins to be the present one, in seconds of Unix time.
    public func start(ofStep step: UInt64) -> UInt64 { step * UInt64(self.periodSeconds) }

    /// The code with this number: ``digits`` ASCII digits.
    public func code(step: UInt64) -> SecretBytes {
        let counter = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let mac: [UInt8] =
            switch self.hash {
            case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: self.key.symmetricKey))
            case .sha256: Array(HMAC<SHA256>.authenticationCode(for: counter, using: self.key.symmetricKey))
            case .sha512: Array(HMAC<SHA512>.authenticationCode(for: counter, using: self.key.symmetricKey))
            }
        // RFC 4226 section 5.3: four bytes from where the last one says, without the sign.
        let offset = Int(mac[mac.count - 1] & 15)
        var number = UInt64(mac[offset] & 0x7F) << 24
        number |= UInt64(mac[offset + 1]) << 16 | UInt64(mac[offset + 2]) << 8 | UInt64(mac[offset + 3])
        var text = [UInt8](repeating: 0, count: self.digits)
        for index in text.indices.reversed() {
            text[index] = UInt8(ascii: "0") + UInt8(number % 10)
            number /= 10
        }
        return SecretBytes(wiping: &text)
    }
}

extension OneTimeCodes {
    /// Longest text of a seed, in bytes.
    public static let maximumTextBytes = 4096

    /// Reads a seed in base32, or an `otpauth://totp/` address as authenticator programs take it.
    /// - throws: `seed`, with what is wrong and never with the text.
    public init(reading text: SecretBytes) throws(VaultError) {
        guard text.count <= Self.maximumTextBytes else {
            throw VaultError(.seed, "the seed is longer than \(Self.maximumTextBytes) bytes")
        }
        self = try text.withUnsafeBytes { bytes throws(VaultError) in
            let scheme = bytes.prefix(10).map { $0 | 0x20 }
            guard scheme.elementsEqual("otpauth://".utf8) else { return try Self.plain(bytes) }
            return try Self.address(bytes.dropFirst(10))
        }
    }

    private static func plain(_ text: some Collection<UInt8>) throws(VaultError) -> OneTimeCodes {
        try OneTimeCodes(key: try Self.key(text))
    }

    private static func key(_ text: some Collection<UInt8>) throws(VaultError) -> SecretBytes {
        guard var key = Base32.decode(text), !key.isEmpty else {
            throw VaultError(
                .seed, "the seed is not base32", hint: "give its letters and digits, or the whole otpauth:// address")
        }
        return SecretBytes(wiping: &key)
    }

    /// `TYPE/LABEL?NAME=VALUE&…`, the Key Uri Format.
    private static func address(_ text: some Collection<UInt8>) throws(VaultError) -> OneTimeCodes {
        let type = text.prefix { $0 != UInt8(ascii: "/") }
        guard type.elementsEqual("totp".utf8) else {
            throw VaultError(
                .seed, "the otpauth:// address is not for codes by time",
                hint: "codes by a counter can't be used: ask for TOTP where the seed is from")
        }
        let query = text.drop { $0 != UInt8(ascii: "?") }.dropFirst()
        var key: SecretBytes?
        var (hash, digits, period) = (Hash.sha1, 6, 30)
        for pair in query.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            // Programs write a padded seed with the escape of "=".
            let value = Self.withoutPadding(parts[1])
            switch String(decoding: parts[0], as: UTF8.self).lowercased() {
            case "secret": key = try Self.key(value)
            case "algorithm":
                let name = String(decoding: value, as: UTF8.self).uppercased().filter { $0 != "-" }
                guard let known = Hash(rawValue: name) else {
                    throw VaultError(
                        .seed, "the algorithm of the codes is unknown", hint: "SHA1, SHA256 and SHA512 are known")
                }
                hash = known
            case "digits": digits = try Self.number(value)
            case "period": period = try Self.number(value)
            default: break
            }
        }
        guard let key else { throw VaultError(.seed, "the otpauth:// address holds no secret") }
        return try OneTimeCodes(key: key, hash: hash, digits: digits, periodSeconds: period)
    }

    private static func withoutPadding(_ text: some Collection<UInt8>) -> [UInt8] {
        var value = Array(text)
        while value.suffix(3).map({ $0 | 0x20 }).elementsEqual("%3d".utf8) { value.removeLast(3) }
        return value
    }

    private static func number(_ text: [UInt8]) throws(VaultError) -> Int {
        guard text.count <= 5, let number = Int(String(decoding: text, as: UTF8.self)), number > 0 else {
            throw VaultError(.seed, "the otpauth:// address has a bad number in it")
        }
        return number
    }
}

extension SecretBinding {
    /// The seed of one-time codes for one kind of question to an account on a target.
    public static func oneTimeCodes(target: String, account: String, question: String) -> SecretBinding {
        SecretBinding(parts: ["one-time-codes", target, account, question])
    }

    /// The answer to one kind of question to an account on a target.
    public static func answer(target: String, account: String, question: String) -> SecretBinding {
        SecretBinding(parts: ["answer", target, account, question])
    }
}

extension Vault {
    public func sealCodes(_ codes: OneTimeCodes, for binding: SecretBinding) throws(VaultError) -> [UInt8] {
        try self.seal(codes.sealable, for: binding)
    }

    /// Throws `sealed`.
    public func openCodes(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> OneTimeCodes {
        guard let codes = OneTimeCodes(sealable: try self.open(blob, for: binding)) else {
            throw VaultError(.sealed, "a stored seed is damaged", hint: "set the answer again")
        }
        return codes
    }

    /// An answer as it was sealed under ``SecretBinding/answer(target:account:question:)``.
    public func openAnswer(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> SecretBytes {
        precondition(binding.parts.first == "answer", "only answers are given out in clear here")
        return try self.open(blob, for: binding)
    }
}

extension OneTimeCodes {
    /// Hash, digits, period, key.
    fileprivate var sealable: SecretBytes {
        var writer = SSHWriter()
        writer.string(self.hash.rawValue)
        writer.uint32(UInt32(self.digits))
        writer.uint32(UInt32(self.periodSeconds))
        self.key.withUnsafeBytes { writer.string($0) }
        var bytes = writer.bytes
        return SecretBytes(wiping: &bytes)
    }

    fileprivate init?(sealable: SecretBytes) {
        var reader = sealable.withUnsafeBytes { SSHReader($0) }
        guard let hash = reader.name().flatMap(Hash.init), let digits = reader.uint32(), let period = reader.uint32(),
            var key = reader.string(), reader.isAtEnd,
            let codes = try? OneTimeCodes(
                key: SecretBytes(wiping: &key), hash: hash, digits: Int(digits), periodSeconds: Int(period))
        else { return nil }
        self = codes
    }
}

import Crypto

/// One row of the audit log: an event with who, when, and its place in the hash chain.
public struct AuditRecord: Hashable, Sendable {
    /// Position in the log, from 1, without gaps.
    public let sequence: UInt64
    /// Nanoseconds since 1970-01-01 UTC.
    public let timeNanoseconds: Int64
    /// An `AuditCode`; text, so that rows of a later version can be read.
    public let code: String
    /// Whose doing it was: a user, an administrator, or `gateway`.
    public let actor: String
    public let fields: [AuditField]
    /// SHA-256 of the row before, then this row's canonical bytes.
    public let hash: [UInt8]

    /// What the first row follows: 32 zero bytes.
    public static let chainStart = [UInt8](repeating: 0, count: 32)

    /// The row that follows `previousHash`.
    public init(
        sequence: UInt64, timeNanoseconds: Int64, event: AuditEvent, actor: String, previousHash: [UInt8]
    ) {
        self.sequence = sequence
        self.timeNanoseconds = timeNanoseconds
        self.code = event.code.rawValue
        self.actor = AuditField.printable(actor)
        self.fields = event.fields
        self.hash = Self.hash(
            sequence: sequence, timeNanoseconds: timeNanoseconds, code: self.code, actor: self.actor,
            fields: AuditField.encode(self.fields), previousHash: previousHash)
    }

    /// A row as it was stored. Nil when `encodedFields` is not what `AuditField.encode` makes.
    public init?(
        sequence: UInt64, timeNanoseconds: Int64, code: String, actor: String, encodedFields: [UInt8], hash: [UInt8]
    ) {
        guard let fields = AuditField.decode(encodedFields) else { return nil }
        self.init(
            sequence: sequence, timeNanoseconds: timeNanoseconds, code: code, actor: actor, storedFields: fields,
            hash: hash)
    }

    /// A row as it was exported.
    /// - parameter storedFields: see ``AuditField/init(storedName:storedValue:)``.
    public init(
        sequence: UInt64, timeNanoseconds: Int64, code: String, actor: String, storedFields: [AuditField],
        hash: [UInt8]
    ) {
        self.sequence = sequence
        self.timeNanoseconds = timeNanoseconds
        self.code = code
        self.actor = actor
        self.fields = storedFields
        self.hash = hash
    }

    /// Whether the row is the unaltered successor of `previousHash`.
    public func follows(_ previousHash: [UInt8]) -> Bool {
        self.hash
            == Self.hash(
                sequence: self.sequence, timeNanoseconds: self.timeNanoseconds, code: self.code, actor: self.actor,
                fields: AuditField.encode(self.fields), previousHash: previousHash)
    }

    /// One line: the title and the fields.
    public var text: String {
        let title = AuditCode(rawValue: self.code)?.title ?? "event of a later version"
        let values = self.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        return values.isEmpty ? title : "\(title): \(values)"
    }

    private static func hash(
        sequence: UInt64, timeNanoseconds: Int64, code: String, actor: String, fields: [UInt8], previousHash: [UInt8]
    ) -> [UInt8] {
        var bytes = CanonicalBytes()
        bytes.append(Array("sallyport audit row 1".utf8))
        bytes.append(previousHash)
        bytes.append(sequence)
        bytes.append(UInt64(bitPattern: timeNanoseconds))
        bytes.append(Array(code.utf8))
        bytes.append(Array(actor.utf8))
        bytes.append(fields)
        return Array(SHA256.hash(data: bytes.bytes))
    }
}

extension AuditField {
    /// Canonical bytes of `fields`: names and values in order, each with its length before it.
    public static func encode(_ fields: [AuditField]) -> [UInt8] {
        var bytes = CanonicalBytes()
        for field in fields {
            bytes.append(Array(field.name.utf8))
            bytes.append(Array(field.value.utf8))
        }
        return bytes.bytes
    }

    /// Nil for bytes that `encode` doesn't make.
    static func decode(_ bytes: [UInt8]) -> [AuditField]? {
        var rest = bytes[...]
        var fields: [AuditField] = []
        func takeText() -> String? {
            guard rest.count >= 4 else { return nil }
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard length <= rest.count else { return nil }
            defer { rest = rest.dropFirst(length) }
            return String(validating: rest.prefix(length), as: UTF8.self)
        }
        while !rest.isEmpty {
            guard let name = takeText(), let value = takeText() else { return nil }
            fields.append(AuditField(storedName: name, storedValue: value))
        }
        return fields
    }

    /// A stored value is printable already; escaping it again would change it.
    public init(storedName: String, storedValue: String) {
        self.name = storedName
        self.value = storedValue
    }
}

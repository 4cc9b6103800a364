import AdminAPI
import AuditLog
import RecordingFormat

/// Checks the lines of an exported audit log in their order.
struct AuditCheck {
    /// Why the log does not verify, in one line.
    struct Failure: Error {
        var text: String
    }

    private let key: SigningKey
    /// Begins with the first line.
    private(set) var verifier: AuditVerifier?
    /// Rows that were checked.
    private(set) var rows: UInt64 = 0

    init(key: SigningKey) {
        self.key = key
    }

    mutating func check(_ line: AuditExportLine) throws(Failure) {
        do throws(AuditVerifier.Failure) {
            switch line {
            case .start(let start): try self.begin(start)
            case .row(let row):
                guard let record = AuditRecord(row) else { throw .altered(sequence: row.sequence) }
                try self.verifier?.check(record)
                self.rows += 1
            case .head(let head):
                guard let head = AuditHead(head) else { throw .forgedHead(sequence: head.sequence) }
                try self.verifier?.check(head)
            }
        } catch {
            throw Failure(text: error.text)
        }
        guard self.verifier != nil else { throw Failure(text: "its first line is missing") }
    }

    /// A later export may have been appended to an earlier one, where it goes on.
    private mutating func begin(_ start: AuditExportStart) throws(AuditVerifier.Failure) {
        guard let hash = HexText.decode(start.hash) else { throw .altered(sequence: start.after) }
        if let chain = self.verifier?.chain {
            guard chain.length == start.after else { throw .gap(expected: chain.length + 1, found: start.after + 1) }
            guard chain.head == hash else { throw .altered(sequence: start.after) }
        } else {
            self.verifier = AuditVerifier(
                publicKey: self.key.bytes, chain: AuditChain(after: start.after, head: hash))
        }
    }
}

extension AuditRecord {
    /// Nil for a row that no gateway exports.
    init?(_ row: AuditExportRow) {
        guard let time = Timestamp(row.time), let hash = HexText.decode(row.hash),
            row.order.count == row.fields.count
        else { return nil }
        var fields: [AuditField] = []
        for name in row.order {
            guard let value = row.fields[name] else { return nil }
            fields.append(AuditField(storedName: name, storedValue: value))
        }
        self.init(
            sequence: row.sequence, timeNanoseconds: time.nanosecondsSince1970, code: row.code, actor: row.actor,
            storedFields: fields, hash: hash)
    }
}

extension AuditHead {
    /// Nil for a statement that no gateway exports.
    init?(_ head: AuditExportHead) {
        guard let time = Timestamp(head.time), let hash = HexText.decode(head.hash),
            let signature = HexText.decode(head.signature)
        else { return nil }
        self.init(
            sequence: head.sequence, timeNanoseconds: time.nanosecondsSince1970, hash: hash, signature: signature)
    }
}

import AuditLog
import Crypto
import Platform
import Testing

@testable import SessionStore

extension SessionStore {
    /// Checks the whole log against `key`, in stretches of three rows; the number of rows.
    func checkedAuditRows(_ key: Curve25519.Signing.PrivateKey = .init()) throws -> UInt64 {
        var verifier = AuditVerifier(publicKey: Array(key.publicKey.rawRepresentation))
        while true {
            let stretch = try self.auditStretch(after: verifier.chain.length, limit: 3)
            #expect(stretch.before == verifier.chain.head)
            var heads = stretch.heads[...]
            for row in stretch.rows {
                try verifier.check(row)
                while let head = heads.first, head.sequence == row.sequence { try verifier.check(heads.removeFirst()) }
            }
            for head in heads { try verifier.check(head) }
            if stretch.isLast { return verifier.chain.length }
        }
    }
}

@Suite("Signed heads of the audit log")
struct AuditHeadTests {
    let folder: TemporaryFolder
    let store: SessionStore
    let key = Curve25519.Signing.PrivateKey()

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try SessionStore(path: self.folder.path + "/sallyport.db")
        for index in 0..<8 {
            try self.store.audit(.gatewayStopped(reason: "\(index)"), actor: "a")
            if index % 3 == 0 { try self.sign() }
        }
    }

    private func sign() throws {
        let key = self.key
        try self.store.signAuditHead { (try? key.signature(for: $0)).map(Array.init) ?? [] }
    }

    @Test("a log with signatures verifies, and is signed once for each new row only")
    func sound() throws {
        #expect(try self.store.checkedAuditRows(self.key) == 8)
        try self.sign()
        try self.sign()
        #expect(try self.store.auditStretch(after: 0, limit: 100).heads.map(\.sequence) == [1, 4, 7, 8])
        #expect(try self.store.checkedAuditRows(self.key) == 8)
    }

    @Test(
        "a row that was changed, removed or made anew, and a tail that was cut, are found",
        arguments: [
            ("UPDATE audit SET actor = 'b' WHERE sequence = 3", AuditVerifier.Failure.altered(sequence: 3)),
            ("DELETE FROM audit WHERE sequence = 2", .gap(expected: 2, found: 3)),
            ("DELETE FROM audit WHERE sequence > 5", .cut(known: 7, found: 5)),
            ("UPDATE audit_heads SET time = time + 1 WHERE sequence = 4", .forgedHead(sequence: 4)),
        ])
    func tampering(statement: String, failure: AuditVerifier.Failure) throws {
        try self.store.write { try $0.execute(sql: statement) }
        #expect(throws: failure) { try self.store.checkedAuditRows(self.key) }
    }

    @Test("a whole chain that was made anew hangs together and is found by its signatures")
    func madeAnew() throws {
        let rows = try self.store.auditStretch(after: 0, limit: 100).rows
        var previous = AuditRecord.chainStart
        for row in rows {
            let anew = AuditRecord(
                sequence: row.sequence, timeNanoseconds: row.timeNanoseconds, event: .gatewayStopped(reason: "x"),
                actor: row.actor, previousHash: previous)
            previous = anew.hash
            try self.store.write {
                try $0.execute(
                    sql: "UPDATE audit SET fields = ?, hash = ? WHERE sequence = ?",
                    arguments: [Blob(AuditField.encode(anew.fields)), Blob(anew.hash), Int64(anew.sequence)])
            }
        }
        #expect(throws: AuditVerifier.Failure.rewritten(sequence: 1)) { try self.store.checkedAuditRows(self.key) }
        try self.store.write { try $0.execute(sql: "DELETE FROM audit_heads") }
        #expect(try self.store.checkedAuditRows(self.key) == 8)
    }

    @Test("the key of another gateway is told from the right one")
    func otherKey() throws {
        #expect(throws: AuditVerifier.Failure.forgedHead(sequence: 1)) { try self.store.checkedAuditRows() }
    }

    @Test("a stretch after a row that is not there is refused")
    func unknownRow() throws {
        #expect(throws: StoreError(.invalid, "the audit log has no row 9")) {
            try self.store.auditStretch(after: 9, limit: 1)
        }
    }
}

import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Most answers of one account.
    public static let maximumAnswers = 16

    /// Sets or replaces what the login of an account answers to one kind of question. Throws `notFound` for an account
    /// without a credential, `conflict` for too many answers.
    public func setAnswer(
        target: String, account: String, question: String, kind: StoredAnswerKind, sealed: [UInt8], details: String,
        by actor: String
    ) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(target, database)
            try Self.requireCredential(id, target: target, account: account, database)
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO credential_answers (target, account, question, kind, sealed, details, changed)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, account, question, kind.rawValue, Blob(sealed), details, Clock.wallNanoseconds(),
                ])
            let count = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM credential_answers WHERE target = ? AND account = ?",
                arguments: [id, account])
            guard (count ?? 0) <= Self.maximumAnswers else {
                throw StoreError(.conflict, "\(target)/\(account) has \(Self.maximumAnswers) answers already")
            }
            return (
                .answerSet(target: target, account: account, question: question, kind: kind.rawValue), ()
            )
        }
    }

    public func removeAnswer(
        target: String, account: String, question: String, by actor: String
    ) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(target, database)
            try database.execute(
                sql: "DELETE FROM credential_answers WHERE target = ? AND account = ? AND question = ?",
                arguments: [id, account, question])
            guard database.changesCount > 0 else {
                throw StoreError(.notFound, "\(target)/\(account) has no such answer")
            }
            return (.answerRemoved(target: target, account: account, question: question), ())
        }
    }

    /// In the order in which questions are matched: patterns first, the longest of them before the others.
    public func answers(target: String, account: String) throws(StoreError) -> [StoredAnswer] {
        try self.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT credential_answers.* FROM credential_answers JOIN targets ON targets.id = target
                    WHERE targets.name = ? AND account = ? ORDER BY length(question) DESC, question
                    """,
                arguments: [target, account]
            ).map { row in
                let word: String = row["kind"]
                guard let kind = StoredAnswerKind(rawValue: word) else {
                    throw StoreError(.database, "an answer has the unknown kind \(word): use the version that wrote it")
                }
                return StoredAnswer(
                    question: row["question"], kind: kind, sealed: row.bytes("sealed"), details: row["details"],
                    changedNanoseconds: row["changed"])
            }
        }
    }

    private static func requireCredential(
        _ id: Int64, target: String, account: String, _ database: Database
    ) throws {
        let exists = try Bool.fetchOne(
            database, sql: "SELECT 1 FROM credentials WHERE target = ? AND account = ?", arguments: [id, account])
        guard exists != nil else {
            throw StoreError(.notFound, "there is no credential for \(target)/\(account) yet: set it first")
        }
    }
}

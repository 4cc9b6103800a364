import GRDB

extension SessionStore {
    /// The transaction that the calls of one thread are part of.
    // @unchecked Sendable: it is made, seen and forgotten within one synchronous call, on the thread that runs it; no task
    // can be begun in there that would carry it elsewhere.
    final class Batch: @unchecked Sendable {
        let store: ObjectIdentifier
        let database: Database

        init(store: ObjectIdentifier, database: Database) {
            self.store = store
            self.database = database
        }
    }

    @TaskLocal static var batch: Batch?

    /// Makes all calls of this store within `body` one transaction, with their audit events: all of it is on the disk
    /// when this returns, and nothing has happened when it throws, which is what `body` throws, or `StoreError`.
    ///
    /// `body` calls the store on the thread that runs it. Others wait with their changes until it is done.
    public func atomically<Result>(_ body: () throws -> Result) throws -> Result {
        precondition(self.currentBatch == nil, "a batch is not begun within another")
        let result = try self.transaction { database in
            try Self.$batch.withValue(Batch(store: ObjectIdentifier(self), database: database), operation: body)
        }
        self.forgetRules()
        try self.flush()
        return result
    }

    /// Of this store, on this thread.
    var currentBatch: Database? {
        guard let batch = Self.batch, batch.store == ObjectIdentifier(self) else { return nil }
        return batch.database
    }
}

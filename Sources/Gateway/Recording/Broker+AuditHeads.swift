extension Broker {
    /// Nanoseconds that rows of the audit log may stay without a signature.
    private static let signingInterval: UInt64 = 10_000_000_000

    /// Signs what the audit log has, now and each ten seconds in which it grew.
    func keepSigningAuditLog() {
        let (store, signer, log) = (self.store, self.keys.recordingSigner, self.log)
        self.journal.submit {
            do {
                try store.signAuditHead { signer.sign($0) }
            } catch {
                log.critical("the audit log can't be signed: \(error)")
            }
        }
        self.loop.after(nanoseconds: Self.signingInterval) { [weak self] in
            self?.assumeIsolated { if !$0.isStopping { $0.keepSigningAuditLog() } }
        }
    }
}

import AuditLog
import Identity

extension Broker {
    /// Nanoseconds between two looks at the key revocation list; each login looks besides.
    private static let lookInterval: UInt64 = 10_000_000_000

    /// Ends what a changed revocation list no longer permits, now and whenever the file changes. A list that can't be
    /// read ends nothing: it lets nobody in who isn't.
    func keepReadingRevocations() {
        guard let path = self.revocations.path else { return }
        let revocations = self.revocations
        Task {
            let content = try? await self.questions.run { revocations.content() }
            if let content, content.mark != self.seenRevocations {
                self.seenRevocations = content.mark
                await self.received(content.list, from: path)
            }
            self.loop.after(nanoseconds: Self.lookInterval) { [weak self] in
                self?.assumeIsolated { if !$0.isStopping { $0.keepReadingRevocations() } }
            }
        }
    }

    private func received(_ list: Result<RevocationList, RevocationFile.Problem>, from path: String) async {
        switch list {
        case .success(let list):
            self.log.notice("the key revocation list \(path) was read: \(list.count) entries")
            self.audit(.revocationListRead(path: path, entries: list.count), actor: "gateway")
            do {
                _ = try await self.review(by: "gateway", reason: nil)
            } catch {
                self.log.critical("sessions of revoked keys can't be found: the database can't be read")
                // Tried again at the next look.
                self.seenRevocations = nil
            }
        case .failure(let problem):
            self.log.critical("\(problem.reason), so no key lets anybody in: \(path)")
            self.audit(.revocationListUnusable(path: path, cause: problem.reason), actor: "gateway")
        }
    }
}

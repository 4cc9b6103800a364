import AuditLog
import CPlatform
import Platform
import SessionStore
import Vault
import WorkerProtocol

extension Broker {
    /// Answers a question of the target's login from the vault, or says that there is no answer to it.
    func answer(_ question: TargetQuestion, from connection: Connection) {
        guard let session = connection.session, let answer = session.answers.take(for: question) else {
            return self.giveUp(on: connection)
        }
        let number = connection.number
        Task {
            do {
                let secret = try await self.secret(
                    of: answer, for: session.destination.target, session.destination.account)
                guard let connection = self.connections[number], let secret else {
                    return self.connections[number].map { self.giveUp(on: $0) } ?? ()
                }
                self.audit(
                    .targetQuestionAnswered(
                        session: session.id, target: session.destination.target,
                        account: session.destination.account,
                        question: String(decoding: question.text, as: UTF8.self), kind: answer.kind.rawValue),
                    actor: session.destination.user)
                connection.permissions.answeredQuestion()
                var message = BrokerMessage.targetAnswer(secret.withUnsafeBytes { Array($0) }).encoded
                _ = try? connection.socket.send(message, waiting: false)
                message.withUnsafeMutableBytes { if let start = $0.baseAddress { sp_wipe(start, $0.count) } }
            } catch {
                self.log.error("an answer of \(session.destination.target) can't be opened: \(error)")
                if let connection = self.connections[number] { self.giveUp(on: connection) }
            }
        }
    }

    private func giveUp(on connection: Connection) {
        connection.permissions.answeredQuestion()
        self.send(.targetUnanswered, to: connection)
    }

    /// Waits for the next code where the present one has been given. Nil when too many logins wait already.
    private func secret(
        of answer: StoredAnswer, for target: String, _ account: String
    ) async throws -> SecretBytes? {
        let vault = self.vault
        switch answer.kind {
        case .secret:
            return try await self.questions.run {
                try vault.openAnswer(
                    answer.sealed, for: .answer(target: target, account: account, question: answer.question))
            }
        case .totp:
            let codes = try await self.questions.run {
                try vault.openCodes(
                    answer.sealed, for: .oneTimeCodes(target: target, account: account, question: answer.question))
            }
            let owner = CodeLedger.Owner(target: target, account: account, question: answer.question)
            let now = Clock.wallNanoseconds()
            let present = codes.step(at: UInt64(now / 1_000_000_000))
            guard let step = self.codeLedger.next(of: owner, present: present) else {
                self.log.warning("too many logins to \(target) wait for a one-time code of \(account)")
                return nil
            }
            let start = Int64(clamping: codes.start(ofStep: step)) * 1_000_000_000
            if start > now {
                await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                    self.loop.after(nanoseconds: UInt64(start - now)) { continuation.resume() }
                }
            }
            return codes.code(step: step)
        }
    }
}

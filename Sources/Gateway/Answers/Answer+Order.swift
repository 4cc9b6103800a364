import AccessPolicy
import AdminAPI
import AuditLog
import CPlatform
import Platform
import SessionStore
import Vault
import WorkerProtocol

extension Broker {
    /// Does what a user asks of the gateway itself. The user has proved who it is, as for any session.
    func answer(_ order: DeskOrder, from connection: Connection) {
        guard let login = connection.login else { return }
        let (number, peer) = (connection.number, connection.peer)
        Task {
            let answer: DeskAnswer
            do {
                switch try OrderText(order.command) {
                case .checkOut(let place, let reason, let seconds):
                    guard login.restrictions.isDisjoint(with: [.noTerminal, .service]) else {
                        throw OrderText.Mistake(
                            line: "a password is shown on a terminal only, which you are not permitted to have")
                    }
                    guard order.hasTerminal else {
                        throw OrderText.Mistake(line: "a password is shown on a terminal only: use ssh -t")
                    }
                    answer = try await self.checkOut(
                        place, login, from: peer, reason: reason, seconds: seconds, on: number)
                case .checkIn(let place): answer = try await self.checkIn(place, login)
                case .request(let request):
                    answer = try await self.answer(request, login, from: peer, hasTerminal: order.hasTerminal)
                case .breakGlass(let review):
                    answer = try await self.answer(review, login, from: peer, hasTerminal: order.hasTerminal)
                }
            } catch let mistake as OrderText.Mistake {
                answer = DeskAnswer(text: Array(mistake.line.utf8), status: 1)
            } catch let error as StoreError where error.code == .conflict || error.code == .notFound {
                answer = DeskAnswer(text: Array(error.message.utf8), status: 1)
            } catch let error as AdminError {
                answer = DeskAnswer(text: Array(error.message.utf8), status: 1)
            } catch {
                self.log.error("a command of \(login.user) failed: \(error)")
                answer = DeskAnswer(
                    text: Array("the gateway could not do it; its operator's log says why".utf8), status: 1)
            }
            guard let connection = self.connections[number] else { return }
            connection.permissions.answeredOrder()
            self.send(.orderAnswered(answer), to: connection)
        }
    }

    // MARK: Out

    private func checkOut(
        _ place: AccountPlace, _ login: Login, from peer: PeerAddress, reason: String, seconds: Int?,
        on number: UInt64
    ) async throws -> DeskAnswer {
        let destination = try await self.permittedCheckout(place, login, from: peer)
        let longest = self.configuration.rotation.checkoutSeconds
        let length = seconds ?? min(longest, 1800)
        guard length <= longest else {
            throw OrderText.Mistake(line: "at most \(longest / 60) minutes at a time")
        }
        await self.awaitRotation(of: place, for: number)
        // Nothing is logged in to.
        self.connections[number]?.loginPlace = nil
        // Nobody changes it between the look into the vault and the entry that it is out.
        _ = try self.enterRotation(of: place)
        defer { self.rotations.leave(place) }
        // Much may have happened while it waited.
        guard try await self.isStillPermitted(destination, from: peer.origin),
            self.secondFactors.isFresh(
                user: destination.user, from: peer.host, within: destination.secondFactorSeconds),
            let connection = self.connections[number], connection.killed == nil
        else { throw OrderText.Mistake(line: "you may check out no password of \(place)") }
        guard !self.rotations.isInDoubt(place) else {
            throw OrderText.Mistake(line: "which password \(place) has is not known just now; try again later")
        }
        let (store, vault) = (self.store, self.vault)
        let until = Clock.wallNanoseconds() + Int64(length) * 1_000_000_000
        let password = try await self.questions.run {
            guard let credential = try store.credential(target: place.target, account: place.account) else {
                throw OrderText.Mistake(line: "\(place) was removed just now")
            }
            guard credential.kind == .password else {
                throw OrderText.Mistake(line: "only passwords in the gateway's own vault can be checked out")
            }
            let password = try vault.openPassword(
                credential.sealed, for: .password(target: place.target, account: place.account))
            try store.checkOut(
                target: place.target, account: place.account, user: destination.user, from: peer.description,
                reason: reason, until: until)
            return password
        }
        self.lookAtCheckouts(at: until)
        if let connection = self.connections[number] {
            var message = BrokerMessage.orderSecret(password.withUnsafeBytes { Array($0) }).encoded
            _ = try? connection.socket.send(message, waiting: false)
            message.withUnsafeMutableBytes { if let start = $0.baseAddress { sp_wipe(start, $0.count) } }
        }
        let line = "\(place) is yours for \(Self.words(length)); return it with: checkin \(place)"
        return DeskAnswer(text: Array(line.utf8), status: 0)
    }

    private static func words(_ seconds: Int) -> String {
        seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
    }

    private func permittedCheckout(
        _ place: AccountPlace, _ login: Login, from peer: PeerAddress
    ) async throws -> AuthorizedTarget {
        let store = self.store
        let request = AccessRequest(
            user: login.user, account: place.account, target: place.target, origin: peer.origin,
            time: Clock.wallNanoseconds())
        let decision = try await self.questions.run { AccessPolicy(rules: try store.accessRules()).decide(request) }
        var reason = "no-checkout"
        if case .denied(let denial) = decision.verdict { reason = denial.word }
        if case .requestable(let offer) = decision.verdict,
            offer.choices.contains(where: { $0.channels.contains(.checkout) })
        {
            reason = AccessOffer.word
        }
        if case .allowed(let destination) = decision.verdict, destination.channels.contains(.checkout) {
            if self.secondFactors.isFresh(
                user: destination.user, from: peer.host, within: destination.secondFactorSeconds)
            {
                return destination
            }
            reason = "second-factor-needed"
        }
        self.audit(
            .accessDenied(
                user: login.user, account: place.account, target: place.target, from: peer.description, reason: reason),
            actor: login.user)
        if reason == AccessOffer.word {
            throw OrderText.Mistake(
                line: "\(place) needs approval: ask for it with request create \(place) --reason WHY")
        }
        throw OrderText.Mistake(
            line: reason == "second-factor-needed"
                ? "\(place) asks for a one-time code, and this login has given none lately"
                : "you may not check \(AuditField(name: "place", value: "\(place)").value) out")
    }

    // MARK: In

    private func checkIn(_ place: AccountPlace, _ login: Login) async throws -> DeskAnswer {
        let store = self.store
        let checkout = try await self.questions.run {
            try store.checkout(target: place.target, account: place.account)
        }
        guard checkout?.user == login.user, checkout?.isReturned == false else {
            throw OrderText.Mistake(
                line: "you have not checked \(AuditField(name: "place", value: "\(place)").value) out")
        }
        let isChanged = try await self.returnCheckout(place, cause: "returned", by: login.user)
        let line =
            "\(place) is returned" + (isChanged ? " and has a new password" : "; its new password is still to come")
        return DeskAnswer(text: Array(line.utf8), status: 0)
    }
}

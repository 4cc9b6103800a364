import AccessPolicy
import AdminAPI
import AuditLog
import Platform
import SessionStore
import WorkerProtocol

/// The grants ask for approval before the target is opened.
struct ApprovalNeeded: Error {
    let offer: AccessOffer
    /// What the user may do where nobody is there to approve.
    let emergency: EmergencyAccess?
}

/// What somebody who is asked at a terminal, or waits there, brings about.
enum DialogueEvent: Hashable, Sendable {
    case answered(String)
    case left
    case noTerminal
    /// A request has changed, perhaps the one that is waited for.
    case news
    /// The connection is over.
    case gone
}

/// What comes of asking one user, in order. Belongs to the broker's thread.
struct Dialogue {
    private var events: [DialogueEvent] = []
    /// Whoever waits for the next event.
    var waiter: Once<DialogueEvent>?

    mutating func takeEvent() -> DialogueEvent? { self.events.isEmpty ? nil : self.events.removeFirst() }

    mutating func post(_ event: DialogueEvent) {
        guard let waiter = self.waiter else { return self.events.append(event) }
        self.waiter = nil
        waiter.resume(event)
    }

    /// Only of use to somebody who waits: others look before they do.
    mutating func wake() {
        self.waiter?.resume(.news)
        self.waiter = nil
    }
}

extension Broker {
    /// Asks the user of this connection for what a request needs, files it, and waits for its end. Returns when it is
    /// approved, and throws a refusal otherwise. A connection that ends leaves its request as it is: who connects again
    /// waits for the same one. Throws ``EmergencyNeeded`` for a user who says that it is one.
    func waitForApproval(_ needed: ApprovalNeeded, on number: UInt64) async throws {
        let offer = needed.offer
        guard let connection = self.connections[number], let login = connection.login else { return }
        let store = self.store
        let place = "\(offer.account)@\(offer.target)"
        guard !login.restrictions.contains(.service) else {
            throw Refusal(line: "\(place) needs approval, which a service account can't wait for")
        }
        let waiting = try await self.questions.run {
            try store.waitingRequest(user: offer.user, account: offer.account, target: offer.target)
        }
        var request: StoredRequest
        if let waiting {
            request = waiting
        } else {
            request = try await self.fileAtTerminal(offer, needed.emergency, on: number)
        }
        var told = -1
        while true {
            let seen = self.requestChanges
            let asked = request.number
            guard let present = try await self.questions.run({ try store.request(asked) }) else {
                throw Refusal(line: "request \(request.number) is gone")
            }
            request = present
            if request.state != .waiting { return try self.conclude(request, on: number) }
            guard seen == self.requestChanges else { continue }
            if told != request.approvals.count {
                told = request.approvals.count
                self.tell(Self.waitingLine(request), on: number)
            }
            switch await self.nextEvent(on: number) {
            case .left:
                let user = RequestActor.person(login.user, from: connection.peer.description)
                _ = try? await self.take(.withdraw, onRequest: request.number, by: user)
                let state = try await self.questions.run { try store.request(asked)?.state }
                let word = state == .withdrawn ? "is withdrawn" : "was decided meanwhile: connect again"
                throw Refusal(line: "request \(request.number) \(word)")
            case .noTerminal: throw Refusal(line: Self.lineWithoutTerminal(offer, waiting: request.number))
            case .gone: throw Refusal(line: "the client has gone")
            case .answered, .news: break
            }
        }
    }

    private func conclude(_ request: StoredRequest, on number: UInt64) throws(Refusal) {
        let said = request.decisionText.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
        let by = request.decidedBy ?? "the gateway"
        switch request.state {
        case .approved:
            let until = TimeText.time(request.untilNanoseconds ?? 0)
            self.tell("request \(request.number) is approved by \(by) until \(until)\(said)", on: number)
        case .denied: throw Refusal(line: "request \(request.number) was denied by \(by)\(said)")
        case .expired: throw Refusal(line: "nobody decided request \(request.number) in time")
        case .revoked: throw Refusal(line: "request \(request.number) was revoked by \(by)\(said)")
        case .withdrawn: throw Refusal(line: "request \(request.number) is withdrawn")
        case .waiting: preconditionFailure("the caller has looked")
        }
    }

    private static func waitingLine(_ request: StoredRequest) -> String {
        let rule = request.rule
        let quorum = rule?.quorum ?? "nobody"
        let approved = request.approvals.map(\.approver).joined(separator: ", ")
        let progress = approved.isEmpty ? "" : "; approved by \(approved)"
        let end = TimeText.time(request.waitsUntilNanoseconds)
        return "request \(request.number) for \(request.place): waiting for \(quorum)\(progress), until \(end). "
            + "Ctrl-C withdraws it"
    }

    private static func lineWithoutTerminal(_ offer: AccessOffer, waiting: Int64? = nil) -> String {
        let place = "\(offer.account)@\(offer.target)"
        if let waiting { return "\(place) needs approval: request \(waiting) for it waits" }
        let choice = offer.choices.first
        let ticket = choice?.rule.ticketPattern == nil ? "" : " --ticket TICKET"
        return "\(place) needs approval by \(choice?.rule.quorum ?? "others"): ask for it with "
            + "ssh \(offer.user)@GATEWAY request create \(place) --reason WHY\(ticket)"
    }

    // MARK: Filing

    /// How often somebody may answer what won't do.
    private static let attempts = 4
    private static let emergencyWord = "break-glass"

    private func fileAtTerminal(
        _ offer: AccessOffer, _ emergency: EmergencyAccess?, on number: UInt64
    ) async throws -> StoredRequest {
        guard let choice = offer.choices.first, let connection = self.connections[number] else {
            throw Refusal(line: "the client has gone")
        }
        let (rule, peer) = (choice.rule, connection.peer)
        let place = "\(offer.account)@\(offer.target)"
        let withoutTerminal = Self.lineWithoutTerminal(offer)
        let glass = emergency == nil ? "" : "\nIn an emergency, when nobody is there, answer \(Self.emergencyWord)."
        let optional = rule.requiresReason ? "" : " (Enter for none)"
        let reason = try await self.ask(
            "\(place) needs approval by \(rule.quorum).\(glass)\nWhy do you need it\(optional)? ", on: number,
            withoutTerminal: withoutTerminal
        ) { answer in
            if rule.requiresReason, answer.isEmpty { return "A reason has to be given." }
            return answer.utf8.count > OrderText.maximumReasonBytes ? "That is too long." : nil
        }
        if let emergency, reason == Self.emergencyWord { throw EmergencyNeeded(access: emergency) }
        var ticket = ""
        if rule.ticketPattern != nil {
            ticket = try await self.ask("Which ticket is it about? ", on: number, withoutTerminal: withoutTerminal) {
                answer in
                do throws(ApprovalRule.Invalid) { try rule.check(ticket: answer) } catch { return "\(error.message)." }
                return nil
            }
        }
        let (usual, longest) = (rule.usualSeconds, AccessLimits.length(rule.longestSeconds))
        let answer = try await self.ask(
            "For how long, such as 30m or 2h, at most \(longest) (Enter for \(AccessLimits.length(usual)))? ",
            on: number,
            withoutTerminal: withoutTerminal
        ) { answer in
            if answer.isEmpty { return nil }
            guard let seconds = OrderWords.seconds(answer) else { return "That is no length of time." }
            return seconds > rule.longestSeconds ? "At most \(longest) may be asked for." : nil
        }
        do {
            return try await self.file(
                RequestWish(
                    user: offer.user, account: offer.account, target: offer.target, grant: choice.grant,
                    seconds: OrderWords.seconds(answer), reason: reason, ticket: ticket, origin: peer.origin,
                    from: peer.description), by: offer.user)
        } catch let error as AdminError {
            throw Refusal(line: error.message)
        } catch let error as StoreError where error.code == .conflict || error.code == .notFound {
            throw Refusal(line: error.message)
        }
    }

    /// - parameters:
    ///   - withoutTerminal: the line for a program that has none.
    ///   - complaint: what is wrong with an answer; nil for one that will do.
    func ask(
        _ question: String, kind: GatewayQuestion.Kind = .line, on number: UInt64, withoutTerminal: String,
        complaint: (String) -> String?
    ) async throws(Refusal) -> String {
        var text = question
        for _ in 0..<Self.attempts {
            self.send(.gatewayQuestion(GatewayQuestion(kind: kind, text: Self.wireText(text))), toUserOf: number)
            var event: DialogueEvent
            repeat { event = await self.nextEvent(on: number) } while event == .news
            switch event {
            case .answered(let answer):
                let answer = answer.trimmingSpaces
                guard let complaint = complaint(answer) else { return answer }
                text = "\(complaint)\n\(question)"
            case .left: throw Refusal(line: "nothing was asked for")
            case .noTerminal: throw Refusal(line: withoutTerminal)
            case .gone, .news: throw Refusal(line: "the client has gone")
            }
        }
        throw Refusal(line: "nothing was asked for: there was no answer that would do")
    }

    // MARK: The worker's part

    private static func wireText(_ text: String) -> [UInt8] { Array(text.utf8.prefix(WireLimits.text)) }

    /// Shows a line to somebody who waits.
    func tell(_ line: String, on number: UInt64) {
        self.send(.gatewayQuestion(GatewayQuestion(kind: .wait, text: Self.wireText(line))), toUserOf: number)
    }

    private func send(_ message: BrokerMessage, toUserOf number: UInt64) {
        guard let connection = self.connections[number] else { return }
        connection.permissions.askedUser()
        self.send(message, to: connection)
    }

    private func nextEvent(on number: UInt64) async -> DialogueEvent {
        guard let connection = self.connections[number], connection.killed == nil else { return .gone }
        if let event = connection.dialogue.takeEvent() { return event }
        return await withCheckedContinuation { connection.dialogue.waiter = Once($0) }
    }

    func received(_ answer: GatewayAnswer, from connection: Connection) {
        switch answer {
        case .answered(let line):
            connection.dialogue.post(.answered(AuditField.printable(String(decoding: line, as: UTF8.self))))
        case .left: connection.dialogue.post(.left)
        case .noTerminal: connection.dialogue.post(.noTerminal)
        }
    }

    func wakeWaitingLogins() {
        self.requestChanges += 1
        for connection in self.connections.values { connection.dialogue.wake() }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let start = self.drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}

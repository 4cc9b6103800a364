import AccessPolicy
import AuditLog
import Glibc
import Platform
import SessionStore
import WorkerProtocol

/// Who vouches for the user of an inner connection, and where that one leads.
struct Voucher: Sendable {
    let user: String
    let target: String
    /// Of the outer connection.
    let proofs: [LoginProof]
    let restrictions: LoginRestrictions
    /// The connection that has proved to be the user, and that carries this one.
    let outer: UInt64
}

extension Broker {
    /// Questions for jumps of one connection that may be open at once; each costs the database a look.
    private static let maximumQuestions = 64

    /// Makes a worker for the inner connection of `ssh -J`, and hands the other end of its socket to the outer one.
    func openJump(_ jump: Jump, for connection: Connection) {
        guard let login = connection.login, connection.openingJumps < Self.maximumQuestions else {
            return self.send(.jumpRefused(number: jump.number), to: connection)
        }
        connection.openingJumps += 1
        let (number, store, user) = (connection.number, self.store, login.user)
        let origin = connection.peer.origin
        Task {
            let destination = try? await self.questions.run {
                try Self.destination(
                    of: jump, for: user, from: origin, rules: try store.accessRules(), targets: try store.targets())
            }
            guard let connection = self.connections[number] else { return }
            connection.openingJumps -= 1
            self.answer(jump, destination ?? .failure(.noGrant), of: login, on: connection)
        }
    }

    /// The one target that the client means: by its name, with its own port or ssh's; else by its address.
    static func destination(
        of jump: Jump, for user: String, from origin: AccessOrigin, rules: AccessRules, targets: [StoredTarget]
    ) throws -> Result<String, JumpDenial> {
        let host = String(decoding: jump.host, as: UTF8.self)
        let named = targets.filter { $0.name == host && (jump.port == 22 || jump.port == $0.port) }
        let meant = named.isEmpty ? targets.filter { $0.host == host && $0.port == jump.port } : named
        guard let target = meant.first, meant.count == 1 else { return .failure(.unknownTarget) }
        let policy = AccessPolicy(rules: rules)
        let mayGo = target.accounts.contains { account in
            let request = AccessRequest(
                user: user, account: account, target: target.name, origin: origin, time: Clock.wallNanoseconds())
            switch policy.decide(request).verdict {
            case .allowed: return true
            // The inner connection says why not.
            case .requestable, .denied(.secondFactorOfService), .denied(.emergencyOnly): return true
            case .denied: return false
            }
        }
        return mayGo ? .success(target.name) : .failure(.noGrant)
    }

    private func answer(
        _ jump: Jump, _ destination: Result<String, JumpDenial>, of login: Login, on connection: Connection
    ) {
        switch destination {
        case .success(let target):
            do {
                let socket = try self.serveInner(
                    Voucher(
                        user: login.user, target: target, proofs: login.proofs, restrictions: login.restrictions,
                        outer: connection.number))
                if let socket {
                    return self.send(
                        .jumpOpened(number: jump.number), descriptors: [socket.rawValue], to: connection)
                }
            } catch {
                self.log.error("\(error)")
            }
        case .failure(let denial):
            self.audit(
                .accessDenied(
                    user: login.user, account: nil,
                    target: "\(String(decoding: jump.host, as: UTF8.self)):\(jump.port)",
                    from: connection.peer.description, reason: denial.rawValue),
                actor: login.user)
        }
        self.send(.jumpRefused(number: jump.number), to: connection)
    }

    /// - returns: the client's end of the inner connection; nil when a limit forbids it, which is audited.
    private func serveInner(_ voucher: Voucher) throws -> SharedDescriptor? {
        guard let peer = self.connections[voucher.outer]?.peer else { return nil }
        let (ours, theirs) = try SharedDescriptor.makeSocketPair(type: SOCK_STREAM)
        return self.serve(ours, from: peer, vouched: voucher) ? theirs : nil
    }

    /// Where an inner connection leads: its login name is the account, or the user's own name, which clients give when
    /// none was said. nil for a name that can't be read.
    static func reading(
        of login: [UInt8], vouched voucher: Voucher, rules: AccessRules
    ) -> LoginName.Reading? {
        guard let name = String(validating: login, as: UTF8.self),
            (1...LoginName.maximumBytes).contains(name.utf8.count)
        else { return nil }
        let accounts = rules.targets[voucher.target]?.accounts ?? []
        let account = name == voucher.user && !accounts.contains(name) ? nil : name
        return LoginName.Reading(user: voucher.user, account: account, target: voucher.target)
    }
}

/// Why a jump leads nowhere, by the policy's words.
enum JumpDenial: String, Error {
    case unknownTarget = "unknown-target"
    case noGrant = "no-grant"
}

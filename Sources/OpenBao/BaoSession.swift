import FoundationEssentials
import NIOHTTP1
import Platform

/// The gateway's standing with the server: a token, renewed before it ends, had anew when it can't be.
actor BaoSession {
    private let http: BaoHTTP
    private let settings: BaoSettings
    private var current: Held?
    /// Under way; everybody who needs a token waits for the same one.
    private var login: Task<Held, any Error>?

    private struct Held: Sendable {
        /// Not wiped: it goes into header fields, whose copies can't be either.
        var token: String
        var isRenewable: Bool
        /// Nil for a token without an end.
        var expires: ContinuousClock.Instant?
        /// When to see to it: at two thirds of its time.
        var renewal: ContinuousClock.Instant?
    }

    init(_ http: BaoHTTP, _ settings: BaoSettings) {
        self.http = http
        self.settings = settings
    }

    /// A token that should work now. Throws what the login throws.
    func token() async throws(BaoError) -> String {
        if let current, current.expires.map({ $0 > .now }) ?? true { return current.token }
        return try await self.freshToken(insteadOf: self.current?.token)
    }

    /// After `refused` was turned down: logs in again, unless somebody has done so meanwhile.
    func freshToken(insteadOf refused: String?) async throws(BaoError) -> String {
        if let current, current.token != refused, current.expires.map({ $0 > .now }) ?? true { return current.token }
        let running = self.login ?? Task { try await self.logIn() }
        self.login = running
        let result = await running.result
        if self.login == running { self.login = nil }
        do {
            let held = try result.get()
            self.current = held
            return held.token
        } catch let error as BaoError {
            throw error
        } catch {
            throw BaoError(.unusable, "the login failed in an unexpected way")
        }
    }

    /// Keeps the token alive until cancelled. `report` hears of each failure and of the next success.
    func keepAlive(report: @Sendable (Result<Void, BaoError>) -> Void) async {
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            do throws(BaoError) {
                _ = try await self.token()
                if let renewal = self.current?.renewal, renewal <= .now { try await self.renew() }
                report(.success(()))
                pause = .seconds(1)
                // Also when nothing is due: somebody may have logged in anew.
                let due = self.current?.renewal.map { $0 - .now } ?? .seconds(60)
                try? await Task.sleep(for: max(.milliseconds(100), min(due, .seconds(60))))
            } catch {
                report(.failure(error))
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(30))
            }
        }
    }

    private func renew() async throws(BaoError) {
        guard let held = self.current else { return }
        if held.isRenewable {
            let answer = try await self.http.send(
                .POST, "auth/token/renew-self", token: held.token, body: [String: String]())
            if answer.status == 200 {
                let lease = try answer.decoded(AuthAnswer.self).auth
                // Near its greatest age the server gives less and less: then a new one is better.
                if lease.leaseDuration >= Self.shortestLease {
                    self.current = Self.held(lease, token: held.token)
                    return
                }
            }
        }
        _ = try await self.freshToken(insteadOf: held.token)
    }

    private static let shortestLease = 2

    private func logIn() async throws(BaoError) -> Held {
        switch self.settings.login {
        case .tokenFile(let path):
            let token = try Self.line(of: path)
            let answer = try await self.http.send(.GET, "auth/token/lookup-self", token: token)
            guard answer.status == 200 else {
                throw BaoError(.denied, "the token in \(path) is not accepted: \(answer.errors)")
            }
            let data = try answer.decoded(LookupAnswer.self).data
            return Self.held(
                AuthAnswer.Auth(clientToken: token, leaseDuration: data.ttl, renewable: data.renewable), token: token)
        case .appRole(let mount, let roleID, let secretIDFile):
            let secretID = try Self.line(of: secretIDFile)
            let answer = try await self.http.send(
                .POST, "auth/\(mount)/login", token: nil, body: AppRoleLogin(roleId: roleID, secretId: secretID))
            guard answer.status == 200 else {
                throw BaoError(
                    .denied, "the AppRole login with the secret id in \(secretIDFile) failed: \(answer.errors)")
            }
            let auth = try answer.decoded(AuthAnswer.self).auth
            return Self.held(auth, token: auth.clientToken)
        }
    }

    private static func held(_ auth: AuthAnswer.Auth, token: String) -> Held {
        guard auth.leaseDuration > 0 else {
            return Held(token: token, isRenewable: false, expires: nil, renewal: nil)
        }
        let lease = Duration.seconds(auth.leaseDuration)
        return Held(
            token: token, isRenewable: auth.renewable ?? false, expires: .now + lease, renewal: .now + lease * 2 / 3)
    }

    /// What a file holds, without the newline. Small enough to be read on this thread.
    private static func line(of path: String) throws(BaoError) -> String {
        guard let secret = try? PrivateFile.read(path, limitBytes: 4096) else {
            throw BaoError(.configuration, "\(path) can't be read, is empty or is open to others (chmod 600)")
        }
        let text = secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard !line.isEmpty, line.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw BaoError(.configuration, "\(path) doesn't hold one line of text")
        }
        return line
    }
}

private struct AppRoleLogin: Encodable {
    var roleId: String
    var secretId: String
}

private struct LookupAnswer: Decodable {
    var data: Body
    struct Body: Decodable {
        /// In seconds; 0 for a token without an end.
        var ttl: Int
        var renewable: Bool?
    }
}

private struct AuthAnswer: Decodable {
    var auth: Auth
    struct Auth: Decodable {
        var clientToken: String
        var leaseDuration: Int
        var renewable: Bool?
    }
}

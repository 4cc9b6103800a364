import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Signing in to the web console, by what a browser sends.
    @Suite("signing in to the web console", .serialized)
    final class ConsoleSignIns {
        private let scratch: Scratch
        private let api: APIClient
        private let factor: SecondFactor
        private var gateway: TestGateway { self.api.gateway }
        private static let password = "a long enough password"

        init() throws {
            self.scratch = try Scratch()
            let gateway = try TestGateway(in: self.scratch)
            self.api = try APIClient(startingWith: gateway)
            for user in ["ann", "ben"] {
                try gateway.administer("user", "add", user, "--password-stdin", input: Self.password + "\n")
            }
            try gateway.administer("user", "edit", "ann", "--role", "security")
            self.factor = try SecondFactor(enrolling: "ann", on: gateway)
        }

        deinit {
            self.gateway.stop()
            self.scratch.dispose()
        }

        private struct Answer {
            let status: Int
            let head: String
            let body: String
            /// The value of the console's cookie, if it was set.
            var cookie: String? {
                self.head.firstMatch(of: /(?i)set-cookie: __Host-sallyport=([^;]+);/).map { String($0.output.1) }
            }
        }

        private func ask(
            _ path: String, cookie: String? = nil, form: [String: String]? = nil, headers: [String] = [],
            method: String? = nil
        ) throws -> Answer {
            var words = [
                "curl", "--silent", "--include", "--max-time", "60", "--cacert", self.api.certificate,
                self.api.url + path,
            ]
            if let cookie { words += ["--cookie", "__Host-sallyport=\(cookie)"] }
            for (name, value) in form ?? [:] { words += ["--data-urlencode", "\(name)=\(value)"] }
            for header in headers { words += ["--header", header] }
            if let method { words += ["--request", method] }
            let text = try output(of: words, in: self.scratch).replacing("\r\n", with: "\n")
            let end = try #require(text.firstRange(of: "\n\n"))
            let head = String(text[..<end.lowerBound])
            let status = try #require(head.split(separator: " ").dropFirst().first.flatMap { Int($0) })
            return Answer(status: status, head: head, body: String(text[end.upperBound...]))
        }

        private func signIn(
            _ user: String = "ann", password: String = ConsoleSignIns.password, code: String, headers: [String] = []
        ) throws -> Answer {
            try self.ask(
                "/sign-in", form: ["user": user, "password": password, "code": code], headers: headers)
        }

        @Test("a password and a code let in who has a role; whatever is wrong is answered alike, and audited")
        func factors() throws {
            let before = try self.gateway.lastAuditSequence()
            let code = try self.factor.code()
            let wrong = [
                try self.signIn(password: "wrong", code: code), try self.signIn(code: "000000"),
                try self.signIn("nobody", code: code), try self.signIn("ben", code: code),
                try self.signIn("ann ", code: code),
            ]
            #expect(wrong.allSatisfy { $0.status == 401 && $0.cookie == nil })
            // All but the name, which is shown back.
            let bodies = wrong.map { $0.body.replacing(/value="[^"]*"/, with: "") }
            #expect(Set(bodies).count == 1)
            let causes = try self.gateway.audited("SP8022W", after: before).map { $0.fields["cause"] ?? "" }
            #expect(
                causes == [
                    "wrong password", "wrong one-time code", "unknown user", "no one-time codes are set up",
                    "unknown user",
                ])
            let right = try self.signIn(code: code)
            #expect(right.status == 303 && right.cookie != nil, "\(right.head)")
            let line = try #require(right.head.split(separator: "\n").first { $0.contains("__Host-sallyport=") })
            for word in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] { #expect(line.contains(word)) }
            #expect(!line.contains("Domain"))
            #expect(try self.signIn(code: code).status == 401, "a code was taken twice")
            let row = try #require(try self.gateway.audited("SP8021I", after: before).first)
            #expect(row.actor == "ann" && row.fields["methods"] == "password,totp")
            // By a recovery code, once.
            let recovery = self.factor.recoveryCodes[0]
            #expect(try self.signIn(code: recovery).status == 303)
            #expect(try self.signIn(code: recovery).status == 401)
        }

        @Test("the cookie opens pages and the API for what the role permits, and changes something only from a page")
        func cookie() throws {
            let cookie = try #require(try self.signIn(code: try self.factor.code()).cookie)
            let page = try self.ask("/users/ben", cookie: cookie)
            #expect(page.status == 200 && page.body.contains("ben"))
            let csrf = try #require(page.body.firstMatch(of: /name="csrf" content="([^"]+)"/)).output.1
            #expect(try self.ask("/v1/sessions", cookie: cookie).status == 200)
            #expect(try self.ask("/v1/sessions").status == 401)
            let kill = "/v1/sessions/none/kill"
            let json = ["Content-Type: application/json"]
            func post(_ headers: [String]) throws -> Int {
                try self.ask(kill, cookie: cookie, form: [:], headers: json + headers, method: "POST").status
            }
            #expect(try post([]) == 403)
            #expect(try post(["X-Sallyport-CSRF: wrong"]) == 403)
            #expect(try post(["X-Sallyport-CSRF: \(csrf)", "Origin: https://evil.example"]) == 403)
            #expect(try post(["X-Sallyport-CSRF: \(csrf)", "Sec-Fetch-Site: cross-site"]) == 403)
            // It gets as far as the body, which is none.
            #expect(try post(["X-Sallyport-CSRF: \(csrf)"]) == 400)
            // Security may end sessions, and change no users.
            let form = ["csrf": String(csrf), "enabled": "false", "reason": "x"]
            #expect(try self.ask("/users/ben/enabled", cookie: cookie, form: form).status == 403)
            #expect(try self.ask("/users", cookie: cookie + "x").status == 303)

            _ = try self.ask("/sign-out", cookie: cookie, form: ["csrf": "wrong"])
            #expect(try self.ask("/v1/sessions", cookie: cookie).status == 200, "another site signs people out")
            #expect(try self.ask("/sign-out", cookie: cookie, form: ["csrf": String(csrf)]).status == 303)
            #expect(try self.ask("/v1/sessions", cookie: cookie).status == 401)
        }

        @Test("a disabled user is out at once, also of what streams")
        func disabled() throws {
            let cookie = try #require(try self.signIn(code: try self.factor.code()).cookie)
            let stream = try RunningProcess(
                [
                    "curl", "--silent", "--no-buffer", "--cacert", self.api.certificate, "--cookie",
                    "__Host-sallyport=\(cookie)", self.api.url + "/v1/events/sessions",
                ], in: self.scratch)
            try stream.waitForOutput("event: snapshot")
            try self.gateway.administer("user", "disable", "ann", "--reason", "lost laptop")
            #expect(try self.ask("/v1/sessions", cookie: cookie).status == 401)
            try stream.waitForOutput("event: denied")
            #expect(try self.signIn(code: try self.factor.code(stepsAhead: 1)).status == 401)
        }

        @Test("who guesses is slowed, then told so")
        func guessing() throws {
            var statuses: [Int] = []
            for _ in 0..<16 where statuses.last != 429 {
                statuses.append(try self.signIn(password: "guess", code: "123456").status)
            }
            #expect(statuses.dropLast().allSatisfy { $0 == 401 })
            #expect(statuses.count > 10)
        }
    }
}

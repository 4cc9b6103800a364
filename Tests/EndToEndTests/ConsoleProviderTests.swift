import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Signing in to the web console at a real OpenID provider, by what a browser sends.
    @Suite("the web console and OpenID", .serialized, .enabled(if: ForeignTools.areInstalled))
    final class ConsoleProviders {
        private let scratch: Scratch
        private let provider: OIDCProvider
        private let api: APIClient
        private var gateway: TestGateway { self.api.gateway }

        init() throws {
            self.scratch = try Scratch()
            self.provider = try OIDCProvider(in: self.scratch)
            let gateway = try TestGateway(in: self.scratch)
            try gateway.configure(
                "oidc",
                """
                issuer = "\(self.provider.issuer)"
                client_id = "\(OIDCProvider.clientID)"
                client_secret_file = "\(self.provider.secretFile)"
                groups = { auditors = "audit-team" }
                timeout_seconds = 2
                """)
            let port = try freePort()
            try gateway.configure("console", "url = \"https://127.0.0.1:\(port)\"")
            self.api = try APIClient(startingWith: gateway, port: port)
            try gateway.administer("group", "add", "auditors")
            try gateway.administer("group", "edit", "auditors", "--role", "auditor")
            try self.provider.control("groups=dana:audit-team,others")
        }

        deinit {
            self.gateway.stop()
            self.provider.stop()
            self.scratch.dispose()
        }

        private func ask(_ address: String, _ more: String...) throws -> String {
            try output(
                of: ["curl", "--silent", "--include", "--max-time", "30", "--cacert", self.api.certificate, address]
                    + more, in: self.scratch)
        }

        private func header(_ name: String, of answer: String) -> String? {
            answer.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("\(name): ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }

        /// Up to where the provider sends the browser back.
        private func begin() throws -> (proof: String, query: String) {
            let begun = try self.ask(self.api.url + "/sign-in/provider", "--request", "POST")
            // No redirection, which the page's policy would forbid its form.
            let refresh = try #require(self.header("refresh", of: begun))
            let location = String(try #require(refresh.split(separator: "url=").last))
            #expect(refresh.hasPrefix("0; url=") && location.hasPrefix(self.provider.issuer + "/authorize?"))
            #expect(location.contains("code_challenge_method=S256") && !location.contains("offline_access"))
            let cookie = try #require(self.header("set-cookie", of: begun))
            // It has to come along when the browser is back from the other site.
            #expect(cookie.hasPrefix("__Host-sallyport-sign-in=") && cookie.contains("SameSite=Lax"))
            let back = try #require(self.header("location", of: try self.ask(location)))
            #expect(back.hasPrefix(self.api.url + "/sign-in/callback?"))
            return (String(cookie.prefix { $0 != ";" }), String(back.drop { $0 != "?" }))
        }

        private func finish(_ proof: String?, _ query: String) throws -> String {
            let address = self.api.url + "/sign-in/callback" + query
            return try proof.map { try self.ask(address, "--cookie", $0) } ?? self.ask(address)
        }

        private func cookie(in answer: String) -> String? {
            answer.firstMatch(of: /__Host-sallyport=([^;]+); Path/).map { String($0.output.1) }
        }

        @Test("who signs in at the provider becomes a user with their groups' roles, and is let in")
        func signIn() throws {
            try self.provider.control("browser=dana")
            let before = try self.gateway.lastAuditSequence()
            #expect(try self.ask(self.api.url + "/sign-in").contains("Sign in with 127.0.0.1"))
            let (proof, query) = try self.begin()
            let answer = try self.finish(proof, query)
            // A page that goes on by itself: browsers send no strict cookie along on the way from another site.
            #expect(answer.hasPrefix("HTTP/1.1 200") && self.header("refresh", of: answer) == "0; url=/", "\(answer)")
            let cookie = try #require(self.cookie(in: answer))
            let list = try self.ask(self.api.url + "/v1/sessions", "--cookie", "__Host-sallyport=\(cookie)")
            #expect(list.hasPrefix("HTTP/1.1 200"), "\(list)")
            let row = try #require(try self.gateway.audited("SP8021I", after: before).first)
            #expect(row.actor == "dana" && row.fields["methods"] == "oidc")
            // Once.
            #expect(self.cookie(in: try self.finish(proof, query)) == nil)
        }

        @Test(
            "a real browser goes to the provider and comes back signed in",
            .enabled(if: Browser.isInstalled, "scripts/test installs a browser"))
        func browser() throws {
            try self.provider.control("browser=dana")
            struct Seen: Decodable { let path: String, user: String }
            let seen = try Browser.run("console_provider.py", self.api.url, as: Seen.self, in: self.scratch)
            #expect(seen.path == "/" && seen.user == "dana")
        }

        @Test("nobody is let in by another's answer, a denied or altered one, or without a role")
        func refusals() throws {
            try self.provider.control("browser=dana")
            let before = try self.gateway.lastAuditSequence()
            let (proof, query) = try self.begin()
            let (other, _) = try self.begin()
            #expect(self.cookie(in: try self.finish(other, query)) == nil, "another browser's answer is taken")
            #expect(self.cookie(in: try self.finish(nil, query)) == nil)
            let altered = query.replacing(/state=[^&]+/, with: "state=x")
            #expect(self.cookie(in: try self.finish(proof, altered)) == nil)
            for fault in ["nonce", "aud", "iss", "exp", "key", "none"] {
                try self.provider.control("fault=\(fault)")
                let (proof, query) = try self.begin()
                #expect(self.cookie(in: try self.finish(proof, query)) == nil, "\(fault)")
            }
            try self.provider.control("fault=")
            try self.provider.control("browser=erin")
            let (erins, answer) = try self.begin()
            #expect(self.cookie(in: try self.finish(erins, answer)) == nil, "somebody without a role is let in")
            try self.provider.control("browser=")
            let (denied, said) = try self.begin()
            #expect(said.contains("error=access_denied"))
            #expect(self.cookie(in: try self.finish(denied, said)) == nil)
            // A user of the gateway's own isn't whoever has that name at the provider.
            try self.gateway.administer("user", "add", "root", "--password-stdin", input: "a long enough password\n")
            try self.gateway.administer("user", "edit", "root", "--role", "admin")
            try self.provider.control("browser=root")
            let (roots, taken) = try self.begin()
            #expect(self.cookie(in: try self.finish(roots, taken)) == nil)
            try self.provider.control("browser=dana")
            let (danas, good) = try self.begin()
            #expect(self.cookie(in: try self.finish(danas, good)) != nil)
            #expect(try self.gateway.audited("SP8021I", after: before).map(\.actor) == ["dana"])
            let causes = Set(try self.gateway.audited("SP8022W", after: before).compactMap { $0.fields["cause"] })
            for cause in [
                "the answer is to another sign-in than this browser's", "the ID token is of another sign-in",
                "the user has no role", "a sign-in at the provider alone is for the provider's own users",
            ] {
                #expect(causes.contains(cause), "\(causes)")
            }
        }
    }
}

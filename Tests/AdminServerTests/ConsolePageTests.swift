import AdminAPI
import AdminServer
import Foundation
import Hummingbird
import HummingbirdTesting
import SallyportTesting
import Testing

@testable import AdminServer
@testable import WebConsole

/// The console's pages: who sees them, who can make them do something, and what others' words can do on them.
@Suite("pages of the console")
struct ConsolePageTests {
    let service = FakeService()
    private let console: WebConsole

    init() throws {
        let folder = Repository.root.appending(path: ".build/console").path
        self.console = WebConsole(service: self.service, assets: try ConsoleAssets(directory: folder))
    }

    private struct Answer {
        let status: Int
        let headers: HTTPFields
        let body: String
    }

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, cookie: String? = FakeService.cookie, form: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        let router = AdminRouter(service: self.service, entrance: .tokens, pages: self.console)
            .build(requests: RequestsInFlight())
        var headers = headers
        if let cookie { headers[.cookie] = "\(ConsoleCookie.name)=\(cookie)" }
        if form != nil { headers[.contentType] = "application/x-www-form-urlencoded" }
        return try await Application(router: router).test(.router) { [headers] client in
            let answer = try await client.executeRequest(
                uri: path, method: method, headers: headers, body: form.map { ByteBuffer(string: $0) })
            return Answer(
                status: answer.status.code, headers: answer.headers, body: String(buffer: answer.body))
        }
    }

    private func permit(_ permissions: Set<Permission>) {
        self.service.state.withLock {
            $0.tokenPermissions = permissions
            // Streams end with it.
            $0.isTokenGood = false
        }
    }

    private var entries: [PageTable.Entry] {
        let pages = PageTable(Router(context: AdminRequestContext.self).group(), self.console)
        self.console.addPages(to: pages)
        return pages.entries
    }

    private func path(of entry: PageTable.Entry) -> String {
        "/" + entry.path.split(separator: "/").map { $0.hasPrefix(":") ? "1" : $0 }.joined(separator: "/")
    }

    private static let form = "csrf=\(FakeService.csrf)&reason=why&text=why&enabled=false"

    @Test(
        "no page and no form answers without its permission, even to somebody who has all others, and that is audited")
    func refusals() async throws {
        let entries = self.entries
        #expect(entries.count > 15)
        for entry in entries {
            self.permit(Set(Permission.allCases).subtracting([entry.permission]))
            let form = entry.method == .post ? Self.form : nil
            let answer = try await self.ask(entry.method, self.path(of: entry), form: form)
            #expect(answer.status == 403, "\(entry.method) \(entry.path) answers without \(entry.permission.rawValue)")
            #expect(self.service.seen.denied.last?.permission == entry.permission, "\(entry.path) is not audited")
        }
        #expect(self.service.seen.calls.isEmpty)
    }

    @Test("every page is there for who has its permission and no other")
    func passes() async throws {
        for entry in self.entries where entry.method == .get {
            self.permit([entry.permission])
            let answer = try await self.ask(.get, self.path(of: entry))
            #expect(![401, 403, 500].contains(answer.status), "\(entry.path): \(answer.status) \(answer.body)")
        }
    }

    @Test("who has not signed in is sent to do so, and back then", arguments: [nil, "bad", ""])
    func strangers(cookie: String?) async throws {
        for entry in self.entries {
            let answer = try await self.ask(
                entry.method, self.path(of: entry), cookie: cookie, form: entry.method == .post ? Self.form : nil)
            guard answer.status != 401 else { continue }
            #expect(answer.status == 303, "\(entry.path)")
            #expect(answer.headers[.location]?.hasPrefix("/sign-in") == true, "\(entry.path)")
        }
        #expect(self.service.seen.calls.isEmpty)
        let answer = try await self.ask(.get, "/recordings", cookie: cookie)
        #expect(answer.headers[.location] == "/sign-in?next=/recordings")
    }

    @Test("a form does nothing without its page's token, or when another site sends it")
    func forgery() async throws {
        self.permit(Set(Permission.allCases))
        for form in ["reason=why&enabled=false", "csrf=wrong&reason=why&enabled=false", "csrf=&enabled=false"] {
            #expect(try await self.ask(.post, "/users/bob/enabled", form: form).status == 403)
        }
        let site = HTTPFields.Element.Name("Sec-Fetch-Site")!
        for headers: HTTPFields in [
            [site: "cross-site"], [site: "same-site"], [.origin: "https://evil.example"], [.origin: "null"],
        ] {
            let answer = try await self.ask(.post, "/users/bob/enabled", form: Self.form, headers: headers)
            #expect(answer.status == 403, "\(headers)")
        }
        #expect(self.service.seen.calls.isEmpty)
        let answer = try await self.ask(.post, "/users/bob/enabled", form: Self.form, headers: [site: "same-origin"])
        #expect(answer.status == 303)
        #expect(self.service.seen.calls == ["changeUser bob"] || self.service.seen.calls.count == 1)
    }

    @Test("every page forbids what it doesn't need, and is kept nowhere; scripts and styles are kept")
    func headers() async throws {
        self.permit(Set(Permission.allCases))
        for path in ["/", "/requests", "/sign-in", "/nowhere", "/targets/1"] {
            let answer = try await self.ask(.get, path, cookie: path == "/sign-in" ? nil : FakeService.cookie)
            guard path != "/nowhere" else { continue }
            let policy = try #require(answer.headers[.contentSecurityPolicy], "\(path)")
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self';"), "\(path)")
            #expect(!policy.contains("unsafe"), "\(path)")
            #expect(policy.contains("frame-ancestors 'none'"), "\(path)")
            #expect(answer.headers[.cacheControl] == "no-store", "\(path)")
            #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(path)")
            #expect(!answer.body.contains("<script>") && !answer.body.contains("style=\""), "\(path)")
        }
        let page = try await self.ask(.get, "/")
        let style = try #require(page.body.firstMatch(of: /href="(\/assets\/[0-9a-f]+\/console.css)"/)?.output.1)
        let answer = try await self.ask(.get, String(style), cookie: nil)
        #expect(answer.status == 200)
        #expect(answer.headers[.cacheControl]?.contains("immutable") == true)
        #expect(try await self.ask(.get, "/assets/0/console.css", cookie: nil).status == 404)
    }

    @Test("words of others are words on every page")
    func hostileWords() async throws {
        self.permit(Set(Permission.allCases))
        let hostile = "<img src=x onerror=alert(1)>\"'{{name}}"
        self.service.state.withLock { state in
            state.sessions = [
                SessionInfo(
                    id: hostile, user: hostile, account: hostile, target: hostile, from: hostile,
                    started: FakeService.time, pid: 1, grant: hostile, recordedBytes: 1, lockedBy: hostile)
            ]
            state.users = [UserInfo(name: "1", keys: [], hasPassword: true, groups: [hostile], added: FakeService.time)]
            state.grants = [
                GrantInfo(
                    name: hostile, users: [hostile], targets: [hostile], accounts: [hostile], allow: [hostile],
                    summary: [hostile], added: FakeService.time)
            ]
            state.findings = [Finding(.warning, hostile, hostile, hint: hostile)]
        }
        for path in [
            "/", "/users", "/users/1", "/grants", "/health", "/explain?user=\(AddressText.part(hostile))",
            "/recordings?user=\(AddressText.part(hostile))", "/targets/\(AddressText.part(hostile))",
            "/audit?code=\(AddressText.part(hostile))",
        ] {
            let answer = try await self.ask(.get, path)
            #expect(answer.body.contains("&lt;img") || answer.status != 200 || path == "/users/1", "\(path)")
            #expect(!answer.body.contains("<img src=x"), "\(path)")
            #expect(!answer.body.contains("\"'{{"), "\(path)")
        }
    }

    @Test("a note is shown once, and only by the page after the form")
    func notes() async throws {
        self.permit(Set(Permission.allCases))
        let answer = try await self.ask(.post, "/users/bob/enabled", form: Self.form)
        let kept = try #require(answer.headers[.setCookie])
        #expect(kept.contains("Secure") && kept.contains("HttpOnly") && kept.contains("SameSite=Strict"))
        let pair = String(kept.prefix { $0 != ";" })
        let page = try await self.ask(
            .get, "/users", cookie: nil, headers: [.cookie: "\(ConsoleCookie.name)=\(FakeService.cookie); \(pair)"])
        #expect(page.body.contains("bob is disabled"))
        #expect(page.headers[.setCookie]?.contains("Max-Age=0") == true)
    }
}

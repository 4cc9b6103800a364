import AdminAPI
import Hummingbird
import HummingbirdTesting
import Testing

@testable import AdminServer

/// The routes without a socket: the peer is who the test says.
@Suite struct RouteTests {
    let service = FakeService()

    private func application(peer: UInt32 = 0) -> some ApplicationProtocol {
        let router = AdminRouter(
            service: self.service,
            entrance: .socket(
                identify: { _ in PeerCredential(pid: 99, uid: peer, gid: peer) }, allowedUsers: [0]))
        return Application(router: router.build(requests: RequestsInFlight()))
    }

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, peer: UInt32 = 0
    ) async throws -> (status: Int, body: String) {
        try await self.application(peer: peer).test(.router) { client in
            let answer = try await client.executeRequest(
                uri: path, method: method, headers: [:], body: body.map { ByteBuffer(string: $0) })
            return (answer.status.code, String(buffer: answer.body))
        }
    }

    @Test("status answers with the contract's names")
    func status() async throws {
        let answer = try await self.ask(.get, AdminRoutes.status.path())
        #expect(answer.status == 200)
        #expect(answer.body.contains(#""recording_signing_key":{"fingerprint":"SHA256:abc""#))
        #expect(answer.body.contains(#""started":"2023-11-14T22:13:20.123456Z""#))
    }

    @Test("a user is added, listed, shown and removed")
    func users() async throws {
        let added = try await self.ask(.post, "/v1/users", #"{"name":"alice","keys":["ssh-ed25519 AAAA"]}"#)
        #expect(added.status == 201)
        let listed = try await self.ask(.get, "/v1/users")
        #expect(try AdminJSON.decode([UserInfo].self, from: Array(listed.body.utf8)).map(\.name) == ["alice"])
        #expect(try await self.ask(.get, "/v1/users/alice").status == 200)
        #expect(try await self.ask(.delete, "/v1/users/alice").status == 200)
        #expect(try await self.ask(.get, "/v1/users/alice").status == 404)
    }

    @Test("the directory's servers, and what it says of somebody")
    func directory() async throws {
        let status = try await self.ask(.get, "/v1/directory")
        #expect(status.body.contains(#"{"address":"ldaps://dc2","trouble":"no answer in time"}"#), "\(status.body)")
        let person = try await self.ask(.get, AdminRoutes.directoryPerson.path("dana"))
        #expect(person.status == 200 && person.body.contains(#""directory_groups":["cn=dba,dc=x"]"#), "\(person.body)")
        #expect(self.service.seen.calls == ["directoryStatus", "showDirectoryPerson dana"])
    }

    @Test("a target is changed, and its host keys are added and judged")
    func targets() async throws {
        let keys = AdminRoutes.targetHostKeys.path("web1")
        let verdict = #"{"fingerprint":"SHA256:a","verdict":"approve","keeps_others":true}"#
        let requests: [(HTTPRequest.Method, String, String)] = [
            (.patch, AdminRoutes.target.path("web1"), #"{"algorithms":"legacy"}"#),
            (.post, keys, #"{"host_keys":{"lines":["ssh-ed25519 AAAA"]}}"#),
            (.post, AdminRoutes.targetHostKeyVerdict.path("web1"), verdict),
        ]
        for (method, path, body) in requests {
            let answer = try await self.ask(method, path, body)
            #expect(answer.status == 200)
            #expect(answer.body.contains(#""algorithms":"modern""#), "\(answer.body)")
            #expect(answer.body.contains(#""pending_host_keys":[]"#), "\(answer.body)")
        }
        #expect(
            self.service.seen.calls == [
                "changeTarget web1 legacy -", "addHostKeys web1", "judgeHostKey web1 approve SHA256:a true",
            ])
        let bad = try await self.ask(
            .post, AdminRoutes.targetHostKeyVerdict.path("web1"),
            #"{"fingerprint":"SHA256:a","verdict":"trust","keeps_others":true}"#)
        #expect(bad.status == 400)
    }

    @Test("the service hears who asks")
    func actorIsPassed() async throws {
        _ = try await self.ask(.get, "/v1/users")
        #expect(self.service.seen.actors == [AdminActor(name: "root", uid: 0)])
    }

    @Test("a peer that is not allowed is refused and audited, on known and unknown paths")
    func deniedPeer() async throws {
        for path in ["/v1/sessions", "/v1/nothing"] {
            let answer = try await self.ask(.get, path, peer: 65534)
            #expect(answer.status == 403)
            #expect(answer.body.contains(#""code":"denied""#))
        }
        #expect(self.service.seen.calls.isEmpty)
        #expect(
            self.service.seen.denied
                == ["/v1/sessions", "/v1/nothing"].map {
                    DeniedAdminRequest(method: "GET", path: $0, pid: 99)
                })
        #expect(self.service.seen.actors.map(\.uid) == [65534, 65534])
    }

    @Test("an error of the service keeps its code, message and hint")
    func serviceError() async throws {
        let body = #"{"name":"alice","keys":[]}"#
        _ = try await self.ask(.post, "/v1/users", body)
        let answer = try await self.ask(.post, "/v1/users", body)
        #expect(answer.status == 409)
        #expect(
            answer.body
                == #"{"error":{"code":"conflict","hint":"see sallyport user list","message":"user alice exists"}}"#)
    }

    @Test("an unforeseen error tells nothing of the inside")
    func innerError() async throws {
        let answer = try await self.ask(.get, "/v1/credentials")
        #expect(answer.status == 500)
        #expect(!answer.body.contains("vault") && !answer.body.contains("17"))
        #expect(answer.body.contains(#""code":"failed""#))
    }

    @Test(
        "a body that does not fit is one clear line that repeats no value",
        arguments: [
            ("{", "request body does not fit"), (#"{"name":"hunter2"}"#, "missing key keys"),
            (#"{"name":5,"keys":[]}"#, "wrong type of value at name"),
            (#"{"name":"a","keys":[],"password":"hunter2!"}"#, "cannot read password"),
        ])
    func badBody(_ body: String, _ message: String) async throws {
        let answer = try await self.ask(.post, "/v1/users", body)
        #expect(answer.status == 400)
        #expect(answer.body.contains(message), "\(answer.body)")
        #expect(!answer.body.contains("hunter2"))
        #expect(self.service.seen.users.isEmpty)
    }

    @Test("a body over the limit is refused, one at the limit is read")
    func bodyLimit() async throws {
        let frame = #"{"name":"","keys":[]}"#
        let fitting = String(repeating: "a", count: AdminJSON.maximumRequestBytes - frame.utf8.count)
        #expect(try await self.ask(.post, "/v1/users", #"{"name":"\#(fitting)","keys":[]}"#).status == 201)
        #expect(try await self.ask(.post, "/v1/users", #"{"name":"\#(fitting)b","keys":[]}"#).status == 413)
        #expect(self.service.seen.users.count == 1)
    }

    @Test("what takes access away hears the reason, and says what it ended")
    func withdrawals() async throws {
        let paths = [
            "/v1/users/alice?reason=left%20us", "/v1/users/alice/keys/SHA256%3Aa%2Fb%2Bc?reason=lost",
            "/v1/groups/ops", "/v1/grants/g?reason=x",
        ]
        for path in paths {
            let answer = try await self.ask(.delete, path)
            #expect(answer.status == 200)
            let ended = try AdminJSON.decode(Withdrawal.self, from: Array(answer.body.utf8))
            #expect(ended == Withdrawal(endedSessions: ["s1"], endedConnections: 2))
        }
        #expect(
            self.service.seen.calls == [
                "removeUser alice left us", "removeKey alice SHA256:a/b+c lost", "removeGroup ops -", "removeGrant g x",
            ])
    }

    @Test("names in paths are decoded, whatever they hold", arguments: ["a b", "a/b", "ü%", "alice@example.org", ".."])
    func oddNames(_ name: String) async throws {
        let answer = try await self.ask(.delete, AdminRoutes.user.path(name))
        #expect(answer.status == 200)
        #expect(self.service.seen.calls == ["removeUser \(name) -"])
    }

    @Test("a path that is no UTF-8 is refused")
    func brokenPath() async throws {
        #expect(try await self.ask(.delete, "/v1/users/%ff").status == 400)
        #expect(try await self.ask(.delete, "/v1/users/%4").status == 400)
        #expect(self.service.seen.calls.isEmpty)
    }

    @Test("secrets arrive whole, and no description shows them")
    func secrets() async throws {
        let secret = SecretField(Array("hunter2\u{0}\u{ff}".utf8))
        let request = SetCredentialRequest(target: "web1", account: "root", kind: .password, secret: secret)
        let body = String(decoding: try AdminJSON.encode(request), as: UTF8.self)
        let answer = try await self.ask(.post, "/v1/credentials", body)
        #expect(answer.status == 200)
        #expect(self.service.seen.secrets == [secret])
        var dumped = "\(request) \(String(reflecting: request))"
        dump(request, to: &dumped)
        #expect(dumped.contains("(secret)"))
        #expect(!dumped.contains("104, 117") && !dumped.contains("hunter2"))
    }

    @Test("a kill answers with id, closed_ms and verified")
    func kill() async throws {
        let answer = try await self.ask(.post, "/v1/sessions/s1/kill", #"{"reason":"test"}"#)
        #expect(answer.body == #"{"closed_ms":1.25,"id":"s1","verified":true}"#)
        #expect(self.service.seen.calls == ["killSession s1 test"])
    }

    @Test("a session is locked, unlocked and told something")
    func control() async throws {
        let locked = try await self.ask(.post, "/v1/sessions/s1/lock", #"{"reason":"test"}"#)
        #expect(locked.body == #"{"changed":true,"id":"s1"}"#)
        let unlocked = try await self.ask(.post, "/v1/sessions/s1/unlock")
        #expect(unlocked.body == #"{"changed":false,"id":"s1"}"#)
        let told = try await self.ask(.post, "/v1/sessions/s1/message", #"{"must_acknowledge":true,"text":"stop"}"#)
        #expect(told.status == 200)
        #expect(
            self.service.seen.calls == ["lockSession s1 test", "unlockSession s1", "messageSession s1 stop true"])
    }

    @Test("a place among the watchers is given, a sign of life answered, and the content is the watcher's")
    func watching() async throws {
        let ticket = try await self.ask(.post, "/v1/sessions/s1/watchers")
        #expect(ticket.status == 201 && ticket.body == #"{"beat_ms":400,"joins":false,"number":7,"supervises":true}"#)
        let status = try await self.ask(.post, "/v1/sessions/s1/watchers/7", #"{"acknowledges":true}"#)
        #expect(status.body.contains(#""held":true"#) && status.body.contains(#""acknowledge_within":20"#))
        #expect(try await self.ask(.post, "/v1/sessions/s1/watchers/x", #"{"acknowledges":true}"#).status == 400)
        let typed = try await self.ask(.post, "/v1/sessions/s1/watchers/7/input", #"{"keys":"bHMN"}"#)
        #expect(typed.status == 200 && typed.body == #"{"arrived":true}"#)
        #expect(self.service.seen.calls.last == "typeAlong s1 7 3")
        #expect(try await self.ask(.post, "/v1/sessions/s1/watchers/x/input", #"{"keys":"bHMN"}"#).status == 400)
        #expect(try await self.ask(.get, "/v1/recordings/s1/content?watcher=x").status == 400)
        #expect(try await self.ask(.get, "/v1/recordings/s1/content?follow=false&watcher=7").status == 400)
        #expect(try await self.ask(.get, "/v1/recordings/s1/content?watcher=8").status == 404)
        let decided = try await self.ask(.post, "/v1/sessions/s1/commands", #"{"approve":true}"#)
        #expect(decided.body.contains(#""rule":"ask""#))
        #expect(
            self.service.seen.calls == ["issueWatch s1", "typeAlong s1 7 3", "decideCommand s1 0 true"])
    }

    @Test("a live recording is listed with null for what is not known yet")
    func liveRecording() async throws {
        let answer = try await self.ask(.get, "/v1/recordings")
        #expect(answer.body.contains(#""ended":null"#) && answer.body.contains(#""how":null"#))
        #expect(try AdminJSON.decode([RecordingInfo].self, from: Array(answer.body.utf8)).first?.ended == nil)
    }

    @Test("verifying gets no keys, replaying does", arguments: RecordingPurpose.allCases)
    func keysForPurpose(_ purpose: RecordingPurpose) async throws {
        let answer = try await self.ask(
            .post, "/v1/recordings/r1/access", #"{"purpose":"\#(purpose.rawValue)"}"#)
        let access = try AdminJSON.decode(RecordingAccess.self, from: Array(answer.body.utf8))
        #expect((access.keys != nil) == (purpose != .verify))
        #expect(self.service.seen.calls == ["openRecording r1 \(purpose)"])
    }

    @Test(
        "query values are checked",
        arguments: [
            ("/v1/recording-search?text=a&limit=0", 400), ("/v1/recording-search?text=a%20b&limit=1000", 200),
            ("/v1/audit?limit=0", 400), ("/v1/audit?limit=x", 400), ("/v1/audit?limit=10001", 400),
            ("/v1/audit?limit=10000&code=SP1001I", 200), ("/v1/recordings/r1/content?from=-1", 400),
            ("/v1/recordings/r1/content?follow=maybe", 400),
        ])
    func queries(_ path: String, _ status: Int) async throws {
        #expect(try await self.ask(.get, path).status == status)
    }

    @Test("host keys come from lines or from a scan, never both or neither")
    func hostKeySource() async throws {
        func add(_ source: String) async throws -> Int {
            try await self.ask(
                .post, "/v1/targets", #"{"name":"w","address":"h:22","host_keys":\#(source)}"#
            ).status
        }
        #expect(try await add(#"{"scan":true}"#) == 201)
        #expect(try await add(#"{"lines":["ssh-ed25519 AAAA"]}"#) == 201)
        #expect(try await add(#"{"scan":true,"lines":[]}"#) == 400)
        #expect(try await add(#"{}"#) == 400)
    }

    @Test("a recording's index comes as it is, and one that is not there is not found")
    func recordingIndex() async throws {
        let there = try await self.ask(.get, "/v1/recordings/r1/index")
        #expect(there.status == 200 && Array(there.body.utf8) == [1, 2, 3])
        #expect(try await self.ask(.get, "/v1/recordings/r2/index").status == 404)
    }
}

import Testing

@testable import SSHTransport

@Suite("global requests and refusals", .serialized)
struct GlobalRequestTests {
    private func request(_ name: String, _ payload: [UInt8] = [], wantsReply: Bool = true) -> GlobalRequest {
        GlobalRequest(name: Array(name.utf8), wantsReply: wantsReply, payload: payload, from: nil)
    }

    private static func path(_ text: String) -> [UInt8] {
        var payload = PacketWriter()
        payload.string(Array(text.utf8))
        return payload.bytes
    }

    @Test("a global request passes word for word, and its answer comes back with what it adds")
    func passes() throws {
        let loopback = try Loopback()
        let sent = self.request("streamlocal-forward@openssh.com", Self.path("/run/app.sock"), wantsReply: false)
        #expect(sent.kind == .forwardPath(Array("/run/app.sock".utf8)))
        for expected in [GlobalAnswer.accepted(payload: [0, 0, 4, 1]), .accepted(payload: []), .refused] {
            #expect(loopback.client.pass(sent) == nil)
            guard case .global(let arrived) = try loopback.request() else { throw Loopback.Unexpected() }
            #expect(arrived.name == sent.name && arrived.payload == sent.payload && arrived.wantsReply)
            #expect(arrived.kind == sent.kind)
            if case .accepted(let payload) = expected { arrived.accept(payload) } else { arrived.refuse() }
            var answer: GlobalAnswer?
            try loopback.run {
                answer = loopback.client.pass(sent)
                return answer != nil
            }
            #expect(answer == expected)
        }
        #expect(GlobalAnswer.accepted(payload: [0, 0, 4, 1]).chosenPort == 1025)
        #expect(GlobalAnswer.accepted(payload: [4, 1]).chosenPort == nil)
    }

    @Test("a request that is dropped is refused, and one that wants no answer gets none")
    func dropped() throws {
        let loopback = try Loopback()
        let sent = self.request("unheard-of@example.org", [1, 2, 3])
        #expect(loopback.client.pass(sent) == nil)
        do {
            guard case .global(let arrived) = try loopback.request() else { throw Loopback.Unexpected() }
            #expect(arrived.kind == .other)
        }
        try loopback.run { loopback.client.pass(sent) == .refused }

        // Had the first been answered, that answer would be taken for the second's.
        var silent = PacketWriter(.globalRequest)
        silent.string(Array("keepalive@openssh.com".utf8))
        silent.flag(false)
        loopback.client.send(silent)
        #expect(loopback.client.pass(sent) == nil)
        guard case .global(let first) = try loopback.request(), case .global(let second) = try loopback.request() else {
            throw Loopback.Unexpected()
        }
        first.refuse()
        second.accept([0, 0, 0, 7])
        try loopback.run { loopback.client.pass(sent) == .accepted(payload: [0, 0, 0, 7]) }
    }

    @Test("the target's global requests are kept, a flood of them stays small, and each gets the protocol's failure")
    func ofTheTarget() throws {
        let loopback = try Loopback()
        var packet = PacketWriter(.globalRequest)
        packet.string(Array("hostkeys-00@openssh.com".utf8))
        packet.flag(true)
        packet.append([9, 9])
        for _ in 0..<500 { loopback.server.send(packet) }
        let (client, _) = try loopback.open("session")
        try loopback.run { client.number != nil }
        let taken = loopback.client.takeGlobalRequests()
        #expect(taken.count == 64)
        #expect(taken.allSatisfy { $0.name == Array("hostkeys-00@openssh.com".utf8) && $0.wantsReply })
        #expect(loopback.client.takeGlobalRequests().isEmpty)
    }

    @Test(
        "a payload that isn't its name's makes a request like any other",
        arguments: [
            ("tcpip-forward", [0, 0, 0, 1, 65]), ("tcpip-forward", [0, 0, 0, 0, 0, 0, 0, 22, 1]),
            ("streamlocal-forward@openssh.com", [0, 0, 0, 9, 65]),
            ("cancel-streamlocal-forward@openssh.com", [0, 0, 0, 1, 65, 66]), ("cancel-tcpip-forward", []),
        ] as [(String, [UInt8])])
    func malformed(name: String, payload: [UInt8]) {
        #expect(self.request(name, payload).kind == .other)
    }

    @Test("why a channel is not opened arrives as the peer said it, in codes that nobody knows too")
    func openFailure() throws {
        let loopback = try Loopback()
        for failure in [
            OpenFailure(reason: 2, text: Array("Connection refused".utf8)),
            OpenFailure(reason: 0xfe00_0001, text: [0, 255, 10]), OpenFailure(reason: 1, text: []),
        ] {
            let end = try #require(loopback.client.makeChannel())
            loopback.client.beginOpening(end, as: Array("direct-streamlocal@openssh.com".utf8))
            guard case .open(let request) = try loopback.request() else { throw Loopback.Unexpected() }
            request.refuse(failure)
            try loopback.run { loopback.client.awaitOpening(end) != .wouldBlock }
            #expect(end.openFailure == failure)
        }
    }

    @Test("the paths of Unix sockets are read from channels' own types alone")
    func paths() throws {
        let loopback = try Loopback()
        var direct = PacketWriter()
        direct.string(Array("/run/a.sock".utf8))
        direct.string([])
        direct.number(0)
        var forwarded = PacketWriter()
        forwarded.string(Array("/run/b.sock".utf8))
        forwarded.string([])
        for (type, payload, kind) in [
            ("direct-streamlocal@openssh.com", direct.bytes, .directPath(Array("/run/a.sock".utf8))),
            ("forwarded-streamlocal@openssh.com", forwarded.bytes, .forwardedPath(Array("/run/b.sock".utf8))),
            ("direct-streamlocal@openssh.com", forwarded.bytes, .other),
            ("forwarded-streamlocal@openssh.com", direct.bytes, .other), ("direct-streamlocal@openssh.com", [], .other),
        ] as [(String, [UInt8], OpenRequest.Kind)] {
            let end = try #require(loopback.client.makeChannel())
            loopback.client.beginOpening(end, as: Array(type.utf8), payload: payload)
            guard case .open(let request) = try loopback.request() else { throw Loopback.Unexpected() }
            #expect(request.kind == kind)
        }
    }
}

import Testing

@testable import SSHTransport

/// What passes beside libssh, between two legs of this library.
@Suite("packets beside libssh", .serialized)
struct PacketTests {
    @Test("a request of any name passes both ways with its payload, and gets the answer it was given")
    func unknownRequests() throws {
        let loopback = try Loopback()
        let (client, server) = try loopback.open("session")
        let payload: [UInt8] = [0, 255, 10, 0, 7]
        for accepted in [true, false] {
            let sent = ChannelRequest(
                name: Array("vendor\0name@example.org".utf8), wantsReply: true, payload: payload, from: nil)
            #expect(client.pass(sent) == .wouldBlock)
            guard case .channel(let arrived) = try loopback.request() else { throw Loopback.Unexpected() }
            #expect(arrived.isFor(server) && !arrived.isFor(client))
            #expect(arrived.kind == .other && arrived.wantsReply)
            #expect(arrived.name == sent.name && arrived.payload == payload)
            accepted ? arrived.accept() : arrived.refuse()
            var progress = Progress.wouldBlock
            try loopback.run {
                progress = client.pass(sent)
                return progress != .wouldBlock
            }
            #expect(progress == (accepted ? .done : .failed(reason: "refused")))
        }

        let back = ChannelRequest(name: Array("other@example.org".utf8), wantsReply: true, payload: [9], from: nil)
        #expect(server.pass(back) == .wouldBlock)
        var arrived: [ChannelRequest] = []
        try loopback.run {
            arrived += client.takeRequests()
            return !arrived.isEmpty
        }
        #expect(arrived.map(\.name) == [back.name] && arrived.map(\.payload) == [[9]])
        // Dropped without an answer, it is refused.
        arrived = []
        try loopback.run { server.pass(back) == .failed(reason: "refused") }
    }

    @Test("how a program ended arrives exactly: status, or signal with core flag, message and language")
    func endings() throws {
        let loopback = try Loopback()
        for ending in [
            ProgramEnding.status(0xfedc_ba98),
            .signal(name: Array("SEGV".utf8), coreDumped: true, message: [0, 200, 10], language: Array("de".utf8)),
            .signal(name: Array("x@example.org".utf8), coreDumped: false, message: [], language: []),
        ] {
            let (client, server) = try loopback.open("session")
            server.send(ending)
            server.sendClose()
            try loopback.run { client.hasReceivedClose }
            #expect(client.ending == ending)
        }
    }

    @Test("a channel of any type opens with its payload, carries data, and a refusal stops it")
    func channelTypes() throws {
        let loopback = try Loopback()
        var payload = PacketWriter()
        payload.string(Array("/run/some.sock".utf8))
        payload.string([])
        payload.number(0)
        let (client, server) = try loopback.open("direct-streamlocal@openssh.com", payload: payload.bytes)
        client.sendNotice(Array("hello".utf8), on: .data)
        try loopback.run { server.data.unrecorded.elementsEqual("hello".utf8) }

        let refused = try #require(loopback.client.makeChannel())
        loopback.client.beginOpening(refused, as: Array("unheard-of".utf8))
        guard case .open(let request) = try loopback.request() else { throw Loopback.Unexpected() }
        request.refuse(.unknownType, text: Array("never heard of it".utf8))
        var progress = Progress.wouldBlock
        try loopback.run {
            progress = loopback.client.awaitOpening(refused)
            return progress != .wouldBlock
        }
        guard case .failed(let reason) = progress else { throw Loopback.Unexpected() }
        #expect(reason.contains("never heard of it"))
    }

    @Test(
        "a known name with a payload that isn't its own is malformed",
        arguments: [
            ("exec", [0, 0, 0, 9, 65]), ("exec", [0, 0, 0, 1, 65, 66]), ("shell", [1]), ("pty-req", [0, 0, 0, 0]),
            ("env", [0, 0, 0, 0]), ("window-change", [0, 0, 0, 80]), ("break", []), ("signal", [0, 0]),
            ("subsystem", [255, 255, 255, 255]),
        ] as [(String, [UInt8])])
    func malformed(_ name: String, _ payload: [UInt8]) throws {
        let loopback = try Loopback()
        let (client, server) = try loopback.open("session")
        _ = client.pass(
            ChannelRequest(name: Array(name.utf8), wantsReply: false, payload: payload, from: nil))
        guard case .channel(let arrived) = try loopback.request() else { throw Loopback.Unexpected() }
        #expect(arrived.kind == .malformed && arrived.isFor(server))
    }
}

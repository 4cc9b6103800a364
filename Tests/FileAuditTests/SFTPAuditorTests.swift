import RecordingFormat
import Testing

@testable import FileAudit

@Suite("Files of sftp channels")
struct SFTPAuditorTests {
    private let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    private func auditor() throws -> FileAuditor { try #require(FileAuditor(subsystem: Array("sftp".utf8))) }

    private func packet(_ type: UInt8, _ fields: [UInt8]...) -> [UInt8] {
        let body = [type] + fields.flatMap { $0 }
        return big(UInt32(body.count)) + body
    }

    private func string(_ text: String) -> [UInt8] { self.string(Array(text.utf8)) }
    private func string(_ bytes: [UInt8]) -> [UInt8] { big(UInt32(bytes.count)) + bytes }
    private func id(_ number: UInt32) -> [UInt8] { big(number) }

    private func opened(_ path: String, flags: UInt32) -> Conversation {
        var talk = Conversation()
        talk.client(self.packet(1, big(UInt32(3))))
        talk.server(self.packet(2, big(UInt32(3)), self.string("posix-rename@openssh.com"), self.string("1")))
        talk.client(self.packet(3, self.id(7), self.string(path), big(flags), big(UInt32(0))))
        talk.server(self.packet(102, self.id(7), self.string("h1")))
        return talk
    }

    private func write(
        _ talk: inout Conversation, _ number: UInt32, at offset: Int, _ bytes: [UInt8], status: UInt32 = 0
    ) {
        talk.client(
            self.packet(6, self.id(number), self.string("h1"), big(UInt64(offset)), self.string(bytes)))
        talk.server(self.packet(101, self.id(number), big(status), self.string(""), self.string("")))
    }

    private func read(_ talk: inout Conversation, _ number: UInt32, at offset: Int, _ bytes: [UInt8]?) {
        talk.client(
            self.packet(5, self.id(number), self.string("h1"), big(UInt64(offset)), big(UInt32(32_768))))
        if let bytes {
            talk.server(self.packet(103, self.id(number), self.string(bytes)))
        } else {
            talk.server(self.packet(101, self.id(number), big(UInt32(1)), self.string("EOF"), self.string("")))
        }
    }

    private func close(_ talk: inout Conversation) {
        talk.client(self.packet(4, self.id(99), self.string("h1")))
        talk.server(self.packet(101, self.id(99), big(UInt32(0)), self.string(""), self.string("")))
    }

    private func upload(flags: UInt32 = 0x1A, offset: Int = 0) -> Conversation {
        var talk = self.opened("/srv/up", flags: flags)
        for (index, start) in stride(from: 0, to: self.content.count, by: 32_768).enumerated() {
            let part = Array(self.content[start..<min(start + 32_768, self.content.count)])
            self.write(&talk, UInt32(100 + index), at: start + offset, part)
        }
        return talk
    }

    @Test(
        "a file written in order has its path, size and hash, however the bytes are cut", arguments: [1, 3, 4096, .max])
    func put(pieces: Int) throws {
        var talk = self.upload()
        self.close(&talk)
        let events = talk.heard(by: try self.auditor(), pieces: pieces)
        #expect(events == [operation("/srv/up", self.content, .toTarget)])
    }

    @Test("a file written in place is whole only once its length was set to what was written")
    func inPlace() throws {
        var talk = self.upload(flags: 0x0A)
        var cut = talk
        self.close(&talk)
        #expect(
            talk.heard(by: try self.auditor()) == [unproven("/srv/up", size: UInt64(self.content.count), .toTarget)])
        cut.client(
            self.packet(10, self.id(8), self.string("h1"), big(UInt32(1)), big(UInt64(self.content.count))))
        cut.server(self.packet(101, self.id(8), big(UInt32(0)), self.string(""), self.string("")))
        self.close(&cut)
        #expect(cut.heard(by: try self.auditor()) == [operation("/srv/up", self.content, .toTarget)])
    }

    @Test("a file read to its end has its path, size and hash, and an empty one too")
    func get() throws {
        var talk = self.opened("/srv/down", flags: 1)
        for (index, start) in stride(from: 0, to: self.content.count, by: 32_768).enumerated() {
            let part = Array(self.content[start..<min(start + 32_768, self.content.count)])
            self.read(&talk, UInt32(200 + index), at: start, part)
        }
        self.read(&talk, 300, at: self.content.count, nil)
        self.close(&talk)
        #expect(talk.heard(by: try self.auditor(), pieces: 1000) == [operation("/srv/down", self.content, .toClient)])

        var empty = self.opened("/srv/empty", flags: 1)
        self.read(&empty, 1, at: 0, nil)
        self.close(&empty)
        #expect(empty.heard(by: try self.auditor()) == [operation("/srv/empty", [], .toClient)])
    }

    @Test("what is left out, out of order, refused, resumed or unfinished has no hash")
    func unprovenFiles() throws {
        let auditor = { try self.auditor() }
        var partial = self.opened("/srv/down", flags: 1)
        self.read(&partial, 1, at: 0, Array(self.content.prefix(1000)))
        self.close(&partial)
        #expect(partial.heard(by: try auditor()) == [unproven("/srv/down", size: 1000, .toClient)])

        var swapped = self.opened("/srv/up", flags: 0x1A)
        self.write(&swapped, 1, at: 10, [1, 2, 3])
        self.write(&swapped, 2, at: 0, [1, 2, 3])
        self.close(&swapped)
        #expect(swapped.heard(by: try auditor()) == [unproven("/srv/up", size: 6, .toTarget)])

        var refused = self.opened("/srv/up", flags: 0x1A)
        self.write(&refused, 1, at: 0, [1, 2, 3], status: 4)
        self.close(&refused)
        #expect(refused.heard(by: try auditor()) == [unproven("/srv/up", size: 3, .toTarget)])

        var resumed = self.upload(flags: 0x0E, offset: 500)
        self.close(&resumed)
        #expect(resumed.heard(by: try auditor()) == [unproven("/srv/up", size: 100_000, .toTarget)])

        #expect(self.upload().heard(by: try auditor()) == [unproven("/srv/up", size: 100_000, .toTarget)])
    }

    @Test("a file that the server doesn't open is no operation")
    func notOpened() throws {
        var talk = Conversation()
        talk.client(self.packet(3, self.id(7), self.string("/etc/shadow"), big(UInt32(1)), big(UInt32(0))))
        talk.server(self.packet(101, self.id(7), big(UInt32(3)), self.string("no"), self.string("")))
        #expect(talk.heard(by: try self.auditor()).isEmpty)
    }

    @Test("impossible packets end it with one marker, and nothing is said afterwards")
    func hostile() throws {
        let broken: [[UInt8]] = [
            big(UInt32(0)), big(UInt32.max), self.packet(6, self.id(1)), self.packet(4, self.id(1), big(UInt32.max)),
            self.packet(6, self.id(1), big(UInt32(5000))), self.packet(3, [UInt8](repeating: 0, count: 20_000)),
        ]
        for bytes in broken {
            var talk = self.upload()
            talk.client(bytes + [UInt8](repeating: 0, count: 8))
            talk.client(self.packet(3, self.id(7), self.string("/later"), big(UInt32(1)), big(UInt32(0))))
            let events = talk.heard(by: try self.auditor())
            #expect(events.first == unproven("/srv/up", size: 100_000, .toTarget))
            #expect(events.count == 2)
            #expect(markers(events).count == 1)
        }
    }

    @Test("requests that are never answered, and files that are never closed, are bounded")
    func bounds() throws {
        var talk = Conversation()
        for number in 0..<9000 {
            talk.client(self.packet(5, self.id(UInt32(number)), self.string("h"), big(UInt64(0)), big(UInt32(1))))
        }
        #expect(markers(talk.heard(by: try self.auditor())).count == 1)
        talk = Conversation()
        for number in 0..<2000 {
            talk.client(
                self.packet(3, self.id(1), self.string("/\(number)"), big(UInt32(1)), big(UInt32(0))))
            talk.server(self.packet(102, self.id(1), self.string("\(number)")))
        }
        #expect(markers(talk.heard(by: try self.auditor())).count == 1)
    }

    @Test("no bytes at all stop it", arguments: 0..<200)
    func noise(seed: UInt64) throws {
        var state = seed &+ 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let whole = self.upload()
        var talk = Conversation()
        for turn in whole.turns {
            var bytes = turn.bytes
            if next() % 3 == 0 { bytes[Int(next() % UInt64(min(bytes.count, 40)))] = UInt8(truncatingIfNeeded: next()) }
            if turn.direction == .toTarget { talk.client(bytes) } else { talk.server(bytes) }
        }
        let sftp = talk.heard(by: try self.auditor(), pieces: 1 + Int(next() % 5000))
        #expect(sftp.count <= 4)
        let scp = try #require(FileAuditor(command: Array("scp -t x".utf8)))
        #expect(talk.heard(by: scp).count <= 4)
    }

    @Test(
        "the content of followed files, and nothing else, is told apart, however it arrives", arguments: [1, 7, 5000])
    func contentRanges(pieces: Int) throws {
        var talk = self.upload()
        self.close(&talk)
        let sent = talk.turns.flatMap(\.bytes)
        let followed = talk.followed(by: try self.auditor(), pieces: pieces)
        #expect(followed.content == self.content)
        #expect(followed.content.count + followed.rest.count == sent.count)
        #expect(followed.events == [operation("/srv/up", self.content, .toTarget)])
        // Nobody opened this one.
        var stray = Conversation()
        self.write(&stray, 1, at: 0, self.content)
        #expect(stray.followed(by: try self.auditor(), pieces: pieces).content.isEmpty)
    }

    @Test("renames, removals, directories, links and attributes are told with their answers")
    func changes() throws {
        var talk = Conversation()
        func ask(_ type: UInt8, _ number: UInt32, _ fields: [UInt8], status: UInt32 = 0) {
            talk.client(self.packet(type, self.id(number), fields))
            talk.server(self.packet(101, self.id(number), big(status), self.string(""), self.string("")))
        }
        let (a, b) = (self.string("/a"), self.string("/b"))
        ask(18, 1, a + b)
        ask(200, 2, self.string("posix-rename@openssh.com") + a + b)
        ask(13, 3, a, status: 3)
        ask(14, 4, a + big(UInt32(0)))
        ask(15, 5, a)
        ask(20, 6, a + b)
        ask(200, 7, self.string("hardlink@openssh.com") + a + b)
        ask(9, 8, a + big(UInt32(4)) + big(UInt32(0o100640)))
        ask(200, 9, self.string("statvfs@openssh.com") + a)
        let (pathA, pathB) = (Array("/a".utf8), Array("/b".utf8))
        let expected = [
            FileChange(kind: .rename, status: 0, path: pathA, detail: pathB),
            FileChange(kind: .rename, status: 0, path: pathA, detail: pathB),
            FileChange(kind: .remove, status: 3, path: pathA),
            FileChange(kind: .makeDirectory, status: 0, path: pathA),
            FileChange(kind: .removeDirectory, status: 0, path: pathA),
            FileChange(kind: .symbolicLink, status: 0, path: pathB, detail: pathA),
            FileChange(kind: .hardLink, status: 0, path: pathB, detail: pathA),
            FileChange(kind: .attributes, status: 0, path: pathA, detail: big(UInt32(4)) + big(UInt32(0o100640))),
        ]
        for pieces in [1, 1000] {
            #expect(talk.heard(by: try self.auditor(), pieces: pieces) == expected.map { .fileChange($0) })
        }
    }

    @Test("a file that the server fills from another has no hash")
    func copiedByServer() throws {
        var talk = self.opened("/srv/copy", flags: 0x1A)
        talk.client(
            self.packet(
                200, self.id(8), self.string("copy-data"), self.string("h0"), big(UInt64(0)), big(UInt64(0)),
                self.string("h1"), big(UInt64(0))))
        talk.server(self.packet(101, self.id(8), big(UInt32(0)), self.string(""), self.string("")))
        self.close(&talk)
        #expect(talk.heard(by: try self.auditor()) == [unproven("/srv/copy", size: 0, .toTarget)])
    }
}

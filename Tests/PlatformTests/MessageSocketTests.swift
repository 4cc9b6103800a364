import Glibc
import Testing

@testable import Platform

@Suite("Message sockets")
struct MessageSocketTests {
    @Test("messages keep their edges and their order")
    func edges() throws {
        let (here, there) = try MessageSocket.makePair()
        #expect(try here.send([1, 2, 3]) == .sent)
        #expect(try here.send([4]) == .sent)
        #expect(try received(there) == [1, 2, 3])
        #expect(try received(there) == [4])
        guard case .wouldBlock = try there.receive(limit: 16, waiting: false) else {
            Issue.record("an empty socket has nothing to give")
            return
        }
    }

    @Test("a message longer than the limit is reported, and the next one is whole")
    func tooLong() throws {
        let (here, there) = try MessageSocket.makePair()
        _ = try here.send([UInt8](repeating: 7, count: 65))
        _ = try here.send([UInt8](repeating: 8, count: 64))
        guard case .tooLong = try there.receive(limit: 64, waiting: false) else {
            Issue.record("65 bytes do not fit into 64")
            return
        }
        #expect(try received(there, limit: 64) == [UInt8](repeating: 8, count: 64))
    }

    @Test("descriptors arrive as duplicates that work and are closed on exec")
    func descriptors() throws {
        let (here, there) = try MessageSocket.makePair()
        let (left, right) = try SharedDescriptor.makeSocketPair(type: SOCK_STREAM)
        _ = try here.send([1], descriptors: [right.rawValue])
        guard case .message(_, let got) = try there.receive(limit: 8, waiting: false), let copy = got.first else {
            Issue.record("one message with one descriptor was sent")
            return
        }
        #expect(fcntl(copy.rawValue, F_GETFD) & FD_CLOEXEC != 0)
        #expect(write(copy.rawValue, "x", 1) == 1)
        var byte: UInt8 = 0
        #expect(read(left.rawValue, &byte, 1) == 1 && byte == UInt8(ascii: "x"))
    }

    @Test("a closed peer is seen on both ways")
    func peerGone() throws {
        var there: MessageSocket?
        let here: MessageSocket
        (here, there) = try MessageSocket.makePair()
        #expect(there != nil)
        there = nil
        #expect(try here.send([1]) == .peerGone)
        guard case .peerGone = try here.receive(limit: 8, waiting: false) else {
            Issue.record("the peer has closed")
            return
        }
    }

    private func received(_ socket: MessageSocket, limit: Int = 16) throws -> [UInt8]? {
        guard case .message(let bytes, _) = try socket.receive(limit: limit, waiting: false) else { return nil }
        return bytes
    }
}

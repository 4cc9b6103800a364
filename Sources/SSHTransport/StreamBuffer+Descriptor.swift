import Glibc

extension StreamBuffer {
    /// What became of bytes that were to go over a socket, or to come from one.
    public enum Moved: Hashable, Sendable {
        case some
        case wouldBlock
        /// The other side has closed, or the socket has failed.
        case over
    }

    /// Sends recorded bytes to a stream socket as far as it takes them. Never waits.
    public mutating func send(to socket: CInt) -> Moved {
        while true {
            let bytes = self.sendable
            guard bytes.count > 0 else { return .some }
            let sent = Glibc.send(
                socket, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
            if sent > 0 {
                self.consume(sent)
            } else if sent < 0, errno == EINTR {
                continue
            } else {
                return sent < 0 && errno == EAGAIN ? .wouldBlock : .over
            }
        }
    }

    /// Appends at most `limit` bytes that wait in a stream socket. Never waits.
    public mutating func receive(from socket: CInt, limit: Int) -> Moved {
        while true {
            var code: CInt = 0
            var received = 0
            _ = self.append(upTo: limit) { end in
                received = recv(socket, end, limit, CInt(MSG_DONTWAIT))
                code = errno
                return received
            }
            if received > 0 { return .some }
            if received < 0, code == EINTR { continue }
            return received < 0 && code == EAGAIN ? .wouldBlock : .over
        }
    }
}

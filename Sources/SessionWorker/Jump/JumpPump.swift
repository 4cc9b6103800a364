import Glibc
import Platform
import SSHTransport

/// Carries the bytes of an inner SSH connection between the client's channel and the worker that ends it.
///
/// Not a way round the recording: what passes here is ciphertext, which the worker at the other end of the socket
/// decrypts, records, and only then relays.
final class JumpPump {
    private let client: ChannelEnd
    private let socket: SharedDescriptor
    /// From the inner worker, on its way to the client.
    private var answers = StreamBuffer()
    private var isInnerOver = false
    private var hasShutDown = false

    /// Bytes that may wait for the client's window before the inner worker has to wait itself.
    private static let answerLimit = 64 * 1024

    init(client: ChannelEnd, socket: SharedDescriptor) {
        self.client = client
        self.socket = socket
    }

    /// What to wait for; nil when only the client can move it on.
    var poll: pollfd? {
        var events: Int16 = 0
        if !self.isInnerOver, self.answers.count < Self.answerLimit { events |= Int16(POLLIN) }
        if !self.isInnerOver, self.client.data.sendable.count > 0 { events |= Int16(POLLOUT) }
        return events == 0 ? nil : pollfd(fd: self.socket.rawValue, events: events, revents: 0)
    }

    /// Moves on what can be moved without waiting.
    func step() {
        self.client.discardStderr()
        self.carryIn()
        self.carryOut()
        if self.client.hasReceivedClose { self.client.sendClose() }
    }

    private func carryIn() {
        self.client.fetchLeftover()
        self.client.data.markRecorded(self.client.data.unrecorded.count)
        if !self.isInnerOver, self.client.data.send(to: self.socket.rawValue) == .over { self.isInnerOver = true }
        if self.client.hasReceivedEndOfFile, self.client.isDrained, !self.hasShutDown {
            self.hasShutDown = true
            shutdown(self.socket.rawValue, CInt(SHUT_WR))
        }
    }

    private func carryOut() {
        _ = self.client.send(&self.answers, on: .data)
        if self.answers.count < Self.answerLimit, !self.isInnerOver {
            let room = Self.answerLimit - self.answers.count
            if self.answers.receive(from: self.socket.rawValue, limit: room) == .over { self.isInnerOver = true }
            self.answers.markRecorded(self.answers.unrecorded.count)
            _ = self.client.send(&self.answers, on: .data)
        }
        // The inner worker closes its socket whole: nobody is left to talk to.
        if self.isInnerOver, self.answers.isEmpty {
            self.client.sendEndOfFile()
            self.client.sendClose()
        }
    }

    var isFinished: Bool { self.client.hasReceivedClose && self.client.hasSentClose }

    /// Something waits that no descriptor will announce.
    var wantsAnotherTurn: Bool { !self.isInnerOver && self.client.hasFetchableLeftover }
}

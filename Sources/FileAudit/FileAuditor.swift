public import RecordingFormat

/// Follows the files that move over one channel, from the bytes that are recorded anyway.
///
/// It only watches: nothing waits for it, and it never fails. Bytes that it doesn't understand make it give up on its
/// channel with one marker. Its memory is bounded by ``maximumOpenFiles``, ``maximumPending`` and the limits of names.
public final class FileAuditor {
    /// Files of one channel that are open at a time.
    static let maximumOpenFiles = 1024
    /// Requests of one channel without an answer.
    static let maximumPending = 8192

    private enum Machine {
        case sftp(SFTPAuditor)
        case scp(SCPAuditor)
        /// Given up, or ended.
        case over
    }

    private var machine: Machine

    /// For a channel that asks for this subsystem; nil unless it is `sftp`.
    public init?(subsystem: [UInt8]) {
        guard subsystem.elementsEqual("sftp".utf8) else { return nil }
        self.machine = .sftp(SFTPAuditor())
    }

    /// For a channel that asks for this command; nil unless it is the far side of an `scp`.
    public init?(command: [UInt8]) {
        guard let copy = SCPCommand(command) else { return nil }
        self.machine = .scp(SCPAuditor(copy))
    }

    /// The channel's next bytes in one direction. A reply has to come after what it replies to.
    /// - parameter content: gets the parts of `bytes`, in order, that are content of a file that it follows. All else is
    ///   protocol, or belongs to no file that it knows.
    /// - returns: file operations and changes that are over now, and a marker when it gives up.
    public func received(
        _ bytes: UnsafeRawBufferPointer, _ direction: Direction, content: inout [Range<Int>]
    ) -> [EventBody] {
        var events: [EventBody] = []
        do throws(FileAuditFailure) {
            switch self.machine {
            case .sftp(let machine): try machine.received(bytes, direction, &content, &events)
            case .scp(let machine): try machine.received(bytes, direction, &content, &events)
            case .over: break
            }
        } catch {
            events += self.finish()
            events.append(.marker(text: Array("files on this channel are no longer followed: \(error.reason)".utf8)))
        }
        return events
    }

    /// The channel has closed, or the connection has ended: files that are open are entered as unfinished.
    public func finish() -> [EventBody] {
        defer { self.machine = .over }
        switch self.machine {
        case .sftp(let machine): return machine.unfinished
        case .scp(let machine): return machine.unfinished
        case .over: return []
        }
    }
}

/// Why the files of a channel can't be followed any further.
struct FileAuditFailure: Error {
    /// A few words, without bytes from the network.
    let reason: String
}

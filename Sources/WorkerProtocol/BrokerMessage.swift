/// What the broker tells a worker.
public enum BrokerMessage: Hashable, Sendable {
    /// The first message, unasked.
    case welcome(Welcome)
    /// The first message to a robot that fetches a target's host key; its client descriptor is the target's socket.
    case scan(HostKeyScan)
    case authentication(AuthenticationAnswer)
    /// A signature blob (RFC 4253 section 6.6), for the `signExchange` that the worker waits with.
    case exchangeSignature([UInt8])
    /// The target's password, for the `targetOpened` that follows. A message of its own, so that the worker can move
    /// it to locked memory with ``secret(in:)`` without ever making another copy.
    case targetPassword([UInt8])
    /// The answer to the target's question, moved as ``targetPassword(_:)`` is.
    case targetAnswer([UInt8])
    /// The vault has no answer to it.
    case targetUnanswered
    /// Comes with the descriptors of ``TargetDescriptor``, in that order.
    case targetOpened(TargetOpening)
    /// `line` is for the admin: one line, no line end.
    case targetRefused(line: [UInt8])
    /// The login name has no target: jumps may be asked for. `line` tells an admin who asked for a program how to say
    /// where to go.
    case targetMissing(line: [UInt8])
    /// Where the user may go.
    case destinations(DestinationList)
    /// Comes with one descriptor: a stream socket to the worker of the inner connection.
    case jumpOpened(number: UInt32)
    case jumpRefused(number: UInt32)
    /// A signed checkpoint record that the worker appends to the recording, between frames, as it is.
    case checkpoint(record: [UInt8])
    /// Answered by ``WorkerMessage/controlled(number:_:)`` with the same number.
    case control(number: UInt32, SessionControl)
    /// End now, after showing the line to the admin.
    case terminate(line: [UInt8])
    /// Show the line at the admin's terminals, now or once there is one.
    case notice(line: [UInt8])
    /// The first message to a robot that runs programs for the gateway; its client descriptor is the target's socket.
    case operate(RobotStart)
    /// To a robot that is logged in and runs nothing.
    case runProgram(ProgramRequest)
    /// For the program, at most ``WireLimits/programPiece`` bytes.
    case programInput([UInt8])
    /// As ``programInput(_:)``, for what may stand in no recording. Moved as ``targetPassword(_:)`` is.
    case programSecret([UInt8])
    /// The program gets no more input.
    case programInputEnd
    /// There is nothing more to run: log out.
    case dismiss
    /// What an order is to show, for the `orderAnswered` that follows. Moved as ``targetPassword(_:)`` is.
    case orderSecret([UInt8])
    case orderAnswered(DeskAnswer)
    /// Before the target is opened. Answered by ``WorkerMessage/gatewayAnswer(_:)``, unless something replaces it first.
    case gatewayQuestion(GatewayQuestion)
}

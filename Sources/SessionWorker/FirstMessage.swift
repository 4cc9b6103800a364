import Platform
import WorkerProtocol

/// What a worker process is for, as the broker's first message says.
public enum FirstMessage {
    case serve(Welcome)
    case scan(HostKeyScan)
    case operate(RobotStart)

    /// Waits for it. nil when the broker is gone or says something else.
    public init?(from socket: MessageSocket) {
        guard case .message(let bytes, _)? = try? socket.receive(limit: WireLimits.message, waiting: true),
            let message = try? BrokerMessage(decoding: bytes)
        else { return nil }
        switch message {
        case .welcome(let welcome): self = .serve(welcome)
        case .scan(let scan): self = .scan(scan)
        case .operate(let start): self = .operate(start)
        case .authentication, .exchangeSignature, .targetPassword, .targetAnswer, .targetUnanswered, .targetOpened,
            .targetRefused, .targetMissing, .destinations,
            .jumpOpened, .jumpRefused, .checkpoint, .control, .terminate, .notice, .runProgram, .programInput,
            .programSecret, .programInputEnd, .dismiss, .orderSecret, .gatewayQuestion, .orderAnswered:
            return nil
        }
    }

    /// The unprivileged user and group to become.
    public var identity: (userID: UInt32, groupID: UInt32) {
        switch self {
        case .serve(let welcome): (welcome.userID, welcome.groupID)
        case .scan(let scan): (scan.userID, scan.groupID)
        case .operate(let start): (start.userID, start.groupID)
        }
    }
}

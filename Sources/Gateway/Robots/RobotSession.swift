import Platform
import Vault
import WorkerProtocol

/// One account on one target.
struct AccountPlace: Hashable, Sendable, CustomStringConvertible {
    var target: String
    var account: String
    var description: String { "\(self.target)/\(self.account)" }
}

/// What the gateway logs in to a target for, by itself. The word stands in the session list and in the recording.
enum RobotPurpose: String, Sendable {
    case rotation, restore, discovery
}

/// Why a session of the gateway's own came to nothing.
struct RobotFailure: Error, Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        /// The target took the connection, and not the credential.
        case refused
        /// Whether it would take the credential is not known: target not reached, connection lost, ended, no credential.
        case unknown
        /// The target ran the program, which did not do what it should.
        case program
    }

    let kind: Kind
    /// One line.
    let cause: String
    var description: String { self.cause }

    init(_ kind: Kind, _ cause: String) {
        self.kind = kind
        self.cause = cause
    }
}

/// What a robot's program gets to read.
enum ProgramInput: Sendable {
    case plain([UInt8])
    /// In no recording.
    case secret(SecretBytes)
}

/// What became of a robot's program.
struct ProgramResult: Sendable {
    var output: [UInt8] = []
    var errors: [UInt8] = []
    var outcome = ProgramOutcome.lost

    var isSuccess: Bool { self.outcome == .exited(0) }

    /// The last line that it said, for people; how it ended when it said nothing.
    var lastWords: String {
        for bytes in [self.errors, self.output] {
            let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            if let line = lines.last(where: { $0.contains { !$0.isWhitespace } }) {
                let printable = line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
                return String(String.UnicodeScalarView(printable.prefix(200)))
            }
        }
        switch self.outcome {
        case .exited(let status): return "exit status \(status)"
        case .signalled(let name): return "ended by signal \(String(decoding: name.prefix(32), as: UTF8.self))"
        case .refused: return "the target starts no program"
        case .lost: return "the connection was lost"
        case .tooLong: return "it said more than \(WireLimits.programOutput) bytes"
        }
    }
}

/// A session of the gateway's own, logged in. Belongs to the broker's thread.
final class RobotSession {
    /// Of the connection.
    let number: UInt64
    /// The session's id.
    let session: String
    fileprivate let desk: RobotDesk

    fileprivate init(number: UInt64, session: String, desk: RobotDesk) {
        self.number = number
        self.session = session
        self.desk = desk
    }
}

/// What a robot's worker has said and nobody has read yet. Belongs to the broker's thread.
final class RobotDesk {
    enum News: Sendable {
        case ready
        case failed(RobotFailure)
        case output(ProgramStream, [UInt8])
        case ended(ProgramOutcome)
        /// The worker is dead and reaped; nothing follows.
        case gone(String)
    }

    private var waiting: [News] = []
    private var isOver: News?
    private var reader: Once<Void>?

    func post(_ news: News) {
        if case .gone = news { self.isOver = news } else { self.waiting.append(news) }
        self.reader?.resume(())
        self.reader = nil
    }

    fileprivate func take() -> News? { self.waiting.isEmpty ? self.isOver : self.waiting.removeFirst() }
    fileprivate func expect(_ reader: Once<Void>) { self.reader = reader }
}

extension Broker {
    /// What the robot's worker says next. Always comes: time limits end the worker.
    func news(of robot: RobotSession) async -> RobotDesk.News {
        while true {
            if let news = robot.desk.take() { return news }
            await withCheckedContinuation { robot.desk.expect(Once($0)) }
        }
    }

    /// A robot whose worker was just started.
    func robot(on connection: Connection, session: String) -> RobotSession {
        let desk = RobotDesk()
        connection.robot = desk
        return RobotSession(number: connection.number, session: session, desk: desk)
    }
}

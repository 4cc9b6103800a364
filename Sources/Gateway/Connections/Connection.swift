import AccessPolicy
import Identity
import OpenIDConnect
import Platform
import Vault
import WorkerProtocol

/// One accepted connection and its worker. Belongs to the ``Broker``'s thread.
final class Connection {
    /// Names the connection within this process.
    let number: UInt64
    let worker: ChildProcess
    let socket: MessageSocket
    /// A duplicate of the client's socket, for the kill.
    let client: SharedDescriptor
    let peer: PeerAddress

    var permissions = WorkerPermissions()
    var exchanges = ExchangePace()
    /// The hash of the first key exchange (RFC 4253 section 7.2): logins are signed for it. nil until it is signed.
    var sessionID: [UInt8]?
    /// The worker serves the gateway itself: there is no client.
    var isRobot = false
    /// Wrong passwords and codes.
    var failedAttempts = 0
    /// Unknown keys, offered or proved.
    var refusedKeys = 0
    /// The audit log has a failed login of this connection.
    var hasAuditedFailure = false
    /// The login name of the last step that was not enough, as the client gave it, and why not.
    var attempted: (login: String, cause: String)?
    /// ``Broker/reviews`` before the first step that proved a part of it.
    var reviewsAtProof: UInt64?
    /// What has been proved so far.
    var progress = LoginProgress()
    var login: Login?
    var session: Session?
    /// A sign-in at the provider that the user has been sent to.
    var deviceGrant: OIDCClient.DeviceGrant?
    /// Waits for that.
    var signingIn: Task<OIDCClient.Tokens, any Error>?
    var signInsBegun = 0
    /// The worker's own account of how it ended.
    var ending: WorkerEnding?
    /// Why the broker has killed the worker, if it did so for misbehaving.
    var misbehaviour: String?
    var killed: (by: String, reason: String)?
    /// Set for the inner connection of a jump.
    var voucher: Voucher?
    /// The service account among whose sessions this one counts.
    var servicePlace: String?
    /// Questions for jumps that are being thought about.
    var openingJumps = 0
    /// Number of the next control, and those that the worker has not answered.
    var nextControl: UInt32 = 1
    var controls: [UInt32: Once<ControlResult>] = [:]
    /// Who has locked the session.
    var lockedBy: String?
    /// Who sent the messages that wait for the admin's acknowledgement, by the control's number.
    var messages: [UInt32: String] = [:]
    /// Where what a robot that runs programs says is read. nil for any other worker.
    var robot: RobotDesk?
    /// The account whose secret was taken from the vault for a login that is still under way.
    var loginPlace: AccountPlace?
    /// With somebody who is asked something at their terminal, or waits there.
    var dialogue = Dialogue()
    /// A robot's finding.
    var scanned: [UInt8]?
    /// Set when the worker is dead and reaped.
    var exit: ChildProcess.Ending?
    /// Resumed when the worker is dead and reaped.
    var endWaiters: [Once<Void>] = []

    init(number: UInt64, worker: ChildProcess, socket: MessageSocket, client: SharedDescriptor, peer: PeerAddress) {
        self.number = number
        self.worker = worker
        self.socket = socket
        self.client = client
        self.peer = peer
    }

    /// Closes both legs and the worker, whatever state they are in.
    func cut() {
        TCPSocket.cut(self.client.rawValue)
        if let target = self.session?.target { TCPSocket.cut(target.rawValue) }
        self.worker.kill()
    }

    /// Both legs are closed, by the kernel's word.
    var isCut: Bool {
        !TCPSocket.isEstablished(self.client.rawValue)
            && !(self.session?.target.map { TCPSocket.isEstablished($0.rawValue) } ?? false)
    }
}

/// Who has proved to be whom, and where they asked to go.
struct Login: Sendable {
    var user: String
    /// As written in the login name; nil means the only permitted one.
    var account: String?
    /// nil when the login name has none.
    var target: String?
    /// How the user has proved it; all of them still have to hold.
    var proofs: [LoginProof]
    var restrictions: LoginRestrictions = []
}

/// What a login rests on. When it is gone, so is the login.
enum LoginProof: Hashable, Sendable {
    /// The blob of a public key of the user's.
    case publicKey([UInt8])
    case password
    case certificate(LoginCertificate)
    /// That of a directory, which is asked again who the user is.
    case directoryPassword
    /// One at the provider, by the broker's number for it: until the provider takes it back.
    case signIn(UInt64)
}

/// A session under way: a target, an account, a recording.
final class Session {
    let id: String
    let destination: AuthorizedTarget
    let keeper: RecordingKeeper
    /// UTC.
    let startedNanoseconds: Int64
    /// Set once the target is connected. A duplicate, for the kill.
    var target: SharedDescriptor?
    var agent: AgentConnection?
    /// What the login answers when the target asks more than its credential.
    var answers = AnswerBook([])
    /// The target has accepted the credential.
    var isRelaying = false
    /// Why the session could not go on, for its seal.
    var failure: String?
    var keeping = KeepingSchedule()
    /// For when a timer is set that begins a round, on the monotonic clock.
    var keepingTimer: UInt64?
    /// Bytes of the recording that are hashed and synced.
    var keptBytes: UInt64 = 0
    /// The log has it that the disk is too slow for this recording.
    var hasBeenLate = false
    var time = SessionTime()
    var watching: WatchList
    /// For when a timer is set that looks after watchers, on the monotonic clock.
    var watchTimer: UInt64?
    /// Commands that wait for a supervisor, by their number.
    var heldCommands: [UInt32: HeldCommand] = [:]
    /// Dual control holds the input.
    var isHeld: Bool

    init(id: String, destination: AuthorizedTarget, keeper: RecordingKeeper, startedNanoseconds: Int64) {
        self.id = id
        self.destination = destination
        self.watching = WatchList(destination.supervision)
        self.isHeld = destination.supervision.isDualControl
        self.keeper = keeper
        self.startedNanoseconds = startedNanoseconds
    }
}

/// The agent socket of one login: the worker's end asks, the responder signs.
final class AgentConnection {
    let socket: SharedDescriptor
    var responder: AgentResponder

    init(socket: SharedDescriptor, responder: AgentResponder) {
        self.socket = socket
        self.responder = responder
    }
}

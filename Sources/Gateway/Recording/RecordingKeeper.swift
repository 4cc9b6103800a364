import Glibc
import Platform
import RecordingFormat
import SessionStore
import Synchronization

/// The broker's side of one recording while its worker writes it: hashes what is in the file, signs checkpoints, brings
/// it to the disk, and seals it in the end. Calls block for the disk; free to use from any thread.
final class RecordingKeeper: Sendable {
    /// What one round of keeping found.
    struct Round: Sendable {
        /// Signed checkpoint records, for the worker to append.
        var checkpoints: [[UInt8]] = []
        /// Bytes of the file that are hashed, in whole records.
        var covered: UInt64 = 0
        /// Some of them have no checkpoint yet.
        var isUnsigned = false
        /// To be put on record in the audit log: all of it is on the disk.
        var anchor: RecordingHead?
        /// Some of the file is in no anchor; nanoseconds until the next one may be made.
        var anchorDelay: UInt64?
    }

    struct Sealed: Sendable {
        var bytes: UInt64
        var tornBytes: UInt64
        /// SHA-256 that the seal holds, in hex.
        var head: String
        var endedNanoseconds: Int64
    }

    /// `RecordingNotary` is not thread safe: the lock around it makes it so.
    private struct State: ~Copyable {
        var notary: RecordingNotary
        var offset: UInt64
        var signedAt: UInt64
        var anchoredBytes: UInt64
        var anchoredAt: UInt64
        /// A round that comes after the seal finds nothing to do.
        var isSealed = false
    }

    private let reader: SharedDescriptor
    /// Below the recordings directory.
    let path: String
    private let state: Mutex<State>

    /// A checkpoint at least for so many bytes, or
    private static let checkpointBytes: UInt64 = 1 << 20
    /// so many nanoseconds.
    static let checkpointNanoseconds: UInt64 = 10_000_000_000
    /// No more than one anchor in so many nanoseconds, the first after `checkpointNanoseconds`: the audit log shall not
    /// fill with them, and a session that is idle adds none.
    private static let anchorNanoseconds: UInt64 = 60_000_000_000
    private static let pieceBytes = 256 * 1024
    /// A checkpoint's own record is no news that would need another.
    private static let checkpointRecordBytes: UInt64 = 512

    /// - parameter offset: bytes of the file that the notary has seen.
    init(reader: SharedDescriptor, path: String, notary: sending RecordingNotary, offset: UInt64) {
        self.reader = reader
        self.path = path
        let now = Clock.monotonicNanoseconds()
        let anchoredAt = now &- (Self.anchorNanoseconds - Self.checkpointNanoseconds)
        self.state = Mutex(
            State(notary: notary, offset: offset, signedAt: now, anchoredBytes: offset, anchoredAt: anchoredAt))
    }

    /// Takes in what the worker has written, and syncs it.
    /// - throws: `RecordingError` when the worker wrote what is not its to write; the system's error.
    func catchUp() throws -> Round {
        let round = try self.state.withLock { state in
            var round = Round()
            if state.isSealed { return round }
            try self.observe(&state) { state in
                guard state.notary.unsignedBytes >= Self.checkpointBytes else { return }
                round.checkpoints.append(try Self.checkpoint(&state))
            }
            if state.notary.unsignedBytes > Self.checkpointRecordBytes,
                Clock.monotonicNanoseconds() - state.signedAt >= Self.checkpointNanoseconds
            {
                round.checkpoints.append(try Self.checkpoint(&state))
            }
            round.covered = state.notary.head.covered
            round.isUnsigned = state.notary.unsignedBytes > Self.checkpointRecordBytes
            Self.anchor(&state, &round)
            return round
        }
        try SystemError.check(fdatasync(self.reader.rawValue), "bring a recording to the disk")
        return round
    }

    /// Seals the file: after the worker is dead. Cuts off a torn record, which nobody was ever shown.
    func seal(_ ending: RecordingEnding, in directory: RecordingDirectory) throws -> Sealed {
        try self.state.withLock { state in
            state.isSealed = true
            do {
                try self.observe(&state) { _ in }
            } catch is RecordingError {
                // What the worker wrote against the rules is cut off below with the torn record.
            }
            let head = state.notary.head
            let tornBytes = state.notary.tornBytes
            let file = try directory.openForSealing(self.path)
            try SystemError.check(ftruncate(file.rawValue, off_t(head.covered)), "cut a torn record off")
            let wallClock = Clock.wallNanoseconds()
            let seal = try state.notary.seal(ending, wallClock: UInt64(wallClock))
            let written = pwrite(file.rawValue, seal, seal.count, off_t(head.covered))
            guard written == seal.count else {
                let code = written < 0 ? errno : ENOSPC
                ftruncate(file.rawValue, off_t(head.covered))
                throw SystemError(code: code, attempt: "seal the recording \(self.path)")
            }
            try SystemError.check(fdatasync(file.rawValue), "bring a seal to the disk")
            return Sealed(
                bytes: head.covered + UInt64(seal.count), tornBytes: tornBytes, head: head.text,
                endedNanoseconds: wallClock)
        }
    }

    private func observe(_ state: inout State, _ eachPiece: (inout State) throws -> Void) throws {
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        while true {
            let count = pread(self.reader.rawValue, &piece, piece.count, off_t(state.offset))
            if count < 0, errno == EINTR { continue }
            try SystemError.check(count, "read a recording back")
            if count == 0 { return }
            state.offset += UInt64(count)
            try state.notary.observe(piece[..<count])
            try eachPiece(&state)
        }
    }

    private static func anchor(_ state: inout State, _ round: inout Round) {
        let head = state.notary.head
        guard head.covered > state.anchoredBytes + Self.checkpointRecordBytes else { return }
        let now = Clock.monotonicNanoseconds()
        // The clock may have begun less than a minute ago: differences are right all the same.
        let passed = now &- state.anchoredAt
        guard passed >= Self.anchorNanoseconds else {
            round.anchorDelay = Self.anchorNanoseconds - passed
            return
        }
        state.anchoredBytes = head.covered
        state.anchoredAt = now
        round.anchor = head
    }

    private static func checkpoint(_ state: inout State) throws -> [UInt8] {
        state.signedAt = Clock.monotonicNanoseconds()
        return try state.notary.checkpoint(wallClock: UInt64(Clock.wallNanoseconds()))
    }
}

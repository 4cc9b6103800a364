import Foundation
import Glibc

/// A process on a pseudo-terminal: a person at a keyboard. To be used by one thread at a time.
public final class TerminalProcess {
    public let pid: pid_t
    private let scratch: Scratch
    private let arguments: [String]
    private let master: CInt
    private var ending: Ending?
    /// TIOCSPTLCK and TIOCGPTN of asm/ioctls.h: the imported headers hide posix_openpt and its kin.
    private static let setLock = 0x4004_5431
    private static let getNumber = 0x8004_5430

    /// Everything that was shown so far, control bytes included.
    public private(set) var shown = Data()

    public init(
        _ arguments: [String], in scratch: Scratch, columns: UInt16 = 80, rows: UInt16 = 24,
        environment: [String: String] = [:]
    ) throws {
        self.arguments = arguments
        self.scratch = scratch
        self.master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var unlocked: CInt = 0
        var number: CUnsignedInt = 0
        guard self.master >= 0, ioctl(self.master, UInt(Self.setLock), &unlocked) == 0,
            ioctl(self.master, UInt(Self.getNumber), &number) == 0
        else { throw HarnessError.system("/dev/ptmx") }
        try Self.setSize(of: self.master, columns: columns, rows: rows)
        self.pid = try spawnProcess(
            arguments, environment: childEnvironment(scratch, adding: environment), standardInput: -1,
            standardOutput: -1, standardError: -1, terminal: "/dev/pts/\(number)")
        scratch.register(self.pid)
    }

    deinit {
        self.kill()
        close(self.master)
    }

    public var screenText: String { String(decoding: self.shown, as: UTF8.self) }

    public func type(_ text: String) throws { try writeAll(Data(text.utf8), to: self.master) }

    /// The kernel tells the process with SIGWINCH.
    public func resize(columns: UInt16, rows: UInt16, widthPixels: UInt16 = 0, heightPixels: UInt16 = 0) throws {
        try Self.setSize(
            of: self.master, columns: columns, rows: rows, widthPixels: widthPixels, heightPixels: heightPixels)
    }

    private static func setSize(
        of master: CInt, columns: UInt16, rows: UInt16, widthPixels: UInt16 = 0, heightPixels: UInt16 = 0
    ) throws {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: widthPixels, ws_ypixel: heightPixels)
        guard ioctl(master, UInt(TIOCSWINSZ), &size) == 0 else { throw HarnessError.system("TIOCSWINSZ") }
    }

    /// Reads what was shown meanwhile.
    /// - returns: false at the end.
    @discardableResult
    public func readMore(within limit: Duration = .seconds(20)) throws -> Bool {
        let more = try readSome(self.master, atMost: 65536, within: limit, of: "the terminal of \(self.arguments[0])")
        self.shown.append(more)
        return !more.isEmpty
    }

    /// Reads until `text` was shown, after the first `offset` bytes of ``shown``.
    public func waitFor(_ text: String, after offset: Int = 0, within limit: Duration = .seconds(20)) throws {
        let deadline = ContinuousClock.now + limit
        let wanted = Data(text.utf8)
        // Only what is new is searched: a flood may go by before `text`.
        var from = offset
        while self.shown[min(from, self.shown.count)...].range(of: wanted) == nil {
            from = max(offset, self.shown.count - wanted.count)
            guard ContinuousClock.now < deadline else {
                throw HarnessError("\(text.debugDescription) was not shown within \(limit): \(self.tail)")
            }
            // Short waits, so that the deadline above speaks and tells what was shown.
            guard (try? self.readMore(within: .milliseconds(200))) != false else {
                throw HarnessError("the terminal ended before \(text.debugDescription) was shown: \(self.tail)")
            }
        }
    }

    /// Reads to the end and waits for the process.
    public func wait(within limit: Duration = .seconds(60)) throws -> Ending {
        let deadline = ContinuousClock.now + limit
        while self.poll() == nil {
            guard ContinuousClock.now < deadline else {
                throw HarnessError("\(self.arguments[0]) still runs after \(limit): \(self.tail)")
            }
            _ = try? self.readMore(within: .milliseconds(20))
        }
        while (try? self.readMore(within: .milliseconds(20))) == true {}
        return self.ending ?? .exited(-1)
    }

    @discardableResult
    public func poll() -> Ending? {
        if let ending = self.ending { return ending }
        guard let ending = Ending(reaping: self.pid) else { return nil }
        self.scratch.unregister(self.pid)
        self.ending = ending
        return ending
    }

    public func kill() {
        guard self.poll() == nil else { return }
        for pid in ProcessTable.tree(of: self.pid).reversed() { Glibc.kill(pid, SIGKILL) }
        waitpid(self.pid, nil, 0)
        self.ending = .signalled(SIGKILL)
        self.scratch.unregister(self.pid)
    }

    private var tail: String { String(decoding: self.shown.suffix(400), as: UTF8.self).debugDescription }
}

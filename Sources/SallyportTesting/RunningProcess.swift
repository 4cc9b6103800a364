import Foundation
import Glibc
import Synchronization

/// How a process ended.
public enum Ending: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    /// Lets the kernel forget a child that has ended; nil while it runs.
    init?(reaping pid: pid_t) {
        var status: CInt = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7f
        self = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }

    public var description: String {
        switch self {
        case .exited(let code): "exit \(code)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

/// What a finished process left behind.
public struct Outcome: Sendable {
    public let ending: Ending
    public let output: Data
    public let errors: Data

    /// The exit code; -1 when a signal ended the process.
    public var code: Int32 {
        switch self.ending {
        case .exited(let code): code
        case .signalled: -1
        }
    }
    public var text: String { String(decoding: self.output, as: UTF8.self) }
    public var errorText: String { String(decoding: self.errors, as: UTF8.self) }
    /// Lines of standard error that say something, without carriage returns.
    public var errorLines: [String] {
        self.errorText.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }
}

/// A child process of a test. Standard output and error go to files, which can be read while it runs.
///
/// To be used by one thread at a time.
public final class RunningProcess {
    public enum Input {
        case null
        case file(String)
        /// The test writes with ``RunningProcess/write(_:)`` and ``RunningProcess/closeInput()``.
        case pipe
    }
    public enum Output {
        case file
        /// The test reads with ``RunningProcess/read(atMost:within:)``; nobody else does.
        case pipe
    }

    public let pid: pid_t
    public let arguments: [String]
    private let scratch: Scratch
    private let outputPath: String
    private let errorPath: String
    private var inputEnd: CInt = -1
    private var outputEnd: CInt = -1
    private var ending: Ending?

    public init(
        _ arguments: [String], in scratch: Scratch, environment: [String: String] = [:], input: Input = .null,
        output: Output = .file
    ) throws {
        self.arguments = arguments
        self.scratch = scratch
        self.outputPath = scratch.freshPath("stdout")
        self.errorPath = scratch.freshPath("stderr")
        let errors = open(self.errorPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        var theirInput: CInt = -1
        var theirOutput: CInt = -1
        defer { for descriptor in [errors, theirInput, theirOutput] where descriptor >= 0 { close(descriptor) } }
        switch input {
        case .null: theirInput = open("/dev/null", O_RDONLY | O_CLOEXEC)
        case .file(let path): theirInput = open(path, O_RDONLY | O_CLOEXEC)
        case .pipe: (theirInput, self.inputEnd) = try makePipe()
        }
        switch output {
        case .file: theirOutput = open(self.outputPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        case .pipe: (self.outputEnd, theirOutput) = try makePipe()
        }
        guard theirInput >= 0, theirOutput >= 0, errors >= 0 else { throw HarnessError.system("open") }
        self.pid = try spawnProcess(
            arguments, environment: childEnvironment(scratch, adding: environment),
            standardInput: theirInput, standardOutput: theirOutput, standardError: errors)
        scratch.register(self.pid)
    }

    deinit {
        self.kill()
        self.closeInput()
        if self.outputEnd >= 0 { close(self.outputEnd) }
    }

    // MARK: Its streams

    /// Standard output so far; only when that goes to a file.
    public var output: Data { FileManager.default.contents(atPath: self.outputPath) ?? Data() }
    public var text: String { String(decoding: self.output, as: UTF8.self) }
    public var errorText: String {
        String(decoding: FileManager.default.contents(atPath: self.errorPath) ?? Data(), as: UTF8.self)
    }

    public func write(_ text: String) throws { try self.write(Data(text.utf8)) }

    /// Writes all of it; blocks while the pipe is full.
    public func write(_ bytes: Data) throws {
        precondition(self.inputEnd >= 0, "the test asked for an input pipe and has not closed it")
        try writeAll(bytes, to: self.inputEnd)
    }

    public func closeInput() {
        if self.inputEnd >= 0 { close(self.inputEnd) }
        self.inputEnd = -1
    }

    /// The next bytes of a standard output that is a pipe; empty at its end.
    public func read(atMost count: Int, within limit: Duration = .seconds(20)) throws -> Data {
        precondition(self.outputEnd >= 0, "the test asked for an output pipe")
        return try readSome(self.outputEnd, atMost: count, within: limit, of: "the output of \(self.arguments[0])")
    }

    /// Waits until `text` was printed on standard output.
    public func waitForOutput(_ text: String, within limit: Duration = .seconds(20)) throws {
        try waitUntil(
            "\(self.arguments[0]) prints \(text.debugDescription); it said \(self.text) \(self.errorText)",
            within: limit
        ) {
            if self.text.contains(text) { return true }
            guard self.poll() == nil || self.text.contains(text) else {
                throw HarnessError("\(self.arguments[0]) ended early (\(self.ending!)): \(self.text)\(self.errorText)")
            }
            return false
        }
    }

    // MARK: Its end

    /// How it ended, or nil while it runs.
    @discardableResult
    public func poll() -> Ending? {
        if let ending = self.ending { return ending }
        guard let ending = Ending(reaping: self.pid) else { return nil }
        self.scratch.unregister(self.pid)
        self.ending = ending
        return ending
    }

    /// Waits for its end.
    /// - throws: when it still runs after `limit`; it is killed then.
    @discardableResult
    public func wait(within limit: Duration = .seconds(60)) throws -> Outcome {
        do {
            try waitUntil("\(self.arguments.joined(separator: " ")) ends", within: limit, every: .milliseconds(2)) {
                self.poll() != nil
            }
        } catch {
            let last = self.errorText.suffix(500)
            self.kill()
            throw HarnessError("\(error); its standard error ends: \(last)")
        }
        return Outcome(
            ending: self.ending ?? .exited(-1), output: self.outputEnd < 0 ? self.output : Data(),
            errors: Data(self.errorText.utf8))
    }

    public func signal(_ number: CInt) {
        if self.poll() == nil { Glibc.kill(self.pid, number) }
    }

    /// Kills it and all its descendants, and waits for it. Does nothing when it has ended.
    public func kill() {
        guard self.poll() == nil else { return }
        for pid in ProcessTable.tree(of: self.pid).reversed() { Glibc.kill(pid, SIGKILL) }
        waitpid(self.pid, nil, 0)
        self.ending = .signalled(SIGKILL)
        self.scratch.unregister(self.pid)
    }

    /// Asks it to end with SIGTERM, and kills it with all its descendants when it does not within `grace`.
    public func terminate(grace: Duration = .seconds(5)) {
        let family = ProcessTable.tree(of: self.pid)
        self.signal(SIGTERM)
        try? waitUntil("it ends", within: grace) { self.poll() != nil }
        self.kill()
        for pid in family where pid != self.pid && ProcessTable.isRunning(pid) { Glibc.kill(pid, SIGKILL) }
    }
}

/// Runs `arguments` to the end.
public func run(
    _ arguments: [String], in scratch: Scratch, environment: [String: String] = [:],
    input: RunningProcess.Input = .null, within limit: Duration = .seconds(60)
) throws -> Outcome {
    try RunningProcess(arguments, in: scratch, environment: environment, input: input).wait(within: limit)
}

/// Runs `arguments` to the end with `text` as standard input, as much as it takes of it.
public func run(
    _ arguments: [String], in scratch: Scratch, typing text: String, within limit: Duration = .seconds(60)
) throws -> Outcome {
    let process = try RunningProcess(arguments, in: scratch, input: .pipe)
    try? process.write(text)
    process.closeInput()
    return try process.wait(within: limit)
}

/// Runs `arguments`, which must succeed, and returns what they printed.
@discardableResult
public func output(of arguments: [String], in scratch: Scratch) throws -> String {
    let outcome = try run(arguments, in: scratch)
    guard outcome.code == 0 else {
        throw HarnessError("\(arguments.joined(separator: " ")): \(outcome.ending): \(outcome.errorText)")
    }
    return outcome.text
}

/// The environment of every child: nothing of the caller's, so that an agent or a locale can't change a result.
func childEnvironment(_ scratch: Scratch, adding more: [String: String]) -> [String] {
    let base = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": scratch.directory.path,
        "LANG": "C.UTF-8", "TERM": "xterm-256color",
    ]
    return base.merging(more) { $1 }.map { "\($0)=\($1)" }
}

func writeAll(_ bytes: Data, to descriptor: CInt) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw HarnessError.system("write") }
        rest = rest.dropFirst(count)
    }
}

/// The next bytes; empty at the end. A terminal whose other side is gone (EIO) is at its end too.
func readSome(_ descriptor: CInt, atMost count: Int, within limit: Duration, of what: String) throws -> Data {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let milliseconds = limit.components.seconds * 1000 + limit.components.attoseconds / 1_000_000_000_000_000
    let ready = Glibc.poll(&waiting, 1, CInt(milliseconds))
    guard ready > 0 else { throw HarnessError("nothing came within \(limit) from \(what)") }
    var buffer = [UInt8](repeating: 0, count: count)
    let received = Glibc.read(descriptor, &buffer, count)
    if received < 0 && errno == EIO { return Data() }
    guard received >= 0 else { throw HarnessError.system("read \(what)") }
    return Data(buffer[..<received])
}

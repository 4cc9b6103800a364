import AdminAPI
import CPlatform
import FoundationEssentials
import GatewayConfiguration
import Glibc
import NIOPosix
import Platform

/// A program of the operator's that is told of events: one run for each, with `{"gateway": …, "rows": [ROW]}` on its
/// standard input, as a webhook gets it, and nothing else of the gateway: no environment, no descriptor, no shell. Ending
/// with 0 says that the event is received; anything else has it brought again later.
struct CommandReceiver: AuditReceiver {
    private let delivery: CommandDelivery

    var doubt: Duration { .zero }
    var batch: Int { 1 }

    /// - throws: ``ForwardingError`` when there is no such program.
    init(_ destination: CommandDestination, host: String) throws {
        guard let program = destination.command.first, access(program, X_OK) == 0 else {
            throw ForwardingError(
                "\(destination.name): \(destination.command.first ?? "-") is no program that can be run")
        }
        self.delivery = CommandDelivery(
            program: program, arguments: Array(destination.command.dropFirst()), host: host,
            timeoutMilliseconds: CInt(clamping: destination.timeoutSeconds * 1000))
    }

    func connect() async throws -> any AuditDelivery { self.delivery }
}

private struct CommandDelivery: AuditDelivery {
    let program: String
    let arguments: [String]
    let host: String
    let timeoutMilliseconds: CInt

    func deliver(_ rows: [AuditExportRow]) async throws {
        for row in rows {
            let event = try AdminJSON.encode(WebhookBody(gateway: self.host, rows: [row]))
            // A thread that may wait: nobody else's.
            let failure = try await NIOThreadPool.singleton.runIfActive { self.run(with: Array(event)) }
            if let failure { throw failure }
        }
    }

    func check() async throws {}
    func close() async {}

    /// Most of what a program says that is read; it is told in the log when it fails.
    private static let maximumSaid = 200

    private func run(with event: [UInt8]) -> ReceiverFailure? {
        do {
            let input = try Self.file(holding: event)
            let (output, end) = try Self.pipe()
            let child: ChildProcess
            do {
                let (given, said) = (try input.duplicate(), try end.duplicate())
                child = try ChildProcess(
                    path: self.program, arguments: self.arguments,
                    descriptors: [(given.rawValue, 0), (said.rawValue, 1), (said.rawValue, 2)])
                withExtendedLifetime((given, said)) {}
            }
            return self.wait(for: child, output)
        } catch {
            return ReceiverFailure(error.description)
        }
    }

    private func wait(for child: ChildProcess, _ output: SharedDescriptor) -> ReceiverFailure? {
        let deadline = Clock.monotonicNanoseconds() + UInt64(self.timeoutMilliseconds) * 1_000_000
        var said: [UInt8] = []
        var isListening = true
        while true {
            let now = Clock.monotonicNanoseconds()
            guard now < deadline else {
                child.kill()
                var handle = [pollfd(fd: child.pidfd.rawValue, events: Int16(POLLIN), revents: 0)]
                while child.reap() == nil { poll(&handle, 1, 1000) }
                return ReceiverFailure("did not end within \(self.timeoutMilliseconds / 1000) s, and was killed")
            }
            var handles = [
                pollfd(fd: child.pidfd.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isListening ? output.rawValue : -1, events: Int16(POLLIN), revents: 0),
            ]
            poll(&handles, 2, CInt(clamping: (deadline - now) / 1_000_000 + 1))
            if handles[1].revents != 0 {
                var piece = [UInt8](repeating: 0, count: 4096)
                let count = read(output.rawValue, &piece, piece.count)
                // What goes beyond is read, so that the program can end, and forgotten.
                if count > 0 { said += piece.prefix(min(count, max(0, Self.maximumSaid - said.count))) }
                if count <= 0 { isListening = false }
            }
            guard handles[0].revents != 0, let ending = child.reap() else { continue }
            guard ending != .exited(code: 0) else { return nil }
            let words = String(decoding: said, as: UTF8.self).unicodeScalars
                .filter { $0.value >= 0x20 && $0.value != 0x7F }
            let text = String(String.UnicodeScalarView(words))
            return ReceiverFailure("ended with \(ending)\(text.isEmpty ? "" : ": \(text)")")
        }
    }

    /// An open file without a name, at its beginning: a program that reads nothing holds nobody up.
    private static func file(holding bytes: [UInt8]) throws(SystemError) -> SharedDescriptor {
        let file = SharedDescriptor(
            OwnedDescriptor(takingOwnershipOf: try SystemError.check(sp_memory_file("event"), "make a file in memory")))
        let count = bytes.withUnsafeBytes { write(file.rawValue, $0.baseAddress, $0.count) }
        guard count == bytes.count, lseek(file.rawValue, 0, SEEK_SET) == 0 else {
            throw SystemError(code: errno, attempt: "write a file in memory")
        }
        return file
    }

    private static func pipe() throws(SystemError) -> (read: SharedDescriptor, write: SharedDescriptor) {
        var ends: [CInt] = [-1, -1]
        try SystemError.check(sp_pipe(&ends), "make a pipe")
        return (
            SharedDescriptor(OwnedDescriptor(takingOwnershipOf: ends[0])),
            SharedDescriptor(OwnedDescriptor(takingOwnershipOf: ends[1]))
        )
    }
}

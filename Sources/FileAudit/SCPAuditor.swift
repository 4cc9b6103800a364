import RecordingFormat

/// Follows the protocol of scp as rcp defined it: the source sends lines and content, the sink answers each line and
/// each file with a zero byte, or with a message (OpenSSH scp.c, `source` and `sink`).
final class SCPAuditor {
    private struct File {
        let path: [UInt8]
        /// In bytes, still to come.
        var rest: UInt64
        var moved = MovedBytes()
    }

    private enum Source {
        case line
        /// A file was announced; content follows if the sink agrees.
        case announced(File)
        case content(File)
        /// All content has come; a zero byte says that it is right, a message that it isn't.
        case verdict(File)
    }

    /// What the sink's next answer is about.
    private enum Answer {
        /// That it is ready.
        case start
        /// A line that changes nothing.
        case line
        case directory
        case announcement
        case file(File)
    }

    /// In bytes; a path component with what stands before it.
    private static let maximumLine = 8192
    private static let maximumDepth = 256
    /// In bytes: what systems take at most.
    private static let maximumPath = 4096

    private let command: SCPCommand
    private var source = Source.line
    private var line: [UInt8] = []
    private var directories: [[UInt8]] = []
    private var answers: [Answer] = [.start]
    /// The sink's message goes on to the end of its line.
    private var isInMessage = false

    init(_ command: SCPCommand) { self.command = command }

    private var direction: Direction { self.command.isSink ? .toTarget : .toClient }

    func received(
        _ bytes: UnsafeRawBufferPointer, _ direction: Direction, _ content: inout [Range<Int>],
        _ events: inout [EventBody]
    ) throws(FileAuditFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if direction == self.direction {
                try self.sourceSent(&rest, &content, &events)
            } else {
                self.sinkSent(rest.removeFirst(), &events)
            }
        }
    }

    // MARK: Source

    private func sourceSent(
        _ bytes: inout Slice<UnsafeRawBufferPointer>, _ content: inout [Range<Int>], _ events: inout [EventBody]
    ) throws(FileAuditFailure) {
        switch self.source {
        case .line:
            let byte = bytes.removeFirst()
            guard byte == UInt8(ascii: "\n") else {
                self.line.append(byte)
                guard self.line.count <= Self.maximumLine else {
                    throw FileAuditFailure(reason: "an scp line is too long")
                }
                return
            }
            defer { self.line = [] }
            try self.ended(line: self.line[...], &events)
        case .announced(let file):
            // A source that doesn't wait for the answer is one that takes it for granted.
            self.source = file.rest == 0 ? .verdict(file) : .content(file)
        case .content(var file):
            let part = bytes.prefix(Int(clamping: file.rest))
            bytes = bytes.dropFirst(part.count)
            content.append(part.startIndex..<part.endIndex)
            file.moved.append(UnsafeRawBufferPointer(rebasing: part))
            file.rest -= UInt64(part.count)
            self.source = file.rest == 0 ? .verdict(file) : .content(file)
        case .verdict(var file):
            self.source = .line
            if bytes.first == 0 {
                bytes.removeFirst()
            } else {
                // The message is read as a line of its own.
                file.moved.spoil()
            }
            try self.expect(.file(file))
        }
    }

    private func ended(line: ArraySlice<UInt8>, _ events: inout [EventBody]) throws(FileAuditFailure) {
        switch line.first {
        case UInt8(ascii: "C"):
            let (size, name) = try Self.fields(of: line)
            self.source = .announced(File(path: try self.path(of: name, &events), rest: size))
            try self.expect(.announcement)
        case UInt8(ascii: "D"):
            let (_, name) = try Self.fields(of: line)
            let path = try self.path(of: name, &events)
            guard self.directories.count < Self.maximumDepth, path.count <= Self.maximumPath else {
                throw FileAuditFailure(reason: "scp directories are too deep")
            }
            self.directories.append(path)
            try self.expect(.directory)
        case UInt8(ascii: "E"):
            _ = self.directories.popLast()
            try self.expect(.line)
        case UInt8(ascii: "T"): try self.expect(.line)
        // A warning, a fatal error: nobody answers.
        case 1, 2: break
        default: throw FileAuditFailure(reason: "this is not what scp sends")
        }
    }

    /// Of `C0644 1234 name`, with the letter.
    private static func fields(of line: ArraySlice<UInt8>) throws(FileAuditFailure) -> (size: UInt64, name: [UInt8]) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, let size = UInt64(String(decoding: words[1], as: UTF8.self)), size <= Int64.max else {
            throw FileAuditFailure(reason: "this is not what scp sends")
        }
        return (size, Array(words[2]))
    }

    private func path(of name: [UInt8], _ events: inout [EventBody]) throws(FileAuditFailure) -> [UInt8] {
        if let directory = self.directories.last { return directory + [UInt8(ascii: "/")] + name }
        let (path, isCertain) = self.command.place(of: name)
        if !isCertain { events.append(.marker(text: Array("scp sends ".utf8) + name)) }
        return path
    }

    private func expect(_ answer: Answer) throws(FileAuditFailure) {
        guard self.answers.count < FileAuditor.maximumOpenFiles else {
            throw FileAuditFailure(reason: "too many scp files wait for an answer")
        }
        self.answers.append(answer)
    }

    // MARK: Sink

    private func sinkSent(_ byte: UInt8, _ events: inout [EventBody]) {
        if self.isInMessage {
            self.isInMessage = byte != UInt8(ascii: "\n")
            return
        }
        let isAgreed = byte == 0
        self.isInMessage = !isAgreed
        guard !self.answers.isEmpty else { return }
        switch self.answers.removeFirst() {
        case .start, .line: break
        // The source leaves it out then.
        case .directory: if !isAgreed { _ = self.directories.popLast() }
        case .announcement:
            guard case .announced(let file) = self.source else { return }
            if !isAgreed {
                self.source = .line
            } else {
                self.source = file.rest == 0 ? .verdict(file) : .content(file)
            }
        case .file(var file):
            if !isAgreed { file.moved.spoil() }
            events.append(self.operation(of: file, isWhole: true))
        }
    }

    private func operation(of file: File, isWhole: Bool) -> EventBody {
        file.moved.operation(path: file.path, direction: self.direction, isWhole: isWhole)
    }

    /// Files whose content or answer is missing.
    var unfinished: [EventBody] {
        var events: [EventBody] = self.answers.compactMap {
            if case .file(let file) = $0 { self.operation(of: file, isWhole: false) } else { nil }
        }
        if case .content(let file) = self.source { events.append(self.operation(of: file, isWhole: false)) }
        if case .verdict(let file) = self.source { events.append(self.operation(of: file, isWhole: false)) }
        return events
    }
}

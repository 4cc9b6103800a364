/// Cuts a file, or a live stream of one, into records. Knows order and sizes, but neither keys nor signatures.
public struct RecordParser: Sendable {
    /// The first bytes of every file.
    public static let magic: [UInt8] = Array("SPR1".utf8)
    /// So many bytes of a file hold its first record, whose header names the keys.
    public static let longestStart = magic.count + RecordHeader.maximumSize + RecordingLimits.maximumHeaderBody

    private enum State: Hashable {
        case magic, firstRecord, records, sealed
        /// In the middle of a file, or at its first record.
        case resumed
        case failed(RecordingError)
    }
    private var state: State = .magic
    private var buffer: [UInt8] = []
    private var position = 0
    /// Bytes of the file that whole records (and the magic) have used up: the offset of the next record.
    public private(set) var offset: UInt64 = 0

    public init() {}

    /// Goes on in the middle of a file: `offset` is where a record begins.
    init(resumingAt offset: UInt64) {
        self.state = .resumed
        self.offset = offset
    }

    /// Bytes that were appended but do not make a whole record yet: after the last append, the torn record.
    public var buffered: Int { self.buffer.count - self.position }

    /// Gives the parser the next bytes of the file, however they are cut.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        self.compact()
        self.buffer.append(contentsOf: bytes)
    }

    /// Gives the parser the next bytes of the file, however they are cut.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        self.compact()
        self.buffer.append(contentsOf: bytes)
    }

    /// The next whole record, or nil if more bytes are needed. Call until nil after each append.
    /// - Throws: `notARecording`, `header` (the first record is not a header), `malformed` (illegal type, order or
    ///   size), `trailingData`. The parser stays failed.
    public mutating func next() throws(RecordingError) -> Record? {
        do {
            return try self.parse()
        } catch {
            self.state = .failed(error)
            throw error
        }
    }

    private mutating func parse() throws(RecordingError) -> Record? {
        switch self.state {
        case .failed(let error):
            throw error
        case .magic:
            let available = min(self.buffered, Self.magic.count)
            guard self.unread.prefix(available).elementsEqual(Self.magic.prefix(available)) else {
                throw RecordingError(.notARecording, at: 0, "the file does not begin with SPR1")
            }
            guard available == Self.magic.count else { return nil }
            self.advance(Self.magic.count)
            self.state = .firstRecord
        case .sealed:
            guard self.buffered == 0 else {
                throw RecordingError(.trailingData, at: self.offset, "something was added after the seal")
            }
            return nil
        case .firstRecord, .records, .resumed:
            break
        }
        return try self.record()
    }

    private mutating func record() throws(RecordingError) -> Record? {
        guard self.buffered > 0 else { return nil }
        let isFirst = self.state == .firstRecord
        let type = self.buffer[self.position]
        guard let kind = Record.Kind(type: type), isFirst == (kind == .header) || self.state == .resumed else {
            throw RecordingError(
                isFirst ? .header : .malformed, at: self.offset,
                isFirst ? "the first record is not a header" : "a record of type \(type) has no place here")
        }
        let header: RecordHeader?
        do {
            header = try RecordHeader(self.unread)
        } catch {
            throw RecordingError(
                isFirst ? .header : .malformed, at: self.offset, "a record of type \(type) has an illegal length")
        }
        guard let header, self.buffered >= header.size + header.bodyCount else { return nil }
        let start = self.position + header.size
        let body = Array(self.buffer[start..<start + header.bodyCount])
        let record = Record(kind: kind, offset: self.offset, body: body)
        self.advance(header.size + header.bodyCount)
        self.state = kind == .seal ? .sealed : .records
        return record
    }

    /// What `buffered` counts.
    var unread: ArraySlice<UInt8> { self.buffer[self.position...] }

    private mutating func advance(_ count: Int) {
        self.position += count
        self.offset += UInt64(count)
    }

    private mutating func compact() {
        guard self.position > 0 else { return }
        self.buffer.removeSubrange(..<self.position)
        self.position = 0
    }
}

/// Reads the frames of a file from any key frame on, fetching only the bytes it needs. Not thread safe.
///
/// It does not verify: a frame that the keys do not open is noted and passed over up to the next key frame.
public final class FrameReader {
    /// Gives up to so many bytes of the file from an offset on; fewer, or none, at its end.
    public typealias Read = (_ offset: UInt64, _ count: Int) throws -> [UInt8]

    /// Where a frame is.
    public struct Place: Hashable, Sendable {
        /// Of its record, in the file.
        public let offset: UInt64
        /// Its number.
        public let frame: UInt64

        public init(offset: UInt64, frame: UInt64) {
            self.offset = offset
            self.frame = frame
        }

        /// Right after the four bytes that begin a file.
        public static let start = Place(offset: UInt64(RecordParser.magic.count), frame: 0)
    }

    /// One frame.
    public struct Piece: Sendable {
        public let place: Place
        /// Reading can begin at it.
        public let isKey: Bool
        /// None if the keys do not open it, or if it is of an input track for others.
        public let events: [RecordedEvent]
    }

    private static let pieceBytes = 256 * 1024

    private let read: Read
    private let decoder: FrameDecoder
    private var parser = RecordParser(resumingAt: Place.start.offset)
    private var isAtEnd = false
    private var bad: [UInt64: RecordingStream.BadRecord] = [:]
    /// Nil until it was read.
    public private(set) var header: RecordingHeader?
    /// Nil until it was read.
    public private(set) var metadata: RecordingMetadata?

    /// Begins at the start of the file.
    public init(keys: RecordingSubkeys, read: @escaping Read) {
        self.decoder = FrameDecoder(keys: keys)
        self.read = read
    }

    /// What the keys did not open of what was read so far, in file order, each once.
    public var badRecords: [RecordingStream.BadRecord] { self.bad.values.sorted { $0.offset < $1.offset } }

    /// Where the next record begins, in the file.
    public var offset: UInt64 { self.parser.offset }

    /// Goes on at `place`: a key frame's, or the start.
    public func go(to place: Place) {
        self.parser = RecordParser(resumingAt: place.offset)
        self.decoder.startAtFrame(place.frame)
        self.isAtEnd = false
    }

    /// The next frame; nil at the end of the file, or where its records can't be followed any further.
    /// - Throws: what the reading function throws.
    public func next() throws -> Piece? {
        while let record = try self.nextRecord() {
            let place = Place(offset: record.offset, frame: self.decoder.nextFrame)
            if record.kind == .header { self.header = try? RecordingHeader(record) }
            do {
                if let metadata = try self.decoder.metadata(of: record) { self.metadata = self.metadata ?? metadata }
                let events = try self.decoder.events(of: record)
                guard case .frame(_, let isKey, _) = record.kind else { continue }
                return Piece(place: place, isKey: isKey, events: events)
            } catch {
                self.bad[record.offset] = RecordingStream.BadRecord(
                    frame: record.isFrame ? place.frame : nil, offset: record.offset, error: error)
                if case .frame(_, let isKey, _) = record.kind { return Piece(place: place, isKey: isKey, events: []) }
            }
        }
        return nil
    }

    private func nextRecord() throws -> Record? {
        while !self.isAtEnd {
            do {
                if let record = try self.parser.next() { return record }
            } catch {
                // Verification says what is wrong with it.
                self.isAtEnd = true
                return nil
            }
            let bytes = try self.read(self.parser.offset + UInt64(self.parser.buffered), Self.pieceBytes)
            self.isAtEnd = bytes.isEmpty
            self.parser.append(bytes)
        }
        return nil
    }
}

/// Reads a recording as it arrives: verifies it, and decodes it if there are keys. Not thread safe.
///
/// What is wrong with the file is never thrown, but found in `report`, `badRecords` and `readError`: reading goes on
/// as far as it can.
public final class RecordingStream {
    /// A record that the keys do not open.
    public struct BadRecord: Hashable, Sendable {
        /// Number of the frame; nil for a gateway record.
        public let frame: UInt64?
        /// Of the record, in the file.
        public let offset: UInt64
        public let error: RecordingError
    }

    private let verifier: RunningVerifier
    private let keysForHeader: (RecordingHeader) throws -> RecordingSubkeys?
    private var parser = RecordParser()
    private var decoder: FrameDecoder?
    public private(set) var header: RecordingHeader?
    /// Nil until it was read; nil for ever without keys.
    public private(set) var metadata: RecordingMetadata?
    /// Fingerprints of those who can read what was typed, if the keys can't.
    public private(set) var typedForOthers: [String]?
    /// In file order. Empty without keys.
    public private(set) var badRecords: [BadRecord] = []
    /// Why the records can't be followed any further.
    public private(set) var readError: RecordingError?

    /// - Parameters:
    ///   - expectedSigner: the gateway's public key, or nil to trust the one in the file.
    ///   - keys: called once, with the header; may throw, or give nil to verify only.
    public init(expectedSigner: [UInt8]? = nil, keys: @escaping (RecordingHeader) throws -> RecordingSubkeys?) {
        self.verifier = RunningVerifier(expectedSigner: expectedSigner)
        self.keysForHeader = keys
    }

    /// - Parameter keys: nil to verify only.
    public convenience init(expectedSigner: [UInt8]? = nil, keys: RecordingSubkeys? = nil) {
        self.init(expectedSigner: expectedSigner) { _ in keys }
    }

    /// Takes the next bytes of the file and returns the events that became whole.
    /// - Throws: what `keys` throws, once; from then on the stream only verifies.
    public func feed(_ bytes: some Collection<UInt8>) throws -> [RecordedEvent] {
        self.verifier.feed(bytes)
        guard self.readError == nil else { return [] }
        self.parser.append(bytes)
        var events: [RecordedEvent] = []
        while let record = self.nextRecord() {
            if record.kind == .header { try self.begin(record) }
            events += self.open(record)
        }
        return events
    }

    /// What verification says so far.
    public var report: VerificationReport { self.verifier.report }

    /// What verification says now that no more bytes will come.
    public func finish() -> VerificationReport { self.verifier.finish() }

    private func nextRecord() -> Record? {
        do {
            return try self.parser.next()
        } catch {
            self.readError = error
            return nil
        }
    }

    private func begin(_ record: Record) throws {
        let header: RecordingHeader
        do {
            header = try RecordingHeader(record)
        } catch {
            self.readError = error
            return
        }
        self.header = header
        let keys = try self.keysForHeader(header)
        self.typedForOthers = header.inputReaders(without: keys)
        self.decoder = keys.map(FrameDecoder.init)
    }

    private func open(_ record: Record) -> [RecordedEvent] {
        guard let decoder else { return [] }
        let number = record.isFrame ? decoder.nextFrame : nil
        do {
            if let metadata = try decoder.metadata(of: record) { self.metadata = self.metadata ?? metadata }
            return try decoder.events(of: record)
        } catch {
            self.badRecords.append(BadRecord(frame: number, offset: record.offset, error: error))
            return []
        }
    }
}

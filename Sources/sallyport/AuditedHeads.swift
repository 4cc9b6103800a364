import AdminAPI
import RecordingFormat

/// What an audit log says of one recording: how much of it there was, and what it was.
struct AuditedHeads {
    /// How a file compares.
    struct Finding {
        var isSound: Bool
        /// One line.
        var text: String
    }

    /// That the log has a row of the session at all.
    private let isKnown: Bool
    /// Fed with the file while it is read.
    let heads: AnchoredHeads
    /// Size of the sealed file, and the hash in its seal; nil while the session runs.
    private let end: AnchoredHeads.Head?
    /// When the log got the longest of them all.
    private let newest: Timestamp?

    private static let anchored = "SP5003I"
    /// Ended, and recovered after a crash.
    private static let ends: Set = ["SP4002I", "SP4004W"]

    /// - parameter events: rows of the log, which may be about other sessions too.
    init(_ events: [AuditEventInfo], session: String) {
        let rows = events.filter { $0.fields["session"] == session }
        self.isKnown = !rows.isEmpty
        self.heads = AnchoredHeads(rows.filter { $0.code == Self.anchored }.compactMap(Self.head))
        self.end = rows.last { Self.ends.contains($0.code) }.flatMap(Self.head)
        self.newest =
            rows.filter { $0.code == Self.anchored || Self.ends.contains($0.code) }
            .compactMap { event in Self.head(event).map { ($0.covered, event.time) } }.max { $0 < $1 }?.1
    }

    private static func head(_ event: AuditEventInfo) -> AnchoredHeads.Head? {
        guard let bytes = event.fields["bytes"].flatMap({ UInt64($0) }), let text = event.fields["head"] else {
            return nil
        }
        return AnchoredHeads.Head(covered: bytes, text: text)
    }

    /// How long the session had lasted when the log last heard of it, in microseconds.
    private func elapsed(since header: RecordingHeader?) -> UInt64? {
        guard let newest, let header else { return nil }
        let now = UInt64(clamping: newest.nanosecondsSince1970)
        return (max(now, header.started) - header.started) / 1000
    }

    /// After the whole file was fed to `heads`.
    /// - parameter report: what verification says of the file.
    func compared(with report: VerificationReport) -> Finding {
        guard self.isKnown else {
            return Finding(isSound: false, text: "unknown: the audit log has no such session")
        }
        if let broken = self.heads.broken {
            return Finding(
                isSound: false,
                text: "altered: the audit log holds another head of the first \(broken.covered) bytes")
        }
        if let known = [self.heads.last, self.end].compactMap({ $0 }).max(by: { $0.covered < $1.covered }),
            self.heads.size < known.covered
        {
            let time = self.elapsed(since: report.header).map { " of \(ElapsedText.text($0))" } ?? ""
            return Finding(
                isSound: false,
                text: "cut: the audit log knows \(known.covered) bytes\(time), the file ends after \(self.heads.size)")
        }
        let heads = self.heads.count == 1 ? "1 head" : "\(self.heads.count) heads"
        if let end = self.end {
            guard self.heads.size == end.covered, report.isComplete, report.vouched?.text == end.text else {
                return Finding(isSound: false, text: "altered: the audit log holds another seal")
            }
            return Finding(
                isSound: true, text: "the audit log holds its seal, and of what was before it \(heads)")
        }
        guard let last = self.heads.last else {
            return Finding(isSound: true, text: "the audit log holds no head of it yet")
        }
        return Finding(
            isSound: true,
            text: "the audit log holds \(heads), the last of \(last.covered) bytes")
    }
}

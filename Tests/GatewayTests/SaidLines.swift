import Logging
import Synchronization

/// A log that keeps what was said, for a test that fails to tell.
final class SaidLines: LogHandler {
    private let lines = Mutex<[String]>([])
    var text: String { self.lines.withLock { $0.joined(separator: "\n") } }

    var logLevel: Logger.Level {
        get { .debug }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { self.lines.withLock { $0.append("\(event.level): \(event.message)") } }
}

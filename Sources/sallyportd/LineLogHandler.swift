import AdminAPI
import Foundation
import GatewayConfiguration
import Logging
import Platform

/// A log on standard error for programs to read: a line for each message, as JSON or as the journal takes it.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level = .info
    private let form: Form

    enum Form: Sendable {
        /// An object with `time`, `level`, `message`, and what is said beside it as members of `fields`.
        case json
        /// Before each message its priority, as sd-daemon(3) has it.
        case journald
    }

    init(_ form: Form) { self.form = form }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = self.metadata.merging(self.metadataProvider?.get() ?? [:]) { $1 }
            .merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        let line: String
        switch self.form {
        case .json:
            let entry = Entry(
                time: Timestamp(nanosecondsSince1970: Clock.wallNanoseconds()), level: event.level.rawValue,
                message: "\(event.message)", fields: fields)
            guard let bytes = try? AdminJSON.encode(entry) else { return }
            line = String(decoding: bytes, as: UTF8.self)
        case .journald:
            let beside = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            line = Self.priority(event.level) + Self.oneLine("\(event.message)\(beside)")
        }
        // One write: lines of several threads stay whole.
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    private struct Entry: Encodable {
        var time: Timestamp
        var level: String
        var message: String
        var fields: [String: String]
    }

    private static func oneLine(_ text: String) -> String { text.replacing(/[\r\n]+/, with: " ") }

    private static func priority(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }
}

extension Logger {
    /// The daemon's own, in the form that the configuration names.
    init(_ configuration: GatewayConfiguration) {
        self.init(label: "sallyportd") { label in
            switch configuration.logFormat {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: LineLogHandler(.json)
            case .journald: LineLogHandler(.journald)
            }
        }
        self.logLevel = Level(rawValue: configuration.logLevel.rawValue) ?? .info
    }
}

import AdminAPI
import GatewayConfiguration
import Logging

/// Every receiver of one gateway's audit log.
public final class AuditForwarding: Sendable {
    private let forwarders: [AuditForwarder]

    /// - throws: ``ForwardingError`` for a file that can't be used.
    public init(
        syslog: [SyslogDestination], webhooks: [WebhookDestination], commands: [CommandDestination] = [],
        host: String, source: any AuditSource, log: Logger
    ) throws {
        self.forwarders =
            try syslog.map {
                AuditForwarder(
                    name: $0.name, kind: "syslog", receiver: try SyslogReceiver($0, host: host), source: source,
                    codes: $0.codes, log: log)
            }
            + webhooks.map {
                AuditForwarder(
                    name: $0.name, kind: "webhook", receiver: try WebhookReceiver($0, host: host), source: source,
                    codes: $0.codes, log: log)
            }
            + commands.map {
                AuditForwarder(
                    name: $0.name, kind: "command", receiver: try CommandReceiver($0, host: host), source: source,
                    codes: $0.codes, log: log)
            }
    }

    /// Until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            for forwarder in self.forwarders { group.addTask { await forwarder.run() } }
        }
    }

    /// How each receiver fares. `newest` is the position of the log's newest row.
    public func status(newest: UInt64) -> [AuditReceiverStatus] {
        self.forwarders.map {
            let state = $0.status
            return AuditReceiverStatus(
                name: $0.name, kind: $0.kind, received: state.position,
                behind: newest > state.position ? newest - state.position : 0, failure: state.failure)
        }
    }
}

/// A receiver that can't be set up: one line.
public struct ForwardingError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

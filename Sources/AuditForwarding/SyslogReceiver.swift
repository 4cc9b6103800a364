import AdminAPI
import CPlatform
import GatewayConfiguration
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A syslog server over TCP (RFC 6587) or TLS (RFC 5425).
struct SyslogReceiver: AuditReceiver {
    private let destination: SyslogDestination
    private let context: NIOSSLContext?
    private let message: SyslogMessage

    /// Syslog has no answer: a server that dies may have rows that its machine acknowledged and nobody read.
    var doubt: Duration { .seconds(5) }

    private static let connectTimeout = TimeAmount.seconds(10)

    init(_ destination: SyslogDestination, host: String) throws {
        self.destination = destination
        self.message = SyslogMessage(host: host, process: String(getpid()))
        self.context = try destination.tls.map {
            let configuration = try $0.configuration(for: destination.name)
            do {
                return try NIOSSLContext(configuration: configuration)
            } catch {
                throw ForwardingError("audit receiver \(destination.name): certificate and key don't fit each other")
            }
        }
    }

    func connect() async throws -> any AuditDelivery {
        let (context, host) = (self.context, self.destination.address.host)
        let watcher = SyslogConnection.Watcher()
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(Self.connectTimeout)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let context {
                            // An address can't be named in TLS's own field; its certificate is checked by itself.
                            let name = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: context, serverHostname: name))
                        }
                        try channel.pipeline.syncOperations.addHandler(watcher)
                    }
                }
                .connect(host: host, port: Int(self.destination.address.port)).get()
            return SyslogConnection(channel: channel, watcher: watcher, message: self.message)
        } catch {
            throw ReceiverFailure("can't be reached: \(Self.words(error))")
        }
    }

    /// What a person can use of an error of the network.
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if error.connectionErrors.isEmpty { return "its name can't be resolved" }
            return error.connectionErrors.first.map { Self.words($0.error) } ?? "no connection"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout: return "no answer in time"
        case let error as NIOSSLError: return "TLS: \(error)"
        case let error as NIOSSLExtraError: return "TLS: \(error)"
        default: return "\(error)"
        }
    }
}

/// One connection to a syslog server.
private struct SyslogConnection: AuditDelivery {
    let channel: any Channel
    let watcher: Watcher
    let message: SyslogMessage

    private static let patience = Duration.seconds(20)
    private static let pollInterval = Duration.milliseconds(5)

    /// Remembers why the connection ended, and drops what a server may send.
    final class Watcher: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let failure = Mutex<String?>(nil)
        var cause: String? { self.failure.withLock { $0 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            self.failure.withLock { $0 = $0 ?? SyslogReceiver.words(error) }
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.failure.withLock { $0 = $0 ?? "the connection was closed" }
        }
    }

    func deliver(_ rows: [AuditExportRow]) async throws {
        var buffer = self.channel.allocator.buffer(capacity: rows.count * 512)
        for row in rows { buffer.writeBytes(self.message.framed(row)) }
        // A server that takes nothing for so long is as good as down.
        let closing = self.channel.eventLoop.scheduleTask(in: .seconds(Self.patience.components.seconds)) {
            self.channel.close(promise: nil)
        }
        defer { closing.cancel() }
        do {
            try await self.channel.writeAndFlush(buffer)
            while try await self.unacknowledged() > 0 { try await Task.sleep(for: Self.pollInterval) }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ReceiverFailure(self.watcher.cause ?? "takes nothing more")
        }
        try await self.check()
    }

    func check() async throws {
        guard self.channel.isActive else {
            throw ReceiverFailure(self.watcher.cause ?? "the connection was closed")
        }
    }

    func close() async { try? await self.channel.close() }

    /// Bytes that the other machine has not acknowledged.
    private func unacknowledged() async throws -> CInt {
        let channel = self.channel
        return try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                sp_unsent_bytes($0)
            } ?? 0
        }.get()
    }
}

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// A connection over TLS, with a limit on their number.
struct SecureChannel: ServerChildChannel {
    let base: HTTP1Channel
    let certificate: ServerCertificate
    let counter: ConnectionCounter
    let limits: RequestDeadlines.Limits

    private struct OneTooMany: Error {}

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        guard self.counter.admit(channel) else {
            return channel.close().flatMapThrowing { throw OneTooMany() }
        }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: self.certificate.context))
        }.flatMap {
            self.base.setup(channel: channel, logger: logger)
        }.flatMapThrowing { value in
            // Beside the decoder, where answers are still parts.
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(RequestDeadlines(self.limits), position: .after(decoder))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await self.base.handle(value: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 over TLS.
    static func secure(
        _ certificate: ServerCertificate, counter: ConnectionCounter, limits: RequestDeadlines.Limits
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            let configuration = HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100))
            return SecureChannel(
                base: HTTP1Channel(responder: responder, configuration: configuration), certificate: certificate,
                counter: counter, limits: limits)
        }
    }
}

import NIOCore
import NIOHTTP1

/// Closes a connection whose client takes too long: to finish its handshake and its request's head, to send the body,
/// or to take what it asked for. Slow clients would hold connections that others need.
final class RequestDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    struct Limits: Sendable {
        /// From the connection, or the end of the answer before, to the end of a request's head.
        var head: TimeAmount = .seconds(20)
        /// From there to the end of its body.
        var body: TimeAmount = .seconds(30)
        /// For which an answer is held up by its client.
        var unwritable: TimeAmount = .seconds(60)
    }

    private let limits: Limits
    private var waitingForClient: Scheduled<Void>?
    private var waitingForRoom: Scheduled<Void>?

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) { self.expect(within: self.limits.head, context) }

    func handlerRemoved(context: ChannelHandlerContext) { self.stop() }

    func channelInactive(context: ChannelHandlerContext) {
        self.stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head: self.expect(within: self.limits.body, context)
        case .body: break
        case .end: self.waitingForClient?.cancel()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = self.unwrapOutboundIn(data) { self.expect(within: self.limits.head, context) }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.waitingForRoom?.cancel()
        self.waitingForRoom = context.channel.isWritable ? nil : Self.close(context, in: self.limits.unwritable)
        context.fireChannelWritabilityChanged()
    }

    private func expect(within limit: TimeAmount, _ context: ChannelHandlerContext) {
        self.waitingForClient?.cancel()
        self.waitingForClient = Self.close(context, in: limit)
    }

    private static func close(_ context: ChannelHandlerContext, in delay: TimeAmount) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: delay) { channel.close(promise: nil) }
    }

    private func stop() {
        self.waitingForClient?.cancel()
        self.waitingForRoom?.cancel()
    }
}

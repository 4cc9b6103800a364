import AdminAPI
import Hummingbird
import NIOCore

/// A request on its way through the API and the pages beside it.
public struct AdminRequestContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Process id of a peer of the control socket; 0 for others.
    private(set) var peerProcess: Int32 = 0
    private var identifiedActor: AdminActor?

    public init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.channel = source.channel
    }

    /// To be called once it is known who asks, and that they may ask at all.
    func identified(as actor: AdminActor, process: Int32 = 0) -> AdminRequestContext {
        var context = self
        context.identifiedActor = actor
        context.peerProcess = process
        return context
    }

    /// Address of the client, without its port.
    public var clientAddress: String { self.channel.remoteAddress?.ipAddress ?? "unknown" }

    /// Throws `AdminError` (denied) for a request that no middleware let in.
    var actor: AdminActor {
        get throws {
            guard let actor = self.identifiedActor else {
                throw AdminError(.denied, "the peer was not identified")
            }
            return actor
        }
    }

    /// A parameter of the route's template, decoded.
    public func parameter(_ name: String) throws -> String {
        guard let value = PercentEncoding.decode(try self.parameters.require(name)) else {
            throw AdminError(.invalidInput, "the path is not percent-encoded UTF-8")
        }
        return value
    }
}

import Hummingbird

/// What is served beside the API, over HTTPS alone. It sees to it itself who asks.
public protocol HTTPSPages: Sendable {
    func add(to router: Router<AdminRequestContext>)
}

import Hummingbird
import Synchronization

/// Counts the requests that have no answer yet, so that a shutdown can let them finish.
///
/// A streamed body is not counted: it may last as long as a session.
final class RequestsInFlight: RouterMiddleware {
    private let count = Atomic<Int>(0)

    func handle(
        _ request: Request, context: AdminRequestContext,
        next: (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        self.count.add(1, ordering: .relaxed)
        defer { self.count.subtract(1, ordering: .relaxed) }
        return try await next(request, context)
    }

    /// Returns when every request has its answer, or when `limit` has passed.
    func drain(limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        repeat {
            // The first wait also covers an answer that is made but not yet written.
            try? await Task.sleep(for: .milliseconds(20))
        } while self.count.load(ordering: .relaxed) > 0 && ContinuousClock.now < deadline
    }
}

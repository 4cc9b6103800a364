/// Why the server did not give what was asked. `message` is one line for the operator, without secrets.
public struct BaoError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, CaseIterable, Hashable, Sendable {
        /// No connection, no trusted certificate, or no answer in time.
        case unreachable
        /// The server has no key to its own storage.
        case sealed
        /// It is a standby, overloaded, or fails by itself.
        case unavailable
        /// The gateway's token or role may not do this, or can't log in.
        case denied
        /// There is no such path, field or role, or the newest version was deleted.
        case missing
        /// The answer, or what it holds, can't be used.
        case unusable
        /// A file of the gateway's own, such as that of the token, can't be read.
        case configuration
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }

    /// It may go by itself: nothing needs to be set otherwise.
    public var isPassing: Bool {
        switch self.code {
        case .unreachable, .sealed, .unavailable: true
        case .denied, .missing, .unusable, .configuration: false
        }
    }
}

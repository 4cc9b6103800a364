/// Why a sign-in could not be had from the provider. `message` is one line for the operator, without secrets.
public struct OIDCError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, CaseIterable, Hashable, Sendable {
        /// No connection, no trusted certificate, no answer in time, or the provider fails by itself.
        case unreachable
        /// The user, or the provider, has said no; or the time is over.
        case denied
        /// The answer can't be used: a token that isn't what it should be, or no provider at all.
        case unusable
        /// A file of the gateway's own can't be read.
        case configuration
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}

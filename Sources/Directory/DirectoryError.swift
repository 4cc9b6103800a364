/// Why a directory gave no answer. `message` is one line for the operator, without secrets.
public struct DirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, CaseIterable, Hashable, Sendable {
        /// No connection, no trusted certificate, or no answer in time: another server may do better.
        case unreachable
        /// The server doesn't let the gateway search.
        case denied
        /// The answer can't be used, or the settings don't fit the directory.
        case unusable
        /// A file of the gateway's own, such as that of the password, can't be read.
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

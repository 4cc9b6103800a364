/// Why the store refused or failed. `message` is one line without secrets.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A value can't be right, whatever is stored.
        case invalid
        case notFound
        /// Something of that name exists already.
        case conflict
        /// The database can't be opened, read or written.
        case database
        /// A directory or session file can't be made or opened.
        case recordingFile
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}

import Glibc

/// A system call that failed, with what it was for.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The value of `errno`.
    public let code: CInt
    /// What was tried, as a verb phrase: "open the recording directory".
    public let attempt: String

    public init(code: CInt, attempt: String) {
        self.code = code
        self.attempt = attempt
    }

    /// Throws the current `errno` when `result` is negative; else returns it.
    @discardableResult
    public static func check<Result: SignedInteger>(
        _ result: Result, _ attempt: @autoclosure () -> String
    ) throws(SystemError) -> Result {
        guard result < 0 else { return result }
        throw SystemError(code: errno, attempt: attempt())
    }

    /// The system's words for `code`.
    public var reason: String { String(cString: strerror(self.code)) }
    public var description: String { "cannot \(self.attempt): \(self.reason)" }
}

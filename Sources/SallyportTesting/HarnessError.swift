import Glibc

/// What went wrong in the harness itself, or a wait of a test that ran out.
public struct HarnessError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// The failure of the system call named `call`, with the current errno.
    static func system(_ call: String) -> HarnessError {
        HarnessError("\(call): \(String(cString: strerror(errno)))")
    }
}

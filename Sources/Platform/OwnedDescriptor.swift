import CPlatform
import Glibc

/// A file descriptor with one owner, closed when the owner lets go.
///
/// Closing ignores errors, so a file whose close can lose data needs `fdatasync` first.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, for the length of a call. It stays owned here.
    public let rawValue: CInt

    /// Takes ownership of `rawValue`: the caller must not use or close it again.
    public init(takingOwnershipOf rawValue: CInt) {
        precondition(rawValue >= 0, "callers check the system call's result before they wrap it")
        self.rawValue = rawValue
    }

    deinit { _ = Glibc.close(self.rawValue) }

    /// Gives the descriptor away: closing is now the receiver's duty.
    public consuming func release() -> CInt {
        let raw = self.rawValue
        discard self
        return raw
    }

    /// A second descriptor of the same open file, close-on-exec, numbered from ``lowestDuplicateNumber`` up.
    /// - throws: the system's error, such as EMFILE.
    public borrowing func duplicate() throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(
                sp_duplicate_close_on_exec(self.rawValue), "duplicate a descriptor"))
    }
}

/// Duplicates are numbered from here up, clear of the numbers that a child process inherits.
public let lowestDuplicateNumber: CInt = SP_LOWEST_DUPLICATE

/// An owned descriptor that can be shared and stored in collections. Closed with the last reference.
public final class SharedDescriptor: Sendable {
    private let descriptor: OwnedDescriptor
    public var rawValue: CInt { self.descriptor.rawValue }

    public init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// See ``OwnedDescriptor/duplicate()``.
    public func duplicate() throws(SystemError) -> SharedDescriptor {
        SharedDescriptor(try self.descriptor.duplicate())
    }
}

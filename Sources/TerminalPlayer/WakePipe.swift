import Glibc
import Platform

/// A pipe whose bytes wake a loop that polls. Writing never blocks, and is allowed in a signal handler.
struct WakePipe: Sendable {
    let output: SharedDescriptor
    let input: SharedDescriptor

    /// - throws: the system's error.
    init() throws {
        var ends: [CInt] = [-1, -1]
        try SystemError.check(pipe(&ends), "make a pipe")
        self.output = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: ends[0]))
        self.input = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: ends[1]))
        for end in ends {
            try SystemError.check(fcntl(end, F_SETFD, FD_CLOEXEC), "set up a pipe")
            try SystemError.check(fcntl(end, F_SETFL, O_NONBLOCK), "set up a pipe")
        }
    }
}

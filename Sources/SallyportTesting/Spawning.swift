import Glibc
import Synchronization

/// Held while a process is started and while a pipe is made: the imported headers have no pipe2, and a pipe that is
/// not yet close-on-exec must not be inherited.
private let spawning = Mutex(())

/// A close-on-exec pipe.
func makePipe() throws -> (read: CInt, write: CInt) {
    try spawning.withLock { _ in
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw HarnessError.system("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}

/// Starts a process in a session of its own, so that it and what it starts can be killed as a group.
///
/// With `terminal` set, that device becomes its standard streams and controlling terminal.
/// - returns: the pid, which is also the number of its process group.
func spawnProcess(
    _ arguments: [String], environment: [String], standardInput: CInt, standardOutput: CInt, standardError: CInt,
    terminal: String? = nil
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let terminal {
        // The first terminal that the leader of a session opens becomes its controlling terminal.
        posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, standardError >= 0 ? standardError : 0, 2)
    } else {
        posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        posix_spawn_file_actions_adddup2(&actions, standardOutput, 1)
        posix_spawn_file_actions_adddup2(&actions, standardError, 2)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | spawnInOwnSession)

    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let result = spawning.withLock { _ in
        posix_spawnp(&pid, arguments[0], &actions, &attributes, &argv, &envp)
    }
    guard result == 0 else {
        throw HarnessError("could not start \(arguments[0]): \(String(cString: strerror(result)))")
    }
    return pid
}

/// POSIX_SPAWN_SETSID of spawn.h, which the imported headers hide behind _GNU_SOURCE.
private let spawnInOwnSession: Int16 = 0x80

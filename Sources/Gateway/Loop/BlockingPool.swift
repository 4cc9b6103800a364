import CPlatform
import Glibc
import Synchronization

/// A few threads for work that may block, in order of arrival.
final class BlockingPool: Sendable {
    private let queue = Mutex<[@Sendable () -> Void]>([])
    private let available: Semaphore

    init(threads: Int, name: String) {
        self.available = Semaphore()
        for _ in 0..<threads {
            SystemThread.start(name: name) { [self] in
                while true {
                    self.available.wait()
                    let work = self.queue.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                    work?()
                }
            }
        }
    }

    /// Runs `work` on one of the threads.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            self.submit { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    /// Runs `work` on one of the threads, some time; a pool of one thread keeps the order.
    func submit(_ work: @escaping @Sendable () -> Void) {
        self.queue.withLock { $0.append(work) }
        self.available.signal()
    }
}

/// A counting semaphore of the C library.
// @unchecked Sendable: `sem_t` is made for sharing between threads (sem_init(3)) and doesn't move, since it is on the
// heap; the pointer to it never changes.
private final class Semaphore: @unchecked Sendable {
    private let pointer: UnsafeMutablePointer<sem_t>

    init() {
        self.pointer = .allocate(capacity: 1)
        sem_init(self.pointer, 0, 0)
    }

    deinit {
        sem_destroy(self.pointer)
        self.pointer.deallocate()
    }

    func wait() { while sem_wait(self.pointer) != 0 {} }
    func signal() { sem_post(self.pointer) }
}

/// Threads of the C library, detached.
enum SystemThread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts `body` on a thread of its own with all signals blocked.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        let argument = Unmanaged.passRetained(Body(name: name, run: body)).toOpaque()
        var thread = pthread_t()
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &previous)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                sp_set_thread_name(body.name)
                body.run()
                return nil
            }, argument)
        pthread_sigmask(SIG_SETMASK, &previous, nil)
        precondition(result == 0, "threads are started at launch, when the system has room for them")
        pthread_detach(thread)
    }
}

import CPlatform
import Glibc
import Platform
import Synchronization

/// The broker's thread: an epoll loop that is also the executor of the ``Broker`` actor, so that descriptors, timers and
/// calls from elsewhere take turns and the broker needs no lock.
///
/// Nothing on it may block: what can (the database, password hashing, hashing and syncing of recordings, name
/// resolution) goes to a ``BlockingPool``. That is what keeps kill fast.
// @unchecked Sendable: `inbox` has its own lock; the descriptors are immutable; everything else is touched by the
// loop's own thread only, which `precondition(isCurrent)` checks on every entry.
final class PollLoop: SerialExecutor, @unchecked Sendable {
    typealias Handler = @Sendable () -> Void

    private let inbox = Mutex<[UnownedJob]>([])
    private let epoll: OwnedDescriptor
    private let wakeup: OwnedDescriptor
    private var thread: pthread_t?
    private var handlers: [CInt: Handler] = [:]
    private var timers = TimerHeap()

    /// - throws: the system's error when the kernel gives no descriptors.
    init() throws(SystemError) {
        self.epoll = OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(epoll_create1(CInt(EPOLL_CLOEXEC)), "make an event loop"))
        self.wakeup = OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(
                eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)), "make an event loop"))
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = self.wakeup.rawValue
        try SystemError.check(
            epoll_ctl(self.epoll.rawValue, EPOLL_CTL_ADD, self.wakeup.rawValue, &event), "make an event loop")
    }

    /// Starts the thread. It runs until the process ends.
    func start() {
        SystemThread.start(name: "broker") { [self] in self.run() }
    }

    // MARK: Executor

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasEmpty = self.inbox.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        if wasEmpty { eventfd_write(self.wakeup.rawValue, 1) }
    }

    func checkIsolated() { precondition(self.isCurrent, "the broker's state belongs to its own thread") }

    private var isCurrent: Bool { self.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }

    private func runJobs() {
        let jobs = self.inbox.withLock { jobs in
            defer { jobs.removeAll(keepingCapacity: true) }
            return jobs
        }
        for job in jobs { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    // MARK: Descriptors and timers: on the loop's thread only

    /// Calls `handler` whenever `descriptor` is readable (or, for `writable`, writable), until ``unwatch(_:)``.
    func watch(_ descriptor: CInt, writable: Bool = false, _ handler: @escaping Handler) {
        self.checkIsolated()
        self.handlers[descriptor] = handler
        var event = epoll_event()
        event.events = writable ? EPOLLOUT.rawValue : EPOLLIN.rawValue
        event.data.fd = descriptor
        epoll_ctl(self.epoll.rawValue, EPOLL_CTL_ADD, descriptor, &event)
    }

    /// Before the descriptor is closed.
    func unwatch(_ descriptor: CInt) {
        self.checkIsolated()
        guard self.handlers.removeValue(forKey: descriptor) != nil else { return }
        epoll_ctl(self.epoll.rawValue, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Calls `handler` once, after `nanoseconds`.
    func after(nanoseconds: UInt64, _ handler: @escaping Handler) {
        self.checkIsolated()
        self.timers.insert(deadline: Clock.monotonicNanoseconds() + nanoseconds, handler)
    }

    private func run() {
        self.thread = pthread_self()
        var events = [epoll_event](repeating: epoll_event(), count: 128)
        while true {
            self.runJobs()
            while let handler = self.timers.popDue(at: Clock.monotonicNanoseconds()) { handler() }
            let count = epoll_wait(self.epoll.rawValue, &events, CInt(events.count), self.timeout)
            guard count > 0 else { continue }
            for event in events.prefix(Int(count)) {
                if event.data.fd == self.wakeup.rawValue {
                    var value: UInt64 = 0
                    eventfd_read(self.wakeup.rawValue, &value)
                } else {
                    // A handler earlier in this round may have taken this one away.
                    self.handlers[event.data.fd]?()
                }
            }
        }
    }

    private var timeout: CInt {
        guard let next = self.timers.next else { return -1 }
        let now = Clock.monotonicNanoseconds()
        return next > now ? CInt(clamping: (next - now + 999_999) / 1_000_000) : 0
    }
}

import CLDAP
import Dispatch
import Glibc
import Platform
import Synchronization

/// Cuts the sockets of one ``LDAPConnection`` at its deadline.
///
/// libldap 2.5 waits for ever in a TLS handshake with a server that has stopped, whatever time it was given.
final class SocketDeadline: Sendable {
    private struct State {
        /// Duplicates, so that no number means another socket by the time it is cut.
        var descriptors: [CInt] = []
        var isOver = false
    }

    private let state = Mutex(State())

    init(after nanoseconds: UInt64) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: nanoseconds))) { [weak self] in
            self?.cut()
        }
    }

    deinit { for descriptor in self.state.withLock({ $0.descriptors }) { close(descriptor) } }

    private func add(_ descriptor: CInt) {
        let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return }
        self.state.withLock { state in
            state.descriptors.append(duplicate)
            if state.isOver { shutdown(duplicate, CInt(SHUT_RDWR)) }
        }
    }

    private func cut() {
        self.state.withLock { state in
            state.isOver = true
            for descriptor in state.descriptors { shutdown(descriptor, CInt(SHUT_RDWR)) }
        }
    }

    /// What tells libldap to hand over each socket as soon as it is connected. The deadline must outlive its use.
    var callbacks: ldap_conncb {
        ldap_conncb(
            lc_add: { _, buffer, _, _, callbacks in
                guard let buffer, let argument = callbacks?.pointee.lc_arg else { return 0 }
                var descriptor: CInt = -1
                guard ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &descriptor) == 1 else { return 0 }
                Unmanaged<SocketDeadline>.fromOpaque(argument).takeUnretainedValue().add(descriptor)
                return 0
            },
            lc_del: { _, _, _ in }, lc_arg: Unmanaged.passUnretained(self).toOpaque())
    }
}

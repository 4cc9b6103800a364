import AdminAPI
import Glibc
import NIOCore

/// The process at the other end of a Unix socket, as the kernel names it (unix(7), SO_PEERCRED).
///
/// The fields have the types and the order of `struct ucred`, since the kernel fills them in.
struct PeerCredential: Sendable {
    var pid: pid_t
    var uid: uid_t
    var gid: gid_t
}

/// Finds out who sent a request.
typealias PeerIdentification = @Sendable (any Channel) async throws -> PeerCredential

extension PeerCredential {
    /// Throws `AdminError` (denied) when the channel is no Unix socket.
    static func ofSocket(_ channel: any Channel) async throws -> PeerCredential {
        guard let provider = channel as? any SocketOptionProvider else {
            throw AdminError(.denied, "the peer cannot be identified")
        }
        let credential: PeerCredential = try await provider.unsafeGetSocketOption(
            level: SocketOptionLevel(SOL_SOCKET), name: SocketOptionName(SO_PEERCRED)
        ).get()
        // What the kernel answers for a socket that has no peer credentials.
        guard credential.uid != uid_t.max else { throw AdminError(.denied, "the peer cannot be identified") }
        return credential
    }

    var actor: AdminActor {
        AdminActor(name: Self.loginName(of: self.uid) ?? "uid:\(self.uid)", uid: self.uid)
    }

    private static func loginName(of uid: uid_t) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress,
                getpwuid_r(uid, &entry, base, buffer.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return nil }
            return String(validatingCString: name)
        }
    }
}

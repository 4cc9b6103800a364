import SallyportTesting
import Testing

/// The whole product: real `sshd`, real clients, the debug binaries between them. One test runs at a time, since they
/// share servers and the machine's cores.
@Suite("end to end", .serialized)
struct EndToEnd {}

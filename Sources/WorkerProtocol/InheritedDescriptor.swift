/// The descriptors that a worker is born with. Everything else arrives over the broker socket.
public enum InheritedDescriptor {
    /// The accepted TCP connection of the admin's client.
    public static let client: CInt = 3
    /// The worker's end of the message socket to the broker.
    public static let broker: CInt = 4
    /// The worker's own program, by which it was started; of no use to it.
    public static let program: CInt = 5
}

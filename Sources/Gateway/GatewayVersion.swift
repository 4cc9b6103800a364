/// The product's version, as recordings, audit log, and status name it.
public enum GatewayVersion {
    public static let text = "0.1.0"
}

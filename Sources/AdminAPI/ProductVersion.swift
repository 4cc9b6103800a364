/// Version of the product; the gateway and the command line tool of one build agree in it.
public enum ProductVersion {
    public static let current = "0.1.0"
}

/// Where a forwarded connection goes, as people write it.
public enum ForwardPlaceText {
    /// `HOST:PORT`, or the path of a Unix socket, which stands for a host, with port 0.
    public static func line(_ host: [UInt8], _ port: UInt32, limit: Int = 1000) -> String {
        let text = SafeText.line(host, limit: limit)
        return port == 0 && host.first == UInt8(ascii: "/") ? text : "\(text):\(port)"
    }
}

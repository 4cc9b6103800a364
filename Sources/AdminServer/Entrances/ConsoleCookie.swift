import AdminAPI
import Hummingbird

/// The cookie of somebody who has signed in to the console (RFC 6265bis). Its prefix makes browsers take it over HTTPS
/// alone, for this host alone and from no other.
public enum ConsoleCookie {
    public static let name = "__Host-sallyport"
    /// No longer value is looked at.
    private static let longest = 256

    /// The value that a request shows; nil for none, or for several, which would leave it open which one counts.
    public static func value(in request: Request, named name: String = name) -> SecretField? {
        let pairs = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }
        let values = pairs.compactMap { pair -> Substring? in
            let parts = pair.drop(while: { $0 == " " }).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 && parts[0] == name ? parts[1] : nil
        }
        guard values.count == 1, let value = values.first, !value.isEmpty, value.utf8.count <= self.longest else {
            return nil
        }
        return SecretField(Array(value.utf8))
    }

    /// The header's value that has a browser keep `value`, until it is closed.
    /// - parameter crossing: it is shown too when the browser comes back from another site.
    public static func keeping(
        _ value: SecretField, named name: String = name, crossing: Bool = false
    ) -> String {
        "\(name)=\(String(decoding: value.bytes, as: UTF8.self)); Path=/; Secure; HttpOnly; "
            + "SameSite=\(crossing ? "Lax" : "Strict")"
    }

    /// The header's value that has a browser forget it.
    public static func forgetting(named name: String = name) -> String {
        "\(name)=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"
    }
}

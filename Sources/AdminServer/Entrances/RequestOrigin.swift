import Hummingbird

/// Whether a request comes from a page of the same origin, as far as its browser says (Fetch Metadata; RFC 6454).
public enum RequestOrigin {
    public static func isOwn(_ request: Request) -> Bool {
        if let site = request.headers[.init("Sec-Fetch-Site")!] { return site == "same-origin" }
        // Older browsers, and no browsers: these show no cookie that somebody else could use.
        guard let origin = request.headers[.origin] else { return true }
        return request.head.authority.map { origin == "https://\($0)" } ?? false
    }
}

public enum ConstantTime {
    /// In a time that says nothing of where the two differ.
    public static func equal(_ first: String, _ second: String) -> Bool {
        let (first, second) = (Array(first.utf8), Array(second.utf8))
        guard first.count == second.count else { return false }
        return zip(first, second).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

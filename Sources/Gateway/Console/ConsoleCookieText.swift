import Crypto
import Foundation

/// The value of a cookie of the web console: 256 random bits in base64. What is kept of it is its SHA-256, as of tokens.
struct ConsoleCookieText {
    let text: String
    private static let length = 43

    private init(text: String) { self.text = text }

    static func random() -> ConsoleCookieText {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        return ConsoleCookieText(text: Self.base64(bytes))
    }

    /// Nil for what has not the form of one.
    init?(shown bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    var hash: [UInt8] { Array(SHA256.hash(data: Data(self.text.utf8))) }

    /// What pages show back, to prove that they are the browser's own: whoever doesn't know the cookie can't make it, and
    /// it doesn't lead back to the cookie.
    var csrf: String {
        Self.base64(Data(SHA256.hash(data: Data("sallyport console csrf\0\(self.text)".utf8))))
    }

    private static func base64(_ bytes: Data) -> String {
        bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

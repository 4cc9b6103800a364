import AdminAPI
import AdminServer
import FoundationEssentials
import Hummingbird

/// A line that the page after a form shows once.
enum FlashNote {
    private static let name = "__Host-sallyport-note"
    /// In bytes: what a cookie may be as a whole is 4 KiB.
    private static let longest = 150

    static func keeping(_ note: String) -> String {
        let text = Data(note.utf8.prefix(self.longest)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return ConsoleCookie.keeping(SecretField(Array(text.utf8)), named: self.name)
    }

    static func note(in request: Request) -> String? {
        guard let value = ConsoleCookie.value(in: request, named: self.name) else { return nil }
        var text = String(decoding: value.bytes, as: UTF8.self).replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) }
    }

    static var forgetting: String { ConsoleCookie.forgetting(named: self.name) }
}

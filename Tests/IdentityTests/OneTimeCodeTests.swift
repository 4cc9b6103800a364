import Platform
import Testing
import Vault

@testable import Identity

@Suite("One-time codes")
struct OneTimeCodeTests {
    private let secret = SecretBytes(copying: Array("12345678901234567890".utf8))

    private func code(step: Int64) throws -> [UInt8] {
        try OneTimeCodes(key: self.secret).code(step: UInt64(step)).withUnsafeBytes { Array($0) }
    }

    @Test(
        "codes are those of RFC 6238, appendix B, in six digits",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func vectors(_ seconds: Int64, _ code: String) throws {
        #expect(try self.code(step: OneTimeCode.step(at: seconds)) == Array(code.utf8))
    }

    @Test("a code is good a step before and after its own, once, and nothing older than it afterwards")
    func acceptance() throws {
        let now: Int64 = 1_234_567_890
        let step = OneTimeCode.step(at: now)
        func accepted(_ ahead: Int64, after last: Int64 = 0) throws -> Int64? {
            let code = try self.code(step: step + ahead)
            return OneTimeCode.acceptedStep(code, secret: self.secret, at: now, after: last)
        }
        for ahead: Int64 in -1...1 { #expect(try accepted(ahead) == step + ahead) }
        #expect(try accepted(-2) == nil)
        #expect(try accepted(2) == nil)
        #expect(try accepted(0, after: step) == nil)
        #expect(try accepted(-1, after: step) == nil)
        #expect(try accepted(1, after: step) == step + 1)
        for text in ["", "0", "00592", "0059240", "x05924", "005925"] {
            #expect(OneTimeCode.acceptedStep(Array(text.utf8), secret: self.secret, at: now, after: 0) == nil)
        }
    }

    @Test("the URI holds the secret in base32, and names that can't break it")
    func uri() {
        let uri = OneTimeCode.uri(secret: self.secret, user: "a@b+c&d", issuer: "Sallyport")
        #expect(
            uri == "otpauth://totp/Sallyport:a%40b%2Bc%26d?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sallyport")
    }

    @Test("base32 is that of RFC 4648, without padding")
    func base32() {
        let pairs = [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ]
        for (text, expected) in pairs { #expect(Base32.encode(Array(text.utf8)) == expected) }
    }

    @Test("recovery codes are known again however they are typed, and belong to one user")
    func recoveryCodes() throws {
        let code = RecoveryCode.random()
        #expect(code.wholeMatch(of: /([a-z2-7]{4}-){3}[a-z2-7]{4}/) != nil)
        #expect(code != RecoveryCode.random())
        let hash = try #require(RecoveryCode.hash(Array(code.utf8), user: "alice"))
        let typed = code.uppercased().replacing("-", with: " ")
        #expect(RecoveryCode.hash(Array(typed.utf8), user: "alice") == hash)
        #expect(RecoveryCode.hash(Array(code.utf8), user: "bob") != hash)
        #expect(RecoveryCode.hash(Array("123456".utf8), user: "alice") == nil)
    }
}

import Foundation
import Platform
import Testing

@testable import Vault

@Suite("One-time codes")
struct OneTimeCodesTests {
    private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

    /// RFC 6238 appendix B: eight digits, a seed of ASCII digits as long as the hash.
    @Test(
        "the codes are those of RFC 6238",
        arguments: [
            (59, "94287082", "46119246", "90693936"), (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"), (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"), (20_000_000_000, "65353130", "77737706", "47863826"),
        ] as [(UInt64, String, String, String)])
    func standard(time: UInt64, sha1: String, sha256: String, sha512: String) throws {
        for (hash, length, expected) in [
            (OneTimeCodes.Hash.sha1, 20, sha1), (.sha256, 32, sha256), (.sha512, 64, sha512),
        ] {
            let seed = String(String(repeating: "1234567890", count: 7).prefix(length))
            let codes = try OneTimeCodes(key: self.secret(seed), hash: hash, digits: 8)
            #expect(codes.code(step: codes.step(at: time)).bytes == Array(expected.utf8), "\(hash)")
        }
    }

    @Test(
        "seeds are read in base32 and as addresses",
        arguments: [
            ("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", OneTimeCodes.Hash.sha1, 6, 30),
            ("jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp\n", .sha1, 6, 30),
            ("JBSWY3DPEHPK3PXP-JBSWY3DPEHPK3PXP====", .sha1, 6, 30),
            ("otpauth://totp/web1:root?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=web1", .sha1, 6, 30),
            (
                "otpauth://totp/x?period=60&digits=8&algorithm=SHA512&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP%3D%3D",
                .sha512, 8, 60
            ),
            ("OTPAUTH://totp/?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=sha-256", .sha256, 6, 30),
        ])
    func texts(text: String, hash: OneTimeCodes.Hash, digits: Int, period: Int) throws {
        let codes = try OneTimeCodes(reading: self.secret(text))
        #expect(codes.hash == hash && codes.digits == digits && codes.periodSeconds == period)
        // As another program makes them.
        let other = try run(
            "oathtool", "--totp=\(hash.rawValue)", "--digits=\(digits)", "--time-step-size=\(period)s", "--now",
            "@1700000000", "--base32", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        try #require(other.status == 0, "\(other.output)")
        let ours = codes.code(step: codes.step(at: 1_700_000_000)).bytes
        #expect(String(decoding: ours, as: UTF8.self) + "\n" == other.output)
    }

    @Test(
        "what is no seed is refused without repeating it",
        arguments: [
            ("", "not base32"), ("JBSWY3DPEHPK3PX1JBSWY3DPEHPK3PX1", "not base32"), ("JBSWY3DP", "5 bytes"),
            ("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPA", "not base32"), ("=JBSWY3DPEHPK3PXPJBSWY3DP", "not base32"),
            ("otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1", "not for codes by time"),
            ("otpauth://totp/x?issuer=y", "no secret"),
            ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=99", "99 digits"),
            ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=0", "bad number"),
            ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=MD5", "algorithm"),
            (String(repeating: "A", count: 5000), "longer than"),
        ])
    func refused(text: String, words: String) throws {
        let error = #expect(throws: VaultError.self) { try OneTimeCodes(reading: self.secret(text)) }
        #expect(error?.code == .seed)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("JBSW") == false)
    }

    @Test("a sealed seed gives the same codes, for its own question only")
    func sealed() throws {
        let vault = Vault(.random())
        let codes = try OneTimeCodes(
            reading: self.secret("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=8&period=60&algorithm=SHA256"))
        let binding = SecretBinding.oneTimeCodes(target: "web1", account: "root", question: "*code*")
        let blob = try vault.sealCodes(codes, for: binding)
        let opened = try vault.openCodes(blob, for: binding)
        #expect(opened.code(step: 7).bytes == codes.code(step: 7).bytes)
        #expect(opened.digits == 8 && opened.periodSeconds == 60 && opened.hash == .sha256)
        let other = SecretBinding.oneTimeCodes(target: "web1", account: "root", question: "*token*")
        #expect(throws: VaultError.self) { try vault.openCodes(blob, for: other) }
    }
}

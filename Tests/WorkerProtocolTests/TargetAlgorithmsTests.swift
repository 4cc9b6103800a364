import Testing
import WorkerProtocol

@Suite("algorithms of a target")
struct TargetAlgorithmsTests {
    @Test(
        "the text form reads back as it was written",
        arguments: [
            "modern", "legacy", "modern kex=curve25519-sha256", "legacy ciphers=aes128-cbc,3des-cbc macs=hmac-sha1",
        ])
    func roundTrip(text: String) throws {
        let algorithms = try TargetAlgorithms(text)
        #expect(algorithms.text == text)
        #expect(try TargetAlgorithms(algorithms.text) == algorithms)
    }

    @Test("lists without a profile stand beside the modern ones")
    func listsAlone() throws {
        let algorithms = try TargetAlgorithms("host-keys=ssh-rsa")
        #expect(algorithms.text == "modern host-keys=ssh-rsa")
        #expect(algorithms.names(of: .hostKeys) == ["ssh-rsa"])
        #expect(algorithms.names(of: .ciphers) == TargetAlgorithms.modern.names(of: .ciphers))
        #expect(!algorithms.signsWithSHA1)
        #expect(try TargetAlgorithms("user-keys=ssh-rsa").signsWithSHA1)
    }

    @Test("legacy prefers everything modern, and modern knows nothing old", arguments: TargetAlgorithms.Kind.allCases)
    func profiles(kind: TargetAlgorithms.Kind) {
        let modern = TargetAlgorithms.modern.names(of: kind)
        let legacy = TargetAlgorithms.legacy.names(of: kind)
        #expect(legacy.starts(with: modern))
        #expect(legacy.count > modern.count)
        for name in modern {
            #expect(!name.hasSuffix("sha1") && !name.contains("cbc") && name != "ssh-rsa" && !name.contains("sha1-"))
        }
    }

    @Test(
        "what can't be served is named, with what can",
        arguments: [
            ("host-keys=ssh-dss", "host-keys: DSA keys can't be served: libssh has no DSA"),
            ("ciphers=aes128-ctr,arcfour", "ciphers: arcfour can't be served"),
            ("kex=", "kex:  can't be served"), ("ancient", "ancient is neither a profile nor a list of algorithms"),
            ("kex=curve25519-sha256 kex=curve25519-sha256", "kex is given twice"), ("", "no algorithms are named"),
            (String(repeating: "a", count: 2049), "the list of algorithms is longer than 2048 bytes"),
        ])
    func problems(text: String, message: String) {
        let problem = #expect(throws: TargetAlgorithms.Problem.self) { try TargetAlgorithms(text) }
        #expect(problem?.message == message)
        #expect(problem?.hint.isEmpty == false)
    }
}

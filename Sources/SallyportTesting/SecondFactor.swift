import Foundation

/// A user's authenticator app, as an independent implementation reckons it.
public struct SecondFactor: Sendable {
    private let secret: String
    private let scratch: Scratch
    /// Each for one login.
    public let recoveryCodes: [String]

    /// Enrols `user`. The codes of the current step and of later ones are still unused.
    public init(enrolling user: String, on gateway: TestGateway) throws {
        self.scratch = gateway.scratch
        struct Enrolment: Decodable { let uri: String }
        let text = try gateway.administer("user", "totp", "enrol", user, "--json")
        let uri = try JSONDecoder().decode(Enrolment.self, from: Data(text.utf8)).uri
        guard
            let secret = URLComponents(string: uri)?.queryItems?.first(where: { $0.name == "secret" })?.value,
            uri.hasPrefix("otpauth://totp/Sallyport:")
        else { throw HarnessError("no secret in \(uri)") }
        self.secret = secret
        struct Codes: Decodable { let recoveryCodes: [String] }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        // A step may end between the code and its use, which makes it too old.
        var confirmed = ""
        for attempt in 1...2 {
            let code = try Self.code(of: secret, stepsAhead: -1, in: self.scratch)
            do {
                confirmed = try gateway.administer("user", "totp", "confirm", user, "--json", input: code + "\n")
                break
            } catch  where attempt == 1 { continue }
        }
        self.recoveryCodes = try decoder.decode(Codes.self, from: Data(confirmed.utf8)).recoveryCodes
    }

    /// The code of the current step, or of one some steps away.
    public func code(stepsAhead: Int = 0) throws -> String {
        try Self.code(of: self.secret, stepsAhead: stepsAhead, in: self.scratch)
    }

    private static func code(of secret: String, stepsAhead: Int, in scratch: Scratch) throws -> String {
        let program = """
            import base64, hashlib, hmac, struct, sys, time
            step = int(time.time()) // 30 + int(sys.argv[2])
            mac = hmac.new(base64.b32decode(sys.argv[1]), struct.pack(">q", step), hashlib.sha1).digest()
            at = mac[19] & 15
            print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000))
            """
        return try output(of: ["python3", "-c", program, secret, "\(stepsAhead)"], in: scratch)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The broker's word on an ``AuthenticationAttempt``.
public enum AuthenticationAnswer: Hashable, Sendable {
    /// The user is who they say; or, for an offered key, it would be accepted once proved.
    case accepted
    /// `partially` when the attempt was right and more is needed (RFC 4252 section 5.1).
    case denied(canContinue: LoginMethods, partially: Bool)
    /// Denied, and this was the last attempt.
    case disconnect
    /// The client is to be asked; only for keyboard-interactive.
    case ask(AuthenticationPrompts)
}

/// Authentication methods of SSH.
public struct LoginMethods: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let publicKey = LoginMethods(rawValue: 1 << 0)
    public static let password = LoginMethods(rawValue: 1 << 1)
    public static let keyboardInteractive = LoginMethods(rawValue: 1 << 2)
    public static let all: LoginMethods = [.publicKey, .password, .keyboardInteractive]

    /// Their names, as in the name-list of SSH_MSG_USERAUTH_FAILURE.
    public var names: [String] {
        [(Self.publicKey, "publickey"), (.password, "password"), (.keyboardInteractive, "keyboard-interactive")]
            .filter { self.contains($0.0) }.map(\.1)
    }
}

/// One SSH_MSG_USERAUTH_INFO_REQUEST (RFC 4256 section 3.2).
public struct AuthenticationPrompts: Hashable, Sendable {
    public struct Prompt: Hashable, Sendable {
        public var text: [UInt8]
        /// Whether the client shows what is typed.
        public var echo: Bool

        public init(text: [UInt8], echo: Bool) {
            self.text = text
            self.echo = echo
        }
    }

    /// Text above the prompts; may be empty.
    public var instruction: [UInt8]
    public var prompts: [Prompt]

    public init(instruction: [UInt8] = [], prompts: [Prompt]) {
        self.instruction = instruction
        self.prompts = prompts
    }
}

extension AuthenticationAnswer {
    private enum Kind: UInt8 {
        case accepted = 1
        case denied, disconnect, ask
    }

    func write(to writer: inout WireWriter) {
        switch self {
        case .accepted: writer.write(Kind.accepted.rawValue)
        case .denied(let methods, let partially):
            writer.write(Kind.denied.rawValue)
            writer.write(methods.rawValue)
            writer.write(UInt8(partially ? 1 : 0))
        case .disconnect: writer.write(Kind.disconnect.rawValue)
        case .ask(let prompts):
            writer.write(Kind.ask.rawValue)
            writer.write(prompts.instruction)
            writer.write(UInt32(prompts.prompts.count))
            for prompt in prompts.prompts {
                writer.write(prompt.text)
                writer.write(UInt8(prompt.echo ? 1 : 0))
            }
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        guard let kind = Kind(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
        func flag() throws(WireError) -> Bool {
            let value = try reader.read(UInt8.self)
            guard value <= 1 else { throw .unknownKind }
            return value == 1
        }
        switch kind {
        case .accepted: self = .accepted
        case .denied:
            let methods = LoginMethods(rawValue: try reader.read(UInt8.self))
            guard methods.isSubset(of: .all) else { throw .unknownKind }
            self = .denied(canContinue: methods, partially: try flag())
        case .disconnect: self = .disconnect
        case .ask:
            let instruction = try reader.read(limit: WireLimits.text)
            var prompts: [AuthenticationPrompts.Prompt] = []
            for _ in 0..<(try reader.readCount(limit: WireLimits.prompts)) {
                let text = try reader.read(limit: WireLimits.text)
                prompts.append(AuthenticationPrompts.Prompt(text: text, echo: try flag()))
            }
            self = .ask(AuthenticationPrompts(instruction: instruction, prompts: prompts))
        }
    }
}

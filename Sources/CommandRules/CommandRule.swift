/// What happens when somebody is about to run a command that fits a pattern.
public struct CommandRule: Hashable, Sendable {
    /// From the mildest to the strictest.
    public enum Action: UInt8, Hashable, Sendable, CaseIterable, Comparable {
        /// It runs, and is told of.
        case alert = 1
        /// It waits for a supervisor.
        case hold = 2
        /// It doesn't run, and the session is locked.
        case lock = 3
        /// It doesn't run, and the session is ended.
        case kill = 4

        public static func < (left: Action, right: Action) -> Bool { left.rawValue < right.rawValue }

        public var word: String {
            switch self {
            case .alert: "alert"
            case .hold: "hold"
            case .lock: "lock"
            case .kill: "kill"
            }
        }
    }

    /// Why a rule can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// Most of a grant, and of a session.
    public static let maximumCount = 32
    public static let maximumNameBytes = 32

    /// Letters, digits, `-` and `_`.
    public let name: String
    public let action: Action
    public let pattern: CommandPattern

    /// Reads `NAME ACTION PATTERN`; the pattern goes on to the end of the line, spaces and all.
    public init(parsing text: String) throws(Invalid) {
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, !words[2].isEmpty else {
            throw Invalid(message: "a command rule is NAME alert|hold|lock|kill PATTERN")
        }
        let isName =
            !words[0].isEmpty && words[0].utf8.count <= Self.maximumNameBytes
            && words[0].utf8.allSatisfy { ByteSet.word.contains($0) || $0 == UInt8(ascii: "-") }
        guard isName else {
            throw Invalid(
                message: "a command rule's name has up to \(Self.maximumNameBytes) letters, digits, - and _")
        }
        guard let action = Action.allCases.first(where: { $0.word == words[1] }) else {
            throw Invalid(message: "the command rule \(words[0]) says neither alert, hold, lock nor kill")
        }
        guard words[2].utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw Invalid(message: "the command rule \(words[0]) has a control character")
        }
        self.name = words[0]
        self.action = action
        do {
            self.pattern = try CommandPattern(words[2])
        } catch {
            throw Invalid(message: "the command rule \(words[0]): \(error.message)")
        }
    }

    /// As ``init(parsing:)`` reads it.
    public var text: String { "\(self.name) \(self.action.word) \(self.pattern.text)" }
}

extension CommandRule {
    /// The rules that a line fits, the strictest first, then by name.
    public static func matching(_ line: some Collection<UInt8>, among rules: [CommandRule]) -> [CommandRule] {
        rules.filter { $0.pattern.matches(line) }
            .sorted { $0.action != $1.action ? $0.action > $1.action : $0.name < $1.name }
    }
}

/// A regular expression over bytes, of a subset that is matched in linear time: the text may be hostile, and so may be
/// who writes it. docs/supervision.md has the syntax.
///
/// The pattern becomes a nondeterministic automaton whose states are all followed at once (Thompson's construction), so
/// that a text of n bytes takes at most n times the number of states, whatever the two look like.
public struct CommandPattern: Hashable, Sendable {
    /// Longest pattern, in bytes.
    public static let maximumBytes = 256
    /// Most states that a pattern may have; repetitions cost as many as they repeat.
    public static let maximumStates = 2048
    static let maximumDepth = 32

    /// Why a pattern can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// As it was written.
    public let text: String
    let program: [State]

    enum State: Hashable, Sendable {
        case bytes(ByteSet, next: Int)
        /// Both ways without a byte.
        case fork(Int, Int)
        case lineStart(next: Int)
        case lineEnd(next: Int)
        case wordEdge(isEdge: Bool, next: Int)
        case match
    }

    public init(_ text: String) throws(Invalid) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw Invalid(message: "a pattern may have at most \(Self.maximumBytes) bytes")
        }
        var parser = PatternParser(Array(text.utf8))
        let tree = try parser.whole()
        var compiler = PatternCompiler()
        self.program = try compiler.program(of: tree)
        self.text = text
    }

    /// Whether it matches anywhere in the line. `^` and `$` mean the line's ends.
    public func matches(_ line: some Collection<UInt8>) -> Bool {
        let line = Array(line)
        var alive = [Bool](repeating: false, count: self.program.count)
        for position in 0...line.count {
            self.follow(0, at: position, in: line, &alive)
            if alive[self.program.count - 1] { return true }
            guard position < line.count else { break }
            var next = [Bool](repeating: false, count: self.program.count)
            for (index, state) in self.program.enumerated() where alive[index] {
                guard case .bytes(let set, let target) = state, set.contains(line[position]) else { continue }
                self.follow(target, at: position + 1, in: line, &next)
            }
            alive = next
        }
        return false
    }

    /// Marks a state and all that are reached from it without a byte.
    private func follow(_ first: Int, at position: Int, in line: [UInt8], _ alive: inout [Bool]) {
        var open = [first]
        while let index = open.popLast() {
            guard !alive[index] else { continue }
            alive[index] = true
            switch self.program[index] {
            case .fork(let one, let other): open += [one, other]
            case .lineStart(let next): if position == 0 { open.append(next) }
            case .lineEnd(let next): if position == line.count { open.append(next) }
            case .wordEdge(let isEdge, let next):
                let before = position > 0 && ByteSet.word.contains(line[position - 1])
                let after = position < line.count && ByteSet.word.contains(line[position])
                if (before != after) == isEdge { open.append(next) }
            case .bytes, .match: break
            }
        }
    }

    public static func == (left: CommandPattern, right: CommandPattern) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(self.text) }
}

/// A set of bytes.
struct ByteSet: Hashable, Sendable {
    private var low: UInt64 = 0, second: UInt64 = 0, third: UInt64 = 0, high: UInt64 = 0

    init() {}
    init(_ bytes: some Sequence<UInt8>) { for byte in bytes { self.insert(byte) } }

    mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: self.low |= bit
        case 1: self.second |= bit
        case 2: self.third |= bit
        default: self.high |= bit
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        self.low |= other.low
        self.second |= other.second
        self.third |= other.third
        self.high |= other.high
    }

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: self.low
            case 1: self.second
            case 2: self.third
            default: self.high
            }
        return word >> UInt64(byte & 63) & 1 == 1
    }

    var inverted: ByteSet {
        var set = self
        (set.low, set.second, set.third, set.high) = (~self.low, ~self.second, ~self.third, ~self.high)
        return set
    }

    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let spaces = ByteSet([9, 10, 11, 12, 13, 32])
    static let word: ByteSet = {
        var set = ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z"))
        set.formUnion(ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z")))
        set.formUnion(.digits)
        set.insert(UInt8(ascii: "_"))
        return set
    }()
    static let all = ByteSet().inverted
}

/// What a pattern says.
indirect enum PatternTree: Hashable {
    case empty
    case bytes(ByteSet)
    case lineStart, lineEnd
    case wordEdge(Bool)
    case sequence([PatternTree])
    case either([PatternTree])
    /// `most` is nil for any number.
    case repeated(PatternTree, least: Int, most: Int?)
}

/// Reads a pattern.
struct PatternParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private static let maximumRepetitions = 64

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func whole() throws(CommandPattern.Invalid) -> PatternTree {
        guard !self.bytes.isEmpty else { throw self.invalid("a pattern is not empty") }
        let tree = try self.alternatives()
        guard self.peek == nil else {
            throw self.invalid("a pattern has a ) without its (; write \\) for the character")
        }
        return tree
    }

    private var peek: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.peek == UInt8(ascii: character) else { return false }
        self.position += 1
        return true
    }

    private func invalid(_ message: String) -> CommandPattern.Invalid { CommandPattern.Invalid(message: message) }

    private mutating func alternatives() throws(CommandPattern.Invalid) -> PatternTree {
        self.depth += 1
        defer { self.depth -= 1 }
        guard self.depth <= CommandPattern.maximumDepth else { throw self.invalid("a pattern's groups are too deep") }
        var branches = [try self.sequence()]
        while self.take("|") { branches.append(try self.sequence()) }
        return branches.count == 1 ? branches[0] : .either(branches)
    }

    private mutating func sequence() throws(CommandPattern.Invalid) -> PatternTree {
        var parts: [PatternTree] = []
        while let byte = self.peek, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            parts.append(try self.repetition(of: try self.atom()))
        }
        return parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func repetition(of atom: PatternTree) throws(CommandPattern.Invalid) -> PatternTree {
        let counts: (Int, Int?)
        if self.take("*") {
            counts = (0, nil)
        } else if self.take("+") {
            counts = (1, nil)
        } else if self.take("?") {
            counts = (0, 1)
        } else if self.take("{") {
            counts = try self.counts()
        } else {
            return atom
        }
        if let next = self.peek, "*+?{".utf8.contains(next) {
            throw self.invalid("a pattern repeats a repetition; put it into ( )")
        }
        return .repeated(atom, least: counts.0, most: counts.1)
    }

    private mutating func counts() throws(CommandPattern.Invalid) -> (Int, Int?) {
        let problem = "a number of repetitions is {3}, {2,} or {2,5}, up to \(Self.maximumRepetitions)"
        func invalid() -> CommandPattern.Invalid { CommandPattern.Invalid(message: problem) }
        guard let least = self.number() else { throw invalid() }
        if self.take("}") { return (least, least) }
        guard self.take(",") else { throw invalid() }
        if self.take("}") { return (least, nil) }
        guard let most = self.number(), most >= least, self.take("}") else { throw invalid() }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let byte = self.peek, ByteSet.digits.contains(byte) {
            self.position += 1
            value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            if let value, value > Self.maximumRepetitions { return nil }
        }
        return value
    }

    private mutating func atom() throws(CommandPattern.Invalid) -> PatternTree {
        let byte = self.bytes[self.position]
        self.position += 1
        switch byte {
        case UInt8(ascii: "."): return .bytes(.all)
        case UInt8(ascii: "^"): return .lineStart
        case UInt8(ascii: "$"): return .lineEnd
        case UInt8(ascii: "["): return .bytes(try self.set())
        case UInt8(ascii: "("):
            if self.take("?"), !self.take(":") { throw self.invalid("a group is ( ) or (?: )") }
            let tree = try self.alternatives()
            guard self.take(")") else {
                throw self.invalid("a pattern has a ( without its ); write \\( for the character")
            }
            return tree
        case UInt8(ascii: "\\"): return try self.escape()
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            throw self.invalid(
                "a pattern repeats nothing; write \\\(Character(Unicode.Scalar(byte))) for the character")
        default: return .bytes(ByteSet([byte]))
        }
    }

    private mutating func escape() throws(CommandPattern.Invalid) -> PatternTree {
        guard let byte = self.peek else { throw self.invalid("a pattern ends with a backslash; write \\\\ for one") }
        self.position += 1
        switch byte {
        case UInt8(ascii: "b"): return .wordEdge(true)
        case UInt8(ascii: "B"): return .wordEdge(false)
        default: return .bytes(try self.escaped(byte))
        }
    }

    private func escaped(_ byte: UInt8) throws(CommandPattern.Invalid) -> ByteSet {
        switch byte {
        case UInt8(ascii: "d"): return .digits
        case UInt8(ascii: "D"): return ByteSet.digits.inverted
        case UInt8(ascii: "s"): return .spaces
        case UInt8(ascii: "S"): return ByteSet.spaces.inverted
        case UInt8(ascii: "w"): return .word
        case UInt8(ascii: "W"): return ByteSet.word.inverted
        case UInt8(ascii: "t"): return ByteSet([9])
        case UInt8(ascii: "n"): return ByteSet([10])
        case let byte where ByteSet.word.contains(byte):
            // Room for what other dialects mean by it.
            throw self.invalid("a pattern has \\\(Character(Unicode.Scalar(byte))), which means nothing here")
        default: return ByteSet([byte])
        }
    }

    private mutating func set() throws(CommandPattern.Invalid) -> ByteSet {
        let isInverted = self.take("^")
        var set = ByteSet()
        var isFirst = true
        while true {
            guard let byte = self.peek else {
                throw self.invalid("a pattern has a [ without its ]; write \\[ for the character")
            }
            self.position += 1
            if byte == UInt8(ascii: "]"), !isFirst { return isInverted ? set.inverted : set }
            isFirst = false
            if byte == UInt8(ascii: "\\") {
                guard let next = self.peek else { continue }
                self.position += 1
                set.formUnion(try self.escaped(next))
                continue
            }
            guard byte < 0x80 else { throw self.invalid("a set [ ] in a pattern holds ASCII characters only") }
            let isRange =
                self.peek == UInt8(ascii: "-") && self.position + 1 < self.bytes.count
                && self.bytes[self.position + 1] != UInt8(ascii: "]")
            guard isRange else {
                set.insert(byte)
                continue
            }
            let end = self.bytes[self.position + 1]
            self.position += 2
            guard byte <= end, end < 0x80, end != UInt8(ascii: "\\") else {
                throw self.invalid("a set [ ] in a pattern has a range that goes nowhere")
            }
            set.formUnion(ByteSet(byte...end))
        }
    }
}

/// Makes the automaton, from its end to its beginning.
struct PatternCompiler {
    private var states: [CommandPattern.State] = []

    /// State 0 is the first, the last one is the match.
    mutating func program(of tree: PatternTree) throws(CommandPattern.Invalid) -> [CommandPattern.State] {
        let match = try self.add(.match)
        let first = try self.emit(tree, then: match)
        // Built backwards: turned round, so that what runs first stands first.
        _ = try self.add(.fork(first, first))
        let last = self.states.count - 1
        func turned(_ index: Int) -> Int { last - index }
        return self.states.reversed().map { state in
            switch state {
            case .bytes(let set, let next): .bytes(set, next: turned(next))
            case .fork(let one, let other): .fork(turned(one), turned(other))
            case .lineStart(let next): .lineStart(next: turned(next))
            case .lineEnd(let next): .lineEnd(next: turned(next))
            case .wordEdge(let isEdge, let next): .wordEdge(isEdge: isEdge, next: turned(next))
            case .match: .match
            }
        }
    }

    private mutating func add(_ state: CommandPattern.State) throws(CommandPattern.Invalid) -> Int {
        guard self.states.count < CommandPattern.maximumStates else {
            throw CommandPattern.Invalid(message: "a pattern repeats too much")
        }
        self.states.append(state)
        return self.states.count - 1
    }

    private mutating func emit(_ tree: PatternTree, then next: Int) throws(CommandPattern.Invalid) -> Int {
        switch tree {
        case .empty: return next
        case .bytes(let set): return try self.add(.bytes(set, next: next))
        case .lineStart: return try self.add(.lineStart(next: next))
        case .lineEnd: return try self.add(.lineEnd(next: next))
        case .wordEdge(let isEdge): return try self.add(.wordEdge(isEdge: isEdge, next: next))
        case .sequence(let parts):
            var next = next
            for part in parts.reversed() { next = try self.emit(part, then: next) }
            return next
        case .either(let branches):
            var first = try self.emit(branches[branches.count - 1], then: next)
            for branch in branches.dropLast().reversed() {
                first = try self.add(.fork(try self.emit(branch, then: next), first))
            }
            return first
        case .repeated(let part, let least, let most):
            var next = next
            if let most {
                let end = next
                for _ in least..<most { next = try self.add(.fork(try self.emit(part, then: next), end)) }
            } else {
                let loop = try self.add(.fork(next, next))
                self.states[loop] = .fork(try self.emit(part, then: loop), next)
                next = loop
            }
            for _ in 0..<least { next = try self.emit(part, then: next) }
            return next
        }
    }
}

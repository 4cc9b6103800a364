import WorkerProtocol

/// The menu of the targets that a user may use, as a machine: bytes of the terminal go in, lines and a choice come
/// out. The bytes are a stranger's; the names come from the gateway's own store.
struct TargetMenu {
    enum Outcome: Hashable {
        case undecided
        case chosen(Destination)
        case left
    }

    /// A line that can be chosen.
    enum Row: Hashable {
        /// What was typed, where the list doesn't hold all there is.
        case typed(Destination)
        case listed(Int)
    }

    private struct Place {
        let destination: Destination
        /// `account@target` in small letters.
        let key: [UInt8]
        let target: [UInt8]
    }

    /// Stands behind places that others have to approve.
    static let onApproval = "  on approval"

    private let places: [Place]
    let unlisted: UInt32
    /// Bytes of the longest name of a target, and of an account.
    let longestTarget: Int
    let longestAccount: Int
    private(set) var outcome = Outcome.undecided
    private(set) var filter = ""
    private var keys = MenuKeyDecoder()
    private var found: [Row] = []
    /// The filter has changed since ``found`` was made.
    private var isStale = true
    private var selection = 0
    /// How many rows are shown at once.
    var pageSize = 1

    /// Longest filter, in bytes: an account, a target, and the sign between them.
    private static let maximumFilter = 2 * WireLimits.name + 1

    init(_ list: DestinationList) {
        self.places = list.entries.map { entry in
            let target = Self.smallLetters(entry.target)
            return Place(
                destination: entry, key: Self.smallLetters(entry.account) + [UInt8(ascii: "@")] + target,
                target: target)
        }
        self.unlisted = list.unlisted
        self.longestAccount =
            list.entries.map { $0.account.count + ($0.isOnApproval ? Self.onApproval.utf8.count : 0) }.max() ?? 0
        self.longestTarget = list.entries.map(\.target.count).max() ?? 0
    }

    // MARK: In

    /// Takes bytes in until the outcome is known.
    /// - parameter now: on the monotonic clock, in nanoseconds.
    /// - returns: how many were taken; the others are for whatever comes after the menu.
    mutating func received(_ bytes: UnsafeRawBufferPointer, at now: UInt64) -> Int {
        for (index, byte) in bytes.enumerated() {
            guard self.outcome == .undecided else { return index }
            if let key = self.keys.received(byte, at: now) { self.pressed(key) }
        }
        return bytes.count
    }

    /// When ``expired(at:)`` has something to do.
    var deadline: UInt64? { self.outcome == .undecided ? self.keys.deadline : nil }

    mutating func expired(at now: UInt64) {
        if self.outcome == .undecided, let key = self.keys.expired(at: now) { self.pressed(key) }
    }

    /// No more keys will come.
    mutating func ended() {
        if self.outcome == .undecided { self.outcome = .left }
    }

    private mutating func pressed(_ key: MenuKey) {
        switch key {
        case .character(let scalar):
            guard self.filter.utf8.count + UTF8.width(scalar) <= Self.maximumFilter else { return }
            self.filter.unicodeScalars.append(scalar)
            self.filterChanged()
        case .backspace:
            guard !self.filter.isEmpty else { return }
            self.filter.removeLast()
            self.filterChanged()
        case .clear:
            self.filter = ""
            self.filterChanged()
        case .deleteWord:
            while self.filter.last == " " { self.filter.removeLast() }
            while let last = self.filter.last, last != " " { self.filter.removeLast() }
            self.filterChanged()
        case .up: self.select(self.selection - 1)
        case .down: self.select(self.selection + 1)
        case .pageUp: self.select(self.selection - max(1, self.pageSize))
        case .pageDown: self.select(self.selection + max(1, self.pageSize))
        case .first: self.select(0)
        case .last: self.select(.max)
        case .enter: self.choose()
        case .leave: self.outcome = .left
        }
    }

    private mutating func filterChanged() {
        self.isStale = true
        self.selection = 0
    }

    private mutating func select(_ row: Int) { self.selection = max(0, min(row, self.rows().count - 1)) }

    private mutating func choose() {
        let rows = self.rows()
        guard self.selection < rows.count else { return }
        switch rows[self.selection] {
        case .typed(let destination): self.outcome = .chosen(destination)
        case .listed(let index): self.outcome = .chosen(self.places[index].destination)
        }
    }

    // MARK: Out

    /// Every place there is in the list.
    var total: Int { self.places.count }
    var selectedRow: Int { self.selection }

    /// What matches, best first: the place that was typed in full, then targets that begin with it, then the others.
    mutating func rows() -> [Row] {
        guard self.isStale else { return self.found }
        self.isStale = false
        let wanted = Self.smallLetters(Array(self.filter.utf8))
        let words = wanted.split(separator: UInt8(ascii: " ")).map { Array($0) }
        let whole = words.count == 1 ? words[0] : []
        var ranked: [[Row]] = [[], [], []]
        var isListed = false
        for (index, place) in self.places.enumerated()
        where words.allSatisfy({ Self.contains(place.key, $0) }) {
            if place.key == whole { isListed = true }
            let rank =
                place.key == whole || place.target == whole
                ? 0 : place.target.starts(with: words.first ?? []) ? 1 : 2
            ranked[rank].append(.listed(index))
        }
        self.found = ranked.flatMap { $0 }
        if !isListed, self.unlisted > 0, let typed = self.typed(orElse: self.found.isEmpty) {
            self.found.insert(.typed(typed), at: 0)
        }
        return self.found
    }

    /// - parameter isAlone: nothing else matches, so that a target's name will do.
    private func typed(orElse isAlone: Bool) -> Destination? {
        let words = self.filter.utf8.split(separator: UInt8(ascii: " "))
        guard let word = words.first, words.count == 1 else { return nil }
        let separator = word.lastIndex(of: UInt8(ascii: "@"))
        let account = separator.map { Array(word[..<$0]) } ?? []
        let target = Array(separator.map { word[word.index(after: $0)...] } ?? word)
        guard separator == nil ? isAlone : !account.isEmpty, !target.isEmpty,
            account.count <= WireLimits.name, target.count <= WireLimits.name
        else { return nil }
        return Destination(account: account, target: target)
    }

    func destination(of row: Row) -> Destination {
        switch row {
        case .typed(let destination): destination
        case .listed(let index): self.places[index].destination
        }
    }

    private static func smallLetters(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= bytes.count else { return false }
        return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
    }
}

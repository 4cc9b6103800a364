/// A QR code (ISO/IEC 18004, model 2): bytes at error correction level L, versions 1 to 9. Pure.
public struct QRCode: Hashable, Sendable {
    /// Modules on each side.
    public let size: Int
    /// Row by row; true is dark.
    private var modules: [Bool]
    /// Modules that no data goes to.
    private var reserved: [Bool]

    /// Most bytes that fit, in version 9.
    public static let maximumBytes = 230

    /// nil for more than ``maximumBytes``.
    public init?(_ bytes: [UInt8]) {
        guard let version = Version.smallest(for: bytes.count) else { return nil }
        var blank = QRCode(size: 17 + 4 * version.number)
        blank.drawFunctionPatterns(version)
        blank.place(version.codewords(for: bytes))
        let candidates = Mask.allCases.map { blank.masked($0) }
        guard let best = candidates.min(by: { $0.penalty < $1.penalty }) else { return nil }
        self = best
    }

    private init(size: Int) {
        self.size = size
        self.modules = [Bool](repeating: false, count: size * size)
        self.reserved = self.modules
    }

    /// False outside, which is the quiet zone.
    public func isDark(row: Int, column: Int) -> Bool {
        (0..<self.size).contains(row) && (0..<self.size).contains(column) && self.modules[row * self.size + column]
    }

    /// Section 7.8.2.
    enum Mask: Int, CaseIterable {
        case checker, rows, columns, diagonals, blocks, sums, mixed, mixedSums

        func flips(_ row: Int, _ column: Int) -> Bool {
            switch self {
            case .checker: (row + column) % 2 == 0
            case .rows: row % 2 == 0
            case .columns: column % 3 == 0
            case .diagonals: (row + column) % 3 == 0
            case .blocks: (row / 2 + column / 3) % 2 == 0
            case .sums: row * column % 2 + row * column % 3 == 0
            case .mixed: (row * column % 2 + row * column % 3) % 2 == 0
            case .mixedSums: ((row + column) % 2 + row * column % 3) % 2 == 0
            }
        }
    }

    // MARK: Patterns

    private mutating func reserve(_ row: Int, _ column: Int, dark: Bool) {
        self.modules[row * self.size + column] = dark
        self.reserved[row * self.size + column] = true
    }

    private mutating func drawFunctionPatterns(_ version: Version) {
        for index in 0..<self.size {
            self.reserve(6, index, dark: index % 2 == 0)
            self.reserve(index, 6, dark: index % 2 == 0)
        }
        for (row, column) in [(3, 3), (3, self.size - 4), (self.size - 4, 3)] { self.drawFinder(row, column) }
        let places = version.alignments
        for row in places {
            for column in places {
                let isTaken =
                    (row == 6 && column == 6) || (row == 6 && column == places.last)
                    || (row == places.last && column == 6)
                if !isTaken { self.drawAlignment(row, column) }
            }
        }
        // Format information is drawn with the mask; until then its place is kept.
        self.drawFormat(bits: 0)
        if version.number >= 7 { self.drawVersion(version) }
    }

    private mutating func drawFinder(_ centreRow: Int, _ centreColumn: Int) {
        for row in -4...4 {
            for column in -4...4 {
                let (y, x) = (centreRow + row, centreColumn + column)
                guard (0..<self.size).contains(y), (0..<self.size).contains(x) else { continue }
                let distance = max(abs(row), abs(column))
                self.reserve(y, x, dark: distance != 2 && distance != 4)
            }
        }
    }

    private mutating func drawAlignment(_ centreRow: Int, _ centreColumn: Int) {
        for row in -2...2 {
            for column in -2...2 {
                self.reserve(centreRow + row, centreColumn + column, dark: max(abs(row), abs(column)) != 1)
            }
        }
    }

    /// Section 7.9: 15 bits, twice.
    private mutating func drawFormat(bits: Int) {
        func bit(_ index: Int) -> Bool { bits >> index & 1 != 0 }
        for index in 0...5 { self.reserve(index, 8, dark: bit(index)) }
        self.reserve(7, 8, dark: bit(6))
        self.reserve(8, 8, dark: bit(7))
        self.reserve(8, 7, dark: bit(8))
        for index in 9..<15 { self.reserve(8, 14 - index, dark: bit(index)) }
        for index in 0..<8 { self.reserve(8, self.size - 1 - index, dark: bit(index)) }
        for index in 8..<15 { self.reserve(self.size - 15 + index, 8, dark: bit(index)) }
        self.reserve(self.size - 8, 8, dark: true)
    }

    /// Section 7.10: 18 bits, twice.
    private mutating func drawVersion(_ version: Version) {
        var remainder = version.number
        for _ in 0..<12 { remainder = remainder << 1 ^ (remainder >> 11) * 0x1F25 }
        let bits = version.number << 12 | remainder
        for index in 0..<18 {
            let (far, near) = (self.size - 11 + index % 3, index / 3)
            self.reserve(near, far, dark: bits >> index & 1 != 0)
            self.reserve(far, near, dark: bits >> index & 1 != 0)
        }
    }

    // MARK: Data

    /// Section 7.7.3: two columns at a time, up and down in turns, from the right.
    private mutating func place(_ codewords: [UInt8]) {
        var index = 0
        var isUpward = true
        var right = self.size - 1
        while right > 0 {
            // The column of the timing pattern is skipped.
            if right == 6 { right -= 1 }
            for step in 0..<self.size {
                let row = isUpward ? self.size - 1 - step : step
                for column in [right, right - 1] where !self.reserved[row * self.size + column] {
                    // Bits that remain behind the last codeword are light.
                    if index < codewords.count * 8 {
                        self.modules[row * self.size + column] = codewords[index / 8] >> (7 - index % 8) & 1 != 0
                    }
                    index += 1
                }
            }
            isUpward.toggle()
            right -= 2
        }
    }

    private func masked(_ mask: Mask) -> QRCode {
        var code = self
        for row in 0..<self.size {
            for column in 0..<self.size
            where !self.reserved[row * self.size + column] && mask.flips(row, column) {
                code.modules[row * self.size + column].toggle()
            }
        }
        // Level L is 01.
        let data = 0b01 << 3 | mask.rawValue
        var remainder = data
        for _ in 0..<10 { remainder = remainder << 1 ^ (remainder >> 9) * 0x537 }
        code.drawFormat(bits: (data << 10 | remainder) ^ 0x5412)
        return code
    }

    // MARK: Judging a mask

    /// Section 7.8.3: the lower the easier to read.
    private var penalty: Int {
        var total = 0
        for line in 0..<self.size {
            total += Self.penalty(ofLine: (0..<self.size).map { self.isDark(row: line, column: $0) })
            total += Self.penalty(ofLine: (0..<self.size).map { self.isDark(row: $0, column: line) })
        }
        for row in 0..<self.size - 1 {
            for column in 0..<self.size - 1 {
                let dark = self.isDark(row: row, column: column)
                let isBlock =
                    dark == self.isDark(row: row, column: column + 1)
                    && dark == self.isDark(row: row + 1, column: column)
                    && dark == self.isDark(row: row + 1, column: column + 1)
                if isBlock { total += 3 }
            }
        }
        let percent = self.modules.count(where: { $0 }) * 100 / self.modules.count
        return total + abs(percent - 50) / 5 * 10
    }

    private static func penalty(ofLine line: [Bool]) -> Int {
        var total = 0
        var run = 0
        for (index, dark) in line.enumerated() {
            run = index > 0 && dark == line[index - 1] ? run + 1 : 1
            if run == 5 { total += 3 } else if run > 5 { total += 1 }
        }
        let finder = [true, false, true, true, true, false, true]
        let light = [false, false, false, false]
        for start in 0...max(0, line.count - 11) where line.count >= 11 {
            let window = Array(line[start..<start + 11])
            if window == light + finder || window == finder + light { total += 40 }
        }
        return total
    }
}

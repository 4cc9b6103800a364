extension QRCode {
    /// Modules of quiet zone on each side (section 6.3.8).
    private static let margin = 4

    /// The code in half blocks, two rows to a line, dark on light.
    /// - parameter coloured: sets the colours, so that it is readable on terminals of any colours.
    public func lines(coloured: Bool) -> [String] {
        stride(from: -Self.margin, to: self.size + Self.margin, by: 2).map { row in
            let characters = (-Self.margin..<self.size + Self.margin).map { column -> Character in
                switch (self.isDark(row: row, column: column), self.isDark(row: row + 1, column: column)) {
                case (true, true): "\u{2588}"
                case (true, false): "\u{2580}"
                case (false, true): "\u{2584}"
                case (false, false): " "
                }
            }
            return coloured ? "\u{1B}[30;107m\(String(characters))\u{1B}[0m" : String(characters)
        }
    }
}

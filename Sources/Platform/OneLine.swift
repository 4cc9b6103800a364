extension String {
    /// Others' words, for a log or an error: control characters become blanks, and no more than `count` characters are
    /// taken.
    public func onOneLine(atMost count: Int) -> String {
        var line = ""
        for scalar in self.unicodeScalars.prefix(count) {
            line.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return line
    }
}

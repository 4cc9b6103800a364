extension Grant {
    /// What the grant says beside who, where, which account and what kinds: each in a few words, for people and for the
    /// audit log.
    public var terms: [String] {
        var terms: [String] = []
        if self.effect == .deny { terms.append("denies") }
        if !self.targetLabels.isEmpty {
            terms.append("targets with \(self.targetLabels.words.joined(separator: ","))")
        }
        terms += self.conditions.words
        terms += self.approval?.words ?? []
        terms += self.breakGlass?.words ?? []
        return terms + self.limits.words + self.supervision.words
    }
}

extension AccessConditions {
    /// Each in a few words.
    var words: [String] {
        var words = self.windows.map(\.text)
        if let start = self.notBefore { words.append("from \(UTCText.text(start)) on") }
        if let end = self.notAfter { words.append("until \(UTCText.text(end))") }
        if !self.sources.isEmpty { words.append("from \(self.sources.map(\.text).joined(separator: ","))") }
        return words
    }
}

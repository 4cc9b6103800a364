/// The command that scp starts on the other side: `scp -t PATH` takes files in, `scp -f PATH` gives them out.
struct SCPCommand {
    let isSink: Bool
    /// `-d`: the path has to be a directory.
    let wantsDirectory: Bool
    /// As it stands in the command, which a shell may have expanded.
    let path: [UInt8]

    init?(_ command: [UInt8]) {
        var rest = command[...]
        guard Self.word(&rest).elementsEqual("scp".utf8) else { return nil }
        var options: Set<[UInt8]> = []
        while rest.first == UInt8(ascii: "-") {
            let option = Self.word(&rest)
            if option.elementsEqual("--".utf8) { break }
            options.insert(Array(option))
        }
        let isSink = options.contains(Array("-t".utf8))
        guard isSink != options.contains(Array("-f".utf8)) else { return nil }
        self.isSink = isSink
        self.wantsDirectory = options.contains(Array("-d".utf8))
        self.path = Array(rest)
    }

    private static func word(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let word = rest.prefix { $0 != UInt8(ascii: " ") }
        rest = rest.dropFirst(word.count).drop { $0 == UInt8(ascii: " ") }
        return word
    }

    /// Where the first file or directory of this name lies at the target.
    ///
    /// - returns: the path; and whether it is certain. A sink whose path is a directory puts the file into it, else it
    ///   makes a file of that path, and doesn't say which: taken for the latter unless the path itself tells.
    func place(of name: [UInt8]) -> (path: [UInt8], isCertain: Bool) {
        let slash = UInt8(ascii: "/")
        let isBare = self.path.isEmpty || self.path == Array(".".utf8) || self.path == Array("~".utf8)
        guard self.isSink else {
            let trimmed = Array(self.path.reversed().drop { $0 == slash }.reversed())
            let directory = trimmed[...(trimmed.lastIndex(of: slash) ?? -1)]
            return (directory + name, true)
        }
        if isBare { return (name, true) }
        if self.path.last == slash { return (self.path + name, true) }
        if self.wantsDirectory || self.path.last == UInt8(ascii: ".") && self.lastComponent.allSatisfy({ $0 == 0x2E }) {
            return (self.path + [slash] + name, true)
        }
        return (self.path, self.lastComponent.elementsEqual(name))
    }

    private var lastComponent: ArraySlice<UInt8> {
        let slash = UInt8(ascii: "/")
        return self.path[(self.path.lastIndex(of: slash).map { $0 + 1 } ?? 0)...]
    }
}

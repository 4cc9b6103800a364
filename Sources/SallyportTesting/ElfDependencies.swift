/// What a dynamically linked program asks the loader for.
public enum ElfDependencies {
    /// The NEEDED entries, such as `libc.so.6`, as readelf prints them.
    public static func needed(by program: String) throws -> [String] {
        let scratch = try Scratch()
        defer { scratch.dispose() }
        return try self.names(inDynamicSection: output(of: ["readelf", "--dynamic", "--wide", program], in: scratch))
    }

    static func names(inDynamicSection text: String) -> [String] {
        text.split(separator: "\n").filter { $0.contains("(NEEDED)") }.compactMap { line in
            guard let start = line.lastIndex(of: "["), let end = line.lastIndex(of: "]"), start < end
            else { return nil }
            return String(line[line.index(after: start)..<end])
        }
    }
}

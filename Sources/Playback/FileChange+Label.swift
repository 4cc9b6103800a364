import RecordingFormat

extension FileChange {
    /// One harmless line: `rename /srv/a.part to /srv/a`, `remove /srv/b (refused: status 3)`.
    public var label: String {
        let path = SafeText.line(self.path, limit: 4096)
        let detail = SafeText.line(self.detail, limit: 4096)
        let text =
            switch self.kind {
            case .rename: "rename \(path) to \(detail)"
            case .remove: "remove \(path)"
            case .makeDirectory: "make directory \(path)"
            case .removeDirectory: "remove directory \(path)"
            case .symbolicLink: "symbolic link \(path) to \(detail)"
            case .hardLink: "hard link \(path) to \(detail)"
            case .attributes: "set attributes of \(path)\(self.attributes)"
            }
        return self.status == 0 ? text : text + " (refused: status \(self.status))"
    }

    /// The size, owner and permissions that `detail` sets (draft-ietf-secsh-filexfer-02 section 5), as ` mode 0644`.
    private var attributes: String {
        var rest = self.detail[...]
        func number(_ bytes: Int) -> UInt64? {
            guard rest.count >= bytes else { return nil }
            defer { rest = rest.dropFirst(bytes) }
            return rest.prefix(bytes).reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard let flags = number(4) else { return "" }
        var words = ""
        if flags & 1 != 0, let size = number(8) { words += " size \(size)" }
        if flags & 2 != 0, let user = number(4), let group = number(4) { words += " owner \(user):\(group)" }
        if flags & 4 != 0, let mode = number(4) { words += " mode 0" + String(mode & 0o7777, radix: 8) }
        if flags & 8 != 0 { words += " times" }
        return words
    }
}

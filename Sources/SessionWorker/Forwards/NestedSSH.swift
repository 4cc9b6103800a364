/// Recognises an SSH connection by the first bytes of one of its directions (RFC 4253 section 4.2).
///
/// A client begins with its version line; a server may say other lines before. Someone who wants to hide a connection
/// can do so, by encrypting it once more: this finds the ordinary ones.
struct NestedSSH {
    private let allowsLinesBefore: Bool
    private var isLooking = true
    /// Of the line that is being read.
    private var line: [UInt8] = []
    private var seen = 0

    /// What a version line begins with: version 2, and the ones before it.
    private static let beginnings = [Array("SSH-2.".utf8), Array("SSH-1.".utf8)]
    /// Lines of a server are looked at up to here, in bytes.
    private static let limit = 4096

    /// - parameter server: the bytes are those of the end that accepted the connection.
    init(server: Bool) { self.allowsLinesBefore = server }

    /// - returns: true once, with the bytes that complete the beginning of a version line.
    mutating func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard self.isLooking else { return false }
        for byte in bytes {
            self.seen += 1
            if self.seen > Self.limit { return self.giveUp() }
            if byte == UInt8(ascii: "\n") {
                if !self.allowsLinesBefore { return self.giveUp() }
                self.line.removeAll()
                continue
            }
            guard self.line.count < Self.beginnings[0].count else { continue }
            self.line.append(byte)
            if Self.beginnings.contains(self.line) {
                self.isLooking = false
                return true
            }
            if !self.allowsLinesBefore, !Self.beginnings.contains(where: { $0.starts(with: self.line) }) {
                return self.giveUp()
            }
        }
        return false
    }

    private mutating func giveUp() -> Bool {
        self.isLooking = false
        return false
    }
}

/// Compares a file, while it is read, with heads of it that were put on record elsewhere. Not thread safe.
///
/// Feed it the file's bytes in order, however they are cut. The end of a file has to be judged by whoever knows it.
public final class AnchoredHeads {
    /// That the first `covered` bytes of the file have the SHA-256 `text`, in lower-case hexadecimal.
    public struct Head: Hashable, Sendable {
        public let covered: UInt64
        public let text: String

        public init(covered: UInt64, text: String) {
            self.covered = covered
            self.text = text
        }
    }

    private let heads: [Head]
    private var next = 0
    private let hash = RunningHash()
    /// Bytes seen.
    public private(set) var size: UInt64 = 0
    /// How many of the heads are true of the file.
    public private(set) var held = 0
    /// The first head that is not true of the bytes it speaks of.
    public private(set) var broken: Head?

    public init(_ heads: [Head]) { self.heads = heads.sorted { $0.covered < $1.covered } }

    /// Number of heads.
    public var count: Int { self.heads.count }

    /// The longest part of the file of which a head speaks.
    public var last: Head? { self.heads.last }

    /// Takes the next bytes of the file.
    public func feed(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...]
        while self.next < self.heads.count {
            let head = self.heads[self.next]
            // Sorted, so that none ends before what was seen.
            let piece = rest.prefix(Int(clamping: head.covered - self.size))
            piece.withUnsafeBytes { self.hash.update($0) }
            self.size += UInt64(piece.count)
            rest = rest.dropFirst(piece.count)
            guard self.size == head.covered else { return }
            self.next += 1
            if HexText.encode(self.hash.digest) == head.text {
                self.held += 1
            } else if self.broken == nil {
                self.broken = head
            }
        }
        self.size += UInt64(rest.count)
    }
}

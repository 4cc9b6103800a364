internal import COpenSSL

/// A 32-byte secret, wiped when the last holder lets go. Never printed, never Codable.
// @unchecked Sendable: the memory is written before init returns, when no one else holds the object, and only read
// until deinit.
public final class RecordingKey: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    /// Size of every key of the format, in bytes.
    public static let size = 32
    private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: RecordingKey.size, alignment: 16)

    /// Copies `bytes`; the caller wipes its own copy.
    /// - Throws: `wrongKey` if there are not exactly 32.
    public init(copying bytes: UnsafeRawBufferPointer) throws(RecordingError) {
        guard bytes.count == Self.size else {
            throw RecordingError(.wrongKey, "a recording key has \(Self.size) bytes, not \(bytes.count)")
        }
        self.storage.copyMemory(from: bytes)
    }

    /// Copies `bytes`; the caller wipes its own copy.
    /// - Throws: `wrongKey` if there are not exactly 32.
    public init(_ bytes: [UInt8]) throws(RecordingError) {
        guard bytes.count == Self.size else {
            throw RecordingError(.wrongKey, "a recording key has \(Self.size) bytes, not \(bytes.count)")
        }
        self.storage.copyBytes(from: bytes)
    }

    /// Lets `fill` write all 32 bytes in place, so that no other copy is made.
    init(filledBy fill: (UnsafeMutableRawBufferPointer) -> Void) {
        fill(self.storage)
    }

    /// A fresh random key.
    public static func random() -> RecordingKey {
        RecordingKey(filledBy: SystemRandom.fill)
    }

    deinit {
        OPENSSL_cleanse(self.storage.baseAddress, self.storage.count)
        self.storage.deallocate()
    }

    /// Lends the bytes; they must not outlive the call.
    public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(self.storage))
    }

    public var description: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

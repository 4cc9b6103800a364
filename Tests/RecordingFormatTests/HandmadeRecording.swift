import Crypto
import Foundation
import RecordingFormat

/// A recording written record by record after the specification, without the product's writers: for what they never
/// make, but a later version or an attacker may.
struct HandmadeRecording {
    /// Gives keys, header, metadata and checkpoint 0.
    let start: TestRecording
    private(set) var file: [UInt8]
    private var frames: UInt64 = 0
    /// Of the next checkpoint or seal.
    private var number: UInt32 = 1

    init(hasInputTrack: Bool = false) throws {
        self.start = try TestRecording(hasInputTrack: hasInputTrack)
        self.file = self.start.file
    }

    mutating func record(_ type: UInt8, _ body: [UInt8]) {
        self.file += Self.header(type, body.count) + body
    }

    /// What is no whole record.
    mutating func tail(_ bytes: [UInt8]) { self.file += bytes }

    /// A frame, stored, with this plaintext; by default a key frame of the main track.
    mutating func frame(_ plaintext: [UInt8], type: UInt8 = 0x12) throws {
        let keys = self.start.subkeys
        // Without an input track nobody has a key for one.
        let key = (0x14...0x17).contains(type) ? keys.input ?? .random() : keys.frames
        let nonce = try AES.GCM.Nonce(data: Self.bytes(of: self.frames) + [0, 0, 0, 0])
        self.record(type, try self.sealed(plaintext, type: type, nonce: nonce, key: key))
        self.frames += 1
    }

    /// A gateway record of any kind.
    mutating func gatewayRecord(_ plaintext: [UInt8]) throws {
        let nonce = AES.GCM.Nonce()
        let sealed = try self.sealed(
            plaintext, type: 0x02, nonce: nonce, key: self.start.subkeys.gateway, extra: Array(nonce).count)
        self.record(0x02, Array(nonce) + sealed)
    }

    /// - Parameters:
    ///   - number: nil for the next one.
    ///   - covered: the bytes that it speaks of; nil for all so far.
    ///   - isForged: whether the signature is wrong.
    mutating func checkpoint(number: UInt32? = nil, covered: Int? = nil, isForged: Bool = false) throws {
        let unsigned = self.statement(number: number, covered: covered ?? self.file.count)
        let signature = try self.signature("checkpoint", unsigned)
        self.record(0x03, unsigned + (isForged ? signature.map { $0 ^ 1 } : signature))
        if number == nil, !isForged { self.number += 1 }
    }

    /// - Parameter surplus: bytes between the reason and the signature.
    mutating func seal(surplus: [UInt8] = [], isForged: Bool = false) throws {
        let unsigned =
            self.statement(number: nil, covered: self.file.count) + [0] + Self.bytes(of: UInt64(0))
            + Self.bytes(of: UInt64.max) + [0, 0] + surplus
        let signature = try self.signature("seal", unsigned)
        self.record(0x04, unsigned + (isForged ? signature.map { $0 ^ 1 } : signature))
    }

    /// An event of channel 1 as it stands in a frame: `time` since the one before, below 128 as is the length.
    static func event(time: UInt8 = 1, kind: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [time, 64 + kind, UInt8(payload.count)] + payload
    }

    /// A record's header; a type of 0x80 and above is given as 0x80 and says the length too.
    static func header(_ type: UInt8, _ count: Int) -> [UInt8] {
        guard type < 0x80 else { return [0x80 + UInt8(count - 17)] }
        let groups = [count & 0x7f, count >> 7 & 0x7f, count >> 14].map { UInt8($0) }
        let size = count < 1 << 7 ? 1 : count < 1 << 14 ? 2 : 3
        return [type] + groups[..<(size - 1)].map { $0 | 0x80 } + [groups[size - 1]]
    }

    private func statement(number: UInt32?, covered: Int) -> [UInt8] {
        self.start.header.fileID.bytes + Self.bytes(of: number ?? self.number) + Self.bytes(of: UInt64(covered))
            + Self.bytes(of: self.frames) + Self.bytes(of: TestRecording.startedAt)
            + Array(SHA256.hash(data: self.file[..<covered]))
    }

    private func signature(_ kind: String, _ unsigned: [UInt8]) throws -> [UInt8] {
        Array(try self.start.signer.signature(for: Array("sallyport recording \(kind) v1\0".utf8) + unsigned))
    }

    /// - Parameter extra: bytes of the body besides ciphertext and tag.
    private func sealed(
        _ plaintext: [UInt8], type: UInt8, nonce: AES.GCM.Nonce, key: RecordingKey, extra: Int = 0
    ) throws -> [UInt8] {
        let header = Self.header(type, plaintext.count + 16 + extra)
        let key = key.withUnsafeBytes { SymmetricKey(data: $0) }
        let box = try AES.GCM.seal(plaintext, using: key, nonce: nonce, authenticating: header)
        return Array(box.ciphertext) + Array(box.tag)
    }

    private static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

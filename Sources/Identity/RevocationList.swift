import Crypto
import Vault

/// What OpenSSH's `RevokedKeys` takes: a key revocation list in its binary form (PROTOCOL.krl), or a text with one public
/// key a line.
public struct RevocationList: Sendable {
    /// Why a list can't be used. Nobody is let in by a list that can't be read.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case empty
        case malformed
        case unknownVersion
        case unknownSection
        /// Of a text.
        case badLine(Int)

        public var description: String {
            switch self {
            case .empty: "empty"
            case .malformed: "damaged"
            case .unknownVersion: "of an unknown version"
            case .unknownSection: "with a section that this version doesn't know"
            case .badLine(let number): "not to be read: line \(number) is no public key"
            }
        }
    }

    /// What is revoked of one authority's certificates; of any authority's when its key is empty.
    private struct Certificates {
        var serials: Set<UInt64> = []
        var ranges: [ClosedRange<UInt64>] = []
        /// The serial number of the lowest bit, and the bits, the highest byte first.
        var bitmaps: [(offset: UInt64, bits: [UInt8])] = []
        var keyIDs: Set<[UInt8]> = []

        func holds(_ serial: UInt64) -> Bool {
            self.serials.contains(serial) || self.ranges.contains { $0.contains(serial) }
                || self.bitmaps.contains { bitmap in
                    guard serial >= bitmap.offset, serial - bitmap.offset < UInt64(bitmap.bits.count) * 8 else {
                        return false
                    }
                    let bit = Int(serial - bitmap.offset)
                    return bitmap.bits[bitmap.bits.count - 1 - bit / 8] >> UInt8(bit % 8) & 1 != 0
                }
        }

        var count: Int {
            self.serials.count + self.ranges.count + self.keyIDs.count
                + self.bitmaps.reduce(0) { $0 + $1.bits.reduce(0) { $0 + $1.nonzeroBitCount } }
        }
    }

    private var certificates: [[UInt8]: Certificates] = [:]
    private var keys: Set<[UInt8]> = []
    private var sha1: Set<[UInt8]> = []
    private var sha256: Set<[UInt8]> = []

    private static let magic = Array("SSHKRL\n\0".utf8)

    public init(_ bytes: [UInt8]) throws(Failure) {
        guard !bytes.isEmpty else { throw .empty }
        if bytes.starts(with: Self.magic) { try self.read(binary: bytes) } else { try self.read(text: bytes) }
    }

    /// How many keys, hashes, key ids, serial numbers and ranges of them it names.
    public var count: Int {
        self.keys.count + self.sha1.count + self.sha256.count + self.certificates.values.reduce(0) { $0 + $1.count }
    }

    /// - parameter blob: of a public key.
    public func revokes(keyOf blob: [UInt8]) -> Bool {
        self.keys.contains(blob)
            || !self.sha1.isEmpty && self.sha1.contains(Array(Insecure.SHA1.hash(data: blob)))
            || !self.sha256.isEmpty && self.sha256.contains(Array(SHA256.hash(data: blob)))
    }

    /// Also when the certified key or the authority's is revoked.
    public func revokes(_ certificate: LoginCertificate) -> Bool {
        if self.revokes(keyOf: certificate.key.blob) || self.revokes(keyOf: certificate.signer.blob) { return true }
        return [certificate.signer.blob, []].compactMap { self.certificates[$0] }.contains { entry in
            // Certificates that were given no serial number all have 0.
            entry.keyIDs.contains(certificate.keyIDBytes) || certificate.serial != 0 && entry.holds(certificate.serial)
        }
    }

    // MARK: Text

    /// `type base64 [comment]` a line, as sshd reads it; blank lines, and those that begin with #, say nothing.
    private mutating func read(text bytes: [UInt8]) throws(Failure) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            // Of any type and length: what nobody could sign in with does no harm here.
            guard words.count >= 2, let blob = Base64.decode(words[1]), !LoginCertificate.isCertificate(name(first))
            else { throw .badLine(index + 1) }
            var reader = SSHReader(blob)
            guard reader.string() == Array(first) else { throw .badLine(index + 1) }
            self.keys.insert(blob)
        }
        func name(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    }

    // MARK: Binary

    /// Numbers of sections, PROTOCOL.krl.
    private enum Section {
        static let certificates: UInt8 = 1
        static let keys: UInt8 = 2
        static let sha1: UInt8 = 3
        static let signature: UInt8 = 4
        static let sha256: UInt8 = 5
        static let serials: UInt8 = 0x20
        static let range: UInt8 = 0x21
        static let bitmap: UInt8 = 0x22
        static let keyIDs: UInt8 = 0x23
        static let certificateExtension: UInt8 = 0x39
        static let `extension`: UInt8 = 0xFF
    }

    private mutating func read(binary bytes: [UInt8]) throws(Failure) {
        var reader = SSHReader(bytes.dropFirst(Self.magic.count))
        guard let format = reader.uint32() else { throw .malformed }
        guard format == 1 else { throw .unknownVersion }
        // Version of the list, date, flags; something reserved, and a comment.
        for _ in 0..<3 { guard reader.uint64() != nil else { throw .malformed } }
        guard reader.string() != nil, reader.string() != nil else { throw .malformed }
        while !reader.isAtEnd {
            guard let type = reader.byte(), let data = reader.string() else { throw .malformed }
            switch type {
            case Section.certificates: try self.readCertificates(data)
            case Section.keys: self.keys.formUnion(try Self.strings(in: data))
            case Section.sha1: self.sha1.formUnion(try Self.strings(in: data))
            case Section.sha256: self.sha256.formUnion(try Self.strings(in: data))
            // The signer's key, then its signature, which OpenSSH neither makes nor checks any more.
            case Section.signature: guard reader.string() != nil else { throw .malformed }
            case Section.extension: try Self.skip(extension: data)
            default: throw .unknownSection
            }
        }
    }

    private mutating func readCertificates(_ bytes: [UInt8]) throws(Failure) {
        var reader = SSHReader(bytes)
        guard let authority = reader.string(), reader.string() != nil else { throw .malformed }
        var entry = self.certificates[authority] ?? Certificates()
        while !reader.isAtEnd {
            guard let type = reader.byte(), let data = reader.string() else { throw .malformed }
            var section = SSHReader(data)
            switch type {
            case Section.serials:
                while !section.isAtEnd {
                    guard let serial = section.uint64() else { throw .malformed }
                    entry.serials.insert(serial)
                }
            case Section.range:
                guard let first = section.uint64(), let last = section.uint64(), section.isAtEnd, first <= last else {
                    throw .malformed
                }
                entry.ranges.append(first...last)
            case Section.bitmap:
                guard let offset = section.uint64(), let bits = section.unsignedMPInt(), section.isAtEnd else {
                    throw .malformed
                }
                entry.bitmaps.append((offset, bits))
            case Section.keyIDs: entry.keyIDs.formUnion(try Self.strings(in: data))
            case Section.certificateExtension: try Self.skip(extension: data)
            default: throw .unknownSection
            }
        }
        self.certificates[authority] = entry
    }

    /// An extension has a name, says whether it may be skipped, and holds something.
    private static func skip(extension bytes: [UInt8]) throws(Failure) {
        var reader = SSHReader(bytes)
        guard reader.string() != nil, let isCritical = reader.byte(), reader.string() != nil, reader.isAtEnd else {
            throw .malformed
        }
        guard isCritical == 0 else { throw .unknownSection }
    }

    private static func strings(in bytes: [UInt8]) throws(Failure) -> [[UInt8]] {
        var reader = SSHReader(bytes)
        var found: [[UInt8]] = []
        while !reader.isAtEnd {
            guard let text = reader.string() else { throw .malformed }
            found.append(text)
        }
        return found
    }
}

import Crypto
import Vault

/// A key revocation list of OpenSSH (PROTOCOL.krl), in its binary form.
public struct RevocationList: Sendable {
    /// Why a list can't be used. Nobody is let in by a list that can't be read.
    public enum Failure: String, Error, Hashable, Sendable {
        case notAList = "not an OpenSSH key revocation list"
        case malformed = "damaged"
        case unknownVersion = "of an unknown version"
        case unknownSection = "with a section that this version doesn't know"
    }

    /// What is revoked of one authority's certificates; of any authority's when its key is empty.
    private struct Certificates {
        var serials: Set<UInt64> = []
        var ranges: [ClosedRange<UInt64>] = []
        var keyIDs: Set<[UInt8]> = []
    }

    private var certificates: [[UInt8]: Certificates] = [:]
    private var keys: Set<[UInt8]> = []
    private var sha1: Set<[UInt8]> = []
    private var sha256: Set<[UInt8]> = []

    /// Most bits of one bitmap of serial numbers; ssh-keygen makes ranges of longer ones.
    private static let maximumBitmapBytes = 128 * 1024

    public init(_ bytes: [UInt8]) throws(Failure) {
        var reader = SSHReader(bytes)
        guard bytes.starts(with: Array("SSHKRL\n\0".utf8)) else { throw .notAList }
        for _ in 0..<8 { _ = reader.byte() }
        guard let format = reader.uint32() else { throw .malformed }
        guard format == 1 else { throw .unknownVersion }
        // Version of the list, date, flags: 8 bytes each; two strings.
        for _ in 0..<6 { guard reader.uint32() != nil else { throw .malformed } }
        guard reader.string() != nil, reader.string() != nil else { throw .malformed }
        while !reader.isAtEnd {
            guard let type = reader.byte(), let data = reader.string() else { throw .malformed }
            switch type {
            case 1: try self.readCertificates(data)
            case 2: self.keys.formUnion(try Self.strings(in: data))
            case 3: self.sha1.formUnion(try Self.strings(in: data))
            // A signature, which OpenSSH no longer makes or checks; nothing may follow but signatures.
            case 4: break
            case 5: self.sha256.formUnion(try Self.strings(in: data))
            default: throw .unknownSection
            }
        }
    }

    public func revokes(_ key: OpenSSHPublicKey) -> Bool {
        self.keys.contains(key.blob) || self.sha1.contains(Array(Insecure.SHA1.hash(data: key.blob)))
            || self.sha256.contains(Array(SHA256.hash(data: key.blob)))
    }

    /// Also when the certified key or the authority's is revoked.
    public func revokes(_ certificate: UserCertificate) -> Bool {
        if self.revokes(certificate.key) || self.revokes(certificate.signer) { return true }
        return [certificate.signer.blob, []].compactMap { self.certificates[$0] }.contains { entry in
            entry.keyIDs.contains(Array(certificate.keyID.utf8))
                // Certificates without a serial number all have 0.
                || certificate.serial != 0
                    && (entry.serials.contains(certificate.serial)
                        || entry.ranges.contains { $0.contains(certificate.serial) })
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
            case 0x20:
                while !section.isAtEnd {
                    guard let serial = Self.uint64(&section) else { throw .malformed }
                    entry.serials.insert(serial)
                }
            case 0x21:
                guard let first = Self.uint64(&section), let last = Self.uint64(&section), section.isAtEnd,
                    first <= last
                else { throw .malformed }
                entry.ranges.append(first...last)
            case 0x22:
                guard let offset = Self.uint64(&section), let bitmap = section.unsignedMPInt(), section.isAtEnd,
                    bitmap.count <= Self.maximumBitmapBytes
                else { throw .malformed }
                for (index, byte) in bitmap.reversed().enumerated() {
                    for bit in 0..<8 where byte >> UInt8(bit) & 1 != 0 {
                        let (serial, overflow) = offset.addingReportingOverflow(UInt64(index * 8 + bit))
                        guard !overflow else { throw .malformed }
                        entry.serials.insert(serial)
                    }
                }
            case 0x23: entry.keyIDs.formUnion(try Self.strings(in: data))
            default: throw .unknownSection
            }
        }
        self.certificates[authority] = entry
    }

    private static func uint64(_ reader: inout SSHReader) -> UInt64? {
        guard let high = reader.uint32(), let low = reader.uint32() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
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

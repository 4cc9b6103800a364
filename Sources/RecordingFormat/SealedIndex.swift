/// The index of a sealed recording as it lies beside it: encrypted under a key of the recording's, bound to that very
/// file, and signed if the gateway made it. It helps to find places faster and proves nothing.
///
/// See docs/recording-format.md, appendix A.
public enum SealedIndex {
    /// Instead of the recording's `.spr`.
    public static let fileSuffix = ".spx"
    /// Of the whole file, in bytes.
    public static let maximumBytes = 16 << 20

    static let magic = Array("SPX1".utf8)
    private static let domain = Array("sallyport recording index v1\0".utf8)
    /// Magic, file id, length of the recording, offset of its seal, hash in its seal, whether it is signed.
    static let headSize = 4 + FileID.size + 8 + 8 + RunningHash.size + 1
    private static let bodyStart = headSize + SignatureVerifier.signatureSize

    /// Where the index of a recording lies.
    public static func path(of recording: String) -> String {
        (recording.hasSuffix(".spr") ? String(recording.dropLast(4)) : recording) + self.fileSuffix
    }

    /// Makes the file.
    /// - Parameters:
    ///   - content: in clear; its meaning is the reader's.
    ///   - sign: makes an Ed25519 signature with the gateway's key; nil leaves the index unsigned.
    /// - Returns: nil if it would be larger than ``maximumBytes``.
    /// - Throws: what `sign` throws.
    public static func seal(
        _ content: [UInt8], of recording: SealedRecording, keys: RecordingSubkeys,
        sign: (([UInt8]) throws -> [UInt8])?
    ) throws -> [UInt8]? {
        let sealedSize = content.count + AuthenticatedCipher.tagSize
        guard self.bodyStart + AuthenticatedCipher.nonceSize + sealedSize <= self.maximumBytes else { return nil }
        let head = self.head(of: recording, isSigned: sign != nil)
        let nonce = SystemRandom.bytes(AuthenticatedCipher.nonceSize)
        let cipher = AuthenticatedCipher(key: keys.index(of: recording.fileID), for: .seal)
        var sealed = [UInt8](repeating: 0, count: sealedSize)
        sealed.withUnsafeMutableBytes { output in
            content.withUnsafeBytes { content in
                guard let start = output.baseAddress else { preconditionFailure("there is always a tag") }
                head.withUnsafeBytes { cipher.seal(content, nonce: nonce, authenticating: $0, to: start) }
            }
        }
        let body = nonce + sealed
        let none = [UInt8](repeating: 0, count: SignatureVerifier.signatureSize)
        let signature = try sign.map { try $0(self.signedMessage(head, body[...])) } ?? none
        guard signature.count == SignatureVerifier.signatureSize else {
            throw RecordingError(.wrongSigner, "the recording signing key does not make Ed25519 signatures")
        }
        return head + signature + body
    }

    /// The content of an index file, if it may be used for `recording`; nil if it belongs to another file, was altered,
    /// is not signed as it has to be, or is none at all.
    /// - Parameters:
    ///   - recording: gives parts of the recording's file.
    ///   - signer: the gateway's public key. Without one an index counts that is not signed, or signed with the key
    ///     that the recording names: its own signatures prove no more then.
    ///   - acceptsUnsigned: an index that is not signed counts although there is a `signer`.
    /// - Throws: what `recording` throws.
    public static func open(
        _ file: [UInt8], of recording: FrameReader.Read, keys: RecordingSubkeys, signer: [UInt8]?,
        acceptsUnsigned: Bool = false
    ) throws -> [UInt8]? {
        guard (self.bodyStart...self.maximumBytes).contains(file.count), file.starts(with: self.magic) else {
            return nil
        }
        var reader = ByteReader(file[(self.magic.count + FileID.size + 8)...])
        guard let offset = reader.fixed(UInt64.self),
            let subject = try SealedRecording(recording, sealOffset: offset)
        else { return nil }
        let head = Array(file[..<self.headSize])
        let isSigned = head[self.headSize - 1] == 1
        guard head == self.head(of: subject, isSigned: isSigned) else { return nil }
        let signature = file[self.headSize..<self.bodyStart]
        let body = file[self.bodyStart...]
        if isSigned {
            let verifier = SignatureVerifier(publicKey: signer ?? subject.signingKey)
            guard verifier?.verifies(signature, of: self.signedMessage(head, body)) == true else { return nil }
        } else {
            guard signer == nil || acceptsUnsigned else { return nil }
        }
        guard body.count >= AuthenticatedCipher.nonceSize else { return nil }
        return AuthenticatedCipher(key: keys.index(of: subject.fileID), for: .open).open(
            body.dropFirst(AuthenticatedCipher.nonceSize), nonce: Array(body.prefix(AuthenticatedCipher.nonceSize)),
            authenticating: head)
    }

    private static func head(of recording: SealedRecording, isSigned: Bool) -> [UInt8] {
        var head = ByteWriter()
        head.raw(self.magic)
        head.raw(recording.fileID.bytes)
        head.fixed(recording.length)
        head.fixed(recording.sealOffset)
        head.raw(recording.hash)
        head.fixed(UInt8(isSigned ? 1 : 0))
        return head.bytes
    }

    /// The body by its hash, so that a large index is read but once.
    private static func signedMessage(_ head: [UInt8], _ body: ArraySlice<UInt8>) -> [UInt8] {
        let hash = RunningHash()
        body.withUnsafeBytes { hash.update($0) }
        return self.domain + head + hash.digest
    }
}

/// What tells one sealed recording from all others: its header's id, and its seal.
public struct SealedRecording: Hashable, Sendable {
    public let fileID: FileID
    /// The Ed25519 key that the header names.
    public let signingKey: [UInt8]
    /// Of the whole file, in bytes.
    public let length: UInt64
    public let sealOffset: UInt64
    /// SHA-256 of all bytes before the seal, as the seal says. Neither is checked here: that is verification.
    public let hash: [UInt8]

    /// Reads header and seal; nil unless a well-formed seal stands at `sealOffset` and ends the file.
    /// - Throws: what `read` throws.
    public init?(_ read: FrameReader.Read, sealOffset: UInt64) throws {
        var start = RecordParser()
        start.append(try read(0, RecordParser.longestStart))
        var end = RecordParser(resumingAt: sealOffset)
        end.append(try read(sealOffset, RecordHeader.maximumSize + RecordingLimits.maximumSealBody + 1))
        guard let first = try? start.next(), let header = try? RecordingHeader(first), let last = try? end.next(),
            last.kind == .seal, end.buffered == 0,
            let seal = RecordingSeal(unsigned: last.body.dropLast(SignatureVerifier.signatureSize)),
            seal.statement.fileID == header.fileID, seal.statement.head.covered == sealOffset
        else { return nil }
        self.fileID = header.fileID
        self.signingKey = header.signingKey
        self.length = last.end
        self.sealOffset = sealOffset
        self.hash = seal.statement.head.sha256
    }
}

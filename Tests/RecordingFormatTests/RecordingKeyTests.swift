import RecordingFormat
import RecordingKeys
import Testing

@Suite("keys")
struct RecordingKeyTests {
    @Test("a recipient opens what was encrypted to it, and nobody else does")
    func recipients() throws {
        let recording = try TestRecording.small()
        let identity = recording.identity
        let contents = try RecordingReader.read(recording.file) { try identity.subkeys(for: $0) }
        #expect(!contents.events.isEmpty)
        #expect(contents.events == (try recording.read().events))
        #expect(throws: RecordingKeyError.notARecipient) {
            try RecordingReader.read(recording.file) { try RecordingIdentity().subkeys(for: $0) }
        }
    }

    @Test("each of several recipients opens the file")
    func severalRecipients() throws {
        let identities = [RecordingIdentity(), RecordingIdentity()]
        let fileKey = RecordingKey.random()
        let fileID = FileID.random()
        let header = try RecordingHeader(
            fileID: fileID, started: 1, signingKey: [UInt8](repeating: 1, count: 32), fileKey: fileKey,
            recipients: identities.map(\.recipient))
        let expected = RecordingSubkeys(fileKey: fileKey, fileID: fileID).encoded()
        for identity in identities { #expect(try identity.subkeys(for: header).encoded() == expected) }
    }

    @Test("a header that was altered does not give its key away")
    func alteredHeader() throws {
        let recording = try TestRecording.small()
        let identity = recording.identity
        for offset in [8 + 4, 8 + 4 + 16, 8 + 4 + 24, 8 + 4 + 56 + 3 + 8 + 1, 8 + 4 + 56 + 3 + 40 + 1] {
            var file = recording.file
            file[offset] ^= 1
            #expect(throws: RecordingKeyError.headerAltered) {
                try RecordingReader.read(file) { try identity.subkeys(for: $0) }
            }
        }
    }

    @Test("the wrong key opens nothing, and says so for each record")
    func wrongKey() throws {
        let recording = try TestRecording.small()
        let other = RecordingSubkeys(fileKey: .random(), fileID: recording.header.fileID)
        let contents = try RecordingReader.read(recording.file) { _ in other }
        #expect(contents.events.isEmpty)
        #expect(contents.metadata == nil)
        #expect(contents.badRecords.map(\.error.code).allSatisfy { $0 == .frame })
        #expect(contents.report.isComplete)
    }

    @Test("subkeys differ from each other, and by file")
    func subkeys() throws {
        let fileKey = RecordingKey.random()
        let one = RecordingSubkeys(fileKey: fileKey, fileID: .random())
        let two = RecordingSubkeys(fileKey: fileKey, fileID: .random())
        let keys = [one.frames, one.gateway, two.frames, two.gateway].map { $0.withUnsafeBytes { Array($0) } }
        #expect(Set(keys).count == 4)
        #expect(try RecordingSubkeys(encoded: one.encoded()).encoded() == one.encoded())
        #expect(throws: RecordingError.self) { try RecordingSubkeys(encoded: [1]) }
    }

    @Test("keys in text come back, and a typing error is found")
    func textForms() throws {
        let identity = RecordingIdentity()
        let secret = identity.secretText
        #expect(secret.hasPrefix("SPR-IDENTITY-1"))
        let recipient = identity.recipient.description
        #expect(recipient.hasPrefix("spr-recipient-1"))
        #expect(try RecordingIdentity(text: "# archive\n \(secret)\n").secretBytes == identity.secretBytes)
        #expect(try RecordingRecipient(text: recipient).rawRepresentation == identity.recipient.rawRepresentation)
        var typo = Array(recipient)
        typo[20] = typo[20] == "q" ? "p" : "q"
        #expect(throws: RecordingKeyError.malformedRecipient) { try RecordingRecipient(text: String(typo)) }
        for text in ["", "spr-recipient-1", recipient.dropLast(1).description, secret, recipient.uppercased() + "x"] {
            #expect(throws: RecordingKeyError.malformedRecipient) { try RecordingRecipient(text: text) }
        }
        #expect(throws: RecordingKeyError.malformedIdentity) { try RecordingIdentity(text: recipient) }
    }

    @Test("secrets do not print themselves")
    func secretsInText() throws {
        let key = try RecordingKey([UInt8](repeating: 0x41, count: 32))
        #expect("\(key)" == "(secret)")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("65") && !dumped.contains("AAAA"))
        #expect("\(RecordingIdentity())" == "(secret)")
        #expect(throws: RecordingError.self) { try RecordingKey([1, 2, 3]) }
    }
}

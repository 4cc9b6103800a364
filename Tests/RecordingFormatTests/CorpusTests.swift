import Crypto
import Foundation
import RecordingFormat
import RecordingKeys
import Testing

/// What `NAME.expect` says. See recordings/README.md.
struct CorpusExpectation {
    static let keys = [
        "comment", "expect", "interval", "affected", "sound", "how", "signer", "identity", "input-identity", "events",
        "main-events", "output-sha256", "bad-frames",
    ]
    /// What a reader is told, not what it finds.
    static let given: Set = ["comment", "signer", "identity", "input-identity"]
    var values: [String: String] = [:]

    init(text: String) throws {
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { throw CocoaError(.fileReadCorruptFile) }
            let key = String(line[..<colon])
            #expect(Self.keys.contains(key), "unknown key \(key)")
            self.values[key] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
    }

    /// What our own reader finds.
    /// - Parameter identities: of the main track, and of the input track if there is one.
    init(_ file: [UInt8], signer: [UInt8], identities: [RecordingIdentity], comment: String) throws {
        func read(_ identities: [RecordingIdentity]) throws -> RecordingContents {
            try RecordingReader.read(file, expectedSigner: signer) {
                try? RecordingIdentity.subkeys(of: identities, for: $0)
            }
        }
        let contents = try read(identities)
        let report = contents.report
        self.values["comment"] = comment
        self.values["expect"] = report.word
        self.values["interval"] = report.interval.map(String.init)
        self.values["affected"] = report.affected.map { "\($0.lowerBound)-\($0.upperBound)" }
        self.values["sound"] = report.vouched.map { String($0.covered) }
        if case .complete(let ending) = report.verdict { self.values["how"] = "\(ending.how)" }
        self.values["signer"] = hex(signer)
        self.values["identity"] = identities[0].secretText
        if identities.count > 1 {
            self.values["input-identity"] = identities[1].secretText
            self.values["main-events"] = String(try read([identities[0]]).events.count)
        }
        self.values["events"] = String(contents.events.count)
        self.values["output-sha256"] = hex(Array(SHA256.hash(data: joined(contents.events))))
        let bad = contents.badRecords.compactMap(\.frame).map(String.init).joined(separator: " ")
        self.values["bad-frames"] = bad.isEmpty ? nil : bad
    }

    func signer() throws -> [UInt8] {
        let digits = Array(try #require(self.values["signer"]))
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
            UInt8(String(digits[index...index + 1]), radix: 16)
        }
    }

    func identities() throws -> [RecordingIdentity] {
        let main = try RecordingIdentity(text: try #require(self.values["identity"]))
        return [main] + (try self.values["input-identity"].map { [try RecordingIdentity(text: $0)] } ?? [])
    }

    var text: String {
        Self.keys.compactMap { key in self.values[key].map { "\(key): \($0)\n" } }.joined()
    }
}

@Suite("corpus")
struct CorpusTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "recordings")

    /// `valid/NAME` and `invalid/NAME` of each file.
    static let names = ["valid", "invalid"].flatMap { folder in
        let files = try? FileManager.default.contentsOfDirectory(atPath: directory.appending(path: folder).path)
        return (files ?? []).filter { $0.hasSuffix(".spr") }.map { "\(folder)/\($0.dropLast(4))" }.sorted()
    }

    @Test("the corpus is there, as it is made here")
    func presence() throws {
        #expect(Self.names.sorted() == (try CorpusFiles.all()).map(\.path).sorted())
    }

    @Test("each file of the corpus is read as it says", arguments: names)
    func file(name: String) throws {
        let file = Array(try Data(contentsOf: Self.directory.appending(path: "\(name).spr")))
        let text = try String(contentsOf: Self.directory.appending(path: "\(name).expect"), encoding: .utf8)
        let expected = try CorpusExpectation(text: text)
        let found = try CorpusExpectation(
            file, signer: try expected.signer(), identities: try expected.identities(),
            comment: expected.values["comment"] ?? "")
        #expect(found.values == expected.values)
        let isSound = found.values["expect"] == "complete" && found.values["bad-frames"] == nil
        #expect(isSound == name.hasPrefix("valid/"))
    }

    @Test("the sessions for people to try the player on are sound and open with the identity beside them")
    func demonstration() throws {
        let folder = Self.directory.appending(path: "demo")
        let identity = try RecordingIdentity(
            text: try String(contentsOf: folder.appending(path: "identity"), encoding: .utf8))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".spr") }
        #expect(names.count >= 7)
        for name in names {
            let file = Array(try Data(contentsOf: folder.appending(path: name)))
            let contents = try RecordingReader.read(file) { try identity.subkeys(for: $0) }
            #expect(contents.report.isComplete, "\(name): \(contents.report)")
            #expect(contents.badRecords.isEmpty && contents.events.count > 20, "\(name)")
        }
    }

    @Test(
        "write what the corpus lacks",
        .enabled(if: ProcessInfo.processInfo.environment["SALLYPORT_WRITE_CORPUS"] != nil, "only when asked to"))
    func write() throws {
        let path = try #require(ProcessInfo.processInfo.environment["SALLYPORT_WRITE_CORPUS"])
        for entry in try CorpusFiles.all() {
            try CorpusFiles.write(entry, to: URL(filePath: path).appending(path: entry.path))
        }
    }
}

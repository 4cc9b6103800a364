import Foundation
import RecordingFormat
import RecordingKeys
import SallyportTesting
import Testing

/// The reader in Tests/ReferenceReader was written from the specification alone. Where it and ours disagree, one of
/// them is wrong, or the specification does not say enough.
@Suite(
    "a second reader",
    .enabled(if: ReferenceReader.isInstalled, "scripts/test installs the packages that it needs"))
struct ReferenceReaderTests {
    @Test("both readers say the same of every file of the corpus, and decode the same events")
    func corpus() throws {
        let paths = CorpusTests.names.map { CorpusTests.directory.appending(path: $0) }
        let findings = try ReferenceReader.findings(of: paths.map(\.path))
        #expect(findings.map(\.file) == paths.map { $0.path + ".spr" })
        for (path, finding) in zip(paths, findings) {
            let text = try String(contentsOf: path.appendingPathExtension("expect"), encoding: .utf8)
            let expected = try CorpusExpectation(text: text)
            let file = Array(try Data(contentsOf: path.appendingPathExtension("spr")))
            try Self.compare(finding, file, expected)
            #expect(finding.result == expected.values.filter { !CorpusExpectation.given.contains($0.key) })
        }
    }

    @Test("both readers say the same of files that were altered at random")
    func altered() throws {
        let scratch = try Scratch()
        defer { scratch.dispose() }
        var generator = SystemRandomNumberGenerator()
        var files: [[UInt8]] = []
        var expected: [CorpusExpectation] = []
        let originals = try CorpusFiles.damaged()
        for number in 0..<300 {
            // Half of them begin with a sound file, half with one that is damaged already.
            let original = originals[number % originals.count]
            var file = Bool.random() ? original.recording.file : original.file
            for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.alter(&file, using: &generator) }
            let keys = original.recording.identities.map(\.secretText)
            let given =
                "signer: \(hex(original.recording.signingKey))\nidentity: \(keys[0])\n"
                + (keys.count > 1 ? "input-identity: \(keys[1])\n" : "")
            let path = scratch.path("\(number)")
            try Data(file).write(to: URL(filePath: path + ".spr"))
            try Data(given.utf8).write(to: URL(filePath: path + ".expect"))
            files.append(file)
            expected.append(try CorpusExpectation(text: given))
        }
        let findings = try ReferenceReader.findings(of: files.indices.map { scratch.path("\($0)") })
        #expect(findings.count == files.count)
        for (number, finding) in findings.enumerated() {
            try Self.compare(finding, files[number], expected[number])
        }
    }

    private static func compare(
        _ finding: ReferenceReader.Finding, _ file: [UInt8], _ given: CorpusExpectation
    ) throws {
        let identities = try given.identities()
        let found = try CorpusExpectation(file, signer: try given.signer(), identities: identities, comment: "")
        let ours = found.values.filter { !CorpusExpectation.given.contains($0.key) }
        // The file as text, so that what was found at random can be looked into.
        #expect(ours == finding.result, "\(finding.file): \(ours == finding.result ? "" : hex(file))")
        let contents = try RecordingReader.read(file) { try? RecordingIdentity.subkeys(of: identities, for: $0) }
        #expect(contents.events.map(plain) == finding.events, "\(finding.file)")
        let metadata = contents.metadata?.pairs.map { (hex($0.key), hex($0.value)) }
        #expect(metadata.map { Dictionary($0) { $1 } } == finding.metadata, "\(finding.file)")
    }

    /// One change as an attacker, a bad disk or a bad copy may make it.
    private static func alter(_ file: inout [UInt8], using generator: inout some RandomNumberGenerator) {
        guard file.count > 1 else { return }
        let place = Int.random(in: 0..<file.count, using: &generator)
        let end = min(file.count, place + Int.random(in: 1...200, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: file[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        case 1: file[place] = .random(in: 0...255, using: &generator)
        case 2: file.removeSubrange(place..<end)
        case 3: file.insert(contentsOf: file[place..<end], at: Int.random(in: 0...file.count, using: &generator))
        case 4: file.removeSubrange(place...)
        default: for index in place..<end { file[index] = 0 }
        }
    }
}

/// Runs Tests/ReferenceReader/read_spr.py.
enum ReferenceReader {
    struct Finding: Decodable {
        /// Its path.
        let file: String
        /// As an `.expect` file says it, without what was given.
        let result: [String: String]
        /// Hexadecimal keys and values.
        let metadata: [String: String]?
        let events: [[String: String]]
    }

    private static let python = Repository.root.appending(path: ".build/reference-reader/bin/python").path

    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: self.python) }

    /// What it says of files without their ending `.spr`; beside each is one with `.expect`, which names signer and
    /// identity.
    static func findings(of paths: [String]) throws -> [Finding] {
        let scratch = try Scratch()
        defer { scratch.dispose() }
        let script = Repository.root.appending(path: "Tests/ReferenceReader/read_spr.py").path
        let arguments = try paths.flatMap { path in
            let told = try CorpusExpectation(text: String(contentsOfFile: path + ".expect", encoding: .utf8)).values
            let identities = [told["identity"], told["input-identity"]].compactMap(\.self).joined(separator: " ")
            return [path + ".spr", told["signer"] ?? "", identities]
        }
        let printed = try output(of: [self.python, "-B", script] + arguments, in: scratch)
        return try printed.split(separator: "\n").map { line in
            try JSONDecoder().decode(Finding.self, from: Data(line.utf8))
        }
    }
}

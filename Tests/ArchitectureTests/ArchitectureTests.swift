import Foundation
import SallyportTesting
import Testing

@Suite("architecture")
struct ArchitectureTests {
    @Test("no target sees what it must not")
    func imports() throws {
        #expect(ImportRules.violations(in: try .repository("Sources")) == [])
    }

    @Test(
        "the import rules fail on a forbidden import, direct or through another target",
        arguments: [
            (["Gateway": "SSHTransport"], "Gateway → SSHTransport"),
            (
                ["sallyportd": "Gateway", "Gateway": "Helper", "Helper": "CLibSSH"],
                "sallyportd → Gateway → Helper → CLibSSH"
            ),
            (["SessionWorker": "Vault"], "SessionWorker → Vault"),
            (["SessionWorker": "Platform", "Platform": "Foundation"], "SessionWorker → Platform → Foundation"),
            (["RecordingFormat": "Platform"], "RecordingFormat → Platform"),
            (["AdminServer": "Vault"], "AdminServer → Vault"),
            (["sallyport": "SessionStore"], "sallyport → SessionStore"),
            (["Playback": "CLibSSH"], "only SSHTransport"),
            (["Gateway": "CLDAP"], "only Directory"),
            (["Gateway": "SallyportTesting"], "harness"),
            (["AdminAPI": "sallyportd"], "executable"),
        ])
    func importsFail(_ imports: [String: String], _ words: String) {
        let texts = imports.map { ("Sources/\($0)/File.swift", "internal import \($1)\n") }
        let violations = ImportRules.violations(in: SourceTree(Dictionary(uniqueKeysWithValues: texts)))
        #expect(violations.contains { $0.contains(words) }, "\(violations)")
    }

    @Test("import lines are read in every form")
    func importLines() {
        for line in [
            "import A", "  internal import A", "@testable import A", "public import struct A.B", "import A.C // why",
        ] {
            #expect(SourceTree.importedModule(line[...]) == "A")
        }
        for line in ["// import A", "important A", "let import1 = A", ""] {
            #expect(SourceTree.importedModule(line[...]) == nil)
        }
    }

    @Test("every rule names a target that is there")
    func rulesAreAlive() throws {
        let targets = Set(try SourceTree.repository("Sources").files.map(\.target))
        for rule in ImportRules.rules { #expect(targets.contains(rule.target), "\(rule.target)") }
    }

    @Test("files keep their size, and say why where they step around the compiler")
    func texts() throws {
        let tree = try SourceTree.repository("Sources", "Tests")
        // These tests speak of what they look for.
        let others = tree.files.filter { $0.target != "ArchitectureTests" }
        var rest = tree
        rest.files = others
        #expect(TextRules.violations(in: rest) == [])
    }

    @Test(
        "the text rules fail on a long file, a reasonless escape, unfinished work",
        arguments: [
            (String(repeating: "\n", count: 500), "501 lines"),
            ("final class A: @unchecked Sendable {}", "@unchecked Sendable"),
            ("let a = try! b()", "try!"),
            ("let a = b as! C", "as!"),
            ("nonisolated(unsafe) var a = 1", "nonisolated(unsafe)"),
            ("// TODO: later", "TODO"),
        ])
    func textsFail(_ text: String, _ words: String) {
        let violations = TextRules.violations(in: SourceTree(["Sources/Platform/File.swift": text]))
        #expect(violations.count == 1)
        #expect(violations.first?.contains(words) == true)
    }

    @Test(
        "the text rules accept an escape with its reason",
        arguments: [
            "let a = try! b()  // b can't throw: the input is a constant",
            "// the lock below guards every property\nfinal class A: @unchecked Sendable {}",
            "let a = \"a word like try! in quotes\"", "// in prose, as! is only a word",
        ])
    func textsPass(_ text: String) {
        #expect(TextRules.violations(in: SourceTree(["Sources/Platform/File.swift": text])) == [])
    }

    @Test("the broker does not link libssh, and the worker carries its own")
    func linkedLibraries() throws {
        let daemon = try ElfDependencies.needed(by: Binaries.daemon)
        let worker = try ElfDependencies.needed(by: Binaries.worker)
        let commandLine = try ElfDependencies.needed(by: Binaries.commandLine)
        #expect(daemon.contains("libc.so.6"))
        #expect(!daemon.contains { $0.hasPrefix("libssh") }, "\(daemon)")
        #expect(!commandLine.contains { $0.hasPrefix("libssh") }, "\(commandLine)")
        // Its private functions are in the static library alone.
        #expect(!worker.contains { $0.hasPrefix("libssh") }, "\(worker)")
        #expect(!worker.contains { $0.hasPrefix("libsqlite") || $0.hasPrefix("libFoundation") }, "\(worker)")
    }
}

import AdminAPI
import Foundation
import Platform
import SallyportTesting
import SessionStore
import Testing
import Vault

@testable import Gateway

@Suite("What rotation is made of")
struct RotationMachineTests {
    // MARK: passwd

    private func dialogue() -> PasswordDialogue {
        PasswordDialogue(present: SecretBytes(copying: Array("old".utf8)), new: SecretBytes(copying: Array("new".utf8)))
    }

    /// What is typed, with secrets in brackets.
    private func typed(_ inputs: [ProgramInput]) -> String {
        inputs.map { input in
            switch input {
            case .plain(let bytes): String(decoding: bytes, as: UTF8.self)
            case .secret(let secret): "[\(secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })]"
            }
        }.joined()
    }

    @Test(
        "the questions of Linux-PAM, of shadow and of BusyBox are answered, each once, also when they come byte by byte",
        arguments: [
            ["Changing password for ops.\r\nCurrent password: ", "\r\nNew password: ", "\r\nRetype new password: "],
            [
                "Changing password for user ops.\n(current) UNIX password: ", "New password: ",
                "Re-enter new password: ",
            ],
            ["Changing password for ops\nOld password: ", "\nNew password: ", "\nRetype password: "],
        ])
    func passwd(prompts: [String]) {
        var dialogue = self.dialogue()
        let answers = prompts.map { prompt in
            prompt.utf8.map { self.typed(dialogue.heard([$0])) }.joined()
        }
        #expect(answers == ["[old]\n", "[new]\n", "[new]\n"])
        #expect(self.typed(dialogue.heard(Array("\npasswd: password updated successfully\n".utf8))) == "")
        // Asked again, it was not good enough: control-C.
        #expect(self.typed(dialogue.heard(Array("New password: ".utf8))) == "\u{3}")
    }

    @Test("what is no question for a password gets no secret")
    func otherQuestions() {
        var dialogue = self.dialogue()
        for text in ["Password: changed\n", "Are you sure: ", "New password:\n", "One-time code: "] {
            #expect(self.typed(dialogue.heard(Array(text.utf8))) == "", "\(text)")
        }
    }

    // MARK: Authorized keys

    private static func key(_ text: String) -> StoredKey {
        let blob = Array(text.utf8)
        return StoredKey(
            type: "ssh-ed25519", blob: blob, comment: "",
            fingerprint: OpenSSHPublicKey.fingerprint(ofBlob: blob))
    }

    private static func line(_ key: StoredKey) -> String { "ssh-ed25519 \(OpenSSHPublicKey.base64(ofBlob: key.blob))" }

    /// Runs the program on a file with `content`. - returns: exit code and the content afterwards.
    private func edit(_ program: (String) -> String, _ content: String) throws -> (code: Int32?, content: String) {
        let scratch = try Scratch()
        defer { scratch.dispose() }
        // With a name that a shell reads otherwise when it isn't quoted.
        let path = try scratch.write(content, to: "keys of 'x' $HOME")
        let outcome = try run(["sh", "-c", program(path)], in: scratch)
        return (outcome.code, try String(contentsOfFile: path, encoding: .utf8))
    }

    @Test("a new key comes above the old one with its options, in files of any shape; all else stays")
    func addingKeys() throws {
        let (old, new) = (Self.key("the old key of the gateway"), Self.key("the new key"))
        let (oldLine, newLine) = (Self.line(old), Self.line(new))
        for (before, after) in [
            ("\(oldLine)\n", "\(newLine)\n\(oldLine)\n"),
            ("\(oldLine) c  c", "\(newLine) c  c\n\(oldLine) c  c"),
            (
                "# \(oldLine)\nx,y=\"a b\" \(oldLine)\r\n\n",
                "# \(oldLine)\nx,y=\"a b\" \(newLine)\r\nx,y=\"a b\" \(oldLine)\r\n\n"
            ),
            (
                "other\t\n\(oldLine) a\n\\n %s\n\(oldLine) b\n",
                "other\t\n\(newLine) a\n\(oldLine) a\n\\n %s\n\(newLine) b\n\(oldLine) b\n"
            ),
            ("\(newLine)\n\(oldLine)\n", "\(newLine)\n\(oldLine)\n"),
        ] {
            let done = try self.edit({ AuthorizedKeysEdit.adding(new, besides: old, in: $0) }, before)
            #expect(done.code == 0 && done.content == after, "\(before): \(done)")
            guard !before.contains(newLine) else { continue }
            let back = try self.edit({ AuthorizedKeysEdit.removing(new, from: $0) }, after)
            #expect(back.code == 0 && back.content == before, "\(after): \(back)")
        }
    }

    @Test("a key that is not there, or only as part of another word, is told, and nothing is changed")
    func missingKeys() throws {
        let (old, new) = (Self.key("the old key of the gateway"), Self.key("the new key"))
        for content in ["", "other\n", "\(Self.line(old))AAAA x\n", "# \(Self.line(old))\n"] {
            let done = try self.edit({ AuthorizedKeysEdit.adding(new, besides: old, in: $0) }, content)
            #expect(done.code != 0 && done.content == content, "\(content): \(done)")
        }
        let scratch = try Scratch()
        defer { scratch.dispose() }
        let none = try run(
            ["sh", "-c", AuthorizedKeysEdit.adding(new, besides: old, in: scratch.path("none"))], in: scratch)
        #expect(none.code == Int32(AuthorizedKeysEdit.noFile))
    }

    @Test("a link to the file stays a link")
    func links() throws {
        let (old, new) = (Self.key("old"), Self.key("new"))
        let scratch = try Scratch()
        defer { scratch.dispose() }
        let path = try scratch.write(Self.line(old) + "\n", to: "real", mode: 0o604)
        try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: path)
        let done = try run(
            ["sh", "-c", AuthorizedKeysEdit.adding(new, besides: old, in: scratch.path("link"))], in: scratch)
        #expect(done.code == 0, "\(done.errorText)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path("link")) == path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(Self.line(new))\n\(Self.line(old))\n")
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o604)
    }

    // MARK: Discovery

    @Test("who may become root is found by user id, group and rule of sudo")
    func privileges() throws {
        let blob: [UInt8] = [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 1, 7]
        let text = """
            R root
            P root:x:0:0:root:/root:/bin/bash
            P toor:x:0:0::/root:/bin/sh
            P anna:x:1000:1000::/home/anna:/bin/bash
            P bert:x:1001:1001::/home/bert:/bin/bash
            P cora:x:1002:1002::/home/cora:/bin/bash
            P dora:x:1003:1003::/home/dora:/bin/bash
            P mail:x:8:8::/var/mail:/usr/sbin/nologin
            P broken:x:y
            G sudo:x:27:anna
            G team:x:99:cora
            G dora:x:1003:
            S root:set
            S toor:locked
            S anna:none
            k anna
            K anna:from="10.0.0.1" ssh-ed25519 \(OpenSSHPublicKey.base64(ofBlob: blob)) anna's key\r
            K anna:# ssh-ed25519 AAAA
            u read
            U Defaults env_reset
            U User_Alias OPS = bert, \\
            U     nobody
            U OPS ALL=(ALL:ALL) NOPASSWD: /usr/bin/id, ALL
            U %team ALL = (root) /usr/bin/less
            U #1003 ALL=(ALL) ALL
            """
        let found = DiscoveryReport(Array(text.utf8)).discovery(target: "web1", account: "root", managed: [])
        #expect(found.isPrivileged)
        #expect(found.accounts.map(\.name) == ["root", "toor", "mail", "anna", "bert", "cora", "dora"])
        #expect(found.unmanagedPrivileged == ["root", "toor", "anna", "bert", "dora"])
        let anna = try #require(found.accounts.first { $0.name == "anna" })
        #expect(anna.password == DiscoveredAccount.Password.none && anna.privilegedGroups == ["sudo"])
        #expect(anna.keys?.count == 1 && anna.keys?.first?.comment == "anna's key")
        #expect(anna.keys?.first?.options == "from=\"10.0.0.1\"")
        #expect(found.accounts.first { $0.name == "cora" }?.sudoRules == ["%team ALL = (root) /usr/bin/less"])
        #expect(found.accounts.first { $0.name == "bert" }?.keys == nil)
        #expect(found.accounts.first { $0.name == "mail" }?.canLogIn == false)
    }

    @Test("a target may say anything")
    func nonsense() {
        for text in ["P ", "K x", "G a:b", "\u{FFFD}\n\n P", "U =", "U =ALL", "L :", "S a:b:c", "U \\"] {
            _ = DiscoveryReport(Array(text.utf8)).discovery(target: "t", account: "a", managed: [])
        }
        #expect(SudoRules.permitsAll("(ALL : ALL) NOPASSWD: ALL"))
        #expect(!SudoRules.permitsAll("(ALL) /usr/bin/ALL"))
        #expect(!SudoRules.permitsAll("x ALL=(ALL) /bin/true"))
    }
}

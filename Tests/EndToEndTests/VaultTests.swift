import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// The vault's key, changed under a running gateway and at the start of one.
    @Suite("vault", .serialized, .throughGateway)
    struct VaultLife {
        private static let passphrase = "planted-passphrase of the vault"

        private func withLaboratory(_ body: (Laboratory) throws -> Void) throws {
            let lab = try Laboratory()
            defer { lab.dispose() }
            try body(lab)
        }

        private func status(_ gateway: TestGateway) throws -> [String: Any] {
            let text = try gateway.administer("vault", "status", "--json")
            return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }

        /// That a credential of the vault opens web1.
        private func expectLogin(_ lab: Laboratory, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let outcome = try lab.ssh("echo in")
            #expect(outcome.text == "in\n", "\(outcome.errorText)", sourceLocation: sourceLocation)
        }

        private func givesUp(
            _ gateway: TestGateway, saying words: String, daemonArguments: [String] = [],
            environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let outcome = try gateway.startInVain(
                within: .seconds(60), daemonArguments: daemonArguments, environment: environment)
            #expect(outcome.code == 1, "\(outcome.ending)", sourceLocation: sourceLocation)
            let errors = outcome.errorLines.filter { $0.hasPrefix("sallyportd: error: ") }
            #expect(errors.count == 1, "\(outcome.errorText)", sourceLocation: sourceLocation)
            #expect(errors.first?.contains(words) == true, "\(outcome.errorText)", sourceLocation: sourceLocation)
            #expect(!outcome.errorText.contains(Self.passphrase), sourceLocation: sourceLocation)
        }

        @Test("a new key while a session goes on: it stays, new ones open, and so does the next start")
        func rekeyWhileRunning() throws {
            try self.withLaboratory { lab in
                let shell = try lab.shell()
                let before = try self.status(lab.gateway)
                try lab.gateway.administer("vault", "rekey")
                let after = try self.status(lab.gateway)
                #expect(after["key"] as? String != before["key"] as? String)
                #expect(after["entries"] as? Int == before["entries"] as? Int)
                #expect((after["damaged"] as? [String])?.isEmpty == true)
                try shell.type("echo still $((40 + 2))\n")
                try shell.waitFor("still 42")
                try self.expectLogin(lab)
                lab.gateway.stop()
                try lab.gateway.start()
                try self.expectLogin(lab)
                #expect(try lab.gateway.audited("SP7501W", after: 0).count == 1)
            }
        }

        @Test("kill -9 at any moment of a change of key leaves a vault that opens")
        func crashes() throws {
            try self.withLaboratory { lab in
                let usual = try timed { try lab.gateway.administer("vault", "rekey") }
                var survived = 0
                for number in 0..<12 {
                    // Now the same file, now another one.
                    let option = number % 3 == 2 ? ["--key-file", lab.scratch.path("vault-\(number).key")] : []
                    let change = try RunningProcess(
                        [Binaries.commandLine, "--state", lab.gateway.state, "vault", "rekey"] + option,
                        in: lab.scratch)
                    pause(usual * Double.random(in: 0...1.3))
                    lab.gateway.crash()
                    if try change.wait().code == 0 { survived += 1 }
                    try lab.gateway.start()
                    let outcome = try lab.gateway.command(["vault", "status"])
                    #expect(outcome.code == 0, "\(number): \(outcome.text)\(outcome.errorText)")
                    try self.expectLogin(lab)
                }
                // Else all crashes came after the fact, or all before it.
                #expect(survived < 12)
            }
        }

        @Test("a passphrase: by descriptor and by terminal, a wrong one and none are one clear line")
        func passphrase() throws {
            try self.withLaboratory { lab in
                let gateway = lab.gateway
                let given = try gateway.command(
                    ["vault", "rekey", "--passphrase-stdin"], input: Self.passphrase + "\n")
                #expect(given.code == 0, "\(given.errorText)")
                #expect(access(gateway.state + "/keys/vault.key", F_OK) != 0)
                try self.expectLogin(lab)
                gateway.stop()
                try self.givesUp(gateway, saying: "there is no terminal to ask for it")

                let right = lab.scratch.path("right")
                let wrong = lab.scratch.path("wrong")
                try Data((Self.passphrase + "\n").utf8).write(to: URL(fileURLWithPath: right))
                try Data((Self.passphrase + "x\n").utf8).write(to: URL(fileURLWithPath: wrong))
                let outcome = try run(
                    [Binaries.daemon, "--config", gateway.configuration, "--passphrase-fd", "0"], in: lab.scratch,
                    input: .file(wrong))
                #expect(outcome.code == 1)
                #expect(
                    outcome.errorLines.first == "sallyportd: error: the passphrase is not that of the vault",
                    "\(outcome.errorText)")
                try gateway.start(daemonArguments: ["--passphrase-fd", "0"], input: .file(right))
                try self.expectLogin(lab)
                gateway.stop()

                let terminal = try TerminalProcess(
                    [Binaries.daemon, "--config", gateway.configuration], in: lab.scratch, columns: 200)
                try terminal.waitFor("passphrase of the vault: ")
                let asked = terminal.shown.count
                try terminal.type("no such words\n")
                try terminal.waitFor("that is not the passphrase", within: .seconds(60))
                try terminal.waitFor("passphrase of the vault: ", after: asked)
                try terminal.type(Self.passphrase + "\n")
                try terminal.waitFor("sallyportd: ready on", within: .seconds(60))
                #expect(!terminal.screenText.contains(Self.passphrase))
                try self.expectLogin(lab)
                try terminal.type("\u{3}")
                #expect(try terminal.wait() == .exited(0))
                #expect(!gateway.log.contains(Self.passphrase))
            }
        }

        @Test("an interrupt at the question for the passphrase ends the daemon with the terminal as it was")
        func interruptedQuestion() throws {
            try self.withLaboratory { lab in
                try lab.gateway.administer(
                    "vault", "rekey", "--passphrase-stdin", input: Self.passphrase + "\n")
                lab.gateway.stop()
                let terminal = try TerminalProcess(
                    ["sh", "-c", "\"$@\"; stty -a", "sh", Binaries.daemon, "--config", lab.gateway.configuration],
                    in: lab.scratch, columns: 200)
                try terminal.waitFor("passphrase of the vault: ")
                kill(try #require(ProcessTable.tree(of: terminal.pid).last), SIGTERM)
                _ = try terminal.wait()
                #expect(terminal.screenText.contains("interrupted at the passphrase"))
                #expect(terminal.screenText.contains(" echo "), "\(terminal.screenText)")
            }
        }

        @Test("a systemd credential: a key that was passed becomes the vault's, and is needed from then on")
        func systemdCredential() throws {
            try self.withLaboratory { lab in
                let gateway = lab.gateway
                gateway.stop()
                let folder = lab.scratch.path("credentials")
                mkdir(folder, 0o700)
                var key = Data("sallyport-vault-key-1 ".utf8)
                key += Data(Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString().utf8)
                _ = FileManager.default.createFile(
                    atPath: folder + "/sallyport-vault-key", contents: key, attributes: [.posixPermissions: 0o400])
                let environment = ["CREDENTIALS_DIRECTORY": folder]
                try gateway.start(environment: environment)
                try gateway.administer("vault", "rekey", "--systemd-credential", "sallyport-vault-key")
                let again = try gateway.command(["vault", "rekey", "--systemd-credential", "sallyport-vault-key"])
                #expect(again.code == 2 && again.errorText.contains("holds the key that is in use"))
                try self.expectLogin(lab)
                gateway.stop()
                try self.givesUp(gateway, saying: "CREDENTIALS_DIRECTORY is not set")
                chmod(folder + "/sallyport-vault-key", 0o444)
                try self.givesUp(gateway, saying: "is open to others", environment: environment)
                chmod(folder + "/sallyport-vault-key", 0o400)
                try gateway.start(environment: environment)
                try self.expectLogin(lab)
            }
        }

        @Test("a damaged and a swapped row: the gateway starts, says so once each, and the other credentials work")
        func damagedRows() throws {
            try self.withLaboratory { lab in
                let gateway = lab.gateway
                let account = lab.target.login
                try lab.addTarget("web3", port: lab.target.port, hostKey: lab.target.hostKey)
                try lab.addTarget("web4", port: lab.target.port, hostKey: lab.target.hostKey)
                gateway.stop()
                let program = """
                    import sqlite3, sys
                    db = sqlite3.connect(sys.argv[1])
                    rows = {name: (row, blob) for name, row, blob in db.execute(
                        "SELECT name, credentials.rowid, sealed FROM credentials JOIN targets ON targets.id = target")}
                    put = lambda name, blob: db.execute(
                        "UPDATE credentials SET sealed = ? WHERE rowid = ?", (blob, rows[name][0]))
                    put("web3", rows["web4"][1])
                    put("web4", rows["web4"][1][:-1] + bytes([rows["web4"][1][-1] ^ 1]))
                    db.commit()
                    """
                _ = try output(of: ["python3", "-c", program, gateway.state + "/sallyport.db"], in: lab.scratch)
                try gateway.start()
                try self.expectLogin(lab)
                let status = try gateway.command(["vault", "status"])
                #expect(status.code == 4)
                #expect(
                    status.text.contains(
                        "the credential of web3/\(account): what is stored there was sealed for another entry, "
                            + "the credential of web4/\(account)"), "\(status.text)")
                #expect(status.text.contains("the credential of web4/\(account)"))
                #expect(try gateway.audited("SP7502E", after: 0).count == 2)
                // At use: a line for the user that tells nothing of the vault, and no session.
                let known = try gateway.recordings().count
                let outcome = try lab.client.runSSH(lab.route(to: "web3"), "true")
                #expect(outcome.code != 0)
                #expect(
                    outcome.errorText.contains("the stored credential of \(account)@web3 can't be used"),
                    "\(outcome.errorText)")
                #expect(try gateway.recordings().count == known)
            }
        }

        @Test("the broker leaves no core dump, can't be looked into by its own user, and has locked memory")
        func processMemory() throws {
            try self.withLaboratory { lab in
                let pid = lab.gateway.pid
                let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
                let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
                #expect(
                    core?.split(separator: " ").suffix(3).elementsEqual(["0", "0", "bytes"]) == true, "\(limits)")
                let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
                let locked = status.split(separator: "\n").first { $0.hasPrefix("VmLck:") }
                #expect(locked?.contains(" 0 kB") == false, "\(status)")
            }
        }

        @Test("files of a process that can't be dumped belong to root, whoever runs it", .asRoot)
        func notDumpable() throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let gateway = try TestGateway(in: scratch)
            _ = try output(of: ["chown", "-R", "65534:65534", gateway.state], in: scratch)
            let daemon = try RunningProcess(
                [
                    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Binaries.daemon, "--config",
                    gateway.configuration,
                ], in: scratch)
            try daemon.waitForOutput("sallyportd: ready")
            var file = stat()
            #expect(stat("/proc/\(daemon.pid)/environ", &file) == 0)
            let status = try String(contentsOfFile: "/proc/\(daemon.pid)/status", encoding: .utf8)
            #expect(status.contains("Uid:\t65534"))
            // proc(5): the owner is root when the process's dumpable attribute is other than 1.
            #expect(file.st_uid == 0)
            daemon.kill()
        }

        @Test("restore drill: a backup of a busy gateway, on an empty machine, serves the same people and targets")
        func restoreDrill() throws {
            try self.withLaboratory { lab in
                let gateway = lab.gateway
                #expect(try lab.ssh("echo before").text == "before\n")
                let recording = try #require(try gateway.sealedRecordings(since: [], count: 1).first)
                let shell = try lab.shell()
                let backup = lab.scratch.path("backup.tar")
                try gateway.administer("backup", backup)
                let again = try gateway.command(["backup", backup])
                #expect(again.code == 1 && again.errorText.contains("exists"))
                try shell.type("echo still $((40 + 2))\n")
                try shell.waitFor("still 42")
                let key = lab.scratch.path("vault.key.copy")
                try FileManager.default.copyItem(atPath: gateway.state + "/keys/vault.key", toPath: key)
                gateway.stop()

                let place = lab.scratch.path("restored")
                mkdir(place, 0o700)
                _ = try output(of: ["cp", "-a", gateway.state + "/recordings", place], in: lab.scratch)
                let restored = try TestGateway(
                    restoring: backup, of: gateway, named: "restored", vaultKey: key, in: lab.scratch)
                _ = try output(of: ["mv", gateway.state, gateway.state + ".gone"], in: lab.scratch)
                try restored.start()
                defer { restored.stop() }
                // The same host key, the same user, the same credential.
                try self.expectLogin(lab)
                let transcript = try restored.administer("recording", "transcript", recording.id)
                #expect(transcript.contains("before"))
                #expect(try restored.command(["recording", "verify", recording.id]).code == 0)
                #expect(try restored.command(["vault", "status"]).code == 0)
                #expect(try restored.audit().contains { $0.code == "SP7504W" })
                // The session that was live then was sealed by the first gateway, and is known as ended here.
                #expect(try restored.sealedRecordings(since: [recording.id], count: 2).count >= 2)
            }
        }
    }
}

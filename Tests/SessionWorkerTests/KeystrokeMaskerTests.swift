import Testing

@testable import SessionWorker

@Suite("keystrokes of a terminal")
struct KeystrokeMaskerTests {
    // MARK: What is shown is revealed

    @Test("typed keys with echo are revealed, before Enter too from the fourth on")
    func echoed() {
        var dialogue = Dialogue()
        dialogue.show("ready> ")
        dialogue.typeEchoed("upt")
        #expect(dialogue.recorded == "")
        dialogue.typeEchoed("ime")
        #expect(dialogue.recorded == "uptime")
        dialogue.typeEchoed("\r")
        #expect(dialogue.recorded == "uptime␍")
        dialogue.typeEchoed("ls\r")
        #expect(dialogue.recorded == "uptime␍ls␍")
    }

    @Test("nothing is revealed of what has not been shown")
    func nothingEarly() {
        var dialogue = Dialogue()
        dialogue.type("hunter2")
        dialogue.show("\u{1b}[0m")
        #expect(dialogue.recorded == "")
    }

    @Test(
        "a line whose echo comes all at once, after Enter, is revealed",
        arguments: ["y\r", "ls\r", "echo grüße 日本 😀\r"])
    func slowNetwork(line: String) {
        let text = Dialogue.recorded {
            $0.type(line)
            $0.show(String(line.dropLast()) + "\r\n")
            $0.show("output\r\nready> ")
        }
        #expect(text == line.replacing("\r", with: "␍"))
    }

    @Test("a pasted block whose lines are echoed as the shell gets to them is revealed")
    func paste() {
        let text = Dialogue.recorded {
            $0.type("sleep 60\rls\rpwd -P\r")
            $0.show("sleep 60\r\n")
            $0.pass(seconds: 60)
            $0.show("ready> ls\r\nfile\r\nready> ")
            $0.show("pwd -P\r\n/root\r\nready> ")
        }
        #expect(text == "sleep 60␍ls␍pwd -P␍")
    }

    @Test("a bracketed paste is revealed")
    func bracketedPaste() {
        let text = Dialogue.recorded {
            $0.show("\u{1b}[?2004hready> ")
            $0.type("\u{1b}[200~echo one\necho two\u{1b}[201~")
            $0.show("\u{1b}[7mecho one\r\necho two\u{1b}[27m")
            $0.type("\r")
            $0.show("\r\u{1b}[A\u{1b}[Cecho one\r\necho two\r\n\u{1b}[?2004l\r")
        }
        #expect(text == "␛[200~echo one␊echo two␛[201~␍")
    }

    @Test("keys typed ahead of a prompt, which the terminal echoes at once, are revealed")
    func typedAhead() {
        let text = Dialogue.recorded {
            $0.typeEchoed("sleep 5\r")
            $0.typeEchoed("date\r")
            $0.show("ready> date\r\nToday\r\nready> ")
        }
        #expect(text == "sleep 5␍date␍")
    }

    @Test("corrections are part of the line")
    func backspaces() {
        let text = Dialogue.recorded {
            $0.typeEchoed("lz")
            $0.type("\u{7f}")
            $0.show("\u{8} \u{8}")
            $0.typeEchoed("s -la\r")
        }
        #expect(text == "lz␡s -la␍")
    }

    @Test(
        "recalled commands, completions and cursor keys are revealed", arguments: ["\u{1b}[A\r", "\u{1b}OA\r", "\t\r"])
    func editorKeys(keys: String) {
        let text = Dialogue.recorded {
            $0.type(String(keys.dropLast()))
            $0.show("systemctl status")
            $0.type("\r")
            $0.show("\r\n")
        }
        #expect(text == keys.replacing("\u{1b}", with: "␛").replacing("\r", with: "␍").replacing("\t", with: "␉"))
    }

    @Test("commands of vi are revealed where they are answered")
    func viKeys() {
        let text = Dialogue.recorded {
            $0.show("ready> ")
            $0.typeEchoed("echo one")
            $0.type("\u{1b}")
            $0.show("\u{8}")
            for key in "bb" {
                $0.type(String(key))
                $0.show("\u{8}\u{8}\u{8}\u{8}")
            }
            $0.type("c")
            $0.type("w")
            $0.show("\u{1b}[K")
            $0.typeEchoed("printf\r")
        }
        #expect(text == "echo one␛bbcwprintf␍")
    }

    @Test("keys of a program that draws on the main screen are revealed once a line tells")
    func pager() {
        let text = Dialogue.recorded {
            for key in "jjG" {
                $0.type(String(key))
                $0.show("\r\u{1b}[Kline\r\n:\u{1b}[K")
            }
            $0.type("q")
            $0.show("\r\u{1b}[Kready> ")
            $0.typeEchoed("ls\r")
        }
        #expect(text == "jjGqls␍")
    }

    @Test("on the alternate screen everything is noted as it is")
    func alternateScreen() {
        var dialogue = Dialogue()
        dialogue.typeEchoed("vim\r")
        dialogue.show("\u{1b}[?1049h\u{1b}[H\u{1b}[2J~\r\n~")
        dialogue.type("ihello")
        dialogue.type("\u{1b}dd:q!\r")
        #expect(dialogue.recorded == "vim␍ihello␛dd:q!␍")
        #expect(dialogue.withheld == 4)
    }

    // MARK: What is not shown is masked

    @Test(
        "a line that is not echoed is masked, whether or not the program writes a line end",
        arguments: ["\r\n", "", "\r\nSorry, try again.\r\n"])
    func silent(after: String) {
        let text = Dialogue.recorded {
            $0.typeEchoed("read -s word\r")
            $0.typeUnechoed("hunter2\r")
            $0.show(after + "ready> ")
            $0.pass(seconds: 2)
            $0.typeEchoed("echo done\r")
        }
        #expect(text == "read -s word␍‹8›echo done␍")
    }

    @Test(
        "the answer to a question for a secret is masked",
        arguments: [
            "[sudo] password for ops: ", "Password: ", "ops@db1's password: ", "Enter passphrase for key '/k': ",
            "Passwort: ", "Mot de passe\u{a0}: ", "密码：", "Enter PIN: ", "Password?", "New password: ", "Token: ",
        ])
    func question(prompt: String) {
        var dialogue = Dialogue()
        dialogue.typeEchoed("sudo id\r")
        dialogue.show(prompt)
        dialogue.type("hunter2\r")
        dialogue.show("\r\n")
        // At once: the program has gone on.
        #expect(dialogue.recorded == "sudo id␍‹8›")
    }

    @Test("an answer is masked though the program shows a star for each letter, or takes some back")
    func stars() {
        let text = Dialogue.recorded {
            $0.show("Password: ")
            for key in "hun*er2" {
                $0.type(String(key))
                $0.show("*")
            }
            $0.type("\u{7f}")
            $0.show("\u{8} \u{8}")
            $0.typeUnechoed("\r")
            $0.show("\r\nok\r\n")
        }
        #expect(text == "‹9›")
    }

    @Test("stars without a question known to us mask too")
    func starsWithoutQuestion() {
        let text = Dialogue.recorded {
            $0.show("Say the word> ")
            for key in "hunter2" {
                $0.type(String(key))
                $0.show("*")
            }
            $0.type("\r")
            $0.show("\r\nok\r\n")
        }
        #expect(text == "‹8›")
    }

    @Test("a secret with corrections, UTF-8 and Ctrl-U is masked whole")
    func editedSecret() {
        let text = Dialogue.recorded {
            $0.show("Password: ")
            $0.typeUnechoed("wrong\u{15}päß\u{7f}wörd\r")
            $0.show("\r\n")
        }
        #expect(text == "‹18›")
    }

    @Test("a question is answered by a secret that was typed ahead of it")
    func secretAhead() {
        let text = Dialogue.recorded {
            $0.typeEchoed("su\r")
            $0.typeUnechoed("hunt")
            $0.show("Password: ")
            $0.typeUnechoed("er2\r")
            $0.show("\r\n# ")
        }
        #expect(text == "su␍‹8›")
    }

    @Test("a secret within a pasted block is masked, the lines around it are revealed")
    func secretInPaste() {
        let text = Dialogue.recorded {
            $0.type("read -s word\rhunter2\recho done\rdate\r")
            $0.show("read -s word\r\n")
            $0.pass(seconds: 3)
            $0.show("ready> ")
            $0.show("echo done\r\ndone\r\nready> date\r\n")
        }
        #expect(text == "read -s word␍‹8›echo done␍date␍")
    }

    @Test("a secret that is given up with Ctrl-C is masked")
    func interrupted() {
        let text = Dialogue.recorded {
            $0.typeEchoed("read -s word\r")
            $0.typeUnechoed("hunter2\u{3}")
            $0.show("^C\r\nready> ")
            $0.pass(seconds: 2)
            $0.typeEchoed("date\r")
        }
        #expect(text == "read -s word␍‹8›date␍")
    }

    @Test("a secret that is read without Enter, after a question, is masked")
    func withoutEnter() {
        let text = Dialogue.recorded {
            $0.show("PIN: ")
            $0.typeUnechoed("1234")
            $0.show("\r\nready> ")
            $0.typeEchoed("date\r")
        }
        #expect(text == "‹4›date␍")
    }

    @Test("output of another program in the middle of a secret reveals none of it")
    func noise() {
        let text = Dialogue.recorded {
            $0.typeEchoed("read -s word\r")
            $0.typeUnechoed("hunt")
            $0.show("[1]+  Done      hurry\r\n")
            $0.typeUnechoed("er2\r")
            $0.show("unrelated text\r\nready> ")
            $0.pass(seconds: 2)
            $0.typeEchoed("date\r")
        }
        #expect(text == "read -s word␍‹8›date␍")
    }

    @Test("a secret that has no verdict when the channel closes is masked")
    func closed() {
        #expect(Dialogue.recorded { $0.typeUnechoed("hunter2\r") } == "‹8›")
        #expect(Dialogue.recorded { $0.typeUnechoed("hunter2") } == "‹7›")
    }

    @Test("two questions in a row mask both answers")
    func twice() {
        let text = Dialogue.recorded {
            $0.typeEchoed("passwd\r")
            $0.show("New password: ")
            $0.type("hunter2\r")
            $0.show("\r\nRetype new password: ")
            $0.type("hunter2\r")
            $0.show("\r\npasswd: password updated successfully\r\n")
        }
        #expect(text == "passwd␍‹8›‹8›")
    }

    @Test("a question that the terminal echoes the answer of is none")
    func echoedAnswer() {
        let text = Dialogue.recorded {
            $0.show("Change the password? ")
            $0.typeEchoed("yes\r")
        }
        #expect(text == "yes␍")
    }

    @Test("within tmux a question is known though the status line is drawn after it")
    func withinTmux() {
        let text = Dialogue.recorded {
            $0.show("\u{1b}[?1049h\u{1b}[H\u{1b}[J\u{1b}[1;23r\u{1b}[5;1H[sudo] password for ops: ")
            $0.show("\u{1b}[24;1H\u{1b}[30m\u{1b}[42m[0] 0:sudo*\u{1b}[m\u{1b}[5;26H")
            $0.type("hunter2\r")
            $0.show("\r\n# ")
            $0.type("id\r")
        }
        #expect(text == "‹8›id␍")
    }

    @Test("in an editor that shows a question somewhere else, nothing is masked")
    func editorWithQuestion() {
        let text = Dialogue.recorded {
            $0.show("\u{1b}[?1049h\u{1b}[H\u{1b}[2JPassword:\r\n~\u{1b}[1;1H")
            $0.type("jjdd:wq\r")
        }
        #expect(text == "jjdd:wq␍")
    }

    // MARK: Bounds

    @Test("what is withheld is bounded: the oldest is masked")
    func bounded() {
        var dialogue = Dialogue()
        for _ in 0..<40 { dialogue.type(Array(repeating: UInt8(ascii: "a"), count: 8192)) }
        #expect(dialogue.withheld == 40 * 8192)
        #expect(dialogue.withheld - dialogue.released <= KeystrokeMasker.maximumWithheld)
        dialogue.end()
        #expect(dialogue.withheld == dialogue.released)
        #expect(!dialogue.recorded.contains("a"))
    }

    @Test(
        "every withheld byte gets one verdict, and no secret is revealed, however the pieces fall", arguments: 0..<200)
    func pieces(seed: UInt64) {
        var random = SplitMix(state: seed)
        var dialogue = Dialogue()
        let script: [(typed: String, shown: String)] = [
            ("echo one\r", "echo one\r\none\r\nready> "), ("su -\r", "su -\r\nPassword: "),
            ("#Zq7!xwvkj\r", "\r\nroot# "), ("ls /tmp\r", "ls /tmp\r\nfile\r\nroot# "), ("exit\r", "exit\r\nready> "),
        ]
        for (typed, shown) in script {
            for piece in random.cut(Array(typed.utf8)) { dialogue.type(piece) }
            for piece in random.cut(Array(shown.utf8)) { dialogue.show(piece) }
        }
        dialogue.end()
        #expect(dialogue.withheld == dialogue.released)
        #expect(dialogue.recorded == "echo one␍su -␍‹11›ls /tmp␍exit␍")
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func cut(_ bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = 1 + Int(self.next() % 4)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}

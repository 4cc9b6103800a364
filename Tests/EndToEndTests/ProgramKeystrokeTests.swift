import SallyportTesting
import Testing

extension EndToEnd.Keystrokes {
    // MARK: Programs that ask for a secret

    @Test("openssl's pass phrases and passwords")
    func openSSL() throws {
        self.expectExact(
            "openssl",
            try self.record { typist in
                try typist.typeSlowly("openssl genrsa -aes256 -out key 2048\r", then: "pass phrase:")
                try typist.answer(self.secret, slowly: true, then: "Verifying")
                try typist.answer(self.secret, then: "ready> ")
                try typist.type("openssl rsa -in key -out plain\r", then: "key:")
                try typist.answer(self.secret, then: "ready> ")
                try typist.type("openssl enc -aes-256-cbc -pbkdf2 -in plain -out sealed\r", then: "password:")
                try typist.answer(self.secret, then: "Verifying")
                try typist.answer(self.secret, slowly: true, then: "ready> ")
            })
    }

    @Test("gpg without a pinentry, and cryptsetup with a question to be answered openly before")
    func encryption() throws {
        self.expectExact(
            "gpg, cryptsetup",
            try self.record { typist in
                let gpg = "gpg --no-symkey-cache --pinentry-mode loopback"
                try typist.typeSlowly("echo x >note; \(gpg) -c note\r", then: "passphrase: ")
                try typist.answer(self.secret, slowly: true, then: "ready> ")
                try typist.type("\(gpg) -d note.gpg >open\r", then: "passphrase: ")
                try typist.answer(self.secret, then: "ready> ")
                try typist.type("truncate -s 32M disk\r", then: "ready> ")
                try typist.typeSlowly(
                    "/sbin/cryptsetup --disable-locks --pbkdf pbkdf2 --pbkdf-force-iterations 1000 luksFormat disk\r",
                    then: "letters): ")
                try typist.typeSlowly("YES\r", then: "passphrase for disk: ")
                try typist.answer(self.secret, slowly: true, then: "Verify passphrase: ")
                try typist.answer(self.secret, then: "ready> ")
            })
    }

    @Test("a user's name, which is open, and then a password: a log-in as docker's, git, curl, ssh-keygen")
    func logins() throws {
        self.expectExact(
            "log-ins, ssh-keygen",
            try self.record { typist in
                try typist.typeSlowly(
                    "read -p 'Username: ' u; read -s -p 'Password: ' p; echo; echo go''t\r", then: "Username: ")
                try typist.typeSlowly("alice\r", then: "Password: ")
                try typist.answer(self.secret, slowly: true, then: "got")
                try typist.typeSlowly(
                    "printf 'protocol=https\\nhost=a.example\\n\\n' | git credential fill >/dev/null\r",
                    then: "Username")
                try typist.typeSlowly("alice\r", then: "Password")
                try typist.answer(self.secret, slowly: true, then: "ready> ")
                try typist.type("curl -u alice http://127.0.0.1:1/\r", then: "alice':")
                try typist.answer(self.secret, slowly: true, then: "ready> ")
                try typist.type("ssh-keygen -q -t ed25519 -f id\r", then: "passphrase): ")
                try typist.answer(self.secret, slowly: true, then: "again: ")
                try typist.answer(self.secret, then: "ready> ")
                try typist.typeSlowly("ssh-keygen -y -f id\r", then: "passphrase: ")
                try typist.answer(self.secret, slowly: true, then: "ready> ")
            })
    }

    @Test("vim's :X, whose key shows as stars on the alternate screen")
    func vimKey() throws {
        self.expectExact(
            "vim :X",
            try self.record { typist in
                try typist.type("vim -u NONE notes\r", then: "~")
                try typist.typeSlowly("ihello\u{1b}")
                try typist.typeSlowly(":X\r", then: "key: ")
                try typist.answer(self.secret, slowly: true, then: "again: ")
                try typist.answer(self.secret)
                pause(.milliseconds(500))
                try typist.typeSlowly(":wq\r", then: "ready> ")
            })
    }

    @Test("a secret in screen, after a question; nothing else there")
    func insideScreen() throws {
        self.expectExact(
            "screen",
            try self.record { typist in
                try typist.type(
                    "export SCREENDIR=$HOME/screens; mkdir -m 700 screens; screen -c /dev/null sh -i\r", then: "$ ")
                try typist.typeSlowly("echo in''side\r", then: "inside")
                try typist.typeSlowly("\u{1}c", then: "$ ")
                try typist.typeSlowly("/usr/bin/python3 -c 'import getpass; getpass.getpass()'\r", then: "Password: ")
                pause(.seconds(1))
                try typist.answer(self.secret, slowly: true, then: "$ ")
                try typist.typeSlowly("exit\r", then: "$ ")
                try typist.typeSlowly("exit\r", then: "ready> ")
            })
    }

    // MARK: Programs that edit lines in their own way

    @Test("python's own prompt, where a secret is asked for among what is open")
    func pythonPrompt() throws {
        self.expectExact(
            "python",
            try self.record { typist in
                try typist.typeSlowly("/usr/bin/python3 -q\r", then: ">>> ")
                try typist.typeSlowly("password = 6 * 7\r", then: ">>> ")
                try typist.typeSlowly("def f():\r", then: "... ")
                try typist.typeSlowly("  return 1\r", then: "... ")
                try typist.typeSlowly("\r", then: ">>> ")
                try typist.typeSlowly("import getpass; p = getpass.getpass('Token? ')\r", then: "Token? ")
                try typist.answer(self.secret, slowly: true, then: ">>> ")
                try typist.typeSlowly("x = input('Name: ')\r", then: "Name: ")
                try typist.typeSlowly("bob\r", then: ">>> ")
                try typist.type("\u{4}", then: "ready> ")
            })
    }

    @Test("zsh: corrections, recalled lines, its vi mode, a paste, and its read -s")
    func zsh() throws {
        self.expectExact(
            "zsh",
            try self.record { typist in
                try typist.typeSlowly("zsh -f\r", then: "% ")
                try typist.typeSlowly("echo wrong\u{7f}\u{7f}\u{7f}ight\r", then: "wright\r\n")
                try typist.type("\u{1b}[A", then: "wright")
                try typist.typeSlowly("\r", then: "% ")
                try typist.typeSlowly("bindkey -v\r", then: "% ")
                try typist.typeSlowly("echo abc\u{1b}bcwxyz\r", then: "xyz\r\n")
                try typist.typeSlowly("read -s 'w?Say it: '; echo go''t\r", then: "Say it: ")
                try typist.answer(self.secret, slowly: true, then: "got")
                try typist.typeSlowly("read -s w; echo go''t2\r", then: "\r\n")
                try typist.answer(self.secret, slowly: true, then: "got2")
                try typist.type("echo pasted one\recho pasted tw''o\r", then: "two\r\n")
                try typist.typeSlowly("exit\r", then: "ready> ")
            })
    }

    @Test("fish, which colours and completes what is typed, and its read -s with bullets")
    func fish() throws {
        self.expectExact(
            "fish",
            try self.record { typist in
                try typist.typeSlowly("fish --no-config\r", then: "> ")
                pause(.seconds(1))
                try typist.typeSlowly("echo in fi''sh\r", then: "in fish")
                try typist.typeSlowly("ls -la /\r", then: "etc")
                try typist.typeSlowly("echo wrong\u{7f}\u{7f}\u{7f}ight\r", then: "wright")
                try typist.type("\u{1b}[A", then: "wright")
                try typist.typeSlowly("\r", then: "wright")
                try typist.typeSlowly("read -s -P 'Say the password: ' w; echo go''t\r", then: "password: ")
                try typist.answer(self.secret, slowly: true, then: "got")
                try typist.type("echo pasted in o''ne go\r", then: "in one go")
                try typist.typeSlowly("exit\r", then: "ready> ")
            })
    }

    @Test("searches in less and among the shell's vi history, nano, mc: nothing is masked")
    func editorsAndPagers() throws {
        self.expectExact(
            "less, vi history, nano, mc",
            try self.record { typist in
                try typist.type("seq 500 | sed 's/^/password: /' | less\r", then: ":")
                try typist.typeSlowly("/password: 30\r")
                try typist.typeSlowly("n?: 2\r")
                try typist.typeSlowly("q", then: "ready> ")
                try typist.type("nano notes\r", then: "Help")
                try typist.typeSlowly("hello password: world\r\u{17}hello\r")
                try typist.typeSlowly("\u{f}", then: "Write")
                try typist.typeSlowly("\r", then: "Wrote")
                try typist.type("\u{18}", then: "ready> ")
                try typist.type("mc -d -u\r", then: "Hint")
                try typist.typeSlowly("\u{1b}[B\u{1b}[A\u{1b}[18~")
                pause(.seconds(1))
                try typist.typeSlowly("new folder\r", then: "new folder")
                try typist.type("\u{1b}[21~", then: "ready> ")
                try typist.type("set -o vi\r", then: "ready> ")
                try typist.typeSlowly("echo one two three\u{1b}bbcwfour\u{1b}0wdwA five\r", then: "four three five\r\n")
                try typist.typeSlowly("\u{1b}/echo\r", then: "four")
                try typist.type("\r", then: "ready> ")
            })
    }
}

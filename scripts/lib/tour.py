"""The tour of scripts/demo --check: every command of the demonstration, with stock clients, checked."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import ssl
import struct
import subprocess
import termios
import time
import urllib.error
import urllib.parse
import urllib.request

from lab import LabError, run, start


def report(step, passed, why=""):
    """One line for the person; returns whether the step passed."""
    print(f"{'ok    ' if passed else 'FAILED'} {step}" + ("" if passed or not why else f": {why}"), flush=True)
    return bool(passed)


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, argv, columns=100, rows=30):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = start(argv, terminal=True, stdin=slave, stdout=slave, stderr=slave,
                             env=os.environ | {"TERM": "xterm-256color"})
        os.close(slave)
        self.shown = b""

    def type(self, text):
        os.write(self.master, text.encode())

    def wait_for(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while text.encode() not in self.shown:
            if time.monotonic() > deadline:
                raise LabError(f"{text!r} was not shown, but {self.shown[-300:]!r}")
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    more = os.read(self.master, 65536)
                except OSError:
                    more = b""
                if not more:
                    raise LabError(f"it ended before {text!r} was shown: {self.shown[-300:]!r}")
                self.shown += more

    def ending(self, seconds=20):
        """The exit code; what is shown meanwhile is read."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                self.close()
                raise LabError("it did not end")
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    self.shown += os.read(self.master, 65536)
                except OSError:
                    pass
        os.close(self.master)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Tour:
    def __init__(self, demonstration, directory):
        self.demo, self.directory = demonstration, directory
        self.sallyport = demonstration.gateway.sallyport
        self.config = ["-F", demonstration.config]
        self.started = []

    def rows(self, *words):
        return json.loads(self.sallyport(*words, "--json").stdout)

    def only_session(self):
        deadline = time.monotonic() + 10
        while True:
            sessions = self.rows("session", "list")
            if len(sessions) == 1 or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        expect(len(sessions) == 1, f"there are {len(sessions)} sessions")
        return sessions[0]

    def newest(self):
        """The newest recording, once it is sealed."""
        deadline = time.monotonic() + 10
        while True:
            recordings = self.rows("recording", "list")
            if recordings and all(row["ended"] for row in recordings) or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        expect(recordings and recordings[-1]["ended"], "the recording is not sealed")
        return max(recordings, key=lambda row: row["started"])

    # Each step raises LabError when it fails. They go in this order: later ones look at earlier sessions.

    def connect(self):
        """ssh runs a command as the account"""
        done = run(["ssh", *self.config, "web1", "id -un; exit 7"], check=False)
        expect(done.stdout == self.demo.target.login + "\n", f"it printed {done.stdout!r} {done.stderr!r}")
        expect(done.returncode == 7, f"exit {done.returncode} instead of 7")

    def shell(self):
        """a shell on a terminal, typed at"""
        terminal = Terminal(["ssh", *self.config, "web1"])
        self.started.append(terminal)
        terminal.wait_for("$ ")
        terminal.type("echo se''en by all; stty size\n")
        terminal.wait_for("seen by all\r\n")
        terminal.wait_for("30 100\r\n")
        terminal.type("exit\n")
        expect(terminal.ending() == 0, "the shell did not end well")
        self.shell_recording = self.newest()["id"]

    def files(self):
        """sftp brings and fetches a file unchanged"""
        source, fetched = self.directory / "source", self.directory / "fetched"
        source.write_bytes(os.urandom(3 << 20))
        batch = f"put {source} tour-file\nget tour-file {fetched}\nrm tour-file\n"
        run(["sftp", "-q", "-b", "-", *self.config, "web1"], input=batch)
        expect(source.read_bytes() == fetched.read_bytes(), "the file came back changed")

    def copy(self):
        """scp, both protocols"""
        source = self.directory / "source"
        for flags in ([], ["-O"]):
            fetched = self.directory / f"copied{len(flags)}"
            run(["scp", "-q", *flags, *self.config, source, "web1:tour-copy"])
            run(["scp", "-q", *flags, *self.config, "web1:tour-copy", fetched])
            expect(source.read_bytes() == fetched.read_bytes(), f"scp {flags} changed the file")
        run(["ssh", *self.config, "web1", "rm tour-copy"])

    def watch(self):
        """session list and session watch, while it goes on"""
        self.terminal = Terminal(["ssh", *self.config, "web1"])
        self.started.append(self.terminal)
        self.terminal.wait_for("$ ")
        self.terminal.type("echo bef''ore\n")
        self.terminal.wait_for("before\r\n")
        self.session = self.only_session()
        expect(self.session["user"] == "alice" and self.session["target"] == "web1", f"{self.session}")
        watcher = Terminal(self.demo.gateway.argv("session", "watch", self.session["id"]))
        self.started.append(watcher)
        watcher.wait_for("before")
        self.terminal.type("echo while wat''ched\n")
        watcher.wait_for("while watched")
        watcher.type("q")
        watcher.ending()

    def kill(self):
        """session kill, proven"""
        answer = json.loads(
            self.sallyport("session", "kill", self.session["id"], "--reason", "end of tour", "--json").stdout)
        expect(answer["id"] == self.session["id"] and answer["closed_ms"] >= 0, f"{answer}")
        expect(self.terminal.ending(5) == 255, "ssh did not notice")
        expect(self.rows("session", "list") == [], "the session is still listed")
        expect(self.newest()["how"] == "killed", "the recording does not say that it was killed")

    def verify(self):
        """every recording verifies, by id and as a file"""
        recordings = self.rows("recording", "list")
        expect(len(recordings) >= 5, f"there are only {len(recordings)}")
        for row in recordings:
            self.sallyport("recording", "verify", row["id"])
            self.sallyport("recording", "verify", row["path"])

    def transcript(self):
        """the transcript holds what was typed and shown"""
        text = self.sallyport("recording", "transcript", self.shell_recording).stdout
        expect("echo se''en by all" in text, "the typed line is missing")
        expect("seen by all" in text, "the output is missing")

    def play(self):
        """the player plays, and gives the terminal back"""
        player = Terminal(self.demo.gateway.argv("recording", "play", self.shell_recording))
        self.started.append(player)
        player.wait_for("seen by all")
        player.type(" ")
        player.type("q")
        expect(player.ending() == 0, f"the player failed: {player.shown[-300:]!r}")
        expect(b"\x1b[?1049l" in player.shown, "the main screen was not restored")

    def tamper(self):
        """one changed bit is found: exit 4"""
        path = next(row["path"] for row in self.rows("recording", "list") if row["id"] == self.shell_recording)
        with open(path, "rb") as file:
            changed = bytearray(file.read())
        changed[len(changed) // 2] ^= 1
        copy = self.directory / "tampered.spr"
        copy.write_bytes(changed)
        done = self.sallyport("recording", "verify", copy, check=False)
        expect(done.returncode == 4, f"exit {done.returncode}: {done.stdout}{done.stderr}")
        expect(done.stderr.startswith("sallyport: error: "), f"it said {done.stderr!r}")

    def export(self):
        """the asciicast export is one"""
        text = self.sallyport("recording", "export", self.shell_recording, "--format", "asciicast-v2").stdout
        header, *events = [json.loads(line) for line in text.splitlines()]
        expect(header["version"] == 2 and header["width"] == 100, f"its header is {header}")
        expect("seen by all" in "".join(data for _, kind, data in events if kind == "o"), "the output is missing")

    def audit(self):
        """the audit log tells all of it"""
        rows = self.rows("audit", "list")
        expect(all(re.fullmatch(r"SP\d{4}[IWE]", row["code"]) for row in rows), "a code is malformed")
        text = json.dumps(rows)
        expect(self.session["id"] in text and "end of tour" in text, "the kill is missing")
        expect(self.shell_recording in text, "the replay is missing")
        expect(self.demo.target.password not in text, "the password is in it")

    def console(self):
        """the web console lets in who has a password and a code, and nobody else"""
        if not self.demo.console:
            return
        context = ssl.create_default_context(cafile=self.demo.gateway.state / "keys/api_certificate.pem")
        context.check_hostname = False
        browser = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), urllib.request.HTTPCookieProcessor())

        def sign_in(code):
            form = {"user": "sam", "password": self.demo.password, "code": code, "next": "/recordings"}
            return browser.open(f"{self.demo.console}/sign-in", urllib.parse.urlencode(form).encode()).read().decode()
        try:
            sign_in("000000")
            raise LabError("it let somebody in without a code")
        except urllib.error.HTTPError as error:
            expect(error.code == 401, f"it answered {error.code}")
        page = sign_in(self.demo.codes[-1])
        expect(self.shell_recording in page, "the recording is not listed")

    STEPS = [connect, shell, files, copy, watch, kill, verify, transcript, play, tamper, export, audit, console]


def expect(condition, why):
    if not condition:
        raise LabError(why)


def walk(demonstration, directory):
    """Takes every step, also after one failed; returns whether all passed."""
    tour, passed = Tour(demonstration, directory), True
    try:
        for step in Tour.STEPS:
            try:
                step(tour)
                passed &= report(step.__doc__, True)
            except (LabError, OSError, KeyError, AttributeError, ValueError, subprocess.TimeoutExpired) as error:
                passed &= report(step.__doc__, False, f"{type(error).__name__}: {error}")
    finally:
        for terminal in tour.started:
            terminal.close()
    return passed

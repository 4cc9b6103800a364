"""The demonstration: a gateway, a target, and a tour of what one can do with them. Started by scripts/demo."""
import argparse
import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import tour
from lab import Gateway, LabError, Target, client_config, make_key, processes, run

REPOSITORY = Path(__file__).resolve().parent.parent.parent
TARGET = "web1"
CONSOLE = REPOSITORY / ".build/console"


class Demonstration:
    """Gateway and target, with user alice and the target web1 known to the gateway."""

    def __init__(self, directory):
        self.directory = Path(directory)
        # The target's login has to reach its home, wherever this repository lies.
        self.target_directory = Path(tempfile.mkdtemp(prefix="sallyport-demo-"))
        self.target_directory.chmod(0o755)
        self.target = self.gateway = None
        self.console = self.codes = None
        try:
            self.target = Target(self.target_directory)
            self.gateway = Gateway(self.directory)
            if CONSOLE.is_dir():
                self.console = f"https://127.0.0.1:{self.gateway.serve_console(CONSOLE)}"
            self.gateway.start()
            self._introduce()
        except BaseException:
            self.stop()
            raise

    def _introduce(self):
        sallyport, account = self.gateway.sallyport, f"{TARGET}/{self.target.login}"
        self.identity = make_key(self.directory / "alice")
        sallyport("user", "add", "alice", "--key", f"{self.identity}.pub")
        sallyport("target", "add", TARGET, "--address", f"127.0.0.1:{self.target.port}",
                  "--host-key", f"{self.target.host_key}.pub")
        if self.target.private:
            sallyport("credential", "set", account, "--password-stdin", input=self.target.password + "\n")
        else:
            sallyport("credential", "set", account, "--key", self.target.key)
        sallyport("grant", "add", "demo", "--user", "alice", "--target", TARGET, "--account", self.target.login,
                  "--allow", "shell,exec,sftp,scp")
        if self.console:
            self._give_console()
        known = self.directory / "known_hosts"
        known.write_text(f"[127.0.0.1]:{self.gateway.port} {self.gateway.host_key_line()}\n")
        self.config = client_config(self.directory / "ssh_config", known, {TARGET: f"""
            Port {self.gateway.port}
            User alice@{self.target.login}@{TARGET}
            IdentityFile {self.identity}"""})

    def _give_console(self):
        """Somebody who may do everything in the web console, with a password and codes for one sign-in each."""
        sallyport = self.gateway.sallyport
        self.password = secrets.token_urlsafe(12)
        sallyport("user", "add", "sam", "--password-stdin", input=self.password + "\n")
        sallyport("user", "edit", "sam", "--role", "admin")
        uri = json.loads(sallyport("user", "totp", "enrol", "sam", "--json").stdout)["uri"]
        secret = parse_qs(urlsplit(uri).query)["secret"][0]
        step = int(time.time()) // 30
        done = sallyport("user", "totp", "confirm", "sam", "--json", input=one_time_code(secret, step) + "\n")
        self.codes = json.loads(done.stdout)["recovery_codes"]

    def stop(self):
        if self.gateway:
            self.gateway.stop()
        if self.target:
            self.target.stop()
        shutil.rmtree(self.target_directory, ignore_errors=True)

    def words(self):
        """What to try, for a person."""
        here = os.path.relpath(self.directory)
        credential = "a password" if self.target.private else "a key"
        sallyport = f"{os.path.relpath(self.gateway.binaries)}/sallyport --state {here}/state"
        console = f"""
  in a browser   {self.console}, which shows a certificate of its own making
                 user sam, password {self.password}, and for each sign-in one of the codes
                 {"  ".join(self.codes[:5])}
""" if self.console else ""
        return f"""
Sallyport listens on 127.0.0.1:{self.gateway.port}. alice may use the account {self.target.login} on {TARGET}, \
with {credential} that only the vault knows.

  connect        ssh -F {here}/ssh_config {TARGET}
                 sftp -F {here}/ssh_config {TARGET}
  who is on      {sallyport} session list
  watch          {sallyport} session watch ID
  kill           {sallyport} session kill ID --reason "enough"
  recordings     {sallyport} recording list
  play           {sallyport} recording play ID
  verify         {sallyport} recording verify ID
  what happened  {sallyport} audit list
{console}
Ctrl-C ends it all.
"""


def one_time_code(secret, step):
    """RFC 6238, as authenticator apps do it."""
    mac = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">q", step), hashlib.sha1).digest()
    at = mac[19] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


def lock_of(directory):
    """Held while a demonstration lives, so that a second one does not pull its state away."""
    directory.mkdir(exist_ok=True)
    handle = open(directory / "lock", "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise LabError(f"a demonstration runs already, with its state in {directory}") from None
    return handle


def foreground():
    directory = REPOSITORY / ".demo"
    with lock_of(directory):
        for path in directory.iterdir():
            if path.name != "lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        demonstration = Demonstration(directory)
        try:
            print(demonstration.words(), flush=True)
            while demonstration.gateway.process.poll() is None and demonstration.target.process.poll() is None:
                time.sleep(0.5)
            print("the gateway or the target ended by itself; see the logs in .demo", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 0
        finally:
            demonstration.stop()


def check():
    before = set(processes())
    with tempfile.TemporaryDirectory(prefix="sallyport-check-") as directory:
        Path(directory).chmod(0o755)
        demonstration = Demonstration(directory)
        try:
            passed = tour.walk(demonstration, Path(directory))
        finally:
            demonstration.stop()
        own = {pid for pid in set(processes()) - before if str(directory) in command_line(pid)}
        passed &= tour.report("nothing is left running", not own, f"processes {sorted(own)}")
    return 0 if passed else 1


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="walk through everything unattended, then stop")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        return check() if options.check else foreground()
    except (LabError, subprocess.SubprocessError, OSError, json.JSONDecodeError) as error:
        print(f"demo: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

"""Makes recordings/demo: a handful of short sessions, recorded by a throw-away gateway, with the identity that opens
them. Started by scripts/make-demo-recordings."""
import base64
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import demo
import lab
from tour import Terminal

DESTINATION = demo.REPOSITORY / "recordings" / "demo"
BUILD = r"""for i in $(seq 1 150); do printf '[%3d/150] \033[32mCompiling\033[0m part_%03d.c\n' $i $i; sleep 0.02; done
for i in $(seq 1 100); do printf '\rLinking %3d %%' $i; sleep 0.02; done; printf '\nbuilt in 5 s, 0 warnings\n'"""
UNICODE = "端末の記録 · 会话录制 · 세션 녹화\n👩‍💻 🚀 ✅ é e\u0301 ｆｕｌｌ ½ ➜\n┌──┬──┐\n│你│好│\n└──┴──┘\n"


def shell(terminal, *lines):
    """Types each line at the prompt, as a person would."""
    for line in lines:
        terminal.wait_for("$ ")
        terminal.shown = b""
        for key in line:
            terminal.type(key)
            time.sleep(0.03)
        terminal.type("\r")
        time.sleep(0.5)


def watch(terminal, seconds):
    """Reads what is shown meanwhile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            terminal.wait_for("never shown", 0.1)
        except lab.LabError:
            pass


def vim(terminal):
    shell(terminal, "vim notes.txt")
    for keys in ("iThe backup runs at two.\rIt takes an hour.", "\x1b", "ggOTo do:\x1b", ":set number\r", "G", "dd",
                 "u", ":wq\r"):
        watch(terminal, 0.5)
        terminal.type(keys)
    shell(terminal, "cat notes.txt", "exit")


def top(terminal):
    shell(terminal, "top -d 1")
    watch(terminal, 4)
    terminal.type("q")
    shell(terminal, "exit")


def tmux(terminal):
    shell(terminal, "tmux -f tmux.conf new-session")
    shell(terminal, "echo left")
    for keys in ("\x02%", "echo right\r", "\x02o", "seq 1 40\r", "\x02\"", "date -u +%s\r"):
        watch(terminal, 0.7)
        terminal.type(keys)
    watch(terminal, 0.7)
    terminal.type("\x02:")
    watch(terminal, 0.7)
    terminal.type("kill-session\r")
    terminal.wait_for("[exited]")
    shell(terminal, "exit")


def build(terminal):
    shell(terminal, "sh build.sh")
    terminal.wait_for("0 warnings")
    shell(terminal, "exit")


def unicode(terminal):
    shell(terminal, "cat unicode.txt", "exit")


def resize(terminal):
    shell(terminal, "for i in $(seq 1 40); do printf '%60s|\\n' $i; sleep 0.1; done")
    for step in range(40):
        rows, columns = 15 + step * 7 % 20, 60 + step * 13 % 60
        fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        watch(terminal, 0.1)
    terminal.type("exit\r")


SESSIONS = {step.__name__: step for step in (vim, top, tmux, build, unicode, resize)}


def archive_identity(state):
    """The gateway's archive key as text, out of its vault (Sources/Vault): this gateway guards nothing."""
    key = base64.b64decode((state / "keys" / "vault.key").read_text().split()[1])
    database = sqlite3.connect(state / "sallyport.db")
    blob, = database.execute("SELECT sealed FROM gateway_keys WHERE name = 'recording_archive'").fetchone()
    key_id, wrapped, sealed = blob[1:9], blob[9:69], blob[69:]

    def opened(box, secret, *parts):
        associated = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return AESGCM(secret).decrypt(box[:12], box[12:], associated)

    data_key = opened(wrapped, key, b"sallyport vault 2 data key", key_id)
    return bech32(
        "spr-identity-",
        opened(sealed, data_key, b"sallyport vault 2 secret", b"gateway-key", b"recording_archive")).upper()


def bech32(prefix, data):
    """BIP 173."""
    bits = "".join(f"{byte:08b}" for byte in data)
    values = [int(bits[at:at + 5].ljust(5, "0"), 2) for at in range(0, len(bits), 5)]
    check = 1
    for value in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values + [0] * 6:
        top, check = check >> 25, (check & 0x1ffffff) << 5 ^ value
        for bit, generator in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)):
            check ^= generator if top >> bit & 1 else 0
    values += [(check ^ 1) >> 5 * (5 - at) & 31 for at in range(6)]
    return prefix + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[value] for value in values)


def sealed_recording(gateway, known):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for row in json.loads(gateway.sallyport("recording", "list", "--json").stdout):
            if row["id"] not in known and row["ended"]:
                known.add(row["id"])
                return Path(row["path"])
        time.sleep(0.2)
    raise lab.LabError("the recording was not sealed within 20 s")


def record(demonstration):
    home, known = demonstration.target.home, set()
    (home / "build.sh").write_text(BUILD)
    (home / "unicode.txt").write_text(UNICODE)
    # No name of this machine.
    (home / "tmux.conf").write_text("set -g status-right ''\nset -g set-titles off\nset -g default-command bash\n")
    (home / ".bashrc").write_text("PS1='ops@web1:\\w$ '\n")
    ssh = ["ssh", "-F", demonstration.config, demo.TARGET]
    for name, step in SESSIONS.items():
        terminal = Terminal(ssh)
        try:
            step(terminal)
            terminal.ending()
        finally:
            terminal.close()
        yield name, sealed_recording(demonstration.gateway, known)
    batch = f"put {home}/build.sh copy.sh\nls -l\nget copy.sh {demonstration.directory}/copy.sh\nrm copy.sh\n"
    subprocess.run(["sftp", "-q", "-b", "-", "-F", demonstration.config, demo.TARGET], input=batch, text=True,
                   check=True, stdout=subprocess.DEVNULL)
    yield "sftp", sealed_recording(demonstration.gateway, known)


def main():
    DESTINATION.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sallyport-recordings-") as directory:
        Path(directory).chmod(0o755)
        demonstration = demo.Demonstration(directory)
        try:
            if not demonstration.target.private:
                raise lab.LabError("only root can give the target a login of its own, and no real one may be recorded")
            state = demonstration.gateway.state
            for name, path in record(demonstration):
                shutil.copyfile(path, DESTINATION / f"{name}.spr")
                print(f"{name}.spr: {path.stat().st_size} bytes, {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}")
            (DESTINATION / "identity").write_text(archive_identity(state) + "\n")
            shutil.copyfile(state / "keys" / "recording_signing.pub", DESTINATION / "signing.pub")
        finally:
            demonstration.stop()


if __name__ == "__main__":
    try:
        main()
    except (lab.LabError, subprocess.SubprocessError, OSError) as error:
        sys.exit(f"make-demo-recordings: error: {error}")

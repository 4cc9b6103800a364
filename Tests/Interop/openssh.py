"""OpenSSH's own programs."""
import hashlib
import os
import pty
import select
import socket
import subprocess
import termios
import threading
import time

from cells import MIB, cell, make_file, make_tree, observe, together
from lab import start, stop
from ways import content, digest

SCP, SFTP = "scp", "sftp"


def every_byte(size=MIB):
    return bytes(range(256)) * (size // 256)


@cell("ssh", "exit codes 0, 1, 127, 255")
def exit_codes(way, place, size):
    return {str(code): observe(way.ssh(f"exit {code}"))["exit"] for code in (0, 1, 127, 255)} | {
        "no such program": observe(way.ssh("/no/such/program"))["exit"]}


@cell("ssh", "killed by a signal")
def killed(way, place, size):
    # With a word before, for the recording to hold.
    return {name: observe(way.ssh(f"echo here; kill -{name} $$"))["exit"] for name in ("KILL", "TERM", "SEGV")}


@cell("ssh", "output and errors apart, all bytes")
def bytes_through(way, place, size):
    block = every_byte()
    seen = observe(way.ssh("tee /dev/stderr"), input=block)
    return {"exit": seen["exit"], "output": hashlib.sha256(seen["output"]).hexdigest(),
            "errors": hashlib.sha256(seen["errors"]).hexdigest()}


@cell("ssh", "end of input, -n, half-close")
def end_of_input(way, place, size):
    return together(
        closed=observe(way.ssh("cat; echo after"), input=b"before\n"),
        none=observe(way.ssh("cat; echo after", "-n")),
        unread=observe(way.ssh("true"), input=every_byte()))


# Dropbear's server announces no eow@openssh.com: a direct connection hangs here.
@cell("ssh", "output nobody reads any more", targets=("openssh",))
def broken_pipe(way, place, size):
    command = '"$@" | head -n 2; echo "${PIPESTATUS[1]}"'
    return observe(["bash", "-c", command, "bash", *map(str, way.ssh("yes"))], keep_errors=False, timeout=60)


@cell("ssh", "returns while a child lives on in the background")
def background(way, place, size):
    begin = time.monotonic()
    seen = observe(way.ssh("sleep 30 >/dev/null 2>&1 & echo started"))
    return seen | {"returned before the child": time.monotonic() - begin < 20}


@cell("ssh", "-A returns at once")
def agent_returns(way, place, size):
    begin = time.monotonic()
    seen = observe(way.ssh("echo here", "-A"))
    return {"exit": seen["exit"], "at once": time.monotonic() - begin < 20}


@cell("ssh", "-tt without a terminal here")
def forced_terminal(way, place, size):
    return observe(way.ssh("tty >/dev/null && echo terminal; stty size; exit 3", "-tt"))


@cell("ssh", "environment and TERM")
def environment(way, place, size):
    flags = ["-tt", "-o", "SetEnv=LC_MATRIX=grün SECOND=2"]
    return observe(way.ssh("echo $LC_MATRIX $SECOND $TERM", *flags), env=os.environ | {"TERM": "vt220"})


@cell("ssh", "terminal modes as set here")
def terminal_modes(way, place, size):
    """`stty -a` there, with an unusual terminal here."""
    master, slave = pty.openpty()
    modes = termios.tcgetattr(slave)
    modes[0] = modes[0] & ~termios.IXON | termios.IUTF8 if hasattr(termios, "IUTF8") else modes[0] & ~termios.IXON
    modes[6][termios.VERASE], modes[6][termios.VINTR] = b"\x08", b"\x1f"
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    termios.tcsetwinsize(slave, (37, 91))
    client = start(way.ssh("stty -a; echo done", "-t"), terminal=True, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen, deadline = b"", time.monotonic() + 60
    try:
        while b"done" not in seen and time.monotonic() < deadline:
            if select.select([master], [], [], 1)[0]:
                try:
                    seen += os.read(master, 4096)
                except OSError:
                    break
        client.wait(20)
    finally:
        client.kill()
        client.wait()
        os.close(master)
    return {"stty -a": seen[:seen.find(b"done")]}


@cell("ssh", "re-keying every MiB, both ways")
def rekeying(way, place, size):
    file = make_file(place.local / "block", 16 * MIB)
    with open(file, "rb") as block:
        up = observe(way.ssh("sha256sum", "-o", "RekeyLimit=1M"), stdin=block)
    with open(file, "rb") as block:
        both = observe(way.ssh("cat", "-o", "RekeyLimit=1M"), stdin=block)
    return up | {"back": hashlib.sha256(both["output"]).hexdigest()}


@cell("ssh", "unknown subsystem", silent=True)
def unknown_subsystem(way, place, size):
    return {"fails": observe(way.ssh("no-such-subsystem", "-s"))["exit"] != 0}


@cell("ssh", "ControlMaster with eight sessions")
def multiplexed(way, place, size):
    control = ["-o", f"ControlPath={place.local}/c"]
    master = start(way.ssh(None, "-N", "-M", *control), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not (place.local / "c").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        clients = [subprocess.Popen([str(word) for word in way.ssh(f"sleep 0.2; echo {number}; exit {number}", *control)],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                   for number in range(8)]
        outputs = [client.communicate(timeout=60)[0] for client in clients]
        check = observe(way.ssh(None, "-O", "check", *control), keep_errors=False)["exit"]
        leave = observe(way.ssh(None, "-O", "exit", *control), keep_errors=False)["exit"]
    finally:
        stop(master)
    return {"outputs": outputs, "exits": [client.returncode for client in clients], "check": check, "leave": leave}


# ---------------------------------------------------------------- files

@cell("scp -O", "a large file there and back")
def scp_legacy(way, place, size):
    return _copy(way, place, size, "-O")


@cell("scp -s", "a large file there and back")
def scp_sftp(way, place, size):
    return _copy(way, place, size, "-s")


def _copy(way, place, size, protocol):
    file, scp = make_file(place.local / "large", size.bulk), [SCP, "-F", way.config, "-q", protocol]
    up = observe([*scp, file, f"{way.alias}:{place.remote}/large"], timeout=600)
    down = observe([*scp, f"{way.alias}:{place.remote}/large", place.local / "back"], timeout=600)
    missing = observe([*scp, f"{way.alias}:{place.remote}/missing", place.local / "none"], keep_errors=False)["exit"]
    return together(up=up, down=down) | {
        "there": digest(place.remote / "large"), "back": digest(place.local / "back"), "missing file": missing != 0}


@cell("scp -O", "a tree with times and modes")
def scp_tree_legacy(way, place, size):
    return _copy_tree(way, place, "-O")


@cell("scp -s", "a tree with times and modes")
def scp_tree_sftp(way, place, size):
    return _copy_tree(way, place, "-s")


def _copy_tree(way, place, protocol):
    (place.local / "tree").mkdir()
    tree = make_tree(place.local / "tree", 60)
    (tree / "link").unlink()                        # scp -s of OpenSSH 9.2 gives up at a link to a folder
    for number, path in enumerate(sorted(tree.rglob("*.txt"))):
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
    scp = [SCP, "-F", way.config, "-q", "-r", "-p", protocol]
    up = observe([*scp, tree, f"{way.alias}:{place.remote}/tree"])
    down = observe([*scp, f"{way.alias}:{place.remote}/tree", place.local / "back"])
    times = [int(path.stat().st_mtime) for path in sorted((place.local / "back").rglob("*.txt"))]
    return together(up=up, down=down) | {"there": content(place.remote / "tree"), "times": times}


@cell("sftp", "a batch of every command")
def sftp_batch(way, place, size):
    file = make_file(place.local / "file", 3 * MIB)
    batch = f"""
lcd {place.local}
cd {place.remote}
mkdir folder
put {file} folder/one
rename folder/one folder/two
symlink two folder/link
chmod 640 folder/two
ls -1 folder
get folder/two got
-rm missing
put -p {file} gone
rm gone
mkdir empty
rmdir empty
df folder
"""
    seen = observe([SFTP, "-F", way.config, "-q", "-b", "-", way.alias], input=batch.encode())
    output = b"\n".join(line for line in seen["output"].splitlines() if b"%" not in line and b"df " not in line)
    return {"exit": seen["exit"], "output": output.replace(str(place.remote).encode(), b"R").replace(
        str(place.local).encode(), b"L"), "there": content(place.remote), "got": digest(place.local / "got")}


@cell("sftp", "resumes a transfer cut short")
def sftp_resume(way, place, size):
    file = make_file(place.local / "file", 3 * MIB)
    (place.local / "back").write_bytes(file.read_bytes()[:MIB])
    batch = f"put {file} {place.remote}/file\nreget {place.remote}/file {place.local}/back\n"
    seen = observe([SFTP, "-F", way.config, "-q", "-b", "-", way.alias], input=batch.encode(), keep_errors=False)
    return {"exit": seen["exit"], "back": digest(place.local / "back")}

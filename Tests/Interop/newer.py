"""The newest OpenSSH client that Debian keeps for this release: keystroke obfuscation (since 9.5), key exchanges and
defaults that the release's own client doesn't have. Without it these cells are left out."""
import hashlib
import os
import pty
import select
import termios
import time
import tty
from pathlib import Path

from cells import cell, make_file, observe, together
from lab import start
from openssh import every_byte
from ways import digest

TOOL = "newer OpenSSH"
FOLDER = os.environ.get("SALLYPORT_INTEROP_NEWER_OPENSSH")


def program(name):
    return Path(FOLDER) / "usr/bin" / name


def newer(way, command=None, *flags):
    # By its whole path, for a ProxyJump to start the same one.
    return [program("ssh"), *way.ssh(command, *flags)[1:]]


def newer_cell(name, **options):
    return cell(TOOL, name, **options) if FOLDER else lambda work: work


@newer_cell("exit codes, signals and all bytes")
def bytes_and_codes(way, place, size):
    block = every_byte()
    seen = observe(newer(way, "tee /dev/stderr"), input=block)
    return {"output": hashlib.sha256(seen["output"]).hexdigest(), "errors": hashlib.sha256(seen["errors"]).hexdigest(),
            "codes": [observe(newer(way, command))["exit"] for command in ("exit 0", "exit 255", "echo on; kill -9 $$")]}


@newer_cell("keys typed one by one with ObscureKeystrokeTiming")
def typing(way, place, size):
    """Where a server offers it, each key goes out among pings that have to be answered, and on for a while after it."""
    keys = b"".join(f"key {number}; ".encode() for number in range(12)) + "grün 文\n".encode()
    master, slave = pty.openpty()
    tty.setraw(slave)
    termios.tcsetwinsize(slave, (24, 80))
    command = f"stty raw -echo; echo ready; head -c {len(keys)} | sha256sum; exit 5"
    client = start(newer(way, command, "-tt", "-o", "ObscureKeystrokeTiming=interval:20"), terminal=True, stdin=slave,
                   stdout=slave, stderr=slave)
    os.close(slave)
    seen, sent, deadline = b"", 0, time.monotonic() + 60
    try:
        while client.poll() is None and time.monotonic() < deadline:
            if select.select([master], [], [], 0.007)[0]:
                try:
                    seen += os.read(master, 4096)
                except OSError:
                    break
            elif b"ready" in seen and sent < len(keys):
                os.write(master, keys[sent:sent + 1])
                sent += 1
        code = client.wait(20)
    finally:
        client.kill()
        client.wait()
        os.close(master)
    return {"exit": code, "arrived": hashlib.sha256(keys).hexdigest().encode() in seen}


@newer_cell("scp, sftp and re-keying")
def files(way, place, size):
    file = make_file(place.local / "large", size.bulk // 16)
    here = ["-F", way.config, "-S", program("ssh"), "-q"]
    parts = {}
    for protocol in ("-O", "-s"):
        remote = f"{way.alias}:{place.remote}/large{protocol}"
        parts |= {f"up{protocol}": observe([program("scp"), *here, protocol, file, remote]),
                  f"down{protocol}": observe([program("scp"), *here, protocol, remote, place.local / f"back{protocol}"])}
    batch = f"put {file} {place.remote}/put\nls -1 {place.remote}/put\nget {place.remote}/put {place.local}/got\n"
    sftp = observe([program("sftp"), *here, "-o", "RekeyLimit=1M", "-b", "-", way.alias], input=batch.encode(),
                   keep_errors=False)
    return together(**parts) | {"sftp exit": sftp["exit"]} | {
        str(path.name): digest(path) for folder in (place.remote, place.local) for path in sorted(folder.iterdir())}


@newer_cell("ControlMaster and -A")
def shared(way, place, size):
    control = ["-o", f"ControlPath={place.local}/c", "-o", "ControlPersist=30"]
    first = observe(newer(way, "echo first", "-M", *control), keep_errors=False)
    second = observe(newer(way, "echo second; exit 9", "-A", *control), keep_errors=False)
    leave = observe(newer(way, None, "-O", "exit", *control), keep_errors=False)["exit"]
    return together(first=first, second=second) | {"leave": leave}

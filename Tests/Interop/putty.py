"""PuTTY's programs for the command line."""
import hashlib

from cells import MIB, cell, make_file, observe, together
from openssh import every_byte
from ways import content, digest


def _key(place, way):
    path = place.local / "key.ppk"
    observe(["puttygen", way.identity, "-O", "private", "-o", path])
    return path


def _flags(way, place):
    return ["-batch", "-P", way.port, "-l", way.login, "-hostkey", way.fingerprint, "-i", _key(place, way)]


@cell("plink", "exit codes and all bytes")
def plink(way, place, size):
    argv = ["plink", "-ssh", "-noagent", *_flags(way, place), way.host]
    block = every_byte()
    through = observe([*argv, "tee /dev/stderr"], input=block)
    return {str(code): observe([*argv, f"exit {code}"], keep_errors=False)["exit"] for code in (0, 1, 127)} | {
        "exit": through["exit"], "output": hashlib.sha256(through["output"]).hexdigest(),
        "terminal": observe([*argv, "-t", "stty size; exit 5"], keep_errors=False)["exit"]}


@cell("pscp", "both protocols, there and back")
def pscp(way, place, size):
    file, seen = make_file(place.local / "file", 5 * MIB), {}
    for protocol in ("-scp", "-sftp"):
        # PuTTY splits HOST:PATH at the first colon; the login comes from -l.
        argv = ["pscp", "-q", protocol, *_flags(way, place)]
        seen |= together(**{
            f"up{protocol}": observe([*argv, file, f"{way.host}:{place.remote}/file{protocol}"]),
            f"down{protocol}": observe([*argv, f"{way.host}:{place.remote}/file{protocol}",
                                        place.local / f"back{protocol}"])})
        seen[f"back{protocol}"] = digest(place.local / f"back{protocol}")
    return seen | {"there": content(place.remote)}


@cell("psftp", "a batch")
def psftp(way, place, size):
    file, batch = make_file(place.local / "file", MIB), place.local / "batch"
    batch.write_text(f"cd {place.remote}\nmkdir folder\nput {file} folder/one\nmv folder/one folder/two\n"
                     f"chmod 640 folder/two\nget folder/two {place.local}/got\nquit\n")
    seen = observe(["psftp", *_flags(way, place), "-b", batch, way.host], keep_errors=False)
    return {"exit": seen["exit"], "there": content(place.remote), "got": digest(place.local / "got")}

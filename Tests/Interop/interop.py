"""Runs the same work with stock clients directly and through the gateway, and compares all that can be seen of it.
Started by scripts/interop."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ansible  # noqa: F401  each of these puts its cells into the matrix
import dbclient  # noqa: F401
import editors  # noqa: F401
import files  # noqa: F401
import forwards  # noqa: F401
import libraries  # noqa: F401
import newer
import openssh  # noqa: F401
import putty  # noqa: F401
from cells import CELLS, Size
from lab import IS_ROOT, LabError, run
from load import load
from records import Recordings
from ways import Lab, Place

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def plain(value, replaced):
    """Values that can be compared and shown: text, with what differs by the way and the place alone left out."""
    if isinstance(value, dict):
        return {plain(key, replaced): plain(each, replaced) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each, replaced) for each in value]
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    if isinstance(value, str):
        for text, name in replaced:
            value = value.replace(text, name)
        value = re.sub(r"\bport \d+", "port PORT", value)
    return value


def observed(cell, way, lab, target, size):
    """What the cell's work shows by this way."""
    place = Place(lab, target, way.name[0])
    replaced = [(str(place.remote), "REMOTE"), (str(place.local), "LOCAL"), (place.remote.name, "REMOTE"),
                (place.local.name, "LOCAL"), (way.alias, "HOST")]
    try:
        return plain(cell.work(way, place, size), replaced)
    except (subprocess.TimeoutExpired, TimeoutError, OSError, ValueError) as error:
        return {"the tool did not finish": f"{type(error).__name__}: {error}" if way.name == "direct"
                else f"{way.name}: {type(error).__name__}: {error}"}
    finally:
        place.remove()


def difference(direct, other):
    """The first thing that is not the same, for a person; None if there is none."""
    for failure in ("the tool did not finish", "failure", "errors of a failure"):
        if failure in direct:
            return f"not even directly: {direct[failure][-300:]}"
    for key in {**direct, **other}:
        if direct.get(key) != other.get(key):
            return f"{key}: direct {str(direct.get(key))[:300]!r}, here {str(other.get(key))[:300]!r}"
    return None


def versions():
    """{tool: version} of what the matrix ran with."""
    def first(argv, pattern):
        done = run(argv, check=False)
        found = re.search(pattern, done.stdout + done.stderr)
        return found[1] if found else "?"

    python = os.environ["SALLYPORT_INTEROP_PYTHON"]
    packages = run([python, "-m", "pip", "--disable-pip-version-check", "freeze"]).stdout

    def package(name):
        found = re.search(rf"(?im)^{name}==(.*)$", packages)
        return found[1] if found else "?"

    ssh = first(["ssh", "-V"], r"OpenSSH_(\S+)")
    curl, libssh2 = (first(["curl", "--version"], pattern) for pattern in (r"curl (\S+)", r"libssh2/(\S+)"))
    return {
        "ssh": ssh, "scp -O": ssh, "scp -s": ssh, "sftp": ssh, "plink": first(["plink", "-V"], r"Release (\S+)"),
        "pscp": first(["pscp", "-V"], r"Release (\S+)"), "psftp": first(["psftp", "-V"], r"Release (\S+)"),
        "dbclient": first(["dbclient", "-V"], r"v(\S+)"), "rsync": first(["rsync", "--version"], r"version (\S+)"),
        "git": first(["git", "--version"], r"version (\S+)"), "sshfs": first(["sshfs", "--version"], r"SSHFS version (\S+)"),
        "lftp": first(["lftp", "--version"], r"Version (\S+)"),
        "curl": f"{curl}, libssh2 {libssh2}",
        "paramiko": package("paramiko"), "AsyncSSH": package("asyncssh"), "libssh2": f"ssh2-python {package('ssh2-python')}",
        "ansible": f"core {package('ansible-core')}", "openssh": f"sshd {ssh}",
        newer.TOOL: first([newer.program("ssh"), "-V"], r"OpenSSH_([^\s,]+)") if newer.FOLDER else "?",
        "dropbear": first(["dropbear", "-V"], r"v(\S+)")}


def load_section(rows):
    return ["## Load", "", "| what | result |", "|---|---|", *(f"| {what} | {result} |" for what, result, _ in rows)]


def page_with(results, rows, fast, former):
    """The page, of which a part that did not run stays as it was."""
    def load_of(text):
        return text[text.index("## Load"):text.index("\n\n## Left out")]

    if not results:
        return former.replace(load_of(former), "\n".join(load_section(rows)))
    new = page(results, rows, fast)
    return new if rows else new.replace(load_of(new), load_of(former))


def page(results, rows, fast):
    """docs/interop.md."""
    known = versions()
    ways = list(dict.fromkeys(way for by_way in results.values() for way in by_way))
    targets = list(dict.fromkeys(target for _, _, target in results))
    columns = [(target, way) for target in targets for way in ways]
    lines = [
        "# Interoperability", "",
        "Each cell ran the same work directly and through the gateway with stock tools, and compared exit codes, output,",
        "errors, and the files on both sides, and looked whether the recordings tell every channel's request, start, end and",
        "bytes, and the files that moved or that they aren't listed (rsync, git). `gateway` is a login name with account and target in it",
        "(`ssh alice@ops@openssh@gateway`), `jump` is `ssh -J alice@gateway ops@openssh`, with the inner connection ended and",
        "recorded as well; both by what `sallyport ssh-config` prints. – means that a tool can't go this way, or that the",
        "server can't do the work directly either.",
        "`scripts/interop --write` makes this page.", "",
        f"Targets: OpenSSH {known['openssh']}, Dropbear {known['dropbear']}."
        + (" Fast run: smaller files, fewer of them." if fast else ""), "",
        "| tool | version | work | " + " | ".join(f"{target}, {way}" for target, way in columns) + " |",
        "|---" * (3 + len(columns)) + "|"]
    for tool, name in dict.fromkeys((tool, name) for tool, name, _ in results):
        marks = []
        for target, way in columns:
            outcome = results.get((tool, name, target), {}).get(way, "")
            marks.append("–" if outcome == "" else "same" if outcome is None else "**differs**")
        lines.append(f"| {tool} | {known.get(tool, '?')} | {name} | " + " | ".join(marks) + " |")
    lines += ["", *load_section(rows)]
    lines += ["", "## Left out, and why", "",
              "- mosh goes on over UDP to the target itself, where nothing is recorded: the gateway refuses `mosh-server` with that",
              "  reason.",
              "- Dropbear's server doesn't tell OpenSSH's client that it may say that nobody reads any more: `ssh box yes | head`",
              "  hangs directly, and ends through the gateway.",
              "- Ansible uses one fork at Dropbear: of several commands at once on one connection it now and then loses an exit",
              "  status, directly too."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="scripts/interop", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="the same cells with smaller files, and less load")
    parser.add_argument("--only", metavar="REGEX", help="cells whose `tool: work, target` matches")
    parser.add_argument("--load-only", action="store_true", help="nothing but the load")
    parser.add_argument("--no-load", action="store_true", help="leave the load out")
    parser.add_argument("--write", action="store_true", help="write docs/interop.md")
    parser.add_argument("--verbose", action="store_true", help="show everything that was observed")
    options = parser.parse_args()
    size = Size.fast() if options.fast else Size.whole()
    wanted = re.compile(options.only or "")
    if not IS_ROOT:
        print("interop: error: run it as root: targets need logins of their own", file=sys.stderr)
        return 1

    def say(line):
        print(line, flush=True)

    directory, results, rows, lab = Path(tempfile.mkdtemp(prefix="sp-")), {}, [], None
    directory.chmod(0o755)
    try:
        lab = Lab(directory)
        for cell in [] if options.load_only else CELLS:
            for name in cell.targets:
                label = f"{cell.tool}: {cell.name}, {name}"
                if not wanted.search(label):
                    continue
                begin, direct, *others = time.monotonic(), *lab.ways[name]
                expected, found = observed(cell, direct, lab, lab.targets[name], size), {}
                if options.verbose:
                    say(f"{label}\n        direct {expected}")
                for way in others:
                    if way.name == "jump" and not cell.jumps:
                        continue
                    recordings = Recordings(lab)
                    seen = observed(cell, way, lab, lab.targets[name], size)
                    found[way.name] = difference(expected, seen) or recordings.complaint(cell)
                    if options.verbose:
                        say(f"        {way.name} {seen}")
                results[cell.tool, cell.name, name] = found
                bad = "; ".join(f"{way}: {what}" for way, what in found.items() if what)
                say(f"{'ok' if not bad else 'DIFFERS':7} {label} ({time.monotonic() - begin:.1f} s)"
                    + (f": {bad}" if bad else ""))
        if not options.no_load and not options.only:
            rows = load(lab, size, say)
    except LabError as error:
        print(f"interop: error: {error}", file=sys.stderr)
        return 1
    finally:
        if lab:
            lab.stop()
        shutil.rmtree(directory, ignore_errors=True)
    if options.write:
        path = REPOSITORY / "docs/interop.md"
        path.write_text(page_with(results, rows, options.fast, path.read_text()))
    differing = sum(1 for found in results.values() if any(found.values())) + sum(not good for *_, good in rows)
    say(f"{len(results)} cells, {differing} failed" if differing else f"{len(results)} cells, all the same")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())

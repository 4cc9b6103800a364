"""What a cell of the matrix is, and how its work is run and written down."""
import os
import re
import subprocess
from dataclasses import dataclass
from typing import Callable

CELLS = []
MIB = 1 << 20
# Lines that OpenSSH's client says about itself and its way, not about the work.
NOISE = re.compile(rb"^(Connection to|Shared connection to) .*closed\.\r?\n", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One piece of work with one tool. `work(way, place, size)` returns {what was observed: value}."""
    tool: str
    name: str
    work: Callable
    targets: tuple
    # The tool reads ssh_config, so it can also go by `ssh -J`.
    jumps: bool
    # Nothing is moved, and the recordings hold no byte.
    silent: bool


def cell(tool, name, targets=("openssh", "dropbear"), jumps=True, silent=False):
    """Puts the function below it into the matrix."""
    def add(work):
        CELLS.append(Cell(tool, name, work, targets, jumps, silent))
        return work
    return add


@dataclass(frozen=True)
class Size:
    """How much of everything: the whole matrix, or the fast part of it in the same shape."""
    bulk: int                   # bytes of a large file
    files: int                  # of a tree of small ones
    tasks: int                  # of the playbook

    @staticmethod
    def whole():
        return Size(bulk=1024 * MIB, files=10_000, tasks=50)

    @staticmethod
    def fast():
        return Size(bulk=24 * MIB, files=400, tasks=10)


def observe(argv, keep_errors=True, timeout=300, **options):
    """Runs a program to its end: exit code, output, and errors without what differs by the way alone."""
    options = {"stdin": subprocess.DEVNULL} | options
    if "input" in options:
        del options["stdin"]
    done = subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout, **options)
    seen = {"exit": done.returncode, "output": done.stdout}
    if keep_errors:
        seen["errors"] = NOISE.sub(b"", done.stderr)
    elif done.returncode:
        seen["errors of a failure"] = done.stderr
    return seen


def together(**parts):
    """{part.key: value} of several observations."""
    return {f"{name} {key}": value for name, part in parts.items() for key, value in part.items()}


def make_file(path, size):
    """Bytes that don't compress, the same ones every time for the same size."""
    block = bytearray()
    state = 1
    while len(block) < min(size, 4 * MIB):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        block += state.to_bytes(8, "little")
    with open(path, "wb") as file:
        left = size
        while left > 0:
            file.write(block[:min(left, len(block))])
            left -= len(block)
    return path


def make_tree(folder, files):
    """A tree like a source checkout: folders, small files of several lengths and modes, an empty one, names with spaces."""
    for number in range(files):
        place = folder / f"part {number % 20}" / f"step-{number % 7}"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"file-{number}.txt"
        path.write_text(f"line of file {number}\n" * (number % 50))
        if number % 3 == 0:
            path.chmod(0o755)
    (folder / "näme ☃").write_text("not ASCII\n")
    os.symlink("part 0", folder / "link")
    return folder

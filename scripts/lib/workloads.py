"""The workloads of scripts/bench. Each takes the sides (direct, jump, sallyport) and measures them in turns, so that a
slow drift of the machine hits all; it returns {side name: {quantity: number}}.
"""
import json
import os
import pty
import select
import shutil
import signal
import statistics
import subprocess
import time
import tty
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import LabError, start

MIB = 1 << 20
FULL = {"connects": 30, "storm": 100, "concurrency": 16, "keys": 1000, "bulk_mib": 512, "repeats": 3,
        "flood_lines": 3_000_000, "sessions": 50, "idle_seconds": 20, "stall_seconds": 15, "kills": 30, "crowd": 100,
        "replay_mb": 2000, "cast_mb": 200}
QUICK = {"connects": 6, "storm": 16, "concurrency": 8, "keys": 200, "bulk_mib": 64, "repeats": 1,
         "flood_lines": 200_000, "sessions": 8, "idle_seconds": 3, "stall_seconds": 5, "kills": 5, "crowd": 20,
         "replay_mb": 50, "cast_mb": 20}
RAW_ECHO = "stty raw -echo; echo READY; exec cat"


def seconds(argv, timeout=300, **options):
    """How long argv took; LabError when it failed."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | options
    begin = time.perf_counter()
    done = subprocess.run(argv, timeout=timeout, **options)
    elapsed = time.perf_counter() - begin
    if done.returncode:
        raise LabError(f"exit {done.returncode}: {(done.stderr or b'').decode(errors='replace').strip()[-300:]}")
    return elapsed


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def memory(pids):
    """Summed KiB of smaps_rollup's Rss, Pss and Private_Dirty. Other users' processes need root."""
    totals = {"Rss": 0, "Pss": 0, "Private_Dirty": 0}
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            key = line.split(":")[0]
            if key in totals:
                totals[key] += int(line.split()[1])
    return totals


def scheduled_seconds(pids):
    """CPU seconds of living threads in nanosecond resolution."""
    total = 0
    for pid in pids:
        for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(stat.read_text().split()[0])
            except OSError:
                pass
    return total / 1e9


# ---------------------------------------------------------------- time

def connect(sides, amounts):
    """ssh true, one after the other; then many at once."""
    times = {side: [] for side in sides}
    for _ in range(amounts["connects"]):
        for side in sides:
            times[side].append(1000 * seconds(side.ssh("true")))
    result = {side.name: {"connect ms p50": statistics.median(taken), "connect ms p95": percentile(taken, 95)}
              for side, taken in times.items()}

    for side in sides:
        def attempt(_, side=side):
            try:
                return seconds(side.ssh("true"), timeout=120)
            except (LabError, subprocess.TimeoutExpired):
                return None

        begin = time.perf_counter()
        with ThreadPoolExecutor(amounts["concurrency"]) as pool:
            attempts = list(pool.map(attempt, range(amounts["storm"])))
        result[side.name] |= {f"storm of {amounts['storm']}, s": time.perf_counter() - begin,
                              "storm failed": attempts.count(None)}
    return result


class Keyboard:
    """A stock ssh client under our own pty, on a raw echo."""

    def __init__(self, side):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.process = start(side.ssh(RAW_ECHO, "-tt"), terminal=True, stdin=slave, stdout=slave,
                             stderr=subprocess.DEVNULL)
        os.close(slave)
        seen = b""
        while b"READY" not in seen:
            seen += self.read(60)
        while select.select([self.master], [], [], 0.3)[0]:
            os.read(self.master, 65536)

    def read(self, timeout):
        if not select.select([self.master], [], [], timeout)[0]:
            raise LabError(f"no echo within {timeout} s")
        try:
            return os.read(self.master, 65536)
        except OSError:
            raise LabError("the session ended early") from None

    def round_trip_ms(self, byte):
        begin = time.perf_counter()
        os.write(self.master, byte)
        got = self.read(10)
        elapsed = 1000 * (time.perf_counter() - begin)
        if got != byte:
            raise LabError(f"typed {byte!r}, got {got!r}")
        return elapsed

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def keystroke(sides, amounts):
    """One byte there and back, in blocks of 100."""
    keyboards, times = {side: Keyboard(side) for side in sides}, {side: [] for side in sides}
    try:
        for keyboard in keyboards.values():
            for _ in range(20):
                keyboard.round_trip_ms(b"w")
        for _ in range(amounts["keys"] // 100):
            for side, keyboard in keyboards.items():
                times[side] += [keyboard.round_trip_ms(b"%c" % (97 + number % 26)) for number in range(100)]
    finally:
        for keyboard in keyboards.values():
            keyboard.close()
    direct = next(taken for side, taken in times.items() if side.name == "direct")
    return {side.name: {
        "keystroke ms p50": statistics.median(taken), "keystroke ms p99": percentile(taken, 99),
        "keystroke added ms p50": statistics.median(taken) - statistics.median(direct),
        "keystroke added ms p99": percentile(taken, 99) - percentile(direct, 99),
    } for side, taken in times.items()}


def kill(sides, amounts):
    """What `session kill` says about its own time."""
    result = {}
    for side in sides:
        if not side.gateway:
            continue
        closed = []
        for _ in range(amounts["kills"]):
            client = subprocess.Popen(side.ssh("echo READY; cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)
            try:
                if client.stdout.readline() != b"READY\n":
                    raise LabError("no session to kill")
                closed.append(side.kill_only_session())
                client.wait(10)
            finally:
                client.kill()
                client.communicate()
        result[side.name] = {"kill ms p50": statistics.median(closed), "kill ms max": max(closed)}
    return result


def kill_at_once(sides, amounts):
    """As `kill`, of many sessions at the same moment; then of as many whose workers stand still (needs root)."""
    side = next(side for side in sides if side.gateway and side.name == "sallyport")
    result = {}
    for label, stands_still in (("", False), (" stopped", True)):
        if stands_still and os.geteuid():
            continue
        clients = []
        try:
            for _ in range(amounts["crowd"]):
                client = subprocess.Popen(side.ssh("echo READY; cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          stderr=subprocess.DEVNULL)
                clients.append(client)
                if client.stdout.readline() != b"READY\n":
                    raise LabError("no session to kill")
            sessions = json.loads(side.gateway.sallyport("session", "list", "--json").stdout)
            if stands_still:
                for session in sessions:
                    os.kill(session["pid"], signal.SIGSTOP)
            kills = [subprocess.Popen(side.gateway.argv("session", "kill", session["id"], "--reason", "benchmark", "--json"),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) for session in sessions]
            answers = [json.loads(kill.communicate(timeout=60)[0]) for kill in kills]
            if len(answers) != amounts["crowd"] or not all(answer["verified"] for answer in answers):
                raise LabError("a kill was not proven")
            for client in clients:
                client.wait(10)
        finally:
            for client in clients:
                client.kill()
                client.communicate()
        closed = [answer["closed_ms"] for answer in answers]
        result |= {f"kill{label} at once ms p50": statistics.median(closed),
                   f"kill{label} at once ms p99": percentile(closed, 99)}
    return {side.name: result}


# ---------------------------------------------------------------- bulk

def _transfers(sides, amounts, label, download, upload):
    """Median MB/s both ways, the time to connect taken off."""
    size = amounts["bulk_mib"] * MIB / 1e6
    setup = {side: statistics.median(seconds(side.ssh("true")) for _ in range(5)) for side in sides}
    result = {side.name: {} for side in sides}
    for way, work in (("down", download), ("up", upload)):
        rates = {side: [] for side in sides}
        for _ in range(amounts["repeats"]):
            for side in sides:
                rates[side].append(size / max(work(side) - setup[side], 1e-3))
        for side in sides:
            result[side.name][f"{label} {way} MB/s"] = statistics.median(rates[side])
    return result


def _piped(stream, side, command):
    """Seconds of `stream | ssh command`."""
    return seconds(["bash", "-o", "pipefail", "-c", f'{stream} | "$@"', "bash", *map(str, side.ssh(command))])


def bulk(sides, amounts, label="zeros"):
    """Zeros: what the relay costs."""
    stream = f"head -c {amounts['bulk_mib']}M /dev/zero"
    return _transfers(sides, amounts, label, lambda side: seconds(side.ssh(stream)),
                      lambda side: _piped(stream, side, "cat >/dev/null"))


def bulk_chacha(sides, amounts):
    """The same with chacha20-poly1305 on every hop."""
    return bulk([side.with_chacha() for side in sides], amounts, "zeros chacha20")


def bulk_random(sides, amounts):
    """Bytes that don't compress, from memory: what recording everything costs."""
    block = Path("/dev/shm") / f"sallyport-bench-{os.getpid()}"
    block.write_bytes(os.urandom(64 * MIB))
    block.chmod(0o644)
    count = -(-amounts["bulk_mib"] // 64)
    stream = f"for i in $(seq {count}); do cat {block}; done"
    amounts = amounts | {"bulk_mib": count * 64}
    try:
        return _transfers(sides, amounts, "incompressible", lambda side: seconds(side.ssh(stream)),
                          lambda side: _piped(f"({stream})", side, "cat >/dev/null"))
    finally:
        block.unlink()


def sftp(sides, amounts):
    """A file of incompressible bytes, its content left out of the recording and in it: MB/s as the client sees it, and
    what it costs the session's worker. The server is OpenSSH's own, in its sshd."""
    content = sides[0].bench.recording_content
    file = Path("/dev/shm") / f"sallyport-bench-{os.getpid()}"
    copy, mark = file.with_suffix(".copy"), file.with_suffix(".done")
    block = os.urandom(64 * MIB)
    with open(file, "wb") as output:
        for _ in range(-(-amounts["bulk_mib"] // 64)):
            output.write(block)
    file.chmod(0o644)
    size = file.stat().st_size

    def moved(side, command):
        """Seconds of a transfer with its connection, and the worker's of CPU."""
        # The session waits at its end to be looked at.
        batch = f"{command}\n!touch {mark}; while [ -e {mark} ]; do sleep 0.02; done\n"
        begin = time.perf_counter()
        client = subprocess.Popen(side.sftp(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True)
        client.stdin.write(batch)
        client.stdin.close()
        while not mark.exists():
            if client.poll() is not None or time.perf_counter() - begin > 300:
                client.kill()
                raise LabError(f"sftp ended: {client.stderr.read().strip()[-300:]}")
            time.sleep(0.002)
        elapsed = time.perf_counter() - begin
        cpu = scheduled_seconds(side.worker_pids()) if side.gateway else None
        mark.unlink()
        client.wait(60)
        return elapsed, cpu

    result = {side.name: {} for side in sides}
    try:
        setup = {side: statistics.median(moved(side, "pwd")[0] for _ in range(5)) for side in sides + [content]}
        for way, command in (("get", f"get {file} {copy}"), ("put", f"put {file} {copy}")):
            taken = {side: [] for side in sides + [content]}
            for _ in range(amounts["repeats"]):
                for side in taken:
                    elapsed, cpu = moved(side, command)
                    taken[side].append((size / 1e6 / max(elapsed - setup[side], 1e-3), cpu))
                    copy.unlink()
            rates = {side: statistics.median(rate for rate, _ in values) for side, values in taken.items()}
            work = {side: statistics.median(cpu for _, cpu in values) * 1024 * MIB / size
                    for side, values in taken.items() if side.gateway}
            for side in sides:
                result[side.name][f"sftp {way}, content omitted MB/s"] = rates[side]
                result[side.name][f"sftp {way}, content recorded MB/s"] = rates[content if side.gateway else side]
                if side.gateway:
                    result[side.name][f"sftp {way}, rate omitted ÷ recorded"] = rates[side] / rates[content]
                    result[side.name][f"sftp {way}, content omitted: worker's CPU s/GiB"] = work[side]
                    result[side.name][f"sftp {way}, content recorded: worker's CPU s/GiB"] = work[content]
    finally:
        for path in (file, copy, mark):
            path.unlink(missing_ok=True)
    return result


def flood(sides, amounts):
    """Terminal output as fast as it goes, first to last byte, and what its recording weighs."""
    last = amounts["flood_lines"]
    digits = len(str(last))
    expected = sum(size * 9 * 10 ** (size - 1) for size in range(1, digits))
    expected += digits * (last - 10 ** (digits - 1) + 1) + 2 * last

    def once(side):
        client = subprocess.Popen(side.ssh(f"seq 1 {last}", "-tt"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, bufsize=0)
        total, begin = 0, None
        try:
            while True:
                if not select.select([client.stdout], [], [], 120)[0]:
                    raise LabError("the flood stopped for 120 s")
                if not (data := os.read(client.stdout.fileno(), 1 << 18)):
                    break
                begin = begin or time.perf_counter()
                total += len(data)
            elapsed = time.perf_counter() - begin
        finally:
            client.kill()
            client.communicate()
        if total != expected:
            raise LabError(f"{total} bytes of {expected} came")
        return total / 1e6 / elapsed

    rates, recorded = {side: [] for side in sides}, 0
    for _ in range(amounts["repeats"]):
        for side in sides:
            before = side.recorded()
            rates[side].append(once(side))
            if side.gateway:
                time.sleep(1)
                recorded = side.recorded() - before
    result = {side.name: {"pty flood MB/s": statistics.median(taken)} for side, taken in rates.items()}
    for side in sides:
        if side.gateway:
            result[side.name]["recorded bytes per byte of flood"] = recorded / expected
    return result


# ---------------------------------------------------------------- memory

def _open_sessions(side, count):
    """`count` idle pty sessions, eight at a time."""
    held = []
    while len(held) < count:
        batch = [start(side.ssh(RAW_ECHO, "-tt"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL) for _ in range(min(8, count - len(held)))]
        held += batch
        for client in batch:
            seen, deadline = b"", time.monotonic() + 60
            while b"READY" not in seen:
                if not select.select([client.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                    raise LabError("an idle session did not open within 60 s")
                if not (data := os.read(client.stdout.fileno(), 4096)):
                    raise LabError("an idle session ended early")
                seen += data
    return held


def _close(clients):
    for client in clients:
        client.kill()
        client.communicate()


def idle(sides, amounts):
    """Memory of idle sessions and the CPU they use."""
    result, count = {}, amounts["sessions"]
    for side in sides:
        if side.name == "direct":
            continue
        seconds(side.ssh("true"))
        time.sleep(1)
        main_before, rest_before = memory(side.main_pids()), memory(side.worker_pids())
        held = []
        try:
            held = _open_sessions(side, count)
            time.sleep(2)
            main, rest = memory(side.main_pids()), memory(side.worker_pids())
            pids = side.main_pids() + side.worker_pids()
            used = scheduled_seconds(pids)
            time.sleep(amounts["idle_seconds"])
            used = scheduled_seconds(pids) - used
        finally:
            _close(held)
        grown = {key: (rest[key] - rest_before[key]) / count for key in rest}
        result[side.name] = {
            "idle session private dirty MiB": grown["Private_Dirty"] / 1024, "idle session Pss MiB": grown["Pss"] / 1024,
            "main process KiB per session": (main["Private_Dirty"] - main_before["Private_Dirty"]) / count,
            f"CPU ms per s of {count} idle sessions": 1000 * used / amounts["idle_seconds"],
        }
        time.sleep(2)
    return result


def slow(sides, amounts):
    """The target floods and the client stops reading: how far do the gateway's processes grow?"""
    result = {}
    for side in sides:
        if side.name == "direct":
            continue
        client = start(side.ssh("cat /dev/zero"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, bufsize=0)

        def drain(limit, client=client):
            total, deadline = 0, time.monotonic() + limit
            while (left := deadline - time.monotonic()) > 0:
                if select.select([client.stdout], [], [], left)[0]:
                    data = os.read(client.stdout.fileno(), 1 << 18)
                    if not data:
                        raise LabError("the stream ended")
                    total += len(data)
            return total / 1e6

        try:
            drain(3)
            peak, deadline = 0, time.monotonic() + amounts["stall_seconds"]
            while time.monotonic() < deadline:
                peak = max(peak, memory(side.worker_pids())["Rss"])
                time.sleep(0.25)
            resumed = drain(2)
        finally:
            _close([client])
        result[side.name] = {"slow reader Rss peak MiB": peak / 1024, "MB in 2 s after the stall": resumed}
        time.sleep(1)
    return result


def replay(sides, amounts):
    """A made-up recording of ten hours: to its first screen and to any other, at once after opening. Beside it the
    player of asciinema, which can't seek: the way to the middle is to play everything before it, as fast as it can."""
    gateway = next(side for side in sides if side.name == "sallyport")
    directory = Path(gateway.bench.directory)
    tool = Path(os.environ["SALLYPORT_BIN"]) / "sallyport-replay-bench"

    def measured(*arguments):
        done = subprocess.run([tool, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, timeout=900)
        if done.returncode:
            raise LabError(f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[-300:]}")
        return json.loads(done.stdout)

    taken = measured(directory / "replay.spr", amounts["replay_mb"])
    result = {
        "replay open ms": taken["open_ms"], "replay seek ms p50": taken["first_seek_median_ms"],
        "replay seek ms max": max(taken["first_seek_max_ms"], taken["seek_max_ms"]),
        "replay seek to the middle, no index ms": taken["cold_seek_to_the_middle_without_ms"],
        "replay making the index s": taken["index_ms"] / 1000, "replay index kB": taken["index_kb"],
        "replay scan of all s": taken["scan_ms"] / 1000, "replay memory MiB": taken["rss_mb"]}
    if shutil.which("asciinema"):
        cast = directory / "replay.cast"
        small = measured(directory / "replay.spr", amounts["cast_mb"], cast)
        name = f"to the middle of {amounts['cast_mb']} MB, "
        result[name + "index ms"] = small["first_seek_max_ms"]
        # On a terminal that shows nothing, and so costs nothing.
        result[name + "asciinema ms"] = 1000 * seconds(
            ["script", "-qec", f"asciinema play -s 1000000 -i 0.000001 {cast}", "/dev/null"], timeout=900,
            env=os.environ | {"LANG": "C.UTF-8"})
        cast.unlink()
    return {"sallyport": result}


WORKLOADS = {work.__name__: work
             for work in (connect, keystroke, bulk, bulk_chacha, bulk_random, sftp, flood, idle, slow, kill,
                          kill_at_once, replay)}

"""Many at once, and the same playbook as through `ssh -J`: what real tools put on the gateway."""
import subprocess
from concurrent.futures import ThreadPoolExecutor

from ansible import ansible, playbook
from cells import observe
from ways import Place


def storm(way, count=100):
    """`ssh true`, `count` at the same time. Returns the exit codes that are not 0."""
    with ThreadPoolExecutor(count) as pool:
        codes = pool.map(lambda _: observe(way.ssh("true"), keep_errors=False, timeout=180)["exit"], range(count))
        return [code for code in codes if code]


def commands(way, place, count, forks):
    """`ansible -m command` on `count` hosts, `forks` at the same time, a connection each. Returns how many failed."""
    seen = ansible("ansible", way, place, "all", "-m", "command", "-a", "true", hosts=count, forks=forks, persist=False)
    return count - seen["output"].count(b"| CHANGED | rc=0")


def load(lab, size, say):
    """Runs everything; returns [(what, result, whether it is good)]."""
    gateway = next(way for way in lab.ways["openssh"] if way.name == "gateway")
    rows = []

    def row(what, result, good):
        say(f"{'ok' if good else 'FAILED':7} {what}: {result}")
        rows.append((what, result, good))

    failed = storm(gateway)
    row("100 × `ssh true` at once", f"{len(failed)} failed", not failed)
    place = Place(lab, lab.targets["openssh"], "load")
    try:
        failed = commands(gateway, place, 50, 50)
        row("50 × `ansible -m command` at once", f"{failed} failed", not failed)
        count = 1000 if size.tasks >= 50 else 20
        step = min(count, 100)
        failed = sum(commands(gateway, place, step, 1) for _ in range(0, count, step))
        row(f"{count} × `ansible -m command` one after the other", f"{failed} failed", not failed)
        taken = {name: [] for name in ("jump", "gateway")}
        for _ in range(3):
            for name, way in (("jump", lab.hopped), ("gateway", gateway)):
                seen, seconds = playbook(way, place, size.tasks, hosts=1)
                if seen["exit"]:
                    row("the playbook", f"exit {seen['exit']} {name}: {seen['errors of a failure']!r}", False)
                taken[name].append(seconds)
        ratio = min(taken["gateway"]) / min(taken["jump"])
        row(f"a playbook of {size.tasks} tasks against `ssh -J` through OpenSSH", f"{ratio:.2f} ×", ratio <= 1.15)
    finally:
        place.remove()
    return rows

"""Measures plain ssh, ssh -J through an OpenSSH jump host, and Sallyport side by side. Started by scripts/bench.

All on 127.0.0.1 with stock clients; key exchange is curve25519 on every hop, since OpenSSH's post-quantum default costs
more than everything that is compared here. Compare only numbers of one run.
"""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab import Gateway, LabError, Target, client_config, make_key, processes, public_line, run, tree
from workloads import FULL, QUICK, WORKLOADS

AES, CHACHA = "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"
KEX = "curve25519-sha256,curve25519-sha256@libssh.org"

# Quantity prefix -> (compared with, what the gateway may at most cost or must at least reach). Design budgets.
BUDGETS = {
    "connect ms p50": ("jump", "≤", 0.45), "storm of 100": ("jump", "≤", 0.9), "storm failed": (None, "≤", 0),
    "keystroke added ms p50": (None, "≤", 0.12), "keystroke added ms p99": (None, "≤", 0.35),
    "zeros down": ("jump", "≥", 1.1), "zeros up": ("jump", "≥", 1.4),
    "zeros chacha20 down": ("jump", "≥", 1.4), "zeros chacha20 up": ("jump", "≥", 1.8),
    "incompressible down": ("jump", "≥", 1.0), "incompressible up": ("jump", "≥", 1.2),
    "pty flood": ("direct", "≥", 0.95), "recorded bytes per byte": (None, "≤", 0.05),
    "idle session private dirty": (None, "≤", 2.0), "main process KiB": (None, "≤", 40),
    "slow reader": (None, "≤", 24), "kill ms max": (None, "≤", 50),
    "kill at once ms p99": (None, "≤", 50), "kill stopped at once ms p99": (None, "≤", 50),
    "replay open ms": (None, "≤", 300), "replay seek ms": (None, "≤", 100),
}


class Side:
    """One way to the target."""

    def __init__(self, name, bench, server=None, gateway=None, chacha=None):
        self.name, self.bench, self.server, self.gateway, self.chacha = name, bench, server, gateway, chacha

    def with_chacha(self):
        return Side(self.name, self.bench, self.server, self.gateway, True)

    def ssh(self, command, *flags):
        host = f"{self.name}-chacha" if self.chacha else self.name
        return ["ssh", "-F", str(self.bench.config), "-e", "none", *flags, host, command]

    def sftp(self):
        """Reads commands from its input."""
        return ["sftp", "-q", "-F", str(self.bench.config), "-b", "-", self.name]

    def recorded(self):
        """Bytes of all recordings."""
        if not self.gateway:
            return 0
        return sum(path.stat().st_size for path in (self.gateway.state / "recordings").rglob("*.spr"))

    def kill_only_session(self):
        session = json.loads(self.gateway.sallyport("session", "list", "--json").stdout)[0]["id"]
        answer = self.gateway.sallyport("session", "kill", session, "--reason", "benchmark", "--json")
        return json.loads(answer.stdout)["closed_ms"]

    def main_pids(self):
        """The listener: sallyportd, or the jump host's main sshd with what wraps it."""
        everything = tree(self.server.pid)
        return everything[:1] if self.gateway else [pid for pid in everything[:2]]

    def worker_pids(self):
        main = self.main_pids()
        return [pid for pid in tree(self.server.pid) if pid not in main]


class Bench:
    """Keys, one target for each cipher, a jump host for each, and the gateway that knows both targets."""

    def __init__(self, directory):
        self.directory, self.started = Path(directory), []
        try:
            self._set_up()
        except BaseException:
            self.stop()
            raise

    def _set_up(self):
        client = make_key(self.directory / "client")
        known, hosts, servers = [], {}, {}
        self.gateway = Gateway(self.directory)
        self.started.append(self.gateway)
        self.gateway.start()
        self.gateway.sallyport("user", "add", "bench", "--key", f"{client}.pub")
        for suffix, cipher in (("", AES), ("-chacha", CHACHA)):
            settings = [f"Ciphers {cipher}", f"KexAlgorithms {KEX}"]
            target = Target(self.directory, f"target{suffix}", settings, key=client)
            jump = Target(self.directory, f"jump{suffix}", settings, key=client)
            self.started += [target, jump]
            servers[suffix] = jump
            known += [f"[127.0.0.1]:{server.port} {public_line(server.host_key)}" for server in (target, jump)]
            here = f"IdentityFile {client}\nCiphers {cipher}\nKexAlgorithms {KEX}\n"
            hosts[f"direct{suffix}"] = f"Port {target.port}\nUser {target.login}\n{here}"
            hosts[f"hop{suffix}"] = f"Port {jump.port}\nUser {jump.login}\n{here}"
            hosts[f"jump{suffix}"] = (
                f"Port {target.port}\nUser {target.login}\nProxyJump hop{suffix}\n{here}")
            hosts[f"sallyport{suffix}"] = (
                f"Port {self.gateway.port}\nUser bench@{target.login}@target{suffix}\n{here}")
            if not suffix:
                hosts["gateway"] = f"Port {self.gateway.port}\nUser bench\nHostKeyAlias sallyport\n{here}"
                hosts["sallyport-jump"] = (f"HostName target\nUser {target.login}\nProxyJump gateway\n"
                                           f"HostKeyAlias sallyport\n{here}")
            name, sallyport = f"target{suffix}", self.gateway.sallyport
            sallyport("target", "add", name, "--address", f"127.0.0.1:{target.port}",
                      "--host-key", f"{target.host_key}.pub")
            sallyport("credential", "set", f"{name}/{target.login}", "--key", client)
            sallyport("grant", "add", name, "--user", "bench", "--target", name, "--account", target.login,
                      "--allow", "shell,exec,sftp,scp")
        # The same target once more, with files recorded as a whole.
        hosts["sallyport-content"] = hosts["sallyport"].replace("@target\n", "@content\n")
        plain = self.started[1]
        sallyport("target", "add", "content", "--address", f"127.0.0.1:{plain.port}", "--host-key",
                  f"{plain.host_key}.pub")
        sallyport("credential", "set", f"content/{plain.login}", "--key", client)
        sallyport("grant", "add", "content", "--user", "bench", "--target", "content", "--account", plain.login,
                  "--allow", "exec,sftp", "--file-content", "record")
        known += [f"{name} {self.gateway.host_key_line()}" for name in (f"[127.0.0.1]:{self.gateway.port}", "sallyport")]
        known_hosts = self.directory / "known_hosts"
        known_hosts.write_text("\n".join(known) + "\n")
        # The jump's client is an ssh of its own, which has to read the same file.
        self.config = client_config(self.directory / "ssh_config", known_hosts, hosts)
        self.sides = [Side("direct", self), Side("jump", self, servers[""].process),
                      Side("sallyport", self, self.gateway.process, self.gateway)]
        # The gateway as a jump host: two connections of the client, two workers. It costs time to connect and to type.
        self.by_jump = Side("sallyport-jump", self, self.gateway.process, self.gateway)
        self.recording_content = Side("sallyport-content", self, self.gateway.process, self.gateway)

    def check(self):
        """Every side is correct, or comparing is pointless."""
        for side in [*self.sides, self.by_jump, *(side.with_chacha() for side in self.sides)]:
            done = run(side.ssh("cat; exit 7"), check=False, input="unchanged")
            if done.returncode != 7 or done.stdout != "unchanged":
                raise LabError(f"{side.name} is not right: exit {done.returncode}: {done.stderr.strip()}")

    def stop(self):
        for server in reversed(self.started):
            server.stop()


class ForeignLoad:
    """Cores that programs other than ours kept busy since this was made."""

    def __init__(self):
        self.begin, (self.busy, self.own) = time.monotonic(), self._now()

    @staticmethod
    def _now():
        words = Path("/proc/stat").read_text().split("\n")[0].split()[1:4]
        table = processes()
        own = sum(table[pid][1] for pid in tree(os.getpid()) if pid in table)
        return sum(map(int, words)) / os.sysconf("SC_CLK_TCK"), own

    def cores(self):
        busy, own = self._now()
        return max(0.0, (busy - self.busy) - (own - self.own)) / max(time.monotonic() - self.begin, 1e-3)


def machine():
    """What the numbers were taken on."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) >> 20
    version = run(["ssh", "-V"], check=False).stderr.strip().split(",")[0]
    return f"{os.cpu_count()} × {cpu}, {memory} GiB, Linux {platform.release()}, {version}"


def number(value):
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 1 or not value else f"{value:.3f}"


def verdict(quantity, values):
    """(ratio or value with its budget, whether it is kept) of the gateway's value."""
    ours = values.get("sallyport")
    found = [entry for prefix, entry in BUDGETS.items() if quantity.startswith(prefix)]
    if ours is None or not found:
        return "", None
    against, relation, budget = found[-1]
    compared = ours if against is None else ours / values[against] if values.get(against) else None
    if compared is None:
        return "", None
    kept = compared <= budget if relation == "≤" else compared >= budget
    return f"{'' if kept else '**'}{relation} {budget:g}{f' × {against}' if against else ''}{'' if kept else '**'}", kept


def table(results):
    lines = ["| what | direct | ssh -J | Sallyport | ÷ direct | ÷ ssh -J | budget |", "|---|---|---|---|---|---|---|"]
    for outcome in results.values():
        quantities = dict.fromkeys(key for side in outcome["sides"].values() for key in side)
        for quantity in quantities:
            values = {name: side.get(quantity) for name, side in outcome["sides"].items()}
            mark = " ~" if outcome["foreign_cores"] > 0.25 else ""
            for side, label in (("sallyport", ""), ("sallyport-jump", ", `ssh -J` through Sallyport")):
                ours = values.get(side)
                if side == "sallyport-jump" and ours is None:
                    continue
                ratios = [number(ours / values[name]) if ours is not None and values.get(name) else "–"
                          for name in ("direct", "jump")]
                cells = [quantity + label + mark, number(values.get("direct")), number(values.get("jump")), number(ours),
                         *ratios, verdict(quantity, values)[0] if not label else ""]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small amounts: shows that it works, not how fast")
    parser.add_argument("--workloads", help=f"some of {','.join(WORKLOADS)}")
    parser.add_argument("--json", metavar="FILE", help="also write every number there")
    options = parser.parse_args()
    names = options.workloads.split(",") if options.workloads else list(WORKLOADS)
    for name in names:
        if name not in WORKLOADS:
            parser.error(f"no workload {name!r}; there are {', '.join(WORKLOADS)}")
    if os.geteuid() != 0:
        print("bench: note: without root the memory of workers can't be read", file=sys.stderr)

    directory, results, failed = Path(tempfile.mkdtemp(prefix="sallyport-bench-")), {}, False
    directory.chmod(0o755)
    bench = None
    try:
        bench = Bench(directory)
        bench.check()
        for name in names:
            print(f"{name} …", file=sys.stderr, flush=True)
            load = ForeignLoad()
            try:
                ways = [*bench.sides, bench.by_jump] if name in ("connect", "keystroke") else bench.sides
                sides = WORKLOADS[name](ways, QUICK if options.quick else FULL)
                results[name] = {"sides": sides, "foreign_cores": load.cores()}
            except (LabError, subprocess.TimeoutExpired) as error:
                print(f"bench: error: {name}: {error}", file=sys.stderr)
                failed = True
    except (LabError, subprocess.TimeoutExpired) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 1
    finally:
        if bench:
            bench.stop()
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{machine()}, {time.strftime('%Y-%m-%d')}{', quick run' if options.quick else ''}\n")
    print(table(results))
    print("\n~ other programs used more than a quarter of a core meanwhile. **Bold**: over budget.")
    if options.json:
        Path(options.json).write_text(json.dumps({"machine": machine(), "quick": options.quick, "results": results},
                                                 indent=1) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

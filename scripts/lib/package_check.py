"""The package on a clean Debian 12 under systemd: installed, used with the stock client, upgraded, crashed, taken away."""
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from lab import LabError, Target, free_port, make_key, processes, run, start, stop, tree
from tour import report

#: What the clean system has besides what a minimal one has.
BESIDES = "man-db,systemd,bash-completion,zsh,fish"
STATE = "var/lib/sallyport"
UNITS = "/lib/systemd/system/sallyport.service"


def mirror():
    return run(["apt-get", "indextargets", "--format", "$(SITE)"]).stdout.split()[0]


def clean_root(folder, place):
    """A minimal Debian 12 in `place`; kept as an archive, since making one takes a while."""
    archive = folder / "debian.tar"
    if not archive.exists():
        made = folder / "debian"
        shutil.rmtree(made, ignore_errors=True)
        run(["debootstrap", "--variant=minbase", f"--include={BESIDES}", "bookworm", made, mirror()], timeout=1200)
        run(["tar", "--create", "--file", f"{archive}.new", "--directory", made, "."], timeout=300)
        os.rename(f"{archive}.new", archive)
        shutil.rmtree(made)
    run(["tar", "--extract", "--file", archive, "--directory", place], timeout=300)


#: Makes a machine of the folder $1: mounts of its own, and systemd as the first process. What would reach the system that
#: it runs on (the kernel's settings) is read-only.
BOOT = """
cd "$1"
mount --bind . .
cd .
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
for name in null zero full random urandom tty; do
    touch dev/$name
    mount --bind /dev/$name dev/$name
done
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . /lib/systemd/systemd
"""


class Machine:
    """A clean Debian that runs: it shares the network with this one, nothing else."""

    def __init__(self, root, log):
        self.root, self.port = Path(root), free_port()
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        self.log = open(log, "ab")
        self.process = start(["unshare", "--mount", "--pid", "--cgroup", "--ipc", "--uts", "--fork", "--kill-child",
                              "sh", "-ec", BOOT, "sh", self.root], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait(lambda: self.first() and self.run("systemctl", "is-system-running", check=False).stdout.strip()
             in ("running", "degraded"), "the clean Debian runs", 60)

    def first(self):
        """The number that its first process has here; nil until systemd is that."""
        for pid, (parent, _) in processes().items():
            if parent == self.process.pid and os.readlink(f"/proc/{pid}/exe").endswith("/systemd"):
                return pid
        return None

    def run(self, *words, **options):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
        environment |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        enter = ["/usr/bin/nsenter", f"--target={self.first()}", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root", "--wd"]
        return run([*enter, *words], **{"env": environment, "timeout": 900} | options)

    def put(self, name, source):
        """A copy of a file in its /root."""
        shutil.copy(source, self.root / "root" / name)

    def daemon(self):
        """The number that the gateway has here."""
        for pid in tree(self.process.pid):
            try:
                if os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)").endswith("/sallyportd"):
                    return pid
            except OSError:
                pass
        return None

    def state_of_service(self):
        return self.run("systemctl", "is-active", "sallyport", check=False).stdout.strip()

    def install(self, package):
        self.put("sallyport.deb", package)
        return self.run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "--reinstall",
                        "/root/sallyport.deb").stdout

    def stop(self):
        if self.process:
            stop(self.process)
            self.process = None
            self.log.close()


def wait(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.1)


def foreign_libraries(machine):
    """What the installed programs are linked with from elsewhere than the system and the package, or not at all."""
    wrong = []
    for name in ("sallyport", "sallyportd", "sallyport-session"):
        for line in machine.run("ldd", f"/usr/lib/sallyport/{name}").stdout.splitlines():
            words = line.split()
            if "=>" in words and not words[2].startswith(("/lib/", "/usr/lib/")):
                wrong.append(f"{name}: {line.strip()}")
    return wrong


def worker_users(machine):
    """User ids of the processes that serve connections."""
    ids = set()
    for pid in tree(machine.daemon()):
        if pid != machine.daemon():
            status = Path(f"/proc/{pid}/status").read_text()
            ids.add(int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1]))
    return ids


def user_id(machine, name):
    for line in (machine.root / "etc/passwd").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split(":")[2])
    return None


def exposure(machine):
    """systemd's own measure of the unit: 0 is nothing, 10 everything."""
    said = machine.run("systemd-analyze", "security", "--offline=yes", "--no-pager", UNITS).stdout
    line = next(line for line in said.splitlines() if "Overall exposure level" in line)
    return float(line.split(":")[1].split()[0])


def use(machine, directory, package):
    """Everything that is checked, one line each."""
    said = machine.install(package)
    yield "it installs, and says how to begin", "sallyport init" in said, said[-300:]
    wrong = foreign_libraries(machine)
    yield "its programs need nothing but the package and Debian", not wrong, "; ".join(wrong)
    verified = machine.run("systemd-analyze", "verify", UNITS, check=False)
    complaints = [line for line in verified.stderr.splitlines() if "sallyport" in line]
    yield "systemd accepts the unit", not complaints, "; ".join(complaints)
    level = exposure(machine)
    yield f"systemd-analyze security: exposure {level}", level <= 2.5, "above 2.5"
    page = machine.run("man", "-P", "cat", "sallyport-session", check=False)
    yield "its manual pages are found", "session kill" in page.stdout, page.stderr
    completed = machine.run("bash", "-c", ". /usr/share/bash-completion/bash_completion; _completion_loader sallyport;"
                            'COMP_WORDS=(sallyport session ki); COMP_CWORD=2; _sallyport sallyport ki session; echo "${COMPREPLY[@]}"', check=False)
    yield "bash completes", completed.stdout.strip() == "kill", completed.stdout + completed.stderr

    machine.run("sallyport", "init", "--listen", f"127.0.0.1:{machine.port}")
    worker = user_id(machine, "_sallyport")
    set_up = 'worker_user = "_sallyport"\n' in (machine.root / STATE / "sallyport.toml").read_text()
    yield "workers have a user of their own", worker and set_up, f"user {worker}"
    machine.run("systemctl", "start", "sallyport")
    yield "the service starts", machine.state_of_service() == "active", machine.state_of_service()

    yield from console(machine)

    target, key = Target(directory), make_key(directory / "alice")
    try:
        yield from sessions(machine, directory, target, key, worker, package)
    finally:
        target.stop()
    machine.run("apt-get", "purge", "--yes", "--quiet", "sallyport")
    left = [place for place in ("usr/bin/sallyport", "usr/lib/sallyport") if os.path.lexists(machine.root / place)]
    kept = (machine.root / STATE / "sallyport.db").exists()
    yield "it goes without a trace, but for what it recorded", not left and kept, f"left {left}, state kept: {kept}"


def console(machine):
    """The web console comes up with the API, without another word of configuration."""
    place, port = machine.root / STATE / "sallyport.toml", free_port()
    place.write_text(place.read_text().replace("[api]\n", f'[api]\nlisten = "127.0.0.1:{port}"\n', 1))
    machine.run("systemctl", "restart", "sallyport")
    context = ssl.create_default_context(cafile=machine.root / STATE / "keys/api_certificate.pem")
    # A name that the certificate has, and an address that is ours.
    context.check_hostname = False
    with urllib.request.urlopen(f"https://127.0.0.1:{port}/sign-in", context=context, timeout=10) as answer:
        page = answer.read().decode()
    yield "the web console asks people to sign in", "Sign in" in page, page[:200]


def sessions(machine, directory, target, key, worker, package):
    for name, path in (("alice.pub", f"{key}.pub"), ("host.pub", f"{target.host_key}.pub"), ("login", target.key)):
        machine.put(name, path)
    machine.run("sallyport", "user", "add", "alice", "--key", "/root/alice.pub")
    machine.run("sallyport", "target", "add", "web1", "--address", f"127.0.0.1:{target.port}", "--host-key", "/root/host.pub")
    machine.run("sallyport", "credential", "set", f"web1/{target.login}", "--key", "/root/login")
    machine.run("sallyport", "grant", "add", "all", "--user", "alice", "--target", "web1", "--account", target.login,
                "--allow", "shell,exec,sftp")
    known = directory / "known_hosts"
    host_key = (machine.root / STATE / "keys/host_ed25519.pub").read_text().strip()
    known.write_text(f"[127.0.0.1]:{machine.port} {host_key}\n")
    ssh = ["ssh", "-F", "none", "-p", machine.port, "-i", key, "-o", "IdentitiesOnly=yes", "-o", f"UserKnownHostsFile={known}",
           f"alice@{target.login}@web1@127.0.0.1"]
    answer = run([*ssh, "echo $((6 * 7))"], check=False)
    yield "the stock client reaches the target", answer.stdout == "42\n", answer.stderr

    held = start([*map(str, ssh), "sleep 300"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: "alice" in machine.run("sallyport", "session", "list").stdout, "the session is listed")
        yield "workers run as that user", worker_users(machine) == {worker}, str(worker_users(machine))
        machine.install(package)
        alive = held.poll() is None and "alice" in machine.run("sallyport", "session", "list").stdout
        answer = run([*ssh, "echo again"], check=False)
        yield "an upgrade ends no session and keeps new ones working", alive and answer.stdout == "again\n", answer.stderr
    finally:
        stop(held)

    first = machine.daemon()
    os.kill(first, signal.SIGKILL)
    wait(lambda: machine.daemon() not in (None, first) and machine.state_of_service() == "active", "it is started again", 40)
    answer = run([*ssh, "echo back"], check=False)
    yield "after a crash it is started again", answer.stdout == "back\n", answer.stderr
    first = machine.daemon()
    os.kill(first, signal.SIGSTOP)
    wait(lambda: machine.daemon() not in (None, first) and machine.state_of_service() == "active", "it is replaced", 90)
    answer = run([*ssh, "echo awake"], check=False)
    yield "one that hangs is replaced", answer.stdout == "awake\n", answer.stderr

    machine.run("systemctl", "stop", "sallyport")
    said = machine.run("journalctl", "--unit=sallyport", "--output=cat", "--no-pager").stdout
    # Where this system may raise no limits, neither can the one in it: LimitNICE is in vain then.
    strange = [line for line in said.splitlines() if "Failed to" in line or " error " in line
               if "sallyport.service" not in line and "thread priority" not in line]
    yield "its journal has no complaints of the unit's restrictions", not strange, "; ".join(strange[:3])
    listing = machine.run("find", f"/{STATE}/recordings", "-name", "*.spr").stdout.split()
    verified = [machine.run("sallyport", "recording", "verify", path, check=False).returncode for path in listing]
    yield "every session is recorded and verified", len(listing) == 5 and not any(verified), f"{listing} {verified}"


def check(package, folder):
    if os.geteuid() != 0:
        raise LabError("the check runs a Debian of its own, which only root can")
    with tempfile.TemporaryDirectory(dir=folder) as root, tempfile.TemporaryDirectory(prefix="sallyport-package-") as directory:
        Path(directory).chmod(0o755)
        Path(root).chmod(0o755)
        clean_root(folder, root)
        passed, machine = True, Machine(root, Path(directory) / "boot.log")
        try:
            for step, well, why in use(machine, Path(directory), package):
                passed &= report(step, well, str(why).strip())
        finally:
            machine.stop()
    return 0 if passed else 1

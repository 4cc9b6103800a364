"""A throw-away OpenSSH target and gateway on 127.0.0.1, for the demonstration and the benchmark.

Everything started here dies with this process, however that ends (PR_SET_PDEATHSIG).
"""
import ctypes
import fcntl
import getpass
import os
import secrets
import signal
import socket
import subprocess
import termios
import time
from pathlib import Path

LOGIN, LOGIN_ID = "ops", 61873          # exists only inside the target's namespace
IS_ROOT = os.geteuid() == 0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class LabError(RuntimeError):
    """Something could not be set up; the message is for the person at the terminal."""


def run(argv, check=True, **options):
    """subprocess.run with text output captured; a failure tells what the program said."""
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 120} | options
    if "input" in options:
        del options["stdin"]
    done = subprocess.run([str(word) for word in argv], **options)
    if check and done.returncode:
        raise LabError(f"{Path(str(argv[0])).name} ended with {done.returncode}: {(done.stderr or '').strip()[-400:]}")
    return done


def start(argv, terminal=False, **options):
    """A process in a session of its own that ends with this one; with a terminal, standard input is its own."""
    def prepare():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if terminal:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    return subprocess.Popen([str(word) for word in argv], start_new_session=True, preexec_fn=prepare, **options)


def processes():
    """{pid: (ppid, CPU seconds with reaped children)}"""
    table, tick = {}, os.sysconf("SC_CLK_TCK")
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            table[int(entry)] = (int(fields[1]), sum(map(int, fields[11:15])) / tick)
    return table


def tree(root):
    """The process and all its descendants."""
    table, found = processes(), [root]
    for pid in found:
        found.extend(child for child, (parent, _) in table.items() if parent == pid)
    return [pid for pid in found if pid in table]


def stop(process, grace=5):
    """Ends a process that start() gave, with its descendants."""
    family = tree(process.pid)
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        pass
    for pid in family:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_banner(port, process, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.settimeout(2)
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.05)
    raise LabError(f"no SSH server came up on port {port}")


def make_key(path, kind="ed25519"):
    if not path.exists():
        run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", path.name, "-f", path])
    return path


def public_line(path):
    """Type and key without the comment."""
    return " ".join(Path(f"{path}.pub").read_text().split()[:2])


def own_login_possible():
    return IS_ROOT and run(["unshare", "--mount", "true"], check=False).returncode == 0


class Target:
    """An sshd. Root gives it a login of its own, `ops`; otherwise the login is the current user's."""

    def __init__(self, directory, name="target", settings=(), key=None):
        self.directory, self.port = Path(directory), free_port()
        self.private = own_login_possible()
        self.login = LOGIN if self.private else getpass.getuser()
        self.home = self.directory / f"{name}-home"
        self.home.mkdir(mode=0o700, exist_ok=True)
        (self.home / ".hushlogin").touch()
        (self.home / ".bash_profile").write_text("PS1='ops@web1:\\w$ '\n")
        self.host_key = make_key(self.directory / f"{name}-host")
        self.key = key or make_key(self.directory / f"{name}-login")
        self.password = secrets.token_urlsafe(18)
        argv = self._server(name, settings)
        if self.private:
            argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                    "sh", "-e", self._private_login(name), *argv]
        self.log = open(self.directory / f"{name}.log", "ab")
        self.process = start(argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            wait_for_banner(self.port, self.process)
        except LabError as error:
            self.stop()
            said = (self.directory / f"{name}.log").read_text(errors="replace")[-300:].strip()
            raise LabError(f"{error}: {said}") from None

    def _server(self, name, settings):
        """Writes what the server needs; returns the command that starts it."""
        authorized = self.directory / f"{name}-authorized-keys"
        authorized.write_text(public_line(self.key) + "\n")
        config = self.directory / f"{name}-sshd.conf"
        config.write_text("\n".join([*settings, f"""\
ListenAddress 127.0.0.1:{self.port}
HostKey {self.host_key}
AuthorizedKeysFile {authorized}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin yes
PrintMotd no
PrintLastLog no
AcceptEnv *
MaxStartups 1000
MaxSessions 1000
PerSourceMaxStartups none
Subsystem sftp internal-sftp
"""]))
        return ["/usr/sbin/sshd", "-D", "-e", "-f", config]

    def _private_login(self, name):
        """A script that adds the login to copies of the account files, seen by this server alone."""
        hashed = run(["openssl", "passwd", "-6", "-stdin"], input=self.password).stdout.strip()
        lines = []
        for file, line in (("passwd", f"{LOGIN}:x:{LOGIN_ID}:{LOGIN_ID}::{self.home}:/bin/bash"),
                           ("group", f"{LOGIN}:x:{LOGIN_ID}:"), ("shadow", f"{LOGIN}:{hashed}:19000:0:99999:7:::")):
            copy = self.directory / f"{name}-{file}"
            copy.touch(0o600)
            copy.write_text(Path("/etc", file).read_text() + line + "\n")
            copy.chmod(0o600 if file == "shadow" else 0o644)
            lines.append(f"mount --bind '{copy}' /etc/{file}")
        script = self.directory / f"{name}-namespace.sh"
        script.write_text("\n".join([*lines, f"""\
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd
mount -t tmpfs -o mode=755 tmpfs /var/log
touch /var/log/lastlog
chown -R {LOGIN_ID}:{LOGIN_ID} '{self.home}'
exec "$@"
"""]))
        return script

    def stop(self):
        self.process.kill()             # takes its namespace along
        stop(self.process)
        self.log.close()


class Gateway:
    """`sallyportd` with a state directory, and the command line for it. Binaries: the folder $SALLYPORT_BIN."""

    def __init__(self, directory, port=None):
        self.binaries, self.state = Path(os.environ["SALLYPORT_BIN"]), Path(directory) / "state"
        self.port, self.process = port or free_port(), None
        self.sallyport("init", "--listen", f"127.0.0.1:{self.port}")
        self.log = open(Path(directory) / "sallyportd.log", "ab")

    def serve_console(self, folder):
        """Has it serve its API and the web console; the port."""
        port, path = free_port(), self.state / "sallyport.toml"
        setting = f'[api]\nlisten = "127.0.0.1:{port}"\nconsole = "{folder}"\n'
        path.write_text(path.read_text().replace("[api]\n", setting, 1))
        return port

    def start(self):
        self.process = start([self.binaries / "sallyportd", "--config", self.state / "sallyport.toml"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True)
        if "ready on" not in self.process.stdout.readline():
            self.stop()
            said = Path(self.log.name).read_text(errors="replace").strip()[-400:]
            raise LabError(f"sallyportd did not become ready: {said}")

    def argv(self, *words):
        return [self.binaries / "sallyport", "--state", self.state, *words]

    def sallyport(self, *words, check=True, **options):
        return run(self.argv(*words), check=check, **options)

    def host_key_line(self):
        return public_line(self.state / "keys/host_ed25519")

    def workers(self):
        return [pid for pid in tree(self.process.pid) if pid != self.process.pid]

    def stop(self):
        if self.process:
            stop(self.process)
            self.process = None
        self.log.close()


def client_config(path, known_hosts, hosts, common=""):
    """Writes an ssh_config with one `Host` block for each of hosts {alias: body}, nothing of the user's own."""
    # The first value of an option is the one that counts: a body may name another host.
    blocks = "".join(f"Host {alias}\n" + "".join(f"    {line.strip()}\n" for line in body.strip().splitlines())
                     + "    HostName 127.0.0.1\n" for alias, body in hosts.items())
    Path(path).write_text(f"""{blocks}Host *
    UserKnownHostsFile {known_hosts}
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    IdentitiesOnly yes
    BatchMode yes
    LogLevel ERROR
{common}""")
    return path

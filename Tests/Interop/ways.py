"""The targets of the matrix, and the ways to reach them: direct, through the gateway, and with the gateway as jump host."""
import base64
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from lab import LOGIN_ID, Gateway, LabError, Target, client_config, make_key, public_line, run

USER = "alice"


class DropbearTarget(Target):
    """A Dropbear server with the login, folders and sftp of Target. It reads authorized_keys only from the login's home."""

    def _server(self, name, settings):
        if not self.private:
            raise LabError("a Dropbear target needs root, for a login whose home it may write")
        keys = self.home / ".ssh"
        keys.mkdir(mode=0o700)
        (keys / "authorized_keys").write_text(public_line(self.key) + "\n")
        converted = self.directory / f"{name}-dropbear-host"
        run(["dropbearconvert", "openssh", "dropbear", self.host_key, converted])
        return ["dropbear", "-F", "-E", "-p", f"127.0.0.1:{self.port}", "-r", converted, "-P", "", *settings]


class Way:
    """How a client reaches one target. Every client tool has to be told the same things in words of its own."""

    def __init__(self, name, lab, target, port, login, host_keys):
        self.name, self.lab, self.target, self.alias = name, lab, target, f"{name}-{target}"
        self.host, self.port, self.login = "127.0.0.1", port, login
        self.host_keys = host_keys                  # type and key of each; the first is ed25519
        self.config, self.identity = lab.config, lab.identity

    def ssh(self, command=None, *flags):
        return ["ssh", "-F", self.config, *flags, self.alias, *([] if command is None else [command])]

    @property
    def fingerprint(self):
        """As PuTTY wants it."""
        digest = hashlib.sha256(base64.b64decode(self.host_keys[0].split()[1])).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def home(self, folder):
        """The environment of a tool that finds known_hosts in its home only, which is `folder`."""
        place = folder / ".ssh"
        place.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(self.lab.known_hosts, place / "known_hosts")
        return os.environ | {"HOME": str(folder)}


class Place:
    """A fresh folder here and one at the target, for one cell by one way."""

    def __init__(self, lab, target, label):
        self.local = Path(tempfile.mkdtemp(prefix=f"{label}-", dir=lab.directory / "l"))
        self.remote = Path(tempfile.mkdtemp(prefix=f"{label}-", dir=target.home))
        if target.private:
            os.chown(self.remote, LOGIN_ID, LOGIN_ID)

    def remove(self):
        for folder in (self.local, self.remote):
            shutil.rmtree(folder, ignore_errors=True)


class Lab:
    """Two targets and a gateway that knows both, one user with a key, and the ssh_config of all ways."""

    def __init__(self, directory):
        self.directory, self.started, self.targets = Path(directory), [], {}
        (self.directory / "l").mkdir()                # short: sockets of ssh lie in it
        try:
            self._set_up()
        except BaseException:
            self.stop()
            raise

    def _set_up(self):
        self.identity = make_key(self.directory / "alice")
        self.config = self.directory / "ssh_config"
        self.gateway = Gateway(self.directory)
        self.started.append(self.gateway)
        self.gateway.start()
        self.gateway.sallyport("user", "add", USER, "--key", f"{self.identity}.pub")
        kinds = {"openssh": Target, "dropbear": DropbearTarget}
        for name, kind in kinds.items():
            target = kind(self.directory, name, key=self.identity)
            self.started.append(target)
            self.targets[name] = target
            self._introduce(name, target)
        # What the load is compared with: OpenSSH's own jump host.
        self.hop = Target(self.directory, "hop", key=self.identity)
        self.started.append(self.hop)
        self._write_config()

    def _introduce(self, name, target):
        sallyport, account = self.gateway.sallyport, f"{name}/{target.login}"
        sallyport("target", "add", name, "--address", f"127.0.0.1:{target.port}", "--host-key", f"{target.host_key}.pub")
        sallyport("credential", "set", account, "--key", self.identity)
        sallyport("grant", "add", name, "--user", USER, "--target", name, "--account", target.login,
                  *self.grant_flags())

    def grant_flags(self):
        return ["--allow", "shell,exec,sftp,scp"]

    def _write_config(self):
        own = [public_line(str(path)[:-4]) for path in sorted((self.gateway.state / "keys").glob("host_*.pub"))]
        own.sort(key=lambda line: not line.startswith("ssh-ed25519"))
        hosts, known = {}, [f"[127.0.0.1]:{self.gateway.port} {line}" for line in own]
        here = f"IdentityFile {self.identity}\n"
        self.ways = {}
        for name, target in self.targets.items():
            key = public_line(target.host_key)
            known.append(f"[127.0.0.1]:{target.port} {key}")
            login = f"{USER}@{target.login}@{name}"
            hosts[f"direct-{name}"] = f"Port {target.port}\nUser {target.login}\n{here}"
            hosts[f"gateway-{name}"] = f"Port {self.gateway.port}\nUser {login}\n{here}"
            self.ways[name] = [
                Way("direct", self, name, target.port, target.login, [key]),
                Way("gateway", self, name, self.gateway.port, login, own),
            ]
        target, key = self.targets["openssh"], public_line(self.targets["openssh"].host_key)
        known.append(f"[127.0.0.1]:{self.hop.port} {public_line(self.hop.host_key)}")
        hosts["hop"] = f"Port {self.hop.port}\nUser {self.hop.login}\n{here}"
        hosts["hopped-openssh"] = f"Port {target.port}\nUser {target.login}\nProxyJump hop\n{here}"
        self.hopped = Way("hopped", self, "openssh", target.port, target.login, [key])
        self.known_hosts = self.directory / "known_hosts"
        self.known_hosts.write_text("\n".join(known) + "\n")
        client_config(self.config, self.known_hosts, hosts)

    def stop(self):
        for server in reversed(self.started):
            server.stop()


def digest(path):
    """SHA-256 of a file."""
    return hashlib.file_digest(open(path, "rb"), "sha256").hexdigest()


def content(folder):
    """{relative path: kind, permissions and SHA-256} of everything in a folder."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"link to {os.readlink(path)}"
        elif path.is_dir():
            found[name] = f"folder {path.stat().st_mode & 0o777:o}"
        else:
            found[name] = f"file {path.stat().st_mode & 0o777:o} {digest(path)}"
    return found

"""The targets of the matrix, and the ways to reach them: direct, through the gateway, and with the gateway as jump host."""
import base64
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from lab import LOGIN_ID, Gateway, LabError, Target, client_config, make_key, public_line, run

USER = "alice"
# The target itself, and its Unix sockets.
PLACES = "localhost:*,127.0.0.1:*,[::1]:*,/**"


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
    """How a client reaches one target. Every client tool has to be told the same things in words of its own; those that
    know nothing of ssh_config can't go by the way that has no port."""

    def __init__(self, name, lab, target, config, alias, port, login, host_keys):
        self.name, self.lab, self.target, self.config, self.alias = name, lab, target, config, alias
        self.host, self.port, self.login = "127.0.0.1", port, login
        self.host_keys = host_keys                  # type and key of each; the first is ed25519
        self.identity = lab.identity

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
    """Two targets and a gateway that knows both, one user with a key, and an ssh_config for each way."""

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
        self._write_configs()

    def _introduce(self, name, target):
        sallyport, known = self.gateway.sallyport, self.known_as(name)
        sallyport("target", "add", known, "--address", f"127.0.0.1:{target.port}", "--host-key", f"{target.host_key}.pub")
        sallyport("credential", "set", f"{known}/{target.login}", "--key", self.identity)
        sallyport("grant", "add", known, "--user", USER, "--target", known, "--account", target.login,
                  "--allow", "shell,exec,sftp,scp,local-forward,remote-forward,agent,x11",
                  "--forward", PLACES, "--listen", PLACES)

    @staticmethod
    def known_as(name):
        """The gateway's name for a target."""
        return f"target-{name}"

    def _write_configs(self):
        """The ways' ssh_config files: our own for what does without the gateway, `sallyport ssh-config` for the others."""
        here = f"IdentityFile {self.identity}\n"
        own = [public_line(str(path)[:-4]) for path in sorted((self.gateway.state / "keys").glob("host_*.pub"))]
        own.sort(key=lambda line: not line.startswith("ssh-ed25519"))
        known = [f"[127.0.0.1]:{self.gateway.port} {line}" for line in own]
        hosts, self.ways = {}, {}
        configs = {way: self._printed_config(way) for way in ("direct", "jump")}
        # Aliases that are no part of any path: what a tool says of its host is compared without them.
        for alias, target in {**{f"direct-{name}": target for name, target in self.targets.items()},
                              "hop": self.hop}.items():
            known.append(f"[127.0.0.1]:{target.port} {public_line(target.host_key)}")
            hosts[alias] = f"Port {target.port}\nUser {target.login}\n{here}"
        for name, target in self.targets.items():
            alias, key = self.known_as(name), [public_line(target.host_key)]
            self.ways[name] = [
                Way("direct", self, name, self.config, f"direct-{name}", target.port, target.login, key),
                Way("gateway", self, name, configs["direct"], alias, self.gateway.port,
                    f"{USER}@{target.login}@{alias}", own),
                Way("jump", self, name, configs["jump"], alias, None, target.login, own),
            ]
        target = self.targets["openssh"]
        hosts["hopped"] = f"Port {target.port}\nUser {target.login}\nProxyJump hop\n{here}"
        self.hopped = Way("hopped", self, "openssh", self.config, "hopped", target.port, target.login,
                          [public_line(target.host_key)])
        self.known_hosts = self.directory / "known_hosts"
        self.known_hosts.write_text("\n".join(known) + "\n")
        client_config(self.config, self.known_hosts, hosts)

    def _printed_config(self, way):
        """What `sallyport ssh-config` prints, and the user's own key."""
        def printed(*words):
            return self.gateway.sallyport("ssh-config", "--user", USER, *words).stdout

        known_hosts, config = self.directory / "gateway_known_hosts", self.directory / f"{way}_config"
        known_hosts.write_text(printed("--known-hosts"))
        config.write_text(printed("--way", way, "--known-hosts-file", known_hosts)
                          + f"\nHost *\n    IdentityFile {self.identity}\n    IdentitiesOnly yes\n    BatchMode yes\n"
                            "    LogLevel ERROR\n")
        return config

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

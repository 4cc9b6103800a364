"""Forwards of OpenSSH's client: what is behind them is a server of this file's own on 127.0.0.1."""
import hashlib
import os
import re
import socket
import socketserver
import subprocess
import threading
import time

from cells import MIB, cell, observe
from lab import free_port, start, stop
from openssh import every_byte


class _Echo(socketserver.BaseRequestHandler):
    """Gives everything back once the client has ended its half, and then what it counted."""

    def handle(self):
        total = 0
        while data := self.request.recv(65536):
            total += len(data)
            self.request.sendall(data)
        self.request.sendall(b"%d bytes\n" % total)


class Echo:
    """An echo server for the time of a `with`; its value is the port."""

    def __enter__(self):
        socketserver.ThreadingTCPServer.daemon_threads = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_address[1]

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def exchange(port, block):
    """What comes back of `block` and after it."""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.settimeout(60)
        reader = []

        def read():
            try:
                while data := connection.recv(65536):
                    reader.append(data)
            except OSError:
                pass                                # what came is compared; nothing came if the forward was cut

        thread = threading.Thread(target=read)
        thread.start()
        connection.sendall(block)
        connection.shutdown(socket.SHUT_WR)
        thread.join(60)
        back = b"".join(reader)
        return {"back": hashlib.sha256(back[:len(block)]).hexdigest(), "then": back[len(block):]}


def _open_port(port, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def _client(way, *flags):
    return start(way.ssh(None, "-N", "-o", "ExitOnForwardFailure=yes", *flags), stdin=subprocess.DEVNULL,
                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@cell("ssh", "-L")
def local_forward(way, place, size):
    port = free_port()
    with Echo() as echo:
        client = _client(way, "-L", f"127.0.0.1:{port}:127.0.0.1:{echo}")
        try:
            _open_port(port)
            return exchange(port, every_byte(8 * MIB))
        finally:
            stop(client)


@cell("ssh", "-W")
def standard_forward(way, place, size):
    with Echo() as echo:
        seen = observe(way.ssh(None, "-W", f"127.0.0.1:{echo}"), input=every_byte())
    return {"exit": seen["exit"], "output": hashlib.sha256(seen["output"]).hexdigest()}


@cell("ssh", "-L to a port where nothing listens", silent=True)
def closed_forward(way, place, size):
    seen = observe(way.ssh(None, "-W", f"127.0.0.1:{free_port()}"))
    return {"exit": seen["exit"], "output": seen["output"]}


def _socket_exchange(path, block):
    """What comes back of `block` from a Unix socket, and after it."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(path))
        threading.Thread(target=lambda: (connection.sendall(block), connection.shutdown(socket.SHUT_WR))).start()
        back = b""
        while data := connection.recv(65536):
            back += data
    return {"back": hashlib.sha256(back[:len(block)]).hexdigest(), "then": back[len(block):]}


def _appeared(path, seconds=20):
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} does not appear")
        time.sleep(0.05)


@cell("ssh", "-L from a Unix socket to another", targets=("openssh",))
def path_forward(way, place, size):
    there, here = place.remote / "echo.sock", place.local / "here.sock"
    echo = start(["socat", f"UNIX-LISTEN:{there},fork,mode=666", "SYSTEM:cat; echo over"], stdin=subprocess.DEVNULL,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _appeared(there)
        client = _client(way, "-L", f"{here}:{there}")
        try:
            _appeared(here)
            return _socket_exchange(here, every_byte(8 * MIB))
        finally:
            stop(client)
    finally:
        stop(echo)


@cell("ssh", "-R from a Unix socket to a port", targets=("openssh",))
def path_remote_forward(way, place, size):
    there = place.remote / "listen.sock"
    with Echo() as echo:
        client = _client(way, "-R", f"{there}:127.0.0.1:{echo}")
        try:
            _appeared(there)
            return _socket_exchange(there, every_byte(8 * MIB))
        finally:
            stop(client)


@cell("ssh", "-R with a port of the server's choice")
def remote_forward(way, place, size):
    with Echo() as echo:
        client = _client(way, "-o", "LogLevel=INFO", "-R", f"0:127.0.0.1:{echo}")
        try:
            said = b""
            while not (found := re.search(rb"Allocated port (\d+)", said)):
                line = client.stderr.readline()
                if not line:
                    return {"said": said}
                said += line
            return exchange(int(found[1]), every_byte(8 * MIB))
        finally:
            stop(client)


@cell("ssh", "-D with curl")
def dynamic_forward(way, place, size):
    port = free_port()
    (place.local / "page").write_bytes(every_byte())
    web = free_port()
    server = start(["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", place.local, web],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = _client(way, "-D", f"127.0.0.1:{port}")
    try:
        _open_port(port)
        _open_port(web)
        seen = observe(["curl", "--silent", "--show-error", "--max-time", "60", "--socks5-hostname", f"127.0.0.1:{port}",
                        f"http://127.0.0.1:{web}/page"])
        return {"exit": seen["exit"], "page": hashlib.sha256(seen["output"]).hexdigest()}
    finally:
        stop(client)
        stop(server)


@cell("ssh", "-A: the agent's keys there", targets=("openssh",))
def agent_forward(way, place, size):
    sock = place.local / "agent"
    agent = start(["ssh-agent", "-D", "-a", sock], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                  stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not sock.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        variables = os.environ | {"SSH_AUTH_SOCK": str(sock)}
        observe(["ssh-add", "-q", way.identity], env=variables)
        return observe(way.ssh("ssh-add -l", "-A"), env=variables)
    finally:
        stop(agent)

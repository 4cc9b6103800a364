"""What editors with a remote side do over ssh, played by stock tools: Visual Studio Code starts a server by a script on
standard input and reaches it through a dynamic forward, JetBrains' tools use sftp, commands and a forward of one
connection at the same time."""
import base64
import hashlib
import re
import subprocess
import zlib

from cells import MIB, cell, make_file, observe
from forwards import _open_port
from lab import free_port, start, stop
from libraries import client
from openssh import every_byte

# A server as an editor installs one: it says where it listens, answers over HTTP, and ends with its owner.
SERVER = r"""
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *words): pass
    def do_GET(self):
        body = bytes(range(256)) * 4096 if self.path == "/bulk" else b"the server of " + self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
print("listeningOn==%d==" % server.server_address[1], flush=True)
os.close(1)
server.serve_forever()
"""


@cell("ssh", "as Visual Studio Code: a script on standard input, its server through -D", targets=("openssh",))
def code(way, place, size):
    """`ssh -T -D PORT host sh`, the script on standard input, which stays open as long as the window."""
    socks = free_port()
    packed = base64.b64encode(zlib.compress(SERVER.encode())).decode()
    script = f"""
mkdir -p {place.remote}/.editor-server && cd {place.remote}/.editor-server || exit 77
uname -s; printf '%s==%s==\\n' platform "$(uname -m)"
printf '%s' '{packed}' | base64 -d >server.z
python3 -c 'import zlib;open("server.py","wb").write(zlib.decompress(open("server.z","rb").read()))'
nohup python3 server.py >log 2>&1 </dev/null &
echo $! >pid
n=0; while ! grep -q listeningOn log && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1)); done
cat log; echo end-of-script
"""
    first = start(way.ssh("sh", "-T", "-D", f"127.0.0.1:{socks}", "-o", "ConnectTimeout=15"), stdin=subprocess.PIPE,
                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    second = None
    try:
        first.stdin.write(script.encode())
        first.stdin.flush()
        said = b""
        while b"end-of-script" not in said:
            line = first.stdout.readline()
            if not line:
                return {"failure": f"the script ended: {said!r} {first.stderr.read()!r}"}
            said += line
        there = int(re.search(rb"listeningOn==(\d+)==", said)[1])
        _open_port(socks)

        def fetch(page, port=socks):
            return observe(["curl", "--silent", "--show-error", "--max-time", "60", "--socks5-hostname",
                            f"127.0.0.1:{port}", *page])

        base = f"http://127.0.0.1:{there}"
        pages = fetch([f"{base}/a", f"{base}/b", f"{base}/bulk"])
        many = fetch(["--parallel", "--parallel-max", "20", *[f"{base}/{number}" for number in range(60)]])
        # Another window on the same host: a connection of its own, whose forwards find the server that runs.
        other = free_port()
        second = start(way.ssh("sh", "-T", "-D", f"127.0.0.1:{other}"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL)
        second.stdin.write(f"cat {place.remote}/.editor-server/pid >/dev/null && echo found-it\n".encode())
        second.stdin.flush()
        found = second.stdout.readline()
        _open_port(other)
        again = fetch([f"{base}/c"], other)
        first.stdin.close()
        return {"said": re.sub(rb"==\d+==", b"==N==", said), "pages": hashlib.sha256(pages["output"]).hexdigest(),
                "page exit": pages["exit"], "many": [many["exit"], len(many["output"])], "found": found,
                "again": again["output"], "exit": first.wait(30)}
    finally:
        for client_process in (first, second):
            if client_process:
                stop(client_process)
        observe(way.ssh(f"kill $(cat {place.remote}/.editor-server/pid)"), keep_errors=False)


@cell("ssh", "one shared connection: shell, commands, sftp, -D and -L at once", targets=("openssh",))
def shared(way, place, size):
    socks, local, control = free_port(), free_port(), place.local / "c"
    page = place.local / "page"
    page.write_bytes(every_byte())
    web = free_port()
    server = start(["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", place.local, web],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    master = start(way.ssh(None, "-M", "-N", "-o", f"ControlPath={control}", "-D", f"127.0.0.1:{socks}", "-L",
                           f"127.0.0.1:{local}:127.0.0.1:{web}"),
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _open_port(socks)
        _open_port(local)
        _open_port(web)
        file = make_file(place.local / "file", 2 * MIB)
        over = ["-o", f"ControlPath={control}"]
        running = [start(way.ssh(f"sleep 0.2; echo {number}; exit {number}", *over), stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE) for number in range(8)]
        moved = observe(["sftp", "-F", way.config, "-q", "-b", "-", *over, way.alias],
                        input=f"put {file} {place.remote}/file\nget {place.remote}/file {place.local}/back\n".encode())
        fetched = [observe(["curl", "--silent", "--max-time", "60", *proxy, f"http://127.0.0.1:{port}/page"])["output"]
                   for proxy, port in ((["--socks5-hostname", f"127.0.0.1:{socks}"], web), ([], local))]
        terminal = observe(way.ssh("test -t 1 && echo a terminal", "-tt", *over))
        ended = [(process.communicate(timeout=60)[0], process.returncode) for process in running]
        return {"commands": ended, "sftp": moved["exit"], "back": hashlib.sha256(
            (place.local / "back").read_bytes()).hexdigest(), "pages": [
                hashlib.sha256(page).hexdigest() for page in fetched], "terminal": terminal["output"]}
    finally:
        stop(master)
        stop(server)


@cell("AsyncSSH", "as JetBrains: sftp, commands and a forward of one connection", targets=("openssh",), jumps=False)
def jetbrains(way, place, size):
    (place.local / "server.py").write_text(SERVER)
    return client("editor_client.py", way, place)

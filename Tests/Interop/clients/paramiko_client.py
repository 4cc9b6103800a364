"""Reads how to connect as JSON, works with paramiko, prints what it saw."""
import base64
import hashlib
import json
import sys

import paramiko

settings = json.load(sys.stdin)
client = paramiko.SSHClient()
for kind, blob in map(str.split, settings["host_keys"]):
    client.get_host_keys().add(f"[{settings['host']}]:{settings['port']}", kind,
                               paramiko.PKey.from_type_string(kind, base64.b64decode(blob)))
client.connect(settings["host"], settings["port"], settings["login"], key_filename=settings["identity"],
               look_for_keys=False, allow_agent=False, timeout=30)
seen = {}

block = bytes(range(256)) * 4096
channel = client.get_transport().open_session()
channel.exec_command("sha256sum; echo aside >&2; exit 7")
channel.sendall(block)
channel.shutdown_write()
seen["exec"] = [channel.makefile("rb").read().decode(), channel.makefile_stderr("rb").read().decode(),
                channel.recv_exit_status()]

shell = client.invoke_shell(term="xterm", width=101, height=33)
shell.resize_pty(width=90, height=20)
shell.sendall(b"stty size; exit 4\n")
output = b""
while data := shell.recv(65536):
    output += data
seen["shell"] = [b"20 90" in output, shell.recv_exit_status()]

several = [client.exec_command(f"sleep 0.1; echo {number}") for number in range(5)]
seen["several"] = [out.read().decode() for _, out, _ in several]

sftp = client.open_sftp()
sftp.put(f"{settings['local']}/file", f"{settings['remote']}/file")
sftp.rename(f"{settings['remote']}/file", f"{settings['remote']}/renamed")
sftp.mkdir(f"{settings['remote']}/folder", 0o750)
sftp.get(f"{settings['remote']}/renamed", f"{settings['local']}/back")
seen["sftp"] = [sorted(sftp.listdir(settings["remote"])), sftp.stat(f"{settings['remote']}/renamed").st_size,
                hashlib.sha256(open(f"{settings['local']}/back", "rb").read()).hexdigest()]
try:
    sftp.stat(f"{settings['remote']}/missing")
except FileNotFoundError:
    seen["missing"] = "as it should be"
client.close()
print(json.dumps(seen))

"""Reads how to connect as JSON, works with libssh2 (ssh2-python), prints what it saw."""
import base64
import hashlib
import json
import socket
import sys

from ssh2.session import Session
from ssh2.sftp import (LIBSSH2_FXF_CREAT, LIBSSH2_FXF_READ, LIBSSH2_FXF_WRITE, LIBSSH2_SFTP_S_IRUSR,
                       LIBSSH2_SFTP_S_IWUSR)

settings = json.load(sys.stdin)
connection = socket.create_connection((settings["host"], settings["port"]), 30)
session = Session()
session.handshake(connection)
if session.hostkey()[0] not in [base64.b64decode(key.split()[1]) for key in settings["host_keys"]]:
    sys.exit("another host key")
session.userauth_publickey_fromfile(settings["login"], settings["identity"], "", f"{settings['identity']}.pub")
seen = {}


def read(channel, stderr=False):
    output = b""
    while True:
        size, data = channel.read_stderr() if stderr else channel.read()
        if size <= 0:
            return output
        output += data


channel = session.open_session()
channel.execute("sha256sum; echo aside >&2; exit 7")
block, sent = bytes(range(256)) * 4096, 0
while sent < len(block):
    _, written = channel.write(block[sent:])
    sent += written
channel.send_eof()
output, errors = read(channel), read(channel, stderr=True)
channel.wait_eof()
channel.close()
channel.wait_closed()
seen["exec"] = [output.decode(), errors.decode(), channel.get_exit_status()]

channel = session.open_session()
channel.pty("xterm")                            # 80 by 24
channel.shell()
channel.write(b"stty size; exit 4\n")
output = read(channel)
channel.close()
channel.wait_closed()
seen["shell"] = [b"24 80" in output, channel.get_exit_status()]

sftp = session.sftp_init()
name = f"{settings['remote']}/file"
with sftp.open(name, LIBSSH2_FXF_CREAT | LIBSSH2_FXF_WRITE, LIBSSH2_SFTP_S_IRUSR | LIBSSH2_SFTP_S_IWUSR) as file:
    file.write(open(f"{settings['local']}/file", "rb").read())
sftp.rename(name, f"{settings['remote']}/renamed")
with sftp.open(f"{settings['remote']}/renamed", LIBSSH2_FXF_READ, 0) as file:
    back = b"".join(data for size, data in file)
seen["sftp"] = [sftp.stat(f"{settings['remote']}/renamed").filesize, hashlib.sha256(back).hexdigest()]
session.disconnect()
print(json.dumps(seen))

"""Sends SSH_MSG_PING (OpenSSH's PROTOCOL, section 1.9) in a session, and says which extensions the server offers, which
messages of the transport answer, and what a command prints afterwards.

usage: ping_client.py PORT LOGIN KEYFILE
"""

import logging
import socket
import sys
import time

import paramiko
from paramiko.message import Message

PINGS = 5


def main():
    logging.disable(logging.CRITICAL)
    port, login, key = int(sys.argv[1]), sys.argv[2], paramiko.Ed25519Key.from_private_key_file(sys.argv[3])
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", port), timeout=20))
    heard, read = [], transport.packetizer.read_message

    def noting():
        kind, message = read()
        if kind in (3, 193):
            heard.append(kind)
            # Paramiko knows neither of them here; 2 means nothing.
            return 2, message
        return kind, message

    transport.packetizer.read_message = noting
    transport.start_client(timeout=20)
    transport.auth_publickey(login, key)
    print("extensions", *sorted(transport.server_extensions), flush=True)
    channel = transport.open_session(timeout=20)
    for _ in range(PINGS):
        message = Message()
        message.add_byte(bytes([192]))
        message.add_string("PING!")
        transport._send_user_message(message)
    deadline = time.monotonic() + 20
    while len(heard) < PINGS and time.monotonic() < deadline:
        time.sleep(0.01)
    print("answers", *sorted(set(heard)), flush=True)
    channel.exec_command("echo still here")
    print("output", channel.makefile("rb").read().decode().strip(), flush=True)
    transport.close()


main()

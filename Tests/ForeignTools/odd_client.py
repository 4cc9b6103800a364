"""Runs commands at odd_server.py and prints, in order, every request and end that comes on their channels.

usage: odd_client.py PORT LOGIN KEYFILE
"""

import logging
import socket
import sys

import paramiko
from paramiko.message import Message


class Telling(paramiko.Channel):
    """A channel that prints what the server says on it."""

    def _handle_request(self, message):
        name, wants_reply = message.get_text(), message.get_boolean()
        if name == "exit-status":
            print("status", message.get_int(), flush=True)
        elif name == "exit-signal":
            print(name, message.get_text(), message.get_boolean(), message.get_text(), message.get_text(), flush=True)
        else:
            print("asked", name, wants_reply, message.get_remainder(), flush=True)
        if wants_reply:
            answer = Message()
            answer.add_byte(bytes([100]))
            answer.add_int(self.remote_chanid)
            self.transport._send_user_message(answer)

    def _handle_close(self, message):
        print("closed", flush=True)
        super()._handle_close(message)


def main():
    logging.disable(logging.CRITICAL)
    port, login, key = int(sys.argv[1]), sys.argv[2], paramiko.Ed25519Key.from_private_key_file(sys.argv[3])
    paramiko.transport.Channel = Telling
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", port), timeout=20))
    transport._channel_handler_table = {
        **paramiko.Transport._channel_handler_table, 97: Telling._handle_close, 98: Telling._handle_request}
    transport.start_client(timeout=20)
    transport.auth_publickey(login, key)
    for command in ("plain", "ask", "crash"):
        channel = transport.open_session(timeout=20)
        channel.exec_command(command)
        channel.sendall(b"!")
        print(channel.makefile("rb").read().decode(), end="", flush=True)
        channel.status_event.wait(1)
        channel.close()
    transport.close()


main()

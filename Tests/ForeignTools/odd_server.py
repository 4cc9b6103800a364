"""An SSH server that says and asks, beside running a command, whatever the protocol permits.

usage: odd_server.py PORT PUBLIC-KEY-FILE
Says its host key on the first line of standard output, then the answers to what it asked.
"""

import base64
import socket
import sys
import threading

import paramiko
from paramiko.message import Message


class Odd(paramiko.Transport):
    """Paramiko's transport, which tells the answers to its own requests."""

    def _parse_request_failure(self, message):
        print("answer to a global request: refused", flush=True)

    def _parse_request_success(self, message):
        print("answer to a global request: accepted", flush=True)


class Login(paramiko.ServerInterface):
    def __init__(self, transport, key):
        self.transport, self.key = transport, key

    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL if key.get_base64() == self.key else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=self.run, args=(channel, command.decode()), daemon=True).start()
        return True

    def request(self, channel, name, wants_reply, *fields):
        message = Message()
        message.add_byte(bytes([98]))
        message.add_int(channel.remote_chanid)
        message.add_string(name)
        message.add_boolean(wants_reply)
        for field in fields:
            message.add_boolean(field) if isinstance(field, bool) else message.add_string(field)
        self.transport._send_user_message(message)

    def run(self, channel, command):
        # The client says so once it has the answer to its request, which the transport sends after this has begun.
        channel.recv(1)
        if command == "ask":
            event, failed = threading.Event(), []
            channel._request_failed = lambda _: (failed.append(1), event.set())
            channel._request_success = lambda _: event.set()
            self.transport._channel_handler_table = {
                **paramiko.Transport._channel_handler_table, 99: lambda chan, message: chan._request_success(message),
                100: lambda chan, message: chan._request_failed(message)}
            self.request(channel, "vendor@example.org", True, "a payload")
            event.wait(20)
            print("answer to vendor@example.org:", "refused" if failed else "accepted", flush=True)
            message = Message()
            message.add_byte(bytes([80]))
            message.add_string("unheard-of@example.org")
            message.add_boolean(True)
            self.transport._send_user_message(message)
        channel.sendall(f"ran {command}\n".encode())
        if command == "crash":
            self.request(channel, "exit-signal", False, "SEGV", True, "shot itself in the foot ✓", "de")
        else:
            channel.send_exit_status(7)
        channel.close()


def main():
    port, allowed = int(sys.argv[1]), open(sys.argv[2]).read().split()[1]
    key = paramiko.ECDSAKey.generate()
    print(key.get_name(), base64.b64encode(key.asbytes()).decode(), flush=True)
    listener = socket.create_server(("127.0.0.1", port))
    transports = []
    while True:
        connection, _ = listener.accept()
        transport = Odd(connection)
        transport.add_server_key(key)
        transports.append(transport)
        try:
            transport.start_server(server=Login(transport, allowed))
        except (paramiko.SSHException, EOFError) as error:
            print("ended", error, flush=True)


main()

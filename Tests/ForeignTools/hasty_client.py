"""A client that sends input together with its request for a program, without waiting for any answer.

usage: hasty_client.py PORT USER KEY COMMAND INPUT
Prints "sent" once it has, then what arrives; sends the lines of its own standard input; exits with the program's code.
"""

import socket
import sys
import threading

import paramiko


def request(channel, name, *fields):
    """RFC 4254 section 5.4, without a wish for an answer."""
    message = paramiko.Message()
    message.add_byte(paramiko.common.cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string(name)
    message.add_boolean(False)
    for field in fields:
        message.add_int(field) if isinstance(field, int) else message.add_string(field)
    channel.transport._send_user_message(message)


def main():
    port, user, key, command, hasty = sys.argv[1:]
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", int(port))))
    transport.connect(username=user, pkey=paramiko.Ed25519Key.from_private_key_file(key))
    channel = transport.open_session()
    request(channel, "pty-req", "vt100", 80, 24, 0, 0, b"\0")
    request(channel, "exec", command)
    channel.sendall(hasty.encode().decode("unicode_escape").encode())
    # An answered request: all that was sent before has been read there.
    transport.global_request("known-to-nobody@example.com", wait=True)
    print("sent", flush=True)

    def type_lines():
        for line in sys.stdin:
            channel.sendall(line.strip("\n").encode() + b"\r")

    threading.Thread(target=type_lines, daemon=True).start()
    while shown := channel.recv(4096):
        sys.stdout.buffer.write(shown)
        sys.stdout.flush()
    sys.exit(channel.recv_exit_status())


main()

"""A client that sends what no client should, to see that a server neither grants anything nor stays.

usage: ill_mannered_client.py PORT LOGIN states KEYFILE
           each message number in each state, see main_states
       ill_mannered_client.py PORT LOGIN keys COUNT KEYFILE
           COUNT unknown keys, each signed at once, then the right one
       ill_mannered_client.py PORT LOGIN odd-key | bad-signature
           then waits for the end, and says how many seconds that took
       ill_mannered_client.py PORT LOGIN rekey COUNT
           COUNT key exchanges without ever logging in
Prints one JSON object.
"""

import json
import logging
import socket
import struct
import sys
import threading
import time

import paramiko
from paramiko.message import Message


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">I", len(value)) + value


def banner(sock):
    line = b""
    while not line.endswith(b"\n"):
        byte = sock.recv(1)
        if not byte:
            raise EOFError
        line += byte
    return line


def before_keys(port, number):
    """The message in the clear, in place of KEXINIT."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        banner(sock)
        sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        payload = bytes([number]) + b"\0" * 32
        padding = 8 - (5 + len(payload)) % 8
        padding += 8 if padding < 4 else 0
        packet = struct.pack(">IB", len(payload) + padding + 1, padding) + payload + b"\0" * padding
        heard = b""
        try:
            sock.sendall(packet)
            sock.settimeout(0.6)
            while piece := sock.recv(4096):
                heard += piece
        except socket.timeout:
            return "silent", grants(clear_messages(heard))
        except OSError:
            pass
        return "closed", grants(clear_messages(heard))


def clear_messages(stream):
    """Numbers of the messages of an unencrypted stream."""
    numbers = []
    while len(stream) >= 6:
        length = struct.unpack(">I", stream[:4])[0]
        numbers.append(stream[5])
        stream = stream[4 + length:]
    return numbers


def grants(numbers):
    return any(number in (52, 91, 99) for number in numbers)


class Spy(paramiko.Transport):
    """Paramiko's transport, whose incoming messages are noted before anything else looks at them."""

    def note_messages(self):
        self.numbers = []
        read = self.packetizer.read_message

        def noting():
            kind, message = read()
            self.numbers.append(kind)
            return kind, message

        self.packetizer.read_message = noting


def connected(port):
    transport = Spy(socket.create_connection(("127.0.0.1", port), timeout=20))
    transport.note_messages()
    transport.start_client(timeout=20)
    return transport


def send(transport, number, payload):
    message = Message()
    message.add_byte(bytes([number]))
    message.add_bytes(payload)
    transport._send_message(message)


def channel_open():
    return text("session") + struct.pack(">III", 7, 1 << 20, 1 << 15)


def is_alive(transport, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and transport.is_active():
        time.sleep(0.01)
    return transport.is_active()


def before_login(port, number):
    """The message after the key exchange, then a session channel, which must not be opened."""
    transport = connected(port)
    try:
        send(transport, number, b"\0" * 32)
        if transport.is_active():
            send(transport, 90, channel_open())
        # A request with an answer of its own shows that everything before it was dealt with.
        if transport.is_active():
            send(transport, 5, text("ssh-userauth"))
        deadline = time.monotonic() + 5
        answers = 2 if number == 5 else 1           # that message asks for a service, too
        while time.monotonic() < deadline and transport.is_active() and transport.numbers.count(6) < answers:
            time.sleep(0.01)
        return "silent" if transport.is_active() else "closed", grants(transport.numbers)
    except (EOFError, OSError, paramiko.SSHException):
        return "closed", grants(transport.numbers)
    finally:
        transport.close()


def after_login(port, login, key, number):
    """The message after the login; the connection ends, or still serves."""
    transport = connected(port)
    try:
        transport.auth_publickey(login, key)
        before = len(transport.numbers)
        send(transport, number, b"\0" * 32)
        time.sleep(0.05)
        if not transport.is_active():
            return "closed", False
        try:
            channel = transport.open_session(timeout=5)
            channel.close()
            return "serves", 52 in transport.numbers[before:]
        except (EOFError, OSError, paramiko.SSHException):
            return ("closed" if not is_alive(transport, 3) else "silent"), 52 in transport.numbers[before:]
    finally:
        transport.close()


def main_states(port, login, path):
    key = paramiko.Ed25519Key.from_private_key_file(path)
    found = {"before_keys": {}, "before_login": {}, "after_login": {}}
    lock = threading.Lock()

    def work(numbers):
        for number in numbers:
            for state, probe in [
                ("before_keys", lambda: before_keys(port, number)),
                ("before_login", lambda: before_login(port, number)),
                ("after_login", lambda: after_login(port, login, key, number)),
            ]:
                try:
                    how, granted = probe()
                except Exception as error:  # what a probe can't do is told, so that a test can't pass by it
                    how, granted = f"error: {type(error).__name__}: {error}", False
                with lock:
                    found[state][number] = [how, granted]

    workers = [threading.Thread(target=work, args=(range(start, 256, 8),)) for start in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


def main_keys(port, login, count, path):
    right = paramiko.Ed25519Key.from_private_key_file(path)
    transport = connected(port)
    refused = 0
    for _ in range(count):
        try:
            transport.auth_publickey(login, paramiko.ECDSAKey.generate())
        except paramiko.AuthenticationException:
            refused += 1
    transport.auth_publickey(login, right)
    result = {"refused": refused, "authenticated": transport.is_authenticated()}
    transport.close()
    return result


def main_odd(port, login, kind):
    transport = connected(port)
    start = time.monotonic()
    send(transport, 5, text("ssh-userauth"))
    head = text(login) + text("ssh-connection") + text("publickey")
    if kind == "odd-key":
        body = b"\0" + text("ssh-unheard-of") + text(text("ssh-unheard-of") + text(b"x" * 32))
    else:
        blob = paramiko.ECDSAKey.generate().asbytes()
        signature = text("ecdsa-sha2-nistp256") + text(text(b"\1" * 32) + text(b"\2" * 32))
        body = b"\1" + text("ecdsa-sha2-nistp256") + text(blob) + text(signature)
    send(transport, 50, head + body)
    alive = is_alive(transport, 30)
    return {
        "seconds": time.monotonic() - start, "ended": not alive, "granted": grants(transport.numbers),
        "refused": 51 in transport.numbers,
    }


def main_rekey(port, count):
    transport = connected(port)
    exchanges = 1
    try:
        while exchanges < count:
            transport.renegotiate_keys()
            exchanges += 1
    except (EOFError, OSError, paramiko.SSHException):
        pass
    return {"exchanges": exchanges, "ended": not is_alive(transport, 3), "granted": grants(transport.numbers)}


def main():
    # What paramiko doesn't expect is what is sought here.
    logging.disable(logging.CRITICAL)
    port, login, what = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    if what == "states":
        result = main_states(port, login, sys.argv[4])
    elif what == "keys":
        result = main_keys(port, login, int(sys.argv[4]), sys.argv[5])
    elif what == "rekey":
        result = main_rekey(port, int(sys.argv[4]))
    else:
        result = main_odd(port, login, what)
    print(json.dumps(result))


main()

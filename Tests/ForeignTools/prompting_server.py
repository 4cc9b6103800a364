"""An SSH server whose keyboard-interactive login asks the given questions, one round each.

usage: prompting_server.py PORT [--key-first] [--codes BASE32:PERIOD] QUESTION…
Says its host key on the first line of standard output, then what it was answered. Lets in who answered each
question with "planted-answer", and runs any command as an echo of its own text. With --key-first any public key comes
before the questions; with --codes the questions for a code are answered with one (TOTP, SHA-1, 6 digits) that was not
used before.
"""

import base64
import hashlib
import hmac
import socket
import struct
import sys
import threading
import time

import paramiko


class Codes:
    """Six digits each PERIOD seconds; each code is taken once, and one period of difference is forgiven."""

    def __init__(self, text):
        seed, period = text.split(":")
        self.key = base64.b32decode(seed)
        self.period = int(period)
        self.used = set()
        self.lock = threading.Lock()

    def code(self, step):
        mac = hmac.new(self.key, struct.pack(">Q", step), hashlib.sha1).digest()
        start = mac[-1] & 15
        return "%06d" % ((struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF) % 1000000)

    def take(self, answer):
        now = int(time.time()) // self.period
        with self.lock:
            for step in (now - 1, now, now + 1):
                if self.code(step) == answer and step not in self.used:
                    self.used.add(step)
                    return True
        return False


class Login(paramiko.ServerInterface):
    def __init__(self, questions, key_first, codes):
        self.questions = list(questions)
        self.key_first = key_first
        self.has_key = False
        self.codes = codes

    def get_allowed_auths(self, username):
        return "publickey" if self.needs_key() else "keyboard-interactive"

    def needs_key(self):
        return self.key_first and not self.has_key

    def check_auth_none(self, username):
        return paramiko.AUTH_FAILED

    def check_auth_publickey(self, username, key):
        if not self.key_first:
            return paramiko.AUTH_FAILED
        # Asked twice: for the offer, and for the proof, which paramiko has checked.
        self.has_key = True
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL

    def check_auth_interactive(self, username, submethods):
        return paramiko.AUTH_FAILED if self.needs_key() else self.ask()

    def ask(self):
        question = self.questions[0]
        # A question with "!" before it may be answered in the open; what stands before "|" is about the whole round.
        about, _, question = question.rpartition("|")
        return paramiko.InteractiveQuery("", about, (question.lstrip("!"), question.startswith("!")))

    def check_auth_interactive_response(self, responses):
        print("answered", *responses, flush=True)
        question = self.questions.pop(0)
        if self.codes and "code" in question.lower():
            right = self.codes.take(*responses)
        else:
            right = responses == ["planted-answer"]
        if not right:
            return paramiko.AUTH_FAILED
        return self.ask() if self.questions else paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_pty_request(self, channel, *_):
        return True

    def check_channel_exec_request(self, channel, command):
        def run():
            channel.sendall(command + b"\n")
            channel.send_exit_status(7)
            channel.close()

        channel.program = run
        return True


def answer_and_run(channel, message):
    """The answer to a request goes out before the program begins: it could end before."""
    paramiko.Channel._handle_request(channel, message)
    program = channel.__dict__.pop("program", None)
    if program:
        threading.Thread(target=program).start()


paramiko.Transport._channel_handler_table[paramiko.common.MSG_CHANNEL_REQUEST] = answer_and_run


def main():
    port, questions = int(sys.argv[1]), sys.argv[2:]
    key_first = questions[:1] == ["--key-first"]
    if key_first:
        questions.pop(0)
    codes = None
    if questions[:1] == ["--codes"]:
        codes = Codes(questions[1])
        del questions[:2]
    key = paramiko.ECDSAKey.generate()
    print(key.get_name(), base64.b64encode(key.asbytes()).decode(), flush=True)
    listener = socket.create_server(("127.0.0.1", port))
    transports = []

    def serve(connection):
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        transports.append(transport)
        try:
            transport.start_server(server=Login(questions, key_first, codes))
        except (paramiko.SSHException, EOFError) as error:
            print("ended", error, flush=True)

    while True:
        connection, _ = listener.accept()
        # Two logins at once must not wait for each other's key exchange.
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


main()

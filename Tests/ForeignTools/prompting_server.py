"""An SSH server whose keyboard-interactive login asks the given questions, one round each.

usage: prompting_server.py PORT QUESTION…
Says its host key on the first line of standard output, then what it was answered. Lets in who answered each
question with "planted-answer", and runs any command as an echo of its own text.
"""

import base64
import socket
import sys
import threading

import paramiko


class Login(paramiko.ServerInterface):
    def __init__(self, questions):
        self.questions = list(questions)

    def get_allowed_auths(self, username):
        return "keyboard-interactive"

    def check_auth_none(self, username):
        return paramiko.AUTH_FAILED

    def check_auth_interactive(self, username, submethods):
        return self.ask()

    def ask(self):
        question = self.questions[0]
        # A question with "!" before it may be answered in the open; what stands before "|" is about the whole round.
        about, _, question = question.rpartition("|")
        return paramiko.InteractiveQuery("", about, (question.lstrip("!"), question.startswith("!")))

    def check_auth_interactive_response(self, responses):
        print("answered", *responses, flush=True)
        if responses != ["planted-answer"]:
            return paramiko.AUTH_FAILED
        self.questions.pop(0)
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

        threading.Thread(target=run).start()
        return True


def main():
    port, questions = int(sys.argv[1]), sys.argv[2:]
    key = paramiko.ECDSAKey.generate()
    print(key.get_name(), base64.b64encode(key.asbytes()).decode(), flush=True)
    listener = socket.create_server(("127.0.0.1", port))
    transports = []
    while True:
        connection, _ = listener.accept()
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        transports.append(transport)
        try:
            transport.start_server(server=Login(questions))
        except (paramiko.SSHException, EOFError) as error:
            print("ended", error, flush=True)


main()

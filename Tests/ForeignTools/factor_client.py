"""Logs in with a key and then a one-time code, by paramiko, and runs a command.

usage: factor_client.py PORT LOGIN KEY CODE COMMAND

Prints what was left to prove after the key, each prompt, and the command's output, a line each.
"""

import sys

import paramiko


def main():
    port, login, key, code, command = sys.argv[1:]
    transport = paramiko.Transport(("127.0.0.1", int(port)))
    transport.start_client(timeout=30)
    left = transport.auth_publickey(login, paramiko.Ed25519Key.from_private_key_file(key))
    print("left:", ",".join(left))

    def answer(title, instructions, prompts):
        for text, echo in prompts:
            print(f"prompt: {text.strip()} {'shown' if echo else 'hidden'}")
        return [code] * len(prompts)

    try:
        left = transport.auth_interactive(login, answer)
    except paramiko.AuthenticationException:
        print("refused")
        sys.exit(1)
    print("left:", ",".join(left))
    channel = transport.open_session()
    channel.exec_command(command)
    print("output:", channel.makefile("r").read().decode().strip())
    print("exit:", channel.recv_exit_status())
    transport.close()


main()

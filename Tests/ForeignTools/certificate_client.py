"""Logs in with a key and a certificate over it, by paramiko, which looks at no certificate that it offers.

usage: certificate_client.py PORT LOGIN KEY CERTIFICATE COMMAND [ALTERED]

ALTERED: a text in the certificate, in the place of which stands one of as many letters x. Prints the command's output,
or `refused`.
"""

import base64
import sys

import paramiko


def main():
    port, login, key_file, certificate, command = sys.argv[1:6]
    with open(certificate) as file:
        kind, blob = file.read().split()[:2]
    content = base64.b64decode(blob)
    if len(sys.argv) > 6:
        text = sys.argv[6].encode()
        assert text in content
        content = content.replace(text, b"x" * len(text))
    with open(certificate + ".sent", "w") as file:
        file.write(f"{kind} {base64.b64encode(content).decode()}\n")
    key = paramiko.Ed25519Key.from_private_key_file(key_file)
    key.load_certificate(certificate + ".sent")
    transport = paramiko.Transport(("127.0.0.1", int(port)))
    transport.start_client(timeout=30)
    try:
        transport.auth_publickey(login, key)
    except paramiko.AuthenticationException:
        print("refused")
        return
    channel = transport.open_session()
    channel.exec_command(command)
    print(channel.makefile("r").read().decode().strip())
    transport.close()


main()

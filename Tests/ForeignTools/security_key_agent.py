"""An SSH agent that holds one security key (sk-), as software: OpenSSH PROTOCOL.u2f and draft-miller-ssh-agent.

usage: security_key_agent.py SOCKET PUBLIC_FILE TYPE SEED FLAGS COUNTER

TYPE is ed25519 or ecdsa; SEED is 32 bytes in hex; FLAGS is the byte that goes with each signature (1 touched, 4 user
verified); COUNTER is the count of the first signature, or 0 for a key that doesn't count.
"""

import base64
import hashlib
import os
import socket
import struct
import sys
import threading

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

path, public_file, kind, seed, flags, counter = sys.argv[1:7]
flags, counter = int(flags), int(counter)
lock = threading.Lock()
APPLICATION = b"ssh:"


def string(value):
    return struct.pack(">I", len(value)) + value


def number(value):
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def read_string(data):
    length = struct.unpack(">I", data[:4])[0]
    return data[4 : 4 + length], data[4 + length :]


if kind == "ed25519":
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    name = b"sk-ssh-ed25519@openssh.com"
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    blob = string(name) + string(raw) + string(APPLICATION)
else:
    key = ec.derive_private_key(int(seed, 16) >> 8, ec.SECP256R1())
    name = b"sk-ecdsa-sha2-nistp256@openssh.com"
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    blob = string(name) + string(b"nistp256") + string(point) + string(APPLICATION)


def sign(data):
    global counter
    with lock:
        count = counter
        if counter:
            counter += 1
    statement = bytes([flags]) + struct.pack(">I", count)
    signed = hashlib.sha256(APPLICATION).digest() + statement + hashlib.sha256(data).digest()
    if kind == "ed25519":
        signature = key.sign(signed)
    else:
        signature = b"".join(map(number, utils.decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))))
    return string(name) + string(signature) + statement


def serve(connection):
    with connection, connection.makefile("rb") as stream:
        while header := stream.read(4):
            message = stream.read(struct.unpack(">I", header)[0])
            if message[0] == 11:
                answer = bytes([12]) + struct.pack(">I", 1) + string(blob) + string(b"a software key")
            elif message[0] == 13:
                _, rest = read_string(message[1:])
                answer = bytes([14]) + string(sign(read_string(rest)[0]))
            else:
                answer = bytes([5])
            connection.sendall(string(answer))


listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()


with open(public_file + ".new", "w") as file:
    file.write(name.decode() + " " + base64.b64encode(blob).decode() + " software\n")
os.rename(public_file + ".new", public_file)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

"""Searches the memory of a process, as root reads it, for what belongs to private keys.

usage: secret_search.py PID --snapshot COPY
       secret_search.py (PID | COPY) [--key FILE]… [--public BLOB]…
The first form copies the memory, to be searched later.
A FILE is a private key without passphrase: its secret numbers and its text are looked for. A BLOB is the base64 of an
Ed25519 public key or certificate, whose private half is known to nobody: every 32 bytes in memory that look random are
tried as its seed, or as the scalar that is made of it. Prints a line for each thing that is found, then how much was
searched. Only memory that the process can write to is searched.
"""

import argparse
import base64
import struct

import nacl.bindings
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)

PAGE = 4096


def regions(place):
    """The bytes of each writable region of a process, or of its copy, without the pages that hold nothing."""
    if not place.isdecimal():
        with open(place, "rb") as file:
            copy = file.read()
        while copy:
            (length,) = struct.unpack(">Q", copy[:8])
            yield copy[8 : 8 + length]
            copy = copy[8 + length :]
        return
    pid = int(place)
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            fields = line.split()
            if "w" not in fields[1] or fields[-1] in ("[vvar]", "[vdso]", "[vsyscall]"):
                continue
            start, end = (int(number, 16) for number in fields[0].split("-"))
            found = bytearray()
            for address in range(start, end, PAGE):
                try:
                    memory.seek(address)
                    page = memory.read(PAGE)
                except OSError:
                    continue
                if page.count(0) < len(page):
                    found += page
                elif found:
                    yield bytes(found)
                    found = bytearray()
            if found:
                yield bytes(found)


def numbers(name, *values):
    for index, value in enumerate(values):
        digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
        yield f"{name}: number {index}", digits
        # As libraries for big numbers keep it.
        yield f"{name}: number {index}, reversed", digits[::-1]


def needles(path):
    with open(path, "rb") as file:
        text = file.read()
    key = load_ssh_private_key(text, None)
    yield f"{path}: text", text.split(b"\n")[3]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        yield f"{path}: seed", key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        yield from numbers(path, key.private_numbers().private_value)
    elif isinstance(key, rsa.RSAPrivateKey):
        secret = key.private_numbers()
        yield from numbers(path, secret.d, secret.p, secret.q)


def raw_key(blob):
    """The 32 bytes of an Ed25519 key or certificate."""
    fields = []
    while blob and len(fields) < 3:
        (length,) = struct.unpack(">I", blob[:4])
        fields.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return fields[2] if fields[0].startswith(b"ssh-ed25519-cert") else fields[1]


def looks_random(window):
    # Of 32 random bytes fewer than 24 different ones come once in some hundred million.
    return len(set(window)) >= 24


def search_seeds(region, publics):
    for index in range(len(region) - 31):
        window = region[index : index + 32]
        if not looks_random(window):
            continue
        if nacl.bindings.crypto_sign_seed_keypair(window)[0] in publics:
            yield "seed"
        if window[0] & 7 == 0 and window[31] & 0xC0 == 0x40:
            if nacl.bindings.crypto_scalarmult_ed25519_base_noclamp(window) in publics:
                yield "scalar"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("place")
    parser.add_argument("--snapshot")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--public", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.snapshot:
        with open(arguments.snapshot, "wb") as file:
            for region in regions(arguments.place):
                file.write(struct.pack(">Q", len(region)) + region)
        return
    wanted = [needle for path in arguments.key for needle in needles(path)]
    publics = {raw_key(base64.b64decode(blob)) for blob in arguments.public}
    searched = 0
    for region in regions(arguments.place):
        searched += len(region)
        for name, needle in wanted:
            if needle in region:
                print("found", name)
        if publics:
            for what in search_seeds(region, publics):
                print("found the", what, "of a public key")
    print("searched", searched, "bytes")


main()

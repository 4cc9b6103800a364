#!/usr/bin/env python3
"""A second reader of session files, written from docs/recording-format.md alone: it shares no code with the product.

usage: read_spr.py FILE [--signer HEX] [--identity TEXT]      events as NDJSON, then the verdict
       read_spr.py --corpus DIRECTORY                         one line of JSON for each file below it

In the NDJSON every value is a string: numbers are decimal, bytes hexadecimal, times microseconds.
"""
import argparse
import hashlib
import hmac
import json
from pathlib import Path

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from spr_structure import FRAMES, GATEWAY, HEADER, MAGIC, Bytes, Malformed, Verifier, header_fields, records

MAX_FRAME, MAX_PAYLOAD = 524_288, 393_216

# Section 5: name, then fields. b bytes, v varint below 2^32, w varint, f flag, d direction, c change (1 to 7), r rest.
KINDS = {1: "channel opened|type b", 2: "channel refused|type b|reason v|text b", 3: "channel closed",
         5: "request answered|accepted f", 6: "input|data r", 7: "output|data r", 8: "stderr|data r",
         9: "end of file|direction d", 10: "exit status|status v", 11: "exit signal|name b|core dumped f|message b",
         12: "forward opened|host b|port v|origin host b|origin port v",
         13: "file operation|direction d|size w|sha256 b|path b", 14: "withheld|count w", 15: "revealed|data r",
         16: "masked|count w", 18: "marker|text r", 19: "omitted|direction d|count w",
         20: "file change|change c|status v|path b|detail b"}
REQUESTS = {1: "pty|terminal b|columns v|rows v|pixel width v|pixel height v|modes b", 2: "environment|name b|value b",
            3: "shell", 4: "exec|command b", 5: "subsystem|name b",
            6: "window change|columns v|rows v|pixel width v|pixel height v", 7: "signal|name b",
            8: "break|milliseconds v", 9: "agent forwarding", 10: "x11", 255: "other|name b|payload b"}
CONTROLS = {1: "locked|by b", 2: "unlocked|by b", 3: "message|from b|text b", 4: "watcher joined|name b",
            5: "watcher left|name b", 6: "killed|by b|reason b", 7: "input dropped|count w"}


def bech32_bytes(text, prefix):
    """BIP 173; the payload."""
    values = [b"qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(c) for c in text.lower().removeprefix(prefix + "1").encode()]
    check = 1
    for value in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values:
        top, check = check >> 25, (check & 0x1ffffff) << 5 ^ value
        for bit, generator in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)):
            check ^= generator if top >> bit & 1 else 0
    if check != 1:
        raise Malformed
    bits = "".join(f"{value:05b}" for value in values[:-6])
    return bytes(int(bits[at:at + 8], 2) for at in range(0, len(bits) - 7, 8))


def subkeys(header, identity):
    """Section 4: the frames key and the gateway key, or None if the file is not for this identity, or was altered."""
    secret = X25519PrivateKey.from_private_bytes(bech32_bytes(identity, "spr-identity-"))
    public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    if not (wrapped := header["recipients"].get(hashlib.sha256(public).digest()[:8])):
        return None
    # HPKE (RFC 9180), base mode, single shot.
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\2"

    def extract(suite_id, salt, label, key):
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite_id + label + key, "sha256")

    def expand(suite_id, key, label, info, size):
        labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + info
        return hmac.digest(key, labelled + b"\1", "sha256")[:size]

    try:
        shared = extract(kem, b"", b"eae_prk", secret.exchange(X25519PublicKey.from_public_bytes(wrapped[0])))
        shared = expand(kem, shared, b"shared_secret", wrapped[0] + public, 32)
        info = extract(suite, b"", b"info_hash", b"sallyport recording v1 file key")
        context = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + info
        key = extract(suite, shared, b"secret", b"")
        nonce = expand(suite, key, b"base_nonce", context, 12)
        bound = header["id"] + header["started"] + header["key"] + b"\0"
        key = AESGCM(expand(suite, key, b"key", context, 32)).decrypt(nonce, wrapped[1], bound)
    except (InvalidTag, ValueError):
        return None
    return [HKDF(SHA256(), 32, header["id"], b"sallyport recording v1 " + name).derive(key)
            for name in (b"frames", b"gateway")]


class Decoder:
    """Sections 5 and 6. `events` are flat dictionaries of strings; `bad` are the frames that do not authenticate."""

    def __init__(self, data, identity):
        self.events, self.metadata, self.bad = [], None, []
        self.frame, self.needs_key_frame, self.time, self.zstd = 0, True, 0, None
        if data[:4] != MAGIC:
            return
        keys = None
        for kind, offset, body in records(data):
            if kind == HEADER:
                try:
                    header = header_fields(body)
                except Malformed:
                    return
                keys = header["id"] and subkeys(header, identity)
            elif keys and kind == GATEWAY:
                self.gateway_record(keys[1], data[offset:offset + 4], body)
            elif keys and kind in FRAMES:
                self.one_frame(keys[0], kind, data[offset:offset + 4], body)

    def gateway_record(self, key, head, body):
        try:
            reader = Bytes(AESGCM(key).decrypt(body[:12], body[12:], head))
            if reader.fixed(1) != 1 or self.metadata is not None:
                return
            pairs = []
            while reader.at < len(reader.data):
                pairs.append((reader.string(), reader.string()))
            names = [name for name, _ in pairs]
            if names == sorted(set(names)) and len(names) <= 256:
                self.metadata = {name.hex(): value.hex() for name, value in pairs}
        except (InvalidTag, Malformed):
            pass

    def one_frame(self, key, kind, head, body):
        number, is_key = self.frame, bool(kind & 2)
        self.frame += 1
        if self.needs_key_frame and not is_key:
            return
        try:
            plain = AESGCM(key).decrypt(number.to_bytes(12, "little"), body, head)
            if is_key:
                self.zstd = zstandard.ZstdDecompressor(max_window_size=1 << 20).decompressobj()
            if kind & 1:
                plain = self.zstd.decompress(plain)
            if len(plain) > MAX_FRAME:
                raise Malformed
            self.events += self.decode(plain, is_key)
            self.needs_key_frame = False
        except (InvalidTag, Malformed, zstandard.ZstdError):
            self.bad.append(number)
            self.needs_key_frame = True

    def decode(self, plain, is_key):
        reader, found = Bytes(plain), []
        self.time = 0 if is_key else self.time
        while reader.at < len(plain):
            self.time, channel = self.time + reader.varint(), reader.varint(1 << 32)
            kind, size = reader.fixed(1), reader.varint()
            if size > MAX_PAYLOAD or self.time >= 1 << 64:
                raise Malformed
            found.append({"time": str(self.time), "channel": str(channel)} | event(kind, reader.raw(size)))
        return found


def field(reader, code):
    if code in "fd" and (value := reader.fixed(1)) > 1:
        raise Malformed
    if code == "c" and not 1 <= (value := reader.fixed(1)) <= 7:
        raise Malformed
    return {"b": lambda: reader.string().hex(), "v": lambda: str(reader.varint(1 << 32)),
            "w": lambda: str(reader.varint()), "f": lambda: str(value), "d": lambda: str(value), "c": lambda: str(value),
            "r": lambda: reader.raw(len(reader.data) - reader.at).hex()}[code]()


def event(kind, payload):
    reader = Bytes(payload)
    try:
        if kind in (4, 17):
            name, table = ("request", REQUESTS) if kind == 4 else ("control", CONTROLS)
            what, *fields = table[reader.fixed(1)].split("|")
            found = {"kind": name, name: what}
        else:
            what, *fields = KINDS[kind].split("|")
            found = {"kind": what}
        for name, code in (field.rsplit(" ", 1) for field in fields):
            found[name] = field(reader, code)
        return found
    except (KeyError, Malformed):
        return {"kind": "unknown", "number": str(kind), "payload": payload.hex()}


def read(data, signer, identity):
    """(what a .expect file says, metadata, events)"""
    result = Verifier(data, bytes.fromhex(signer or "")).result
    decoder = Decoder(data, identity) if identity else None
    if decoder:
        output = b"".join(bytes.fromhex(event["data"]) for event in decoder.events if event["kind"] == "output")
        result |= {"events": str(len(decoder.events)), "output-sha256": hashlib.sha256(output).hexdigest()}
        if decoder.bad:
            result["bad-frames"] = " ".join(map(str, decoder.bad))
    return result, decoder and decoder.metadata, decoder.events if decoder else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--signer", help="the gateway's public key, in hexadecimal")
    parser.add_argument("--identity", help="SPR-IDENTITY-1...")
    parser.add_argument("--corpus", type=Path, help="a directory with .spr and .expect files")
    options = parser.parse_args()
    if options.corpus:
        for path in sorted(options.corpus.rglob("*.expect")):
            told = dict(line.split(": ", 1) for line in path.read_text().splitlines())
            result, metadata, events = read(path.with_suffix(".spr").read_bytes(), told["signer"], told["identity"])
            name = str(path.relative_to(options.corpus).with_suffix(""))
            print(json.dumps({"file": name, "result": result, "metadata": metadata, "events": events}))
    else:
        result, _, events = read(options.file.read_bytes(), options.signer, options.identity)
        for item in [*events, result]:
            print(json.dumps(item))


if __name__ == "__main__":
    main()

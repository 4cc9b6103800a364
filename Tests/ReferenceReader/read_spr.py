#!/usr/bin/env python3
"""A second reader of session files, written from docs/recording-format.md alone: it shares no code with the product.

usage: read_spr.py [FILE SIGNER IDENTITIES]...     SIGNER in hexadecimal, blanks between IDENTITIES; may be empty
Prints a line of JSON for each file. All values are strings: numbers decimal, bytes hexadecimal, times microseconds.
"""
import hashlib
import hmac
import json
import sys

import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

MAGIC, HEADER, GATEWAY, CHECKPOINT, SEAL, SHORT = b"SPR1", 1, 2, 3, 4, range(0x80, 0xc0)
FRAMES = {*range(0x10, 0x18), *SHORT}
LOST, END = "records can't be followed any further", "the file ends"    # in place of a record's type
SIZES = {HEADER: (63, 65_536), GATEWAY: (29, 1_048_576), CHECKPOINT: (140, 140), SEAL: (159, 4_096),
         **dict.fromkeys(FRAMES, (17, 528_400)), 0x10: (81, 528_400),
         **dict.fromkeys(range(0x40, 0x80), (0, 1_048_576))}
MAX_RECORDS, MAX_FRAME, MAX_PAYLOAD = 1_048_576, 524_288, 393_216
# Section 5.1: name, then fields: b bytes, r rest, else a varint of so many bits (a u8 that is 0 or 1 is one of 1 bit).
KINDS = {1: "channel opened|type b", 2: "channel refused|type b|reason 32|text b", 3: "channel closed",
         5: "request answered|accepted 1", 6: "input|data r", 7: "output|data r", 8: "stderr|data r",
         9: "end of file|direction 1", 10: "exit status|status 32", 11: "exit signal|name b|core dumped 1|message b",
         12: "forward opened|host b|port 32|origin host b|origin port 32",
         13: "file operation|direction 1|size 64|sha256 b|path b", 14: "withheld|count 64", 15: "revealed|data r",
         16: "masked|count 64", 18: "marker|text r", 19: "omitted|direction 1|count 64",
         20: "file change|change 3|status 32|path b|detail b", 21: "target request|name b|wants reply 1|payload b"}
# Sections 5.2 and 5.3, in the same way: for a kind with sub-kinds, the key of the sub-kind's name, and the sub-kinds.
SIZE = "|columns 32|rows 32|pixel width 32|pixel height 32"
SUBKINDS = {4: ("request", {
    1: f"pty|terminal b{SIZE}|modes b", 2: "environment|name b|value b", 3: "shell", 4: "exec|command b",
    5: "subsystem|name b", 6: f"window change{SIZE}", 7: "signal|name b", 8: "break|milliseconds 32",
    9: "agent forwarding", 10: "x11", 255: "other|name b|payload b"}), 17: ("control", {
    1: "locked|by b", 2: "unlocked|by b", 3: "message|from b|text b", 4: "watcher joined|name b",
    5: "watcher left|name b", 6: "killed|by b|reason b", 7: "input dropped|count 64",
    8: "input by|name b|offset 64|count 64"})}


def need(condition, verdict="header"):
    """Bytes are missing, or senseless, if not `condition`; `verdict` is the one on a file with such a header."""
    if not condition:
        raise ValueError(verdict)


class Bytes:
    """Section 1: takes integers and byte strings off the front."""

    def __init__(self, data):
        self.left = memoryview(data)

    def raw(self, count):
        need(count <= len(self.left))
        taken, self.left = bytes(self.left[:count]), self.left[count:]
        return taken

    def fixed(self, size):
        return int.from_bytes(self.raw(size), "little")

    def varint(self, bits=64):
        value = shift = 0
        while (byte := self.fixed(1)) >= 0x80 and shift < 63:
            value, shift = value | (byte & 0x7f) << shift, shift + 7
        value |= byte << shift
        need(byte < 0x80 and value >> bits == 0 and (byte or not shift))
        return value

    def string(self):
        return self.raw(self.varint())


def record_header(data):
    """Section 2: (type, size of the header, length of the body); the last is None if `data` ends before."""
    if data[0] in SHORT:
        return data[0], 1, 17 + data[0] - SHORT[0]
    size = 1 + next((count for count in (1, 2, 3) if data[count:count + 1] < b"\x80"), 3)
    length = sum((byte & 0x7f) << 7 * place for place, byte in enumerate(data[1:size]))
    is_shortest = data[size - 1:size] < b"\x80" and (size == 2 or data[size - 1:size] != b"\0")
    return data[0], size, None if size > len(data) else length if is_shortest else -1


def records(data):
    """Section 2: (type, offset, header, body) of each record; then LOST or END for a type, and what is left."""
    offset, before, head = len(MAGIC), None, 0
    while offset < len(data):
        kind, head, size = record_header(data[offset:offset + 4])
        if before == SEAL or kind not in SIZES or (kind == HEADER) != (offset == len(MAGIC)) or \
                size is not None and not SIZES[kind][0] <= size <= SIZES[kind][1]:
            return (yield LOST, offset, data[offset:offset + head], data[offset + head:])
        if size is None or offset + head + size > len(data):
            break
        yield kind, offset, data[offset:offset + head], data[offset + head:offset + head + size]
        before, offset, head = kind, offset + head + size, 0
    yield END, offset, data[offset:offset + head], data[offset + head:]


def header_fields(body):
    """Section 3: (file id, started, signing key, {(track, key id): encapsulated and wrapped key})."""
    reader, recipients = Bytes(body), {}
    need(reader.fixed(4) == 0, "unsupported")
    fields, tracks = (reader.raw(16), reader.raw(8), reader.raw(32), recipients), reader.fixed(1)
    need(1 <= tracks <= 4)
    for _ in range(tracks):
        track, count = reader.fixed(1), reader.fixed(1)
        need(count <= 64)
        for _ in range(count):
            recipients.setdefault((track, reader.raw(8)), reader.raw(80))
    return fields


def private_key(identity):
    # Bech32's checksum is not looked at: nothing is wrapped to an identity with a slip.
    digits = identity.lower().removeprefix("spr-identity-1")[:52]
    bits = "".join(f"{'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.index(digit):05b}" for digit in digits)
    return X25519PrivateKey.from_private_bytes(int(bits[:256], 2).to_bytes(32, "big"))


def ciphers(header, private_keys):
    """Section 4: by the subkeys' names, for the tracks that these keys open: none without the main one."""
    (file_id, started, signing_key, recipients), found = header, {}
    context, suite = file_id + started + signing_key, Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    for track, names in enumerate([(b"frames", b"gateway"), (b"input",)]):
        for key in private_keys:
            wrapped = recipients.get((track, hashlib.sha256(key.public_key().public_bytes_raw()).digest()[:8]))
            if wrapped and names[0] not in found:
                file_key = suite.decrypt(wrapped, key, b"sallyport recording v1 file key" + context + bytes([track]))
                extracted = hmac.digest(file_id, file_key, "sha256")    # HKDF (RFC 5869), then its one expansion
                found |= {name: AESGCM(hmac.digest(extracted, b"sallyport recording v1 " + name + b"\1", "sha256"))
                          for name in names}
    return found if b"frames" in found else {}


def contents(data, private_keys):
    """Sections 5 and 6: (metadata, events, numbers of the frames that do not authenticate)."""
    metadata, events, bad, keys, number, states = None, [], [], {}, -1, {}
    for kind, _, head, body in records(data) if data[:4] == MAGIC else ():
        try:
            if kind == HEADER:
                keys = ciphers(header_fields(body), private_keys)
            elif keys and kind == GATEWAY:
                plain, pairs = Bytes(keys[b"gateway"].decrypt(body[:12], body[12:], head)), []
                if plain.fixed(1) == 1 and metadata is None:
                    while plain.left:
                        pairs.append((plain.string().hex(), plain.string().hex()))
                    need(pairs == sorted(dict(pairs).items()) and len(pairs) <= 256)
                    metadata = dict(pairs)
            elif keys and kind in FRAMES:
                number, form = number + 1, 0x10 if kind in SHORT else kind
                if form & 2:    # a key frame: by subkey, the time and the zstd state that the next frame begins with
                    states = {name: (0, zstandard.ZstdDecompressor(max_window_size=1 << 20).decompressobj())
                              for name in keys}
                track = b"input" if form & 4 else b"frames"
                if track in states:
                    time, zstd = states.pop(track)      # gone for good if one of the next steps fails
                    plain = keys[track].decrypt(number.to_bytes(12, "little"), body, head)
                    found, time = frame_events(zstd.decompress(plain) if form & 1 else plain, time)
                    events, states[track] = [*events, *found], (time, zstd)
        except (InvalidTag, ValueError, zstandard.ZstdError):
            bad += [number] if kind in FRAMES else []
    return metadata, events, bad


def frame_events(plain, time):
    """Of a frame before which the time was `time`: events as flat dictionaries of strings, and the time after it."""
    reader, found = Bytes(plain), []
    need(len(plain) <= MAX_FRAME)
    while reader.left:
        time, (channel, kind), payload = time + reader.varint(), divmod(reader.varint(38), 64), reader.string()
        need(len(payload) <= MAX_PAYLOAD and time < 1 << 64)
        found.append({"time": str(time), "channel": str(channel)} | event(kind, payload))
    return found, time


def event(kind, payload):
    reader = Bytes(payload)
    try:
        key, layouts = SUBKINDS.get(kind, ("kind", KINDS))
        what, *fields = layouts[reader.fixed(1) if kind in SUBKINDS else kind].split("|")
        known = {"kind": key, key: what}
        for name, code in (field.rsplit(" ", 1) for field in fields):
            known[name] = reader.string().hex() if code == "b" else reader.left.hex() if code == "r" else \
                str(reader.varint(int(code)))
            need((name, known[name]) != ("change", "0"))
        return known
    except (KeyError, ValueError):
        return {"kind": "unknown", "number": str(kind), "payload": payload.hex()}


def statement(kind, body, key):
    """Sections 7 and 8: a checkpoint or seal; None if it is malformed, or the signature is not by the key."""
    domain = b"sallyport recording seal v1\0" if kind == SEAL else b"sallyport recording checkpoint v1\0"
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(body[-64:], domain + body[:-64])
        reader = Bytes(body[:-64])
        found = {"id": reader.raw(16), "number": reader.fixed(4), "covered": reader.fixed(8),
                 "frames": reader.fixed(8), "time": reader.fixed(8), "hash": reader.raw(32)}
        if kind == SEAL:
            how, _, by, reason = reader.fixed(1), reader.raw(16), reader.string(), reader.string()
            need(how <= 2 and len(by) <= 256 and len(reason) <= 1024)
        return None if reader.left else found
    except (ValueError, InvalidSignature):
        return None


class Verifier:
    """Section 9, of a whole file to which nothing more will come. `result` has the keys of recordings/README.md."""

    def __init__(self, data, signer):
        self.data, self.covered, self.number = data, None, -1       # the latter two of the last that vouched
        self.bad, self.boundaries, self.result = [], {}, {}         # bad: (kind, end) of what nothing vouches for
        self.result["expect"] = self.judge(signer)

    def affected(self, start, end, verdict):
        self.result["affected"] = f"{start}-{end}"
        return verdict

    def altered(self, found=None):
        """Up to what a statement speaks of, or to the end of the file."""
        start, end = self.covered or 0, len(self.data)
        if found:
            self.result["interval"], end = str(found["number"]), max(start, found["covered"])
        return self.affected(start, end, "altered" if found or self.covered is not None else "header")

    def vouches(self, found):
        """Whether a statement with a genuine signature agrees with the records before it. If so, it is noted."""
        if self.boundaries.get(found["covered"]) != (found["frames"], found["hash"]):
            return False
        self.covered, self.number, self.result["sound"] = found["covered"], found["number"], str(found["covered"])
        self.bad = [(kind, end) for kind, end in self.bad if end > self.covered]
        self.boundaries = {end: head for end, head in self.boundaries.items() if end >= self.covered}
        return True

    def judge(self, signer):
        data, header, frames, digest, last = self.data, None, 0, hashlib.sha256(MAGIC), b""
        if data[:4] != MAGIC[:len(data)]:
            return "not a recording"
        for kind, offset, head, body in records(data):
            if header is None:
                try:
                    header = header_fields(b"" if kind == LOST else body)
                except ValueError as problem:
                    return self.affected(0, len(data), "cut") if kind == END else str(problem)
                if kind != HEADER or signer not in (None, header[2]):
                    return "header" if kind != HEADER else "wrong signer"
            if kind in (LOST, END):
                return self.search(header, kind, offset, last)
            end, last = offset + len(head) + len(body), b"" if kind in (HEADER, CHECKPOINT, SEAL) else body
            if kind in (CHECKPOINT, SEAL):
                found = statement(kind, body, header[2])
                if found and found["id"] != header[0]:
                    return self.affected(offset, end, "spliced")
                stale = found and (found["number"] <= self.number or found["covered"] < (self.covered or 0))
                if not found or stale and kind == CHECKPOINT:
                    self.bad.append((kind, end))
                elif stale or kind == SEAL and found["covered"] != offset or not self.vouches(found):
                    return self.altered(found)
                elif kind == SEAL:
                    self.result |= {"how": ["closed", "killed", "interrupted"][body[76]]} if end == len(data) else {}
                    return "complete" if end == len(data) else "trailing data"
            digest.update(data[offset:end])
            frames += kind in FRAMES
            self.boundaries[end] = frames, digest.digest()     # end of record: what a statement says of it
            if len(self.boundaries) > MAX_RECORDS:
                return "limit"

    def search(self, header, why, offset, last):
        """The records end, or can't be followed any further, at `offset`; `last` is what to search before that."""
        rest = self.data[offset:]
        window = rest if why == LOST else last + rest
        at = window.find(header[0], 3)
        while at >= 0:
            kind, head, size = record_header(window[at - 3:at + 1])     # of a checkpoint or seal: always 3 bytes
            found = kind in (CHECKPOINT, SEAL) and head == 3 and at + size <= len(window) and \
                statement(kind, window[at:at + size], header[2])
            if found and not self.vouches(found):
                return self.altered(found)
            at = window.find(header[0], at + (size + 3 if found else 1))
        torn_seal = rest[:1] == bytes([SEAL]) and statement(SEAL, rest[3:], header[2])
        if why == END and self.covered is not None and (self.bad[0][0] == SEAL if self.bad else torn_seal):
            return "seal"
        return self.altered() if self.bad or why == LOST else self.affected(offset, len(self.data), "cut")


if __name__ == "__main__":
    for path, signer, identities in zip(sys.argv[1::3], sys.argv[2::3], sys.argv[3::3], strict=True):
        with open(path, "rb") as file:
            data = file.read()
        # What a .expect file says.
        result, keys = Verifier(data, bytes.fromhex(signer) or None).result, [*map(private_key, identities.split())]
        metadata, events, bad = contents(data, keys)
        if keys:
            result |= {"main-events": str(len(contents(data, keys[:1])[1]))} if len(keys) > 1 else {}
            output = b"".join(bytes.fromhex(event["data"]) for event in events if event["kind"] == "output")
            result |= {"events": str(len(events)), "output-sha256": hashlib.sha256(output).hexdigest()}
            result |= {"bad-frames": " ".join(map(str, bad))} if bad else {}
        print(json.dumps({"file": path, "result": result, "metadata": metadata, "events": events}))

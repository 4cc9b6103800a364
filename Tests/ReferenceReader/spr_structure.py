"""Structure and verification of session files, from sections 1 to 3 and 7 to 9 of docs/recording-format.md alone."""
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAGIC, HEADER, GATEWAY, CHECKPOINT, SEAL = b"SPR1", 1, 2, 3, 4
FRAMES, RESERVED = range(0x10, 0x14), range(0x40, 0x80)
MAX_RECORDS = 1_048_576
SIZES = {HEADER: (63, 65_536), GATEWAY: (29, 1_048_576), CHECKPOINT: (140, 140), SEAL: (159, 4_096),
         **dict.fromkeys(FRAMES, (17, 528_400)), **dict.fromkeys(RESERVED, (0, 1_048_576))}


class Malformed(Exception):
    """Bytes are missing, or senseless."""


class Bytes:
    """Section 1: takes integers and byte strings off the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def raw(self, count):
        if count > len(self.data) - self.at:
            raise Malformed
        self.at += count
        return self.data[self.at - count:self.at]

    def fixed(self, size):
        return int.from_bytes(self.raw(size), "little")

    def varint(self, below=1 << 64):
        value, shift = 0, 0
        while True:
            byte = self.fixed(1)
            value |= (byte & 0x7f) << shift
            if byte < 0x80:
                if value >= below or (byte == 0 and shift):
                    raise Malformed
                return value
            shift += 7
            if shift > 63:
                raise Malformed

    def string(self):
        return self.raw(self.varint())


def header_fields(body):
    """Section 3. Returns None for the id if a feature is unknown."""
    reader = Bytes(body)
    if reader.fixed(4):
        return {"id": None}
    header = {"id": reader.raw(16), "started": reader.raw(8), "key": reader.raw(32), "recipients": {}}
    tracks = reader.fixed(1)
    if not 1 <= tracks <= 4:
        raise Malformed
    for _ in range(tracks):
        number, count = reader.fixed(1), reader.fixed(1)
        if count > 64:
            raise Malformed
        for _ in range(count):
            wrapped = reader.raw(8), reader.raw(32), reader.raw(48)
            if number == 0:
                header["recipients"].setdefault(wrapped[0], wrapped[1:])
    return header


def records(data):
    """Section 2: (type, start, body) of each record; then once ("lost" or "end", offset, None)."""
    offset, sealed = len(MAGIC), False
    while offset < len(data):
        kind = data[offset]
        if sealed or kind not in SIZES or (kind == HEADER) != (offset == len(MAGIC)):
            break
        if offset + 4 > len(data):
            return (yield "end", offset, None)
        size = int.from_bytes(data[offset + 1:offset + 4], "little")
        if not SIZES[kind][0] <= size <= SIZES[kind][1]:
            break
        if offset + 4 + size > len(data):
            return (yield "end", offset, None)
        yield kind, offset, data[offset + 4:offset + 4 + size]
        offset, sealed = offset + 4 + size, kind == SEAL
    yield "lost" if offset < len(data) else "end", offset, None


def statement(kind, body, key):
    """Sections 7 and 8: the fields of a checkpoint or seal if the signature is the key's, else None."""
    try:
        reader = Bytes(body[:-64])
        found = {"id": reader.raw(16), "number": reader.fixed(4), "covered": reader.fixed(8),
                 "frames": reader.fixed(8), "time": reader.fixed(8), "hash": reader.raw(32)}
        if kind == SEAL:
            found |= {"how": reader.fixed(1), "torn": reader.fixed(8), "events": reader.fixed(8)}
            if found["how"] > 2 or len(reader.string()) > 256 or len(reader.string()) > 1024:
                return None
        if reader.at != len(reader.data):
            return None
        domain = b"sallyport recording " + (b"seal" if kind == SEAL else b"checkpoint") + b" v1\0"
        Ed25519PublicKey.from_public_bytes(key).verify(body[-64:], domain + body[:-64])
        return found
    except (Malformed, InvalidSignature):
        return None


class Verifier:
    """Section 9, of a whole file to which nothing more will come. `result` has the keys of recordings/README.md."""

    def __init__(self, data, signer):
        self.data, self.result, self.bad = data, {}, []     # bad: (kind, end) of statements that nothing vouches for
        self.covered, self.number, self.hash, self.frames = None, -1, hashlib.sha256(), 0
        self.boundaries = {}                                # end of record: (frames, hash)
        self.result["expect"] = self.judge(signer)
        if self.covered is not None:
            self.result["sound"] = str(self.covered)

    def affected(self, start, end):
        self.result["affected"] = f"{start}-{end}"

    def altered_to_the_end(self):
        self.affected(self.covered or 0, len(self.data))
        return "header" if self.covered is None else "altered"

    def altered(self, found):
        start = self.covered or 0
        self.affected(start, max(start, found["covered"]))
        self.result["interval"] = str(found["number"])
        return "altered"

    def vouch(self, found):
        self.covered, self.number = found["covered"], found["number"]
        self.bad = [(kind, end) for kind, end in self.bad if end > self.covered]
        self.boundaries = {end: head for end, head in self.boundaries.items() if end >= self.covered}

    def agrees(self, found):
        return self.boundaries.get(found["covered"]) == (found["frames"], found["hash"])

    def judge(self, signer):
        data = self.data
        if data[:4] != MAGIC[:len(data)]:
            return "not a recording"
        self.hash.update(MAGIC)
        header, last = None, b""
        for kind, offset, body in records(data):
            if header is None:
                if kind != HEADER:
                    return self.no_header(kind, offset)
                try:
                    header = header_fields(body)
                except Malformed:
                    return "header"
                if header["id"] is None:
                    return "unsupported"
                if signer and signer != header["key"]:
                    return "wrong signer"
            if kind in ("lost", "end"):
                return self.search(header, kind, offset, last)
            before = self.hash.digest()
            end = offset + 4 + len(body)
            self.hash.update(data[offset:end])
            self.frames += kind in FRAMES
            if kind in (CHECKPOINT, SEAL):
                found = statement(kind, body, header["key"])
                if found and found["id"] != header["id"]:
                    self.affected(offset, end)
                    return "spliced"
                if found and kind == SEAL:
                    right = (offset, before, self.frames)
                    if found["number"] <= self.number or (found["covered"], found["hash"], found["frames"]) != right:
                        return self.altered(found)
                    self.vouch(found)
                    self.result["how"] = ["closed", "killed", "interrupted"][found["how"]]
                    if end == len(data):
                        return "complete"
                    del self.result["how"]
                    return "trailing data"
                if not found or found["number"] <= self.number or found["covered"] < (self.covered or 0):
                    self.bad.append((kind, end))
                elif self.agrees(found):
                    self.vouch(found)
                else:
                    return self.altered(found)
            self.boundaries[end] = (self.frames, self.hash.digest())
            if len(self.boundaries) > MAX_RECORDS:
                return "limit"
            last = b"" if kind in (HEADER, CHECKPOINT, SEAL) else body
        raise AssertionError("records() ends with lost or end")

    def no_header(self, kind, offset):
        if kind == "end":
            try:
                if len(self.data) < 8 or header_fields(self.data[8:])["id"] is None:
                    raise Malformed
            except Malformed:
                self.affected(0, len(self.data))
                return "cut"
        return "header"

    def search(self, header, why, offset, last):
        """The records end, or can't be followed any further, at `offset`."""
        rest = self.data[offset:]
        window = rest if why == "lost" else last + rest
        position = 0
        while position + 4 <= len(window):
            size, kind = int.from_bytes(window[position + 1:position + 4], "little"), window[position]
            body = window[position + 4:position + 4 + size]
            position += 1
            if kind not in (CHECKPOINT, SEAL) or not body.startswith(header["id"]) or len(body) < size or \
                    not SIZES[kind][0] <= size <= SIZES[kind][1]:
                continue
            if found := statement(kind, body, header["key"]):
                if not self.agrees(found):
                    return self.altered(found)
                self.vouch(found)
                position += 3 + size
        if why == "lost":
            return self.altered_to_the_end()
        longer = rest[:1] == bytes([SEAL]) and statement(SEAL, rest[4:], header["key"])
        if self.covered is not None and (longer and not self.bad or self.bad[:1] and self.bad[0][0] == SEAL):
            return "seal"
        if self.bad:
            return self.altered_to_the_end()
        self.affected(offset, len(self.data))
        return "cut"

"""A TCP proxy that begins each connection to the gateway with bytes of the PROXY protocol.

usage: proxy_front.py PORT TARGET_PORT "HEADER…"

HEADER: v4 ADDRESS PORT | v6 ADDRESS PORT [tlv] | v1 ADDRESS PORT | local | unspec | long | half | silent
"""

import socket
import struct
import sys
import threading

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def version2(command, family, body):
    return SIGNATURE + struct.pack("!BBH", 0x20 | command, family, len(body)) + body


def header(words):
    kind, rest = words[0], words[1:]
    if kind == "v4":
        addresses = socket.inet_aton(rest[0]) + socket.inet_aton("192.0.2.1")
        return version2(1, 0x11, addresses + struct.pack("!HH", int(rest[1]), 22))
    if kind == "v6":
        addresses = socket.inet_pton(socket.AF_INET6, rest[0]) + socket.inet_pton(socket.AF_INET6, "::1")
        vectors = b"\x05\0\x03abc\x04\0\0\xe0\0\x01x" if "tlv" in rest else b""
        return version2(1, 0x21, addresses + struct.pack("!HH", int(rest[1]), 22) + vectors)
    if kind == "v1":
        return f"PROXY TCP4 {rest[0]} 192.0.2.1 {rest[1]} 22\r\n".encode()
    if kind == "unspec":
        return version2(1, 0x00, b"")
    if kind == "long":
        return SIGNATURE + struct.pack("!BBH", 0x21, 0x11, 60000)
    return {"local": version2(0, 0x00, b""), "half": SIGNATURE + b"\x21", "silent": b""}[kind]


def carry(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client, target, words):
    server = socket.create_connection(("127.0.0.1", target))
    if words[0] == "half":
        server.sendall(header(words))
        server.shutdown(socket.SHUT_WR)
        client.recv(1)
        client.close()
        return
    # In two pieces, as a network may bring it.
    first = header(words)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.sendall(first[:7])
    server.sendall(first[7:])
    threading.Thread(target=carry, args=(server, client), daemon=True).start()
    if words[0] == "silent":
        return
    carry(client, server)


def main():
    port, target, words = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split()
    listener = socket.create_server(("127.0.0.1", port))
    print("ready", flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, target, words), daemon=True).start()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""proxy.py PORT udp|tcp HEADER [COOKIE]: ask for 1.2.0.192.bl.test behind a PROXY header.

HEADER: a client's IPv4 address, local, cut, bad or none.  Prints rcode, number of answers, and the
COOKIE option in hexadecimal; "nothing" when no reply comes.
"""
import socket
import struct
import sys

port, proto, kind = int(sys.argv[1]), sys.argv[2], sys.argv[3]
cookie = bytes.fromhex(sys.argv[4]) if len(sys.argv) > 4 else b"clientid"
sig = b"\r\n\r\n\0\r\nQUIT\n"
if kind == "none":
    header = b""
elif kind == "local":
    header = sig + b"\x20\0\0\0"
elif kind in ("cut", "bad"):
    header = sig + b"\x21\x12\0\x0c" + bytes(4) if kind == "cut" else b"X" + sig[1:] + b"\x20\0\0\0"
else:
    header = sig + (b"\x21\x11" if proto == "tcp" else b"\x21\x12") + b"\0\x0c" + \
        socket.inet_aton(kind) + socket.inet_aton("127.0.0.1") + struct.pack(">HH", 5353, 53)
name = b"".join(bytes([len(p)]) + p for p in b"1.2.0.192.bl.test".split(b".")) + b"\0"
opt = struct.pack(">BHHIHHH", 0, 41, 1232, 0, 4 + len(cookie), 10, len(cookie)) + cookie
query = struct.pack(">HHHHHH", 7, 0, 1, 0, 0, 1) + name + struct.pack(">HH", 1, 1) + opt
reply = b""
try:
    if proto == "udp":
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(0.4)
        s.connect(("127.0.0.1", port))
        s.send(header if kind == "cut" else header + query)
        reply = s.recv(4096)
    else:
        s = socket.create_connection(("127.0.0.1", port))
        s.settimeout(3)
        for octet in header:  # one octet a segment
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.send(bytes([octet]))
        s.sendall(struct.pack(">H", len(query)) + query)
        reply = s.recv(4096)[2:]
except OSError:
    pass
if len(reply) < 12:
    print("nothing")
else:
    at = reply.find(b"\0\x0a\0\x18", 12)
    print(reply[3] & 15, reply[7], reply[at + 4:at + 28].hex() if at > 0 else "-")

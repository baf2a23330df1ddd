#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""flood.py PORT KIND COUNT: a client that means no good, until it is ended.

silent   COUNT TCP connections that say nothing
drip     COUNT that send one octet of a long message each second
huge     COUNT that send the longest message but for its end
deaf     COUNT that ask without end and read nothing: their receive window is full
attempts COUNT connections at once, none given up, then it ends
noise    COUNT datagrams a second, half of them queries with random octets in them, half noise
ask      no harm: COUNT queries, each over a TCP connection of its own; prints the milliseconds that
         the slowest took, and how many were not answered

Connections come from ten addresses of 127.0.1.0/24, fifteen for each of 150; what the server
closes is opened again.  "ready" is printed when all stand for the first time.
"""
import random
import resource
import select
import socket
import sys
import time

PORT, KIND, COUNT = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
SERVER = ("127.0.0.1", PORT)
QUERY = bytes.fromhex("123401000001000000000000") + b"\x011\x012\x010\x03192\x02bl\x04test\0\0\x10\0\x01"
FRAME = len(QUERY).to_bytes(2, "big") + QUERY


def connect(i):
    s = socket.socket()
    if KIND == "deaf":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    s.bind((f"127.0.1.{1 + i % 10}", 0))
    s.setblocking(False)
    s.connect_ex(SERVER)
    return s


def say(s):
    """What a connection has to say; it may be gone or full."""
    try:
        if KIND == "drip":
            s.send(b"\x0f")
        elif KIND == "huge":
            s.send(b"\xff\xff" + QUERY + bytes(65000))
        elif KIND == "deaf":
            s.send(FRAME * 300)
    except OSError:
        pass


def closed(s):
    try:
        return s.recv(4096) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def hold():
    held = {s.fileno(): s for s in (connect(i) for i in range(COUNT))}
    time.sleep(0.3)
    for s in held.values():
        say(s)
    print("ready", flush=True)
    n = COUNT
    while True:
        poll = select.poll()
        for fd in held:
            poll.register(fd, select.POLLRDHUP if KIND == "deaf" else select.POLLIN)
        for fd, _ in poll.poll(100):
            if KIND == "deaf" or closed(held[fd]):
                held.pop(fd).close()
        while len(held) < COUNT:
            n += 1
            s = connect(n)
            held[s.fileno()] = s
        time.sleep(1 if KIND == "drip" else 0.1)
        for s in held.values():
            say(s)


def attempts():
    kept = [connect(i) for i in range(COUNT)]
    print("ready", flush=True)
    time.sleep(1)
    return kept


def noise():
    r = random.Random(1)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(SERVER)
    packets = []
    for _ in range(5000):
        p = bytearray(QUERY)
        for _ in range(1 + r.randrange(8)):
            p[r.randrange(len(p))] = r.randrange(256)
        packets += [bytes(p), r.randbytes(r.randrange(1, 1400))]
    print("ready", flush=True)
    begun, sent = time.monotonic(), 0
    while True:
        while sent < (time.monotonic() - begun) * COUNT:
            try:
                s.send(packets[sent % len(packets)])
            except OSError:
                pass
            sent += 1
        time.sleep(0.002)


def ask():
    worst, failed = 0, 0
    for _ in range(COUNT):
        begun = time.monotonic()
        try:
            with socket.create_connection(SERVER, timeout=30) as s:
                s.sendall(FRAME)
                failed += len(s.recv(2 + len(QUERY), socket.MSG_WAITALL)) < 2 + len(QUERY)
        except OSError:
            failed += 1
        worst = max(worst, time.monotonic() - begun)
        time.sleep(0.2)
    print(int(worst * 1000), failed)


limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
try:
    {"silent": hold, "drip": hold, "huge": hold, "deaf": hold, "attempts": attempts, "noise": noise, "ask": ask}[KIND]()
except KeyboardInterrupt:
    pass

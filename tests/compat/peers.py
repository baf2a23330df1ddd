#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""peers.py OUR-PORT QUERIES SEED NAME=PORT...: random queries, answers compared with each peer's.

Compared are rcode, AA, TC, the answer set with TTLs, the SOA of negative answers, and whether an
OPT came back.  Differences that have a reason are rows of REASONS; every other one is printed, and
makes the exit status 1.
"""
import collections
import random
import re
import select
import socket
import struct
import sys

WINDOW = 64
TYPES = [1, 1, 1, 1, 16, 16, 2, 5, 6, 12, 13, 15, 28, 33, 39, 43, 46, 47, 48, 52, 64, 65, 99, 256,
         257, 1000, 65280, 0, 255]
EDNS = [None, None, (0, 1232, 0, b""), (0, 4096, 0x8000, b""), (0, 512, 0, b""),
        (0, 1232, 0x4000, b"\0\x64\0\0"), (1, 1232, 0, b""), (2, 0, 0x8000, b"\0\3\0\0"),
        (0, 0, 0, b"\0\x0c\0\4\0\0\0\0"), (0, 1232, 0, b"\0\x08\0\4\0\1\0\0")]
Reply = collections.namedtuple("Reply", "rcode aa tc answer soa opt")
Query = collections.namedtuple("Query", "name type edns message")

OCTET = r"(0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
WHOLE = re.compile(rf"^(({OCTET}\.){{4}}|([0-9a-fA-F]\.){{32}})bl\.test$", re.I)


MAPPED = re.compile(r"(^|\.)f\.f\.f\.f\.(0\.){20}bl\.test$", re.I)


def beside_a_wildcard(q, ours, theirs):
    return theirs.rcode == 0 and ours.rcode in (0, 3) and not ours.answer and \
        not WHOLE.match(q.name)


REASONS = [
    ("wildcard", "a zone file's * also covers what is no address, or lies below one",
     beside_a_wildcard),
    ("mapped", "IPv4 entries are also found by the IPv6 spelling of their address, ::ffff:0:0/96",
     lambda q, ours, theirs: ours.rcode == 0 and theirs.rcode == 3 and MAPPED.search(q.name)),
    ("ANY", "RFC 8482 lets each choose what to leave out",
     lambda q, ours, theirs: q.type == 255 and theirs.rcode == ours.rcode == 0
     and bool(theirs.answer) == bool(ours.answer)),
    ("type 0", "no data, as for every other type without a name; knotd says NOTIMP",
     lambda q, ours, theirs: q.type == 0 and theirs.rcode in (1, 4, 5)),
]


def wire(name):
    return b"".join(bytes([len(p)]) + p for p in name.encode("latin-1").split(b".") if p) + b"\0"


def make(rng, identity):
    def octet():
        return str(rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 127, 128, 255, rng.randrange(256)]))

    def v4():
        base = rng.choice(["1.2.3.4", "5.6.4.0", "5.6.7.255", "9.9.9.9", "127.0.0.2", "11.128.0.1"])
        parts = base.split(".")
        for i in range(4):
            if rng.random() < 0.3:
                parts[i] = octet()
        return ".".join(reversed(parts))

    def v6():
        text = list(rng.choice(["2a000001000200000000000000000007", "2a000001000300000000000000000005",
                                "00000000000000000000ffff7f000002"]))
        for _ in range(rng.choice([0, 0, 1, 2])):
            text[rng.randrange(32)] = rng.choice("0123456789abcdefABCDEF")
        return ".".join(reversed(text))

    labels = rng.choice([v4, v4, v6])().split(".")
    kind = rng.random()
    if kind < 0.25:
        labels = labels[rng.randrange(len(labels) + 1):]
    elif kind < 0.3:
        labels.insert(0, rng.choice(["x", "1", "*", "www", "00"]))
    elif kind < 0.35:
        labels = [rng.choice(["test", "invalid", "ns1", "q7x", "a-b", "_x", "999"])]
    name = ".".join(labels + [rng.choice(["bl.test", "bl.test", "bl.test", "BL.tEsT"])])
    if rng.random() < 0.01:
        name = rng.choice(["example.org", "test", ".", "xbl.test"])
    type_, edns = rng.choice(TYPES), rng.choice(EDNS)
    message = struct.pack(">HHHHHH", identity, rng.choice([0, 0x100, 0x10]), 1, 0, 0, bool(edns))
    message += wire(name) + struct.pack(">HH", type_, 1)
    if edns:
        version, size, flags, options = edns
        message += struct.pack(">BHHBBHH", 0, 41, size, 0, version, flags, len(options)) + options
    return Query(name, type_, edns, message)


def skip(m, at):
    while m[at] and m[at] < 0xC0:
        at += m[at] + 1
    return at + (2 if m[at] else 1)


def name_at(m, at):
    out, hops = [], 0
    while m[at] and hops < 99:
        if m[at] >= 0xC0:
            at, hops = (m[at] & 63) << 8 | m[at + 1], hops + 1
            continue
        out.append(m[at + 1:at + 1 + m[at]].lower())
        at += m[at] + 1
    return b".".join(out)


def data(m, type_, at, n):
    if type_ in (2, 5, 12):
        return name_at(m, at)
    if type_ == 6:
        second = skip(m, at)
        return name_at(m, at) + b"|" + name_at(m, second) + m[at + n - 20:at + n]
    return bytes(m[at:at + n])


def read(m):
    counts = struct.unpack(">4H", m[4:12])
    at, answer, soa, opt, rcode = 12, [], None, False, m[3] & 15
    for _ in range(counts[0]):
        at = skip(m, at) + 4
    for section, count in enumerate(counts[1:]):
        for _ in range(count):
            at = skip(m, at)
            type_, _, ttl, n = struct.unpack(">HHIH", m[at:at + 10])
            at += 10
            if section == 0:
                answer.append((type_, ttl, data(m, type_, at, n)))
            elif section == 1 and type_ == 6:
                soa = (ttl, data(m, type_, at, n))
            elif type_ == 41:
                opt, rcode = True, rcode | ttl >> 24 << 4
            at += n
    return Reply(rcode, m[2] & 4, m[2] & 2, sorted(answer), None if answer else soa, opt)


def ask(sock, queries):
    replies = {}
    for q in queries:
        sock.send(q.message)
    while len(replies) < len(queries) and select.select([sock], [], [], 2)[0]:
        m = sock.recv(4096)
        replies[m[0] << 8 | m[1]] = m
    return replies


def connect(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", int(port)))
    return s


def main():
    ours, total, seed = connect(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    peers = [(p.split("=")[0], connect(p.split("=")[1])) for p in sys.argv[4:]]
    rng = random.Random(seed)
    seen, bad = collections.Counter(), 0
    for start in range(0, total, WINDOW):
        queries = [make(rng, i) for i in range(min(WINDOW, total - start))]
        mine = ask(ours, queries)
        for peer, sock in peers:
            theirs = ask(sock, queries)
            for i, q in enumerate(queries):
                a, b = mine.get(i), theirs.get(i)
                if a and b and (a == b or read(a) == read(b)):
                    continue
                a, b = a and read(a), b and read(b)
                reason = next((r[0] for r in REASONS if a and b and r[2](q, a, b)), None)
                seen[(peer, reason)] += 1
                if not reason:
                    bad += 1
                    if bad <= 8:
                        print(f"{peer}: {q.name} type {q.type} EDNS {q.edns}\n  ours   {a}\n  theirs {b}")
    print(f"{total} queries, seed {seed}, {bad} differences without a reason; " +
          ", ".join(f"{p} {r} {n}" for (p, r), n in sorted(seen.items(), key=str)))
    return 1 if bad else 0


sys.exit(main())

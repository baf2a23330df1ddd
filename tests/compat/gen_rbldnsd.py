#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make rbldnsd data files with every syntax of every type, and questions near what they say.

usage: gen_rbldnsd.py SEED DIRECTORY QUESTIONS

Writes data files into DIRECTORY, "specs" (the zone specifications, one a line), "options" (command
line options) and "questions" (NAME TYPE a line, with " *" behind those at whose names there are
records while an access list is at work).  The same seed makes the same files.
"""
import ipaddress
import os
import random
import sys

seed, out, nquestions = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
R = random.Random(seed)
names = []  # question names that the data suggest, relative to their zone
records = set()  # of these the names of generic records


def chance(p):
    return R.random() < p


# Few networks, so that entries overlap and nest.
NETS4 = [R.randrange(1, 224) << 24 | R.randrange(256) << 16 for _ in range(4)]
NETS6 = [(0x20010DB8 << 96) | R.randrange(65536) << 80 for _ in range(3)] + [0x2A00 << 112]
LABELS = ["a", "b", "spam", "bad", "example", "com", "net", "x-y", "x_y", "10", "0", "Mixed", "127"]


def addr4():
    base = R.choice(NETS4)
    return base | R.choice([R.randrange(4), R.randrange(256), R.randrange(65536)])


def dotted(a, n=4):
    return ".".join(str(a >> (24 - 8 * i) & 255) for i in range(n))


def reversed4(a, n=4):
    return ".".join(reversed(dotted(a, n).split(".")))


def note4(first, last):
    """Ask for the borders of a range, their neighbours, something inside, and names above."""
    for a in (first, last, first - 1, last + 1, R.randint(first, last)):
        if 0 <= a < 1 << 32:
            names.append(reversed4(a))
    if chance(0.2):
        names.append(reversed4(first, R.randrange(1, 4)))
    if chance(0.05):
        names.append("x." + reversed4(first))
        names.append("0" + reversed4(first))


def reversed6(a, nibbles=32):
    text = "%032x" % a
    return ".".join(reversed(text[:nibbles]))


def note6(first, last):
    for a in (first, last, first - 1, last + 1, R.randint(first, last)):
        if 0 <= a < 1 << 128:
            names.append(reversed6(a))
    if chance(0.2):
        names.append(reversed6(first, R.randrange(1, 32)))


def text():
    words = ["Listed", "see", "http://bl.example/?ip=$", "$", "$$", "$1", "$2", "a \"q\" \\ b", "x#y",
             "semi;colon", "100%", "caf\xe9"]
    return " ".join(R.choice(words) for _ in range(R.randrange(1, 5)))


def a_value():
    return R.choice(["2", "3", "127.0.0.5", "127.1", "10.20.30.40", "0255", "127.0.0.%d" %
                     R.randrange(2, 255)])


def value(colon_ok=True):
    """What may follow a key, with the blank before it."""
    k = R.randrange(10)
    if k < 3:
        return ""
    if k < 4:
        return R.choice([" # why", " ;why", "\t# why"])
    if k < 6:
        return " " + text()
    if k < 7:
        return " :%s" % a_value()
    if k < 8:
        return " :%s:" % a_value()
    if k < 9 or not colon_ok:
        return " :%s:%s" % (a_value(), text())
    return ":%s:%s" % (a_value(), text())


def default_line():
    return R.choice([":%s:%s" % (a_value(), text()), ":%s" % a_value(), ":%s:" % a_value()])


def bad_value():
    return R.choice([" :0:zero", " :256:big", " :9 trailing", " ::x", " :"])


def common():
    """Comments, directives and blank lines that may stand anywhere."""
    return R.choice(["", "  ", "# comment", "; comment", "#$2 set in a comment", "$1 first", "$2 second",
                     "$TTL %d" % R.choice([60, 300, 3600]), "$unknown x", "$TTL 5x",
                     "$TTL %s" % R.choice(["5m", "2h", "1D"])])


def meta():
    lines = []
    if chance(0.7):
        lines.append("$SOA %s ns.ex.test hostmaster.ex.test %s 1h 30m 2d %s" %
                     (R.choice(["0", "1h", "900"]), R.choice(["0", "12345"]), R.choice(["5m", "90"])))
    if chance(0.7):
        lines.append("$NS %s ns1.ex.test ns2.ex.test" % R.choice(["0", "1d"]))
    if chance(0.3):
        lines.append("$TIMESTAMP 2020:01:01")
    if chance(0.2):
        lines.append("$= base $= ($)")
    return lines


def key4(trie):
    a = addr4()
    k = R.randrange(12)
    if k < 4:
        note4(a, a)
        return dotted(a)
    if k < 6:
        bits = R.choice([8, 12, 15, 16, 20, 22, 23, 24, 25, 28, 30, 31, 32])
        size = 1 << (32 - bits)
        first = a & ~(size - 1)
        note4(first, first + size - 1)
        shown = first if chance(0.8) else a
        short = bits <= 24 and shown & 255 == 0 and chance(0.3)
        return "%s/%d" % (dotted(shown, 3 if short else 4), bits)
    if k < 7:
        note4(a & ~255, a | 255)
        return dotted(a, 3)
    if k < 8:
        note4(a & ~65535, a | 65535)
        return dotted(a, 2)
    if trie:
        note4(a, a)
        return dotted(a)
    last = a + R.randrange(1, R.choice([4, 300, 70000]))
    last = min(last, (a | 0xffffff))
    if k < 10:
        note4(a, last)
        return "%s-%s" % (dotted(a), dotted(last))
    if k < 11:
        end = R.randrange(a & 255, 256)
        note4(a, (a & ~255) | end)
        return "%s-%d" % (dotted(a), end)
    end = R.randrange(a >> 16 & 255, min(256, (a >> 16 & 255) + 2))
    note4(a & ~65535, (a & 0xff000000) | end << 16 | 65535)
    return "%s-%d" % (dotted(a, 2), end)


def ip4(trie, n):
    for _ in range(n):
        k = R.randrange(20)
        if k == 0:
            yield common()
        elif k == 1:
            yield default_line()
        elif k == 2:
            yield key4(trie) + bad_value()
        elif k == 3:
            yield R.choice(["1.2.3.256", "1.2.3.4.5", "a.b.c.d", "300", "10", "1.2.3.4/33", "!!1.2.3.4",
                            "5-4", "1.2-1.2.3.4", "-1.2.3.4"])
        elif k < 7:
            yield R.choice(["!", "! "]) + key4(trie) + value()
        else:
            yield key4(trie) + value()


def ip4tset(n):
    for _ in range(n):
        a = addr4()
        note4(a, a)
        yield R.choice([dotted(a), dotted(a), dotted(a) + " ignored", default_line(), "!" + dotted(a),
                        dotted(a, 3), common()])


def groups(a, n):
    return ":".join("%x" % (a >> (112 - 16 * i) & 0xffff) for i in range(n))


def key6():
    a = R.choice(NETS6) | R.choice([R.randrange(16), R.randrange(1 << 64), R.randrange(1 << 80)])
    k = R.randrange(8)
    if k < 3:
        note6(a, a)
        return R.choice([str(ipaddress.IPv6Address(a)), groups(a, 8).upper()])
    if k < 6:
        bits = R.choice([16, 29, 32, 44, 48, 56, 61, 64, 96, 127, 128])
        size = 1 << (128 - bits)
        first = a & ~(size - 1)
        note6(first, first + size - 1)
        shown = str(ipaddress.IPv6Address(first if chance(0.8) else a))
        return "%s/%d" % (shown, bits)
    n = R.randrange(2, 6)
    size = 1 << (128 - 16 * n)
    first = a & ~(size - 1)
    note6(first, first + size - 1)
    return groups(first, n)


def ip6(n):
    for _ in range(n):
        k = R.randrange(20)
        if k == 0:
            yield common()
        elif k == 1:
            yield default_line()
        elif k == 2:
            yield R.choice(["dead", "::1::2", "1:2:3:4:5:6:7:8:9", "::ffff:1.2.3.4", "12345::", "::/129"])
        elif k < 6:
            yield "!" + key6() + value(False)
        else:
            yield key6() + value(False)


def ip6tset(n):
    for _ in range(n):
        a = R.choice(NETS6) | R.randrange(1 << 80)
        net = a >> 64 << 64
        note6(net, net | (1 << 64) - 1)
        note6(a, a)
        yield R.choice([groups(net, 4), groups(net, 4), "!" + str(ipaddress.IPv6Address(a)),
                        "!" + groups(net, 4), default_line(), common()])


def name():
    return ".".join(R.choice(LABELS) for _ in range(R.randrange(1, 5)))


def dnset(n):
    for _ in range(n):
        d = name()
        names.extend([d, "a." + d, "deep.a." + d])
        if "." in d:
            names.append(d.split(".", 1)[1])
        key = R.choice([d, d, "." + d, "*." + d, d + ".", d.upper(), "a\\.b." + d, "\\097." + d])
        k = R.randrange(20)
        if k == 0:
            yield common()
        elif k == 1:
            yield default_line()
        elif k == 2:
            yield R.choice(["*.*." + d, "x" * 64 + "." + d, "a*b." + d, "."])
        elif k < 6:
            yield "!" + key
        else:
            yield key + value(False)


def generic(n):
    for _ in range(n):
        d = R.choice(["@", "www", "mail", "a.b", "x." + name()])
        names.append("" if d == "@" else d)
        records.add(names[-1].lower())
        ttl = R.choice(["", "60 ", "1h ", "0 "])
        data = R.choice(["A 5", "A 127.0.0.9", "A 1.2", "IN A 10.0.0.1", "TXT \"quoted text\"", "TXT plain text",
                         "MX 10 mail.ex.test", "MX 20 mx2.ex.test", "AAAA ::1", "CNAME other"])
        yield R.choice(["%s %s%s" % (d, ttl, data)] * 8 + [common(), "# c"])


GEN = {
    "ip4set": lambda n: ip4(False, n), "ip4trie": lambda n: ip4(True, n), "ip4tset": ip4tset,
    "ip6trie": ip6, "ip6tset": ip6tset, "dnset": dnset, "generic": generic,
}


def combined(n, first):
    yield from meta()
    # What the head of a further file sets is of the last section of the file before.
    yield R.choice(["$TTL 600", "$1 common", ""])
    if not first:
        yield RA.choice(["$2 of the head", "$TTL 77", "$= head $= $1 $2", ""])
    for i in range(R.randrange(1, 5)):
        t = R.choice(sorted(GEN))
        subs = R.choice(["@", "sub", "sub other", "@ deep.sub"])
        yield "$DATASET %s%s %s" % (t, R.choice(["", ":s%d" % i]), subs)
        before = len(names)
        yield from GEN[t](n)
        for s in subs.split():
            if s == "@":
                continue
            names.extend("%s.%s" % (x, s) if x else s for x in names[before:])
            if t == "generic":
                records.update([x.lower() for x in names[before:]])


# A generator of its own: the other files of a seed are the same with and without access lists.
RA = random.Random(seed + 1000000)
RT = random.Random(seed + 2000000)


def acl(ignore):
    """Rules over 127.0.0.1, the client that asks, and over others."""
    if RA.random() < 0.3:
        yield RA.choice(["$TTL 77", "$1 first", "$= base $= ($)", "$SOA 0 a. b. 0 1 1 1 1", "$MAXRANGE4 /7"])
    for _ in range(RA.choice([1, 3, 8])):
        key = RA.choice(["127.0.0.1", "127.0.0.1", "127/8", "127.0/16", "127.0.0", "0/0", "126/7", "127.0.0.0/31",
                         "10.0.0.1", "::1", "::/0", "2001:db8", "127.0.0.2", "1.2.3.4/8", "::ffff:7f00:1"])
        words = [":pass", ":empty", "=empty", ":Refuse", ":pass ", " seen $", ":5", ":6:", ":7:seen by $ $1",
                 ":empty:x", ":refused", "=foo", ":0"]
        if ignore:
            words.append(RA.choice([":ignore", "=blackhole"]))
        if RA.random() < 0.2:
            # rbldnsd crashes on a value without a text below a default that is an action.
            yield ":5:default $"
        yield "%s %s" % (key, RA.choice(words))
    if not ignore:
        return
    yield RA.choice(["", "!127.0.0.1 :refuse", "127.0.0.1-127.0.0.2 :refuse", "127.0.0.1=refuse"])


def write(path, lines):
    end = R.choice(["\n", "\n", "\n", "\r\n"]) if chance(0.0) else "\n"
    with open(path, "wb") as f:
        for line in lines:
            f.write(line.encode("latin-1") + end.encode())
    # What a serial of 0 stands for: not the time of the start.
    written = RT.randrange(10 ** 9, 17 * 10 ** 8)
    os.utime(path, (written, written))


TYPES = {"A": 1, "TXT": 16, "ANY": 255, "MX": 15, "SOA": 6, "NS": 2, "AAAA": 28, "TYPE65": 65, "PTR": 12}
specs, questions, starred = [], [], set()
global_acl = RA.random() < 0.06
if global_acl:
    write(os.path.join(out, "acl"), acl(False))
for z in range(R.randrange(1, 4)):
    # diff.c knows zones with access lists by their names.
    zone_acl = RA.random() < 0.12
    zone = ("acl%d.test" if global_acl or zone_acl else "z%d.test") % z
    names, records = [], set()
    for d in range(R.randrange(1, 4)):
        t = R.choice(sorted(GEN) + ["combined", "ip4set", "dnset"])
        files = []
        for i in range(R.choice([1, 1, 1, 2])):
            path = "z%d-%d-%d" % (z, d, i)
            n = R.choice([1, 8, 40, 200])
            lines = list(combined(n, i == 0)) if t == "combined" else \
                (meta() if i == 0 else []) + list(GEN[t](n))
            write(os.path.join(out, path), lines)
            files.append(path)
        specs.append("%s:%s:%s" % (zone, t, ",".join(files)))
    if zone_acl:
        write(os.path.join(out, "z%d-acl" % z), acl(True))
        specs.append("%s:acl:z%d-acl" % (zone, z))
    for _ in range(4):
        names.extend(["", "127", "0.0.127", "com", "sub", "%d.%d.%d.%d" % tuple(R.randrange(256) for _ in "abcd"),
                      "nothing-" + str(R.randrange(1000)), reversed6(R.randrange(1 << 128))])
    if global_acl or zone_acl:
        starred.update("%s.%s" % (n, zone) if n else zone for n in records)
    questions += [(n + "." + zone if n else zone) for n in names]

if global_acl:
    specs.append(":acl:acl")
with open(os.path.join(out, "specs"), "w") as f:
    f.write("".join(s + "\n" for s in specs))
with open(os.path.join(out, "options"), "w") as f:
    f.write(R.choice(["", "-e\n", "-a\n", "-t 600\n", "-e -a -t 5m:1m:1h\n"]))
with open(os.path.join(out, "questions"), "w") as f:
    for _ in range(nquestions):
        q = R.choice(questions)
        if chance(0.02):
            q = q.upper()
        t = R.choice(["A", "A", "A", "TXT", "TXT", "ANY"] + sorted(TYPES))
        f.write("%s %d%s\n" % (q, TYPES[t], " *" if q.lower() in starred else ""))

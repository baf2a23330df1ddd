# SPDX-License-Identifier: BSD-2-Clause
"""HTTP answers that no sane server gives, one per path; PORT as the argument.

Each connection gets one raw answer and is closed.  GET /requests returns what was asked so far.
"""
import email.utils
import gzip
import socket
import sys
import threading
import time

BODY = b"".join(b"192.0.2.%d\n" % i for i in range(1, 200))
BOMB = gzip.compress(b"192.0.2.1\n" * 8000000)
seen = []


def head(status, *lines):
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(l + b"\r\n" for l in lines) + b"\r\n"


def cut(c):
    c.sendall(head(b"200 OK", b"Content-Length: 100000") + BODY)


def cut_chunked(c):
    c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked") + b"800\r\n" + BODY)


def cut_by_close(c):
    c.sendall(head(b"200 OK", b"Connection: close") + BODY[:-4])


def whole_by_close(c):
    c.sendall(head(b"200 OK", b"Connection: close") + BODY)


def stall(c):
    c.sendall(head(b"200 OK", b"Content-Length: %d" % len(BODY)) + BODY[:100])
    time.sleep(20)


def drip(c):
    c.sendall(head(b"200 OK", b"Content-Length: 100000"))
    for _ in range(100):
        c.sendall(b"192.0.2.1\n" * 10)
        time.sleep(0.2)


def endless(c):
    c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked"))
    chunk = b"192.0.2.1\n" * 1000
    for _ in range(100000):
        c.sendall(b"%x\r\n" % len(chunk) + chunk + b"\r\n")


def oversize(c):
    c.sendall(head(b"200 OK", b"Content-Length: 99999999999"))


def loop(c):
    c.sendall(head(b"302 Found", b"Location: /loop", b"Content-Length: 5") + b"moved")


def to_file(c):
    c.sendall(head(b"302 Found", b"Location: file:///etc/hostname", b"Content-Length: 0"))


def encoded(c):
    c.sendall(head(b"200 OK", b"Content-Encoding: gzip", b"Content-Length: 4") + b"\x1f\x8b\x08\x00")


def future(c):
    c.sendall(head(b"200 OK", b"Last-Modified: Fri, 01 Jan 2100 00:00:00 GMT",
                   b"Content-Length: %d" % len(BODY)) + BODY)


def always_304(c):
    c.sendall(head(b"304 Not Modified", b'ETag: "x"'))


def odd_etag(c):
    c.sendall(head(b"200 OK", b'ETag: W/"' + b"x" * 400 + b'"',
                   b"Content-Length: %d" % len(BODY)) + BODY)


def busy(c):
    c.sendall(head(b"429 Too Many", b"Retry-After: 3600", b"Content-Length: 9") + b"192.0.2.9")


def busy_until(c):
    when = email.utils.formatdate(time.time() + 1800, usegmt=True)
    c.sendall(head(b"503 Busy", b"Retry-After: " + when.encode(), b"Content-Length: 0"))


def forbidden(c):
    c.sendall(head(b"403 Forbidden", b"Content-Length: 10") + b"192.0.2.9\n")


def part(c):
    c.sendall(head(b"206 Partial Content", b"Content-Range: bytes 0-9/1990",
                   b"Content-Length: 10") + BODY[:10])


def nothing(c):
    c.sendall(head(b"204 No Content"))


def weak(c):
    if b'If-None-Match: W/"a-1"' in seen[-1]:
        # The length is that of the list (RFC 9110 section 15.4.5): no body comes.
        c.sendall(head(b"304 Not Modified", b'ETag: W/"a-1"', b"Content-Length: %d" % len(BODY)))
        return time.sleep(5)
    c.sendall(head(b"200 OK", b'ETag: W/"a-1"', b"Content-Length: %d" % len(BODY)) + BODY)


def bomb(c):
    c.sendall(head(b"200 OK", b"Content-Length: %d" % len(BOMB)) + BOMB)


def cut_gzip(c):
    body = gzip.compress(BODY)[:-9]
    c.sendall(head(b"200 OK", b"Content-Length: %d" % len(body)) + body)


def two_lengths(c):
    c.sendall(head(b"200 OK", b"Content-Length: 100", b"Content-Length: 1990") + BODY)


def bad_length(c):
    c.sendall(head(b"200 OK", b"Content-Length: -5") + BODY)


def bad_chunk(c):
    c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked") + b"zz\r\n" + BODY)


def slow_head(c):
    c.sendall(b"HTTP/1.1 200 OK\r\n")
    for i in range(1000):
        c.sendall(b"X-%d: x\r\n" % i)
        time.sleep(0.1)


def endless_head(c):
    c.sendall(b"HTTP/1.1 200 OK\r\n")
    for i in range(1000000):
        c.sendall(b"X-%d: " % i + b"x" * 1000 + b"\r\n")


def empty(c):
    c.sendall(head(b"200 OK", b"Content-Length: 0"))


def silent(c):
    time.sleep(20)


def hang_up(c):
    pass


def garbage(c):
    c.sendall(b"\x00\xff" * 50 + b"\r\n\r\n" + BODY)


def requests(c):
    text = b"".join(seen)
    c.sendall(head(b"200 OK", b"Content-Length: %d" % len(text)) + text)


PATHS = {f.__name__.encode(): f for f in (
    cut, cut_chunked, cut_by_close, whole_by_close, stall, drip, endless, oversize, loop, to_file,
    encoded, future, always_304, odd_etag, busy, busy_until, forbidden, part, nothing, weak,
    bomb, cut_gzip, two_lengths, bad_length, bad_chunk, slow_head, endless_head, empty,
    silent, hang_up, garbage, requests)}


def serve(c):
    with c:
        request = b""
        try:
            while b"\r\n\r\n" not in request:
                more = c.recv(4096)
                if not more:
                    return
                request += more
            path = request.split(b" ")[1][1:]
            if path != b"requests":
                seen.append(request)
            PATHS[path](c)
        except (OSError, KeyError):
            pass


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()

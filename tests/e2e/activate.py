#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""activate.py ADDRESS... -- COMMAND...: a service manager that passes sockets (sd_listen_fds(3)).

ADDRESS: udp:HOST:PORT, tcp:HOST:PORT, or both:HOST:PORT.  Binds them, runs the command with them,
and runs it again whenever it has ended; its process number is in the file "pid".
"""
import os
import signal
import socket
import sys
import time

split = sys.argv.index("--")
command = sys.argv[split + 1 :]
passed = []
for text in sys.argv[1:split]:
    kind, host, port = text.split(":", 1)[0], *text.split(":", 1)[1].rsplit(":", 1)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for name, type_ in (("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)):
        if kind not in (name, "both"):
            continue
        s = socket.socket(family, type_)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, type_ == socket.SOCK_STREAM)
        s.bind((host, int(port)))
        if type_ == socket.SOCK_STREAM:
            s.listen(64)
        s.setblocking(type_ == socket.SOCK_DGRAM)  # the wrong way round: nobody promised any
        passed.append(s)

child = 0


def end(*_):
    if child:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
while True:
    child = os.fork()
    if child == 0:
        spare = [os.dup(s.fileno()) for s in passed]
        high = [os.dup2(fd, 100 + i) for i, fd in enumerate(spare)]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i, inheritable=True)
        os.environ.update(
            LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(passed)), LISTEN_FDNAMES="x:y"
        )
        os.closerange(3 + len(passed), 200)
        os.execvp(command[0], command)
    with open("pid.new", "w") as f:
        print(child, file=f)
    os.rename("pid.new", "pid")
    os.waitpid(child, 0)
    child = 0
    time.sleep(float(os.environ.get("RESTART_AFTER", "0")))

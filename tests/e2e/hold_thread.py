#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A UDP worker that hangs: hold_thread.py PID PORT

Floods the server PID at 127.0.0.1:PORT until its first UDP worker can be stopped while it answers,
prints "held", and keeps it there until killed.  Status 77 when this is not allowed here.
"""
import ctypes
import os
import signal
import socket
import sys
import time

SEIZE, INTERRUPT, CONT = 0x4206, 0x4207, 7
WALL = 0x40000000
QUERY = (b'\x12\x34\x01\0\0\1\0\0\0\0\0\0\x012\x010\x010\x03127\x02bl\x04test\0\0\1\0\1')

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4


def ptrace(request, tid):
    if libc.ptrace(request, tid, 0, 0) < 0:
        sys.exit(77 if request == SEIZE else 1)


def call(pid, tid):
    """The number of the system call the thread is in, or what stands there when it is in none."""
    with open(f'/proc/{pid}/task/{tid}/syscall') as f:
        return f.read().split()[0]


def flood(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(('127.0.0.1', port))
    while os.getppid() != 1:
        try:
            s.send(QUERY)
        except OSError:
            pass


def main():
    pid, port = int(sys.argv[1]), int(sys.argv[2])
    # The main thread, then the UDP workers, then TCP.
    worker = sorted(int(t) for t in os.listdir(f'/proc/{pid}/task'))[1]
    ptrace(SEIZE, worker)
    waiting = call(pid, worker)
    child = os.fork()
    if child == 0:
        flood(port)
        os._exit(0)
    while True:
        ptrace(INTERRUPT, worker)
        os.waitpid(worker, WALL)
        # While it waits for queries it holds up nobody.
        if call(pid, worker) != waiting:
            break
        ptrace(CONT, worker)
        # Else it is stopped again before it went on, and ends right behind its wait.
        time.sleep(0.001)
    os.kill(child, 9)
    os.waitpid(child, 0)
    print('held', flush=True)
    signal.pause()


main()

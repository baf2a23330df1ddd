#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Turns of a process's threads in nanoseconds, sorted: turns.py PID.  See sched_setattr(2).

Nothing where the kernel does not tell: before Linux 6.12.
"""
import ctypes
import os
import struct
import sys

SYS_SCHED_GETATTR = {"x86_64": 315, "aarch64": 275}.get(os.uname().machine, -1)
SIZE = 48  # of the first version of struct sched_attr

libc = ctypes.CDLL(None)
turns = []
for thread in os.listdir("/proc/%s/task" % sys.argv[1]):
    attr = ctypes.create_string_buffer(SIZE)
    if libc.syscall(SYS_SCHED_GETATTR, int(thread), attr, SIZE, 0) == 0:
        turns.append(struct.unpack_from("Q", attr.raw, 24)[0])
print(*sorted(turn for turn in turns if turn > 0))

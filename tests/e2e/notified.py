#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a service manager is told: notified.py SOCKET, each line of each message on a line."""
import socket
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listening', flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)

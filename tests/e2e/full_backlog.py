# SPDX-License-Identifier: BSD-2-Clause
"""A port that neither accepts nor refuses: full_backlog.py PORT.  Says "full" once it is so."""
import select
import socket
import sys
import time

listener = socket.socket()
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(0)
waiting = []
while True:
    c = socket.socket()
    c.setblocking(False)
    c.connect_ex(("127.0.0.1", int(sys.argv[1])))
    waiting.append(c)
    # Writable: the kernel took it into the queue.
    if not select.select([], [c], [], 0.3)[1]:
        break
print("full", flush=True)
time.sleep(600)

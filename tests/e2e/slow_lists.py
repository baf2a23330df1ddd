# SPDX-License-Identifier: BSD-2-Clause
"""Publishers that take their time: slow_lists.py PORT SECONDS, on 127.0.0.1 to 127.0.0.9.

Every answer is one list of one address, whose last number is that of the path (/7.txt), and comes
after SECONDS; /never comes never, and what is below /gate/ once there is a file "gate".  /seen
tells the most answers under way at once, "all N", and those of each publisher, "127.0.0.1 N".
"""
import http.server
import os
import sys
import threading
import time

lock = threading.Lock()
now, most = {}, {}


def count(name, by):
    now[name] = now.get(name, 0) + by
    most[name] = max(most.get(name, 0), now[name])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host = self.server.server_address[0]
        if self.path == "/seen":
            with lock:
                return self.answer("".join("%s %d\n" % item for item in sorted(most.items())))
        with lock:
            count("all", 1)
            count(host, 1)
        try:
            time.sleep(600 if self.path == "/never" else float(sys.argv[2]))
            while self.path.startswith("/gate/") and not os.path.exists("gate"):
                time.sleep(0.1)
        finally:
            with lock:
                count("all", -1)
                count(host, -1)
        self.answer("198.41.0.%s\n" % self.path.split("/")[-1][:-4])

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


for i in range(1, 10):
    server = http.server.ThreadingHTTPServer(("127.0.0.%d" % i, int(sys.argv[1])), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()

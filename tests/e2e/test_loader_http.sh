#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# nginx serves a list as publishers do, and a small server answers as they should not: what is good
# replaces the data, all else leaves yesterday's, says so on one line, and exits with 1.

. "$(dirname "$0")/lib.sh"
begin loader_http
need nginx python3 rbl-loader

pick_port
http_port=$PORT
pick_port
https_port=$PORT
pick_port
fault_port=$PORT
pick_port
closed_port=$PORT
mkdir -p www/moved logs
addresses 20000 >www/list.txt
[ "$(id -u)" != 0 ] || as_user='user root;'
cat >nginx.conf <<END
${as_user:-}
daemon off;
pid $T/nginx.pid;
error_log $T/nginx-error.log;
master_process off;
events { worker_connections 64; }
http {
    access_log $T/access.log;
    client_body_temp_path $T/b; proxy_temp_path $T/p; fastcgi_temp_path $T/f;
    uwsgi_temp_path $T/u; scgi_temp_path $T/s;
    default_type text/plain;
    types { }
    server {
        listen 127.0.0.1:$http_port;
        root $T/www;
        error_page 404 /404.html;
        location = /busy { return 503; }
        location = /old { return 301 http://127.0.0.1:$http_port/list.txt; }
        location = /h1 { return 302 /h2; }
        location = /h2 { return 303 /h3; }
        location = /h3 { return 307 /h4; }
        location = /h4 { return 308 /h5; }
        location = /h5 { return 301 /list.txt; }
        location = /h0 { return 301 /h1; }
    }
}
END
echo '<html><body>404 Not Found</body></html>' >www/404.html
printf '\n  <!DOCTYPE html><html><body>Please log in</body></html>\n' >www/login.txt

cat >loader.conf <<END
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list web {
    url = "@URL@"
    special-purpose = true
    hold-below = 0
    hold-above = 0
    connect-timeout = "2s" stall-timeout = "2s" timeout = "20s" max-size = "1M"
}
zone "web.localhost" { lists = { "web" } }
END
use() { sed "s|@URL@|$1|" "$T/loader.conf" >"$T/now.conf"; }
loader() { run "$BUILD/rbl-loader" -c now.conf "$@"; }
image_id() { stat -c '%i %Y %s' images/web.localhost.rbl 2>/dev/null; }
leftovers() { find mirror images -name 'incoming*' -o -name '.incoming*' -o -name '*.tmp'; }
nginx=http://127.0.0.1:$http_port
faults=http://127.0.0.1:$fault_port

start nginx "$(command -v nginx || echo /usr/sbin/nginx)" -c "$T/nginx.conf" -p "$T"
start faults python3 "$E2E/http_faults.py" "$fault_port"
ok "nginx listens" wait_for 10 listens "$http_port"
ok "fault server listens" wait_for 10 listens "$fault_port"

# --- Good answers.
use "$nginx/list.txt"
loader
is "200: status" "$STATUS" 0
has "200: list line" "$OUT" 'list web: 20000 entries, [0-9.]+ kB, changed, [0-9.]+ s$'
has "200: zone line" "$OUT" 'zone web.localhost: published, [0-9]+ entries, serial [0-9]+'
ok "200: same bytes" cmp www/list.txt mirror/web/data
has "200: who asks" "$(cat access.log)" '"rblmirror/[0-9.]+"'
first=$(image_id)

loader
is "not due: silent" "$STATUS $OUT" "0 "
loader --force
is "304: status" "$STATUS" 0
is "304: line" "$OUT" "rbl-loader: list web: unchanged (304)"
has "304: it was one" "$(tail -n 1 access.log)" 'GET /list.txt HTTP/1.1" 304'
is "304: same image" "$(image_id)" "$first"

touch -d '1 hour ago' www/list.txt
loader --force
is "200 with the same bytes: status" "$STATUS" 0
has "200 with the same bytes: unchanged" "$OUT" 'list web: 20000 entries, .*, unchanged,'
is "200 with the same bytes: one line" "$(wc -l <<<"$OUT")" 1
is "200 with the same bytes: same image" "$(image_id)" "$first"
loader --force
is "its validators are taken" "$OUT" "rbl-loader: list web: unchanged (304)"

rm mirror/web/data
loader
is "data lost: due at once, without validators" "$STATUS" 0
has "data lost: it was a 200" "$(tail -n 1 access.log)" 'GET /list.txt HTTP/1.1" 200'
ok "data lost: back again" cmp www/list.txt mirror/web/data

echo 203.0.113.9 >>www/list.txt
loader --force
is "changed: status" "$STATUS" 0
has "changed: line" "$OUT" 'list web: 20001 entries, .* changed'
ok "changed: new image" [ "$(image_id)" != "$first" ]
ok "changed: same bytes" cmp www/list.txt mirror/web/data
second=$(image_id)

# --- Redirects.
use "$nginx/h1"
loader
is "five redirects: status" "$STATUS" 0
has "five redirects: line" "$OUT" 'unchanged'
is "five redirects: same image" "$(image_id)" "$second"

# --- Everything else.
size_now=$(stat -c %s mirror/web/data)
refused() { # LABEL URL PATTERN
    use "$2"
    loader --force
    is "$1: status" "$STATUS" 1
    has "$1: says so" "$OUT" "list web: kept old data: $3.* \(age [0-9]+[smhd]\)$"
    is "$1: one line" "$(wc -l <<<"$OUT")" 1
    is "$1: same image" "$(image_id)" "$second"
    is "$1: same data" "$(stat -c %s mirror/web/data)" "$size_now"
    is "$1: no leftovers" "$(leftovers)" ""
}
refused "six redirects" "$nginx/h0" 'more than 5 redirects'
refused "redirect loop" "$faults/loop" 'more than 5 redirects'
refused "redirect to a file" "$faults/to_file" '.*[Pp]rotocol'
refused "404" "$nginx/nothing.txt" 'HTTP status 404 Not Found'
refused "503" "$nginx/busy" 'HTTP status 503 Service Unavailable'
use "$nginx/list.txt"
loader --force
is "a success ends the failures" "$STATUS $(sed -n 's/^failures=//p' mirror/web/state)" "0 0"
refused "429" "$faults/busy" 'HTTP status 429 Too Many Requests, retry after 3600'
# The publisher's hour holds for the next runs, which say nothing, and not for --force.
wait_said=$(($(sed -n 's/^wait=//p' mirror/web/state) - $(date +%s)))
ok "Retry-After is kept: $wait_said s" test "$wait_said" -gt 3500 -a "$wait_said" -le 3600
loader
is "429: not asked again" "$STATUS $OUT" "0 "
refused "429 again" "$faults/busy" 'HTTP status 429 Too Many Requests'
is "failures are counted" "$(sed -n 's/^failures=//p' mirror/web/state)" 2
sed -i 's/^list web {/& min-refresh = "1d"/' now.conf
loader --force
has "--force keeps to min-refresh" "$STATUS $OUT" '^0 .*list web: not fetched: .*min-refresh'
refused "a page" "$nginx/login.txt" 'HTML'
refused "cut short" "$faults/cut" 'cut short after [0-9]+ bytes'
refused "cut between chunks" "$faults/cut_chunked" '.*'
refused "cut by closing" "$faults/cut_by_close" '.*may be cut short'
refused "announced too large" "$faults/oversize" 'larger than max-size \(1048576 bytes\)'
refused "endless" "$faults/endless" 'larger than max-size \(1048576 bytes\)'
refused "encoded" "$faults/encoded" '.*content encoding.*gzip'
refused "304 unasked" "$faults/always_304" 'HTTP status 304'
refused "no HTTP" "$faults/garbage" '.*HTTP/0.9'
refused "nobody there" "http://127.0.0.1:$closed_port/list.txt" '.*[Cc]onnect'
start_at=$EPOCHREALTIME
refused "stalled" "$faults/stall" 'stalled: no data for 2 s \(stall-timeout\) after 100 bytes'
ok "stalled: in time" awk -v t="$(since "$start_at")" 'BEGIN { exit !(t > 2 && t < 10) }'
sed -i 's/timeout = "20s"/timeout = "3s"/' loader.conf
start_at=$EPOCHREALTIME
refused "too slow altogether" "$faults/drip" 'not complete within timeout \(3 s\), [0-9]+ bytes came'
ok "too slow: in time" awk -v t="$(since "$start_at")" 'BEGIN { exit !(t > 3 && t < 10) }'
use "$nginx/list.txt"
http_proxy=http://127.0.0.1:$closed_port loader --force
is "a proxy of the environment is not asked" "$STATUS" 0

# --- Odd, but good.
use "$faults/whole_by_close"
loader --force
is "no length, last line ended: status" "$STATUS" 0
use "$faults/future"
loader --force
is "future: status" "$STATUS" 0
is "future: not kept" "$(grep ^last_modified= mirror/web/state)" "last_modified="
loader --force
is "future: asked without it" "$(curl -s "$faults/requests" | grep -c '^If-')" 0
use "$faults/odd_etag"
loader --force
is "oversized ETag: status" "$STATUS" 0
is "oversized ETag: not kept" "$(grep ^etag= mirror/web/state)" "etag="

use "$faults/always_304"
loader --force
is "304 to everything: status" "$STATUS" 1
loader --force
has "304 to everything: known, but nothing was asked" "$OUT" 'kept old data: HTTP status 304'

# --- https: an unknown certificate is refused; and once https, always https.
tls_server() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null || return 1
    python3 - "$https_port" "$http_port" >https.log 2>&1 </dev/null <<'END' &
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/down":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:%s/list.txt" % sys.argv[2])
            self.end_headers()
            return
        body = open("www/list.txt", "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
END
    PID[https]=$!
    wait_for 10 listens "$https_port"
}
# The loader as it sees the world with our certificate as the only authority.
bundle=$(curl-config --ca 2>/dev/null || echo /etc/ssl/certs/ca-certificates.crt)
# shellcheck disable=SC2016 # expanded by the inner shell
trusting() {
    run unshare --user --map-root-user --mount sh -c \
        'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh \
        cert.pem "$bundle" "$BUILD/rbl-loader" -c now.conf "$@"
}
if command -v openssl >/dev/null && tls_server; then
    refused_tls() {
        is "https, $1: status" "$STATUS" 1
        has "https, $1: says so" "$OUT" "kept old data: .*$2"
    }
    use "https://localhost:$https_port/list.txt"
    loader --force
    refused_tls "unknown certificate" 'certificate'
    if unshare --user --map-root-user --mount mount --bind cert.pem "$bundle" 2>/dev/null; then
        trusting --force
        is "https: status" "$STATUS" 0
        ok "https: same bytes" cmp www/list.txt mirror/web/data
        use "https://localhost:$https_port/down"
        before=$(wc -l <access.log)
        trusting --force
        refused_tls "redirected to http" 'redirected from https to something else'
        is "https, redirected to http: nobody was asked" "$(wc -l <access.log)" "$before"
    else
        echo "no user namespaces: https with a good certificate is not tried"
    fi
else
    echo "no openssl: https is not tried"
fi
finish

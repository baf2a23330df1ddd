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
use "$nginx/list.txt"
loader --force
refused "503 until a date" "$faults/busy_until" 'HTTP status 503 .*, retry after .* GMT; .*later'
wait_said=$(($(sed -n 's/^wait=//p' mirror/web/state) - $(date +%s)))
ok "Retry-After as a date: $wait_said s" test "$wait_said" -gt 1700 -a "$wait_said" -le 1800
loader
is "503 until a date: not asked again" "$STATUS $OUT" "0 "
sed -i 's/^list web {/& min-refresh = "1d"/' now.conf
loader --force
has "--force keeps to min-refresh" "$STATUS $OUT" '^0 .*list web: not fetched: .*min-refresh'
refused "403" "$faults/forbidden" 'HTTP status 403 Forbidden; ask the publisher for access'
refused "206 unasked" "$faults/part" 'HTTP status 206'
refused "204" "$faults/nothing" 'HTTP status 204'
refused "empty" "$faults/empty" 'empty file'
refused "a gzip bomb" "$faults/bomb" 'expands more than a hundredfold'
refused "gzip cut short" "$faults/cut_gzip" 'truncated gzip data'
refused "a length that is none" "$faults/bad_length" 'Invalid Content-Length'
refused "two lengths" "$faults/two_lengths" 'the server announced two different lengths'
refused "a chunk that is none" "$faults/bad_chunk" '.*chunked-encoding'
refused "endless header" "$faults/endless_head" '.*[Hh]eader'
refused "no answer" "$faults/silent" 'stalled: no data for 2 s \(stall-timeout\) after 0 bytes'
refused "hung up" "$faults/hang_up" '.*[Ee]mpty reply'
refused "a page" "$nginx/login.txt" 'HTML'
refused "cut short" "$faults/cut" 'cut short after [0-9]+ bytes'
refused "cut between chunks" "$faults/cut_chunked" '.*chunked-encoding'
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
start_at=$EPOCHREALTIME
refused "a header in drips" "$faults/slow_head" '(stalled|not complete within timeout)'
ok "a header in drips: in time" awk -v t="$(since "$start_at")" 'BEGIN { exit !(t < 10) }'
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
use "$faults/weak"
loader --force
is "weak ETag: status" "$STATUS" 0
is "weak ETag: kept as it is" "$(grep ^etag= mirror/web/state)" 'etag=W/"a-1"'
start_at=$EPOCHREALTIME
loader --force
is "weak ETag: sent back, 304 without a body" "$OUT" "rbl-loader: list web: unchanged (304)"
ok "304: no body is waited for" awk -v t="$(since "$start_at")" 'BEGIN { exit !(t < 2) }'

use "$faults/always_304"
loader --force
is "304 to everything: status" "$STATUS" 1
loader --force
has "304 to everything: known, but nothing was asked" "$OUT" 'kept old data: HTTP status 304'

# --- https: only with a certificate that is good, and once https, always https.
make_certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 \
        -subj "/CN=authority of the test" &&
        openssl req -new -newkey rsa:2048 -nodes -keyout key.pem -out cert.csr -subj /CN=localhost &&
        echo subjectAltName=DNS:localhost >names &&
        openssl x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
            -extfile names -out good.pem &&
        openssl x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days -1 \
            -extfile names -out expired.pem
}
tls_server() { # CERTIFICATE; its port in PORT
    pick_port
    start "tls-$1" python3 -c '
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/down":
            self.send_response(302)
            self.send_header("Location", sys.argv[2])
            self.end_headers()
            return
        body = open("www/list.txt", "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3], "key.pem")
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()' "$PORT" "$nginx/list.txt" "$1"
    ok "a server with $1 listens" wait_for 10 listens "$PORT"
}
# The loader as it sees the world with our authority as the only one.
bundle=$(curl-config --ca 2>/dev/null || echo /etc/ssl/certs/ca-certificates.crt)
# shellcheck disable=SC2016 # expanded by the inner shell
trusting() {
    run unshare --user --map-root-user --mount sh -c \
        'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh \
        ca.pem "$bundle" "$BUILD/rbl-loader" -c now.conf "$@"
}
refused_tls() {
    is "https, $1: status" "$STATUS" 1
    has "https, $1: says so" "$OUT" "kept old data: .*$2"
    is "https, $1: nobody was asked" "$(wc -l <access.log)" "$before"
}
if command -v openssl >/dev/null && make_certificates 2>/dev/null; then
    before=$(wc -l <access.log)
    tls_server expired.pem
    expired_port=$PORT
    tls_server good.pem
    use "https://localhost:$PORT/list.txt"
    loader --force
    refused_tls "unknown authority" 'certificate.*; the publisher.s to repair, if our clock'
    if unshare --user --map-root-user --mount mount --bind ca.pem "$bundle" 2>/dev/null; then
        trusting --force
        is "https: status" "$STATUS" 0
        ok "https: same bytes" cmp www/list.txt mirror/web/data
        use "https://localhost:$PORT/down"
        trusting --force
        refused_tls "redirected to http" 'redirected from https to something else'
        use "https://127.0.0.1:$PORT/list.txt"
        trusting --force
        refused_tls "another host's certificate" '.*; the publisher.s to repair'
        use "https://localhost:$expired_port/list.txt"
        trusting --force
        refused_tls "expired" 'certificate has expired; the publisher.s to repair'
        ok "https, expired: the data are there" cmp www/list.txt mirror/web/data
    else
        echo "no user namespaces: https with a good certificate is not tried"
    fi
else
    echo "no openssl: https is not tried"
fi
finish

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the server allows its clients: rates, access, cookies, and what it says of itself.

. "$(dirname "$0")/lib.sh"
begin limits
need rbl-dnsd rbl-loader rblctl dig python3

user=$(id -un)
mkdir images run
[ "$(id -u)" != 0 ] || { user=nobody && chown nobody run; }
echo 192.0.2.1 >one.txt

conf() { # LINES OF THE SERVER SECTION
    pick_port
    cat >dnsd.conf <<END
server {
    listen = { "127.0.0.1:$PORT" }
    workers = 1
    user = "$user"
    $1
}
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list one { url = "file:$T/one.txt" a = "127.0.0.3" }
zone "bl.test" { lists = { "one" } }
END
}
restart() { # LINES
    stop dnsd
    conf "$1"
    start_dnsd dnsd -c dnsd.conf
    ok "the server starts with $1" wait_for 20 port_is_taken "$PORT"
}
ask() { dig +tries=1 +time=3 -p "$PORT" @127.0.0.1 "$@"; }
rcode() { ask "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
counter() { "$BUILD/rblctl" -c dnsd.conf stats | awk -v n="$1" '$1 == n { print $2 }'; }
not() { ! "$@"; }
drops() {
    dig +tries=1 +time=1 -p "$PORT" @127.0.0.1 +nocookie "$listed" "$listed" "$listed" >/dev/null
    [ "$(counter udp-rate-dropped)" -ge 1 ]
}
listed=1.2.0.192.bl.test

conf ''
run "$BUILD/rbl-loader" -c dnsd.conf
is "the loader publishes: $OUT" "$STATUS" 0

# --- rate ---

restart 'rate-limit-on = "all" rate-limit = 10 rate-limit-slip = 1'
# So many that they do not fit into the seconds that a slow machine takes for them.
for i in $(seq 300); do echo "$listed"; done >queries
ask +notcp +ignore +nocookie -f queries >answers
kept=$(grep -c 'ANSWER: 1' answers)
cut=$(grep -c 'flags: qr tc' answers)
ok "at least 10 answers a second are sent, not $kept" [ "$kept" -ge 10 ]
ok "and some truncated, not $cut" [ "$cut" -ge 10 ]
is 'truncated answers are counted' "$(counter udp-rate-truncated)" "$cut"
is 'TCP is not limited' "$(ask +tcp +short "$listed")" 127.0.0.3

restart 'rate-limit-on = "all" rate-limit = 1 rate-limit-slip = 0'
ask +cookie "$listed" "$listed" >answers
cookie=$(sed -n 's/^; COOKIE: \([0-9a-f]*\) (good).*/\1/p' answers | head -n 1)
ok 'answers left out are counted' wait_for 20 drops
is 'a cookie of 24 octets comes back' ${#cookie} 48
for i in 1 2 3 4 5; do
    is "a cookie of ours is not limited ($i)" "$(ask +short +cookie="$cookie" "$listed")" 127.0.0.3
done

restart 'rate-limit = 1'
for i in $(seq 5); do
    is "loopback is not limited by default ($i)" "$(ask +short "$listed")" 127.0.0.3
done

serial=$(ask +short bl.test SOA)
stop dnsd KILL
start_dnsd dnsd -c dnsd.conf
ok 'the server starts again' wait_for 20 port_is_taken "$PORT"
is 'killed, it serves the same serial again' "$(ask +short bl.test SOA)" "$serial"

# --- access ---

restart 'allow-query = { "127.0.0.2/32" }'
is 'a stranger is refused' "$(rcode "$listed")" REFUSED
restart 'allow-query = { "127.0.0.2/32" } deny = "drop"'
ok 'or dropped' not ask +notcp "$listed"
ok 'over TCP too' not ask +tcp "$listed"
ok 'and counted' [ "$(counter udp-drop-client)" -ge 1 -a "$(counter tcp-closed-client)" -ge 1 ]
is 'who is allowed is answered' "$(ask -b 127.0.0.2 +short "$listed")" 127.0.0.3

# --- cookies and names ---

echo e5e973e5a6b2a43f48e7dc849e37bfcf >secrets
restart "cookies = \"demand\" cookie-secrets = \"$T/secrets\" nsid = \"node-7\" version = \"\""
has 'a client without our cookie gets BADCOOKIE first' \
    "$(ask +cookie=0102030405060708 +nobadcookie "$listed")" 'status: BADCOOKIE'
is 'and then asks again with it' "$(ask +short +cookie "$listed")" 127.0.0.3
is 'a client without cookies is answered' "$(ask +short +nocookie "$listed")" 127.0.0.3
ok 'they are counted' [ "$(counter answer-cookie)" -ge 2 ]
has 'NSID' "$(ask +nsid "$listed")" 'NSID: .*node-7'
has 'id.server' "$(ask +short CH TXT id.server)" node-7
is 'no version' "$(rcode CH TXT version.bind)" REFUSED
has 'keepalive over TCP' "$(ask +tcp +keepalive "$listed")" 'TCP.KEEPALIVE: 10.0'
run ask -y hmac-sha256:.:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    bl.test SOA
has 'a signed query' "$OUT" 'status: NOTAUTH'
has 'names its error' "$OUT" BADKEY

# --- PROXY headers ---

through() { python3 "$E2E/proxy.py" "$proxy_port" "$@"; }
pick_port
proxy_port=$PORT
restart "proxy-listen = { \"127.0.0.1:$proxy_port\" } proxy-from = { \"127.0.0.1/32\" }
    allow-query = { \"203.0.113.0/24\" } cookies = \"demand\""
for proto in udp tcp; do
    has "$proto: the client in the header is asked for" "$(through $proto 198.51.100.1)" '^5 0'
    has "$proto: LOCAL is the sender" "$(through $proto local)" '^5 0'
    is "$proto: a header cut short" "$(through $proto cut)" nothing
    is "$proto: no header" "$(through $proto none)" nothing
    is "$proto: a bad one" "$(through $proto bad)" nothing
done
has 'TCP: an allowed client' "$(through tcp 203.0.113.7)" '^0 1'
cookie=$(through udp 203.0.113.7 | cut -d ' ' -f 3)
has 'a cookie comes first' "$(through udp 203.0.113.7)" '^7 0 '
has 'it is that of the client in the header' "$(through udp 203.0.113.7 "$cookie")" '^0 1'
has 'and of no other' "$(through udp 203.0.113.8 "$cookie")" '^7 0 '
ok 'drops are counted' [ "$(counter udp-drop-proxy)" -ge 3 -a "$(counter tcp-closed-proxy)" -ge 2 ]
ok 'a header elsewhere is garbage' not python3 -c "
import subprocess, sys
out = subprocess.run(['$E2E/proxy.py', '$PORT', 'udp', '203.0.113.7'], capture_output=True)
sys.exit(b'0 1' not in out.stdout)"
restart "proxy-listen = { \"127.0.0.1:$proxy_port\" }"
is 'by default nobody may send one: UDP' "$(through udp 127.0.0.1)" nothing
is 'and TCP' "$(through tcp 127.0.0.1)" nothing

echo short >secrets
stop dnsd
conf "cookie-secrets = \"$T/secrets\""
run timeout 5 "$BUILD/rbl-dnsd" -c dnsd.conf
is 'bad secrets end the start' "$STATUS" 1
has 'with the reason' "$OUT" "$T/secrets: a line is not 32"
finish

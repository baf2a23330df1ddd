#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# nsd and knotd serve what "rblctl dump --as bind" writes of our zone, and all three are asked the
# same random questions.  Differences that have a reason are listed in peers.py; others fail.
#
#   PEERS_QUERIES  how many (default 40000)
#   PEERS_SEED     seed of the questions (default 1)
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

queries=${PEERS_QUERIES:-40000} seed=${PEERS_SEED:-1}
here=$(dirname "$(realpath "$0")")
begin peers_diff
need nsd knotd python3 dig rbl-dnsd rbl-loader rblctl

user=$(id -un)
mkdir images run knot
[ "$(id -u)" != 0 ] || { user=nobody && chown nobody run; }
pick_port && our_port=$PORT
pick_port && nsd_port=$PORT
pick_port && knot_port=$PORT
# No exclusions: a zone file's wildcards cannot say them.
printf '%s\n' 1.2.3.4 5.6.4.0/22 9.9.9.0/24 11.128.0.0/9 2a00:1:2::/48 2a00:1:3::5 >one.txt
echo 1.2.3.4 >two.txt
cat >dnsd.conf <<END
server { listen = { "127.0.0.1:$our_port" } workers = 1 user = "$user" cookies = "off" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list one { url = "file:$T/one.txt" special-purpose = true hold-below = 0 hold-above = 0 a = "127.0.0.3" txt = "one lists it" }
list two { url = "file:$T/two.txt" special-purpose = true hold-below = 0 hold-above = 0 a = "127.0.0.4" txt = "two lists it" }
zone "bl.test" {
    lists = { "one", "two" } test-txt = "Test entry" ttl = "5m" negative-ttl = "150s"
    ns = { "ns1.bl.test 127.0.0.1", "ns2.example.net" }
}
END
run "$BUILD/rbl-loader" -c dnsd.conf
is "the loader publishes: $OUT" "$STATUS" 0
"$BUILD/rblctl" -c dnsd.conf dump bl.test --as bind >bl.test.zone
# The server's own entries, which are no list's.
for name in 2.0.0.127 2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 test; do
    printf '%s 300 A 127.0.0.2\n%s 300 TXT "Test entry"\n' "$name" "$name"
done >>bl.test.zone
ok 'the zone is written as a zone file' [ -s bl.test.zone ]

cat >nsd.conf <<END
server:
    ip-address: 127.0.0.1@$nsd_port
    username: ""
    chroot: ""
    zonesdir: "$T"
    pidfile: "$T/nsd.pid"
    database: ""
    xfrdfile: "$T/nsd.xfrd"
    zonelistfile: "$T/nsd.list"
    minimal-responses: yes
    round-robin: no
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: bl.test
    zonefile: bl.test.zone
END
cat >knot.conf <<END
server:
    listen: 127.0.0.1@$knot_port
    rundir: "$T/knot"
    udp-workers: 1
database:
    storage: "$T/knot"
log:
  - target: stderr
    any: warning
zone:
  - domain: bl.test
    storage: "$T"
    file: bl.test.zone
END

has_zone() { dig +short +tries=1 +time=1 -p "$1" @127.0.0.1 2.0.0.127.bl.test | grep -q .; }
start_dnsd dnsd -c dnsd.conf
start nsd "$(command -v nsd || echo /usr/sbin/nsd)" -d -c nsd.conf
start knotd "$(command -v knotd || echo /usr/sbin/knotd)" -c knot.conf
for port in "$our_port" "$nsd_port" "$knot_port"; do
    wait_for 20 has_zone "$port" || { fail "no server at $port" && finish; }
done
checks=$((checks + 1))
python3 "$here/peers.py" "$our_port" "$queries" "$seed" nsd="$nsd_port" knotd="$knot_port" ||
    fail 'differences without a reason'
finish

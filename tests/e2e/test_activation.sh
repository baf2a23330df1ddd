#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Sockets that a service manager passes: they are served, shared by the workers, and keep what
# arrives while the server is started again.

. "$(dirname "$0")/lib.sh"
begin activation
need rbl-dnsd rbl-loader rblctl dig python3

user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody
mkdir images run
[ "$user" != nobody ] || chown nobody run
pick_port
dns_port=$PORT
pick_port
own_port=$PORT
echo 192.0.2.1 >one.txt
cat >conf <<END
server {
    listen = { "127.0.0.1:$dns_port", "[::1]:$dns_port", "127.0.0.1:$own_port" }
    workers = 3
    user = "$user"
}
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list one { url = "file:$T/one.txt" a = "127.0.0.3" }
zone "bl.test" { lists = { "one" } }
END
run "$BUILD/rbl-loader" -c conf
is "the loader publishes: $OUT" "$STATUS" 0

export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
manager() { # ADDRESS...
    start manager "$E2E/activate.py" "$@" -- "$BUILD/rbl-dnsd" -c conf
}
a_of() { dig +tries=1 +time=30 +short "$@" 1.2.0.192.bl.test; }
server_pid() { cat pid; }
sockets() { find "/proc/$(server_pid)/fd" -lname 'socket:*' -printf '%l\n'; }
says() { grep -qE -e "$1" manager.log; }
answering() { says "answering on 127.0.0.1:$own_port"; }

export RESTART_AFTER=1
manager "both:127.0.0.1:$dns_port" "both:::1:$dns_port"
ok "the server starts" wait_for 10 answering
[ "$failures" = 0 ] || finish
ok "it says what was passed" says 'the service manager passed 4 sockets'
for how in +notcp +tcp; do
    is "$how: passed, IPv4" "$(a_of $how -p "$dns_port" @127.0.0.1)" 127.0.0.3
    is "$how: passed, IPv6" "$(a_of $how -p "$dns_port" @::1)" 127.0.0.3
    is "$how: the server's own" "$(a_of $how -p "$own_port" @127.0.0.1)" 127.0.0.3
done
# Three workers: three descriptors of each passed UDP socket.
ok "workers share the passed ones" [ "$(sockets | sort | uniq -c | awk '$1 == 3' | wc -l)" = 2 ]
# User and system time, in ticks.
begun=$(awk '{ print $14 + $15 }' "/proc/$(server_pid)/stat")
sleep 1
ok "nobody spins on them" [ $(($(awk '{ print $14 + $15 }' "/proc/$(server_pid)/stat") - begun)) -lt 30 ]
lost=0
for i in $(seq 30); do
    [ "$(a_of +notcp -p "$dns_port" @127.0.0.1)" = 127.0.0.3 ] || lost=$((lost + 1))
done
is "answers lost" $lost 0

# While nobody reads the sockets, they wait: the query of a client that asks once is answered.
before=$(server_pid)
kill -KILL "$before"
sleep 0.2
is "UDP: a query that came between two servers" "$(a_of +notcp -p "$dns_port" @127.0.0.1)" 127.0.0.3
ok "it was another server" [ "$(server_pid)" != "$before" ]
kill -TERM "$(server_pid)"
sleep 0.2
is "TCP: likewise" "$(a_of +tcp -p "$dns_port" @127.0.0.1)" 127.0.0.3
stop manager

# An address that is not configured is named.
pick_port
manager "udp:127.0.0.1:$PORT"
ok "a socket of no listen address ends the start" wait_for 10 \
    says 'descriptor 3 from the service manager: no socket of an address in server.listen'
stop manager

# Only one of the two: the other is the server's own.
manager "udp:127.0.0.1:$dns_port"
ok "only UDP is passed" wait_for 10 answering
is "UDP" "$(a_of +notcp -p "$dns_port" @127.0.0.1)" 127.0.0.3
is "TCP" "$(a_of +tcp -p "$dns_port" @127.0.0.1)" 127.0.0.3
stop manager

# What the environment says about others is nothing to us; nonsense is an error.
LISTEN_PID=1 LISTEN_FDS=2 start_dnsd dnsd -c conf
ok "the sockets of another process" wait_for 10 grep -q 'answering on' dnsd.log
stop dnsd
run sh -c "LISTEN_PID=\$\$ LISTEN_FDS=1000000 exec '$BUILD/rbl-dnsd' -c conf"
is "too many" "$STATUS" 1
has "it is said" "$OUT" 'LISTEN_FDS=1000000: not a number from 1 to 256'
run sh -c "LISTEN_PID=\$\$ LISTEN_FDS=5 exec '$BUILD/rbl-dnsd' -c conf 3>&- 4>&-"
is "descriptors that are not there" "$STATUS" 1
has "it is said" "$OUT" 'descriptor [34] from the service manager: Bad file descriptor'
finish

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The server by itself: start, answers over UDP and TCP, new, damaged and vanished images, limits,
# what it gives up, signals, exit statuses.

. "$(dirname "$0")/lib.sh"
begin server
trap '' PIPE # a connection that was closed is a failed check, not the end
need rbl-dnsd rbl-loader rblctl dig

# A confined process cannot be searched for leaks; the unit tests are.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

pick_port
dns_port=$PORT
root=false
user=$(id -un)
[ "$(id -u)" != 0 ] || { root=true && user=nobody; }
mkdir images run
! $root || chown nobody run

# Serves bl.test, knows of late.test, and is not told of extra.test.
conf() {
    cat <<END
server {
    listen = { "127.0.0.1:$dns_port", "[::1]:$dns_port" }
    workers = 2
    user = "${1:-$user}"
    tcp-idle = "2s"
}
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list one { url = "file:$T/one.txt" a = "127.0.0.3" txt = "$ is listed" }
zone "bl.test" { lists = { "one" } }
END
}
conf >loader.conf
{
    conf
    echo 'zone "late.test" { lists = { "one" } }'
} >dnsd.conf
# With directories of its own: a loader removes images of zones it does not know.
sed 's/bl[.]test/extra.test/; s|/images|/extra-images|; s|/mirror|/extra-mirror|' loader.conf >extra.conf

publish() { # CONF ENTRY...
    local file=$1
    shift
    printf '%s\n' "$@" >one.txt
    run "$BUILD/rbl-loader" -c "$file" --force
    is "the loader publishes $*: $OUT" "$STATUS" 0
}
server() { start dnsd "$BUILD/rbl-dnsd" -c dnsd.conf; }
ask() { dig +tries=1 +time=5 -p "$dns_port" @127.0.0.1 "$@"; }
a_of() { ask +short "$@" A; }
rcode() { ask "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
gives() { # WANTED COMMAND...
    local wanted=$1
    shift
    [ "$("$@")" = "$wanted" ]
}
log() { cat dnsd.log; }
says() { grep -qE -e "$1" dnsd.log; }
counter() { "$BUILD/rblctl" -c dnsd.conf stats | awk -v n="$1" '$1 == n { print $2 }'; }

# --- Command line ------------------------------------------------------------------------------

printf 'x\n' >one.txt
run "$BUILD/rbl-dnsd" --version
is "--version" "$STATUS" 0
has "--version" "$OUT" '^rbl-dnsd [0-9]'
run "$BUILD/rbl-dnsd" --help
is "--help" "$STATUS" 0
run "$BUILD/rbl-dnsd" --no-such-option
is "an unknown option" "$STATUS" 2
run "$BUILD/rbl-dnsd" -c dnsd.conf surplus
is "a surplus argument" "$STATUS" 2
has "it is named" "$OUT" surplus
run "$BUILD/rbl-dnsd" -c dnsd.conf --check
is "--check of a good file: $OUT" "$STATUS" 0
{ conf && echo 'nonsense = 1'; } >bad.conf
run "$BUILD/rbl-dnsd" -c bad.conf --check
is "--check of a bad file" "$STATUS" 2
has "it names the line" "$OUT" 'bad.conf:[0-9]+:.*nonsense'
run "$BUILD/rbl-dnsd" -c bad.conf
is "a bad file" "$STATUS" 2
run "$BUILD/rbl-dnsd" -c none.conf
is "no file" "$STATUS" 2
if $root; then
    conf no-such-user >nouser.conf
    run "$BUILD/rbl-dnsd" -c nouser.conf
    is "an unknown account" "$STATUS" 1
    has "it is named" "$OUT" no-such-user
    conf root >rootuser.conf
    run "$BUILD/rbl-dnsd" -c rootuser.conf
    is "root as the account" "$STATUS" 1
fi

# --- A host without IPv6 --------------------------------------------------------------------------

# In a network of its own, which is then taken away from it.
without_v6=(unshare -n sh -c
    'ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6 && exec "$@"' sh)
if $root && "${without_v6[@]}" true; then
    { conf | sed "s/, \"\[::1\]:$dns_port\"//; s/127.0.0.1:/[::1]:/" && echo; } >v6.conf
    run timeout 20 "${without_v6[@]}" "$BUILD/rbl-dnsd" -c v6.conf
    is "[::1] alone is an error: $OUT" "$STATUS" 1
    start v6 "${without_v6[@]}" "$BUILD/rbl-dnsd" -c dnsd.conf
    ok "[::1] beside another address is left out" wait_for 10 grep -q 'answering on 127' v6.log
    has "with a warning" "$(cat v6.log)" '\[::1\]:[0-9]+: this host has no IPv6'
    stop v6
fi

# --- An empty directory is no reason not to start -------------------------------------------------

server
ok "the server answers" wait_for 10 gives SERVFAIL rcode 2.0.0.127.bl.test
[ "$failures" = 0 ] || finish
# The kernel tells since Linux 6.12: workers and the TCP thread, then the control thread.
turns=$("$E2E/turns.py" "${PID[dnsd]}")
[ -z "$turns" ] || has "who answers takes short turns, the control thread does not" "$turns" \
    '^(100000 )+[0-9]{7,}$'
is "a zone without image, TCP" "$(rcode +tcp 2.0.0.127.bl.test)" SERVFAIL
is "outside all zones" "$(rcode example.org)" REFUSED
has "the log names the zone" "$(log)" 'zone bl.test: not loaded'

publish loader.conf 192.0.2.7
ok "the image is noticed" wait_for 20 gives 127.0.0.3 a_of 7.2.0.192.bl.test
has "the log says what was loaded" "$(log)" \
    'zone bl[.]test: serial [0-9]+, 1 entries, [0-9.]+ MB, loaded in [0-9]+ ms'
is "UDP, IPv6" "$(dig +short -p "$dns_port" @::1 7.2.0.192.bl.test)" 127.0.0.3
is "TCP" "$(a_of +tcp 7.2.0.192.bl.test)" 127.0.0.3
is "TCP, IPv6" "$(dig +tcp +short -p "$dns_port" @::1 7.2.0.192.bl.test)" 127.0.0.3
is "TXT" "$(ask +short 7.2.0.192.bl.test TXT)" '"192.0.2.7 is listed"'
is "not listed" "$(rcode 8.2.0.192.bl.test)" NXDOMAIN
is "the other zone still fails" "$(rcode 2.0.0.127.late.test)" SERVFAIL

# --- What it gave up ----------------------------------------------------------------------------

of_all_threads() { sort -u /proc/"${PID[dnsd]}"/task/*/status | sed -n "s/^$1:[[:space:]]*//p"; }
none=0000000000000000
for cap in CapInh CapPrm CapEff CapAmb; do is "$cap" "$(of_all_threads $cap)" $none; done
is "no new privileges" "$(of_all_threads NoNewPrivs)" 1
is "seccomp filter" "$(of_all_threads Seccomp)" 2
if $root; then
    uid=$(id -u nobody) gid=$(id -g nobody)
    is "user" "$(of_all_threads Uid)" "$uid	$uid	$uid	$uid"
    is "group" "$(of_all_threads Gid)" "$gid	$gid	$gid	$gid"
    is "groups" "$(of_all_threads Groups | tr -d ' ')" "$gid"
    is "CapBnd" "$(of_all_threads CapBnd)" $none
    is "control socket" "$(stat -c '%F %a %U' run/rbl-dnsd.sock)" "socket 660 nobody"
fi
if [[ $BUILD == */release ]]; then
    rss=$(of_all_threads VmRSS)
    ok "resident memory ($rss) is within 16 MiB of the image" [ "${rss% kB}" -lt 17000 ]
fi

# --- New, damaged, vanished, unexpected images ----------------------------------------------------

publish loader.conf 192.0.2.8 192.0.2.9
ok "a new image is noticed" wait_for 20 gives 127.0.0.3 a_of 8.2.0.192.bl.test
is "the old data are gone" "$(rcode 7.2.0.192.bl.test)" NXDOMAIN

cp images/bl.test.rbl good
printf '<html>404</html>' >images/.junk && mv images/.junk images/bl.test.rbl
ok "damage is noticed" wait_for 20 says 'zone bl.test: image refused: .*; the old one is still served'
is "the old image is still served" "$(a_of 9.2.0.192.bl.test)" 127.0.0.3
has "status says so" "$("$BUILD/rblctl" -c dnsd.conf status 2>&1)" 'bl.test'
ok "the refusal is counted" [ "$(counter images-refused)" -ge 1 ]
head -c $(($(stat -c %s good) - 1)) good >images/.cut && mv images/.cut images/bl.test.rbl
ok "a cut image is noticed" wait_for 20 gives 2 counter images-refused
is "the old image is still served" "$(a_of 9.2.0.192.bl.test)" 127.0.0.3
mkfifo images/fifo.test.rbl
cp good images/.hidden.rbl
cp good images/other.test.rbl
ok "an image under a wrong name is refused" wait_for 20 says 'other.test.rbl: holds another zone'
is "it is not served" "$(rcode 2.0.0.127.other.test)" REFUSED

publish extra.conf 192.0.2.1
mv extra-images/extra.test.rbl images/
ok "a zone that is not configured is served" wait_for 20 gives 127.0.0.3 a_of 1.2.0.192.extra.test
rm images/extra.test.rbl
ok "and leaves with its image" wait_for 20 gives REFUSED rcode 1.2.0.192.extra.test
rm images/bl.test.rbl
ok "a configured zone without image fails" wait_for 20 gives SERVFAIL rcode 2.0.0.127.bl.test
has "the log says so" "$(log)" 'zone bl.test: image is gone'
mv good images/bl.test.rbl
ok "and comes back" wait_for 20 gives 127.0.0.3 a_of 9.2.0.192.bl.test

kill -USR1 "${PID[dnsd]}"
kill -USR2 "${PID[dnsd]}"
mv images away
sleep 0.2
kill -HUP "${PID[dnsd]}"
ok "SIGHUP is logged, and that the directory is gone" wait_for 20 says 'images: No such file'
is "the zones stay" "$(a_of 9.2.0.192.bl.test)" 127.0.0.3
mv away images
rm images/fifo.test.rbl images/other.test.rbl
kill -HUP "${PID[dnsd]}"
ok "SIGHUP names what is missing" wait_for 20 says 'zone late.test: not loaded'
run "$BUILD/rblctl" -c dnsd.conf reload
publish loader.conf 192.0.2.10
ok "images are noticed after the directory was away" wait_for 20 \
    gives 127.0.0.3 a_of 10.2.0.192.bl.test

# --- TCP ----------------------------------------------------------------------------------------

# 2.0.0.127.bl.test A with the given ID (four hex digits), length in front, as printf escapes.
query() {
    local hex="0023${1}010000010000000000000132013001300331323702626c0474657374"
    hex+="0000010001"
    local i
    for ((i = 0; i < ${#hex}; i += 2)); do printf '\\x%s' "${hex:i:2}"; done
}
replies() { # COUNT: the IDs of so many replies of 53 octets from descriptor 3
    timeout 30 head -c $(($1 * 53)) <&3 | od -An -v -tx1 -w53 | awk '{ print $3 $4 }'
}
all='' ids=''
for i in $(seq 100 199); do
    all+=$(query "0$i") ids+="0$i"$'\n'
done
exec 3<>"/dev/tcp/127.0.0.1/$dns_port"
# shellcheck disable=SC2059 # escapes are what it holds
printf "$all" >&3
is "100 queries in one write are answered in order" "$(replies 100)"$'\n' "$ids"
# shellcheck disable=SC2059
printf "$(query 0abc)" >&3
is "and another one" "$(replies 1)" 0abc
begun=$EPOCHREALTIME
is "an idle connection is closed" "$(timeout 30 cat <&3 | wc -c)" 0
idle=$(since "$begun")
has "after the idle limit" "$idle" '^(1[.][5-9]|[2-9][.])'
exec 3>&-
exec 3<>"/dev/tcp/127.0.0.1/$dns_port"
printf '\0' >&3
begun=$EPOCHREALTIME
is "half a message is closed" "$(timeout 30 cat <&3 | wc -c)" 0
has "when it has waited" "$(since "$begun")" '^(1[.][5-9]|[2-9][.])'
exec 3>&-

# --- A second server, the end, the next start -----------------------------------------------------

run timeout 20 "$BUILD/rbl-dnsd" -c dnsd.conf
is "a second server does not start" "$STATUS" 1
has "it names the address" "$OUT" "127.0.0.1:$dns_port"
is "the first one serves on" "$(a_of 10.2.0.192.bl.test)" 127.0.0.3

exec 3<>"/dev/tcp/127.0.0.1/$dns_port"
# shellcheck disable=SC2059
printf "$(query 0001)" >&3
is "a connection is open" "$(replies 1)" 0001
begun=$EPOCHREALTIME
stop dnsd TERM
is "SIGTERM ends it with 0" "$STATUS" 0
has "within 10 s" "$(since "$begun")" '^[0-9][.]'
is "the connection is closed" "$(timeout 30 cat <&3 | wc -c)" 0
exec 3>&-

server
ok "it starts again over the old socket file" wait_for 10 gives 127.0.0.3 a_of 10.2.0.192.bl.test
stop dnsd INT
is "SIGINT ends it with 0" "$STATUS" 0
hasnt "nothing went wrong on the way" "$(log)" 'Sanitizer|runtime error'
finish

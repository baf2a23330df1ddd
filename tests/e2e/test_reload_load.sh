#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# No query is lost and none is answered wrongly while images of a million entries are exchanged
# every second under a steady load.
#
#   RELOAD_SECONDS  how long, default 30
#   RELOAD_RATE     queries a second, default 5000

. "$(dirname "$0")/lib.sh"
begin reload_load
need rbl-loader rbl-dnsd tests/e2e/reload_load

seconds=${RELOAD_SECONDS:-30}
rate=${RELOAD_RATE:-5000}
pick_port
dns_port=$PORT

# generation GEN TTL A NETWORK: the image as GEN.rbl.  The filler differs too, so that no part of
# one image is at the same place in the other.
generation() {
    mkdir "$1"
    {
        printf '%s\n' 10.0.0.0/16 "$4"
        seq 0 999999 | awk -v gen="$1" '{ n = $1 * (7 + gen)
            printf "%d.%d.%d.%d\n", 20 + n / 16777216, n / 65536 % 256, n / 256 % 256, n % 256 }'
    } >"$1/list.txt"
    cat >"$1/loader.conf" <<END
paths { mirror = "$T/$1/mirror" images = "$T/$1/images" run = "$T/$1/run" }
list load { url = "file:$T/$1/list.txt" special-purpose = true hold-below = 0 hold-above = 0 a = "$3" txt = "$ of generation $1" }
zone "load.test" { lists = { "load" } ttl = "$2" negative-ttl = "$2" }
END
    run "$BUILD/rbl-loader" -c "$1/loader.conf"
    is "generation $1 is compiled: $OUT" "$STATUS" 0
    mv "$1/images/load.test.rbl" "$1.rbl"
}

publish() {
    cp "$1.rbl" images/.load.test.tmp && mv images/.load.test.tmp images/load.test.rbl
}

generation 0 60s 127.0.0.2 10.1.0.0/16
generation 1 120s 127.0.0.3 10.2.0.0/16

mkdir images run
user=$(id -un)
[ "$(id -u)" != 0 ] || { user=nobody && chown nobody run; }
cat >dnsd.conf <<END
server { listen = { "127.0.0.1:$dns_port" } workers = 2 user = "$user" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list load { url = "file:$T/none" }
zone "load.test" { lists = { "load" } }
END
publish 0
start dnsd "$BUILD/rbl-dnsd" -c dnsd.conf
soa() { dig +short +time=1 +tries=1 -p "$dns_port" @127.0.0.1 load.test SOA | grep -q ^localhost; }
ok "the server answers" wait_for 20 soa
[ "$failures" = 0 ] || finish

start load "$BUILD/tests/e2e/reload_load" "$dns_port" "$seconds" "$rate"
published=0
next_at=$((${EPOCHREALTIME/./} + 1000000))
last_at=$((${EPOCHREALTIME/./} + seconds * 1000000 - 500000))
while [ "$next_at" -lt "$last_at" ]; do
    while [ "${EPOCHREALTIME/./}" -lt "$next_at" ]; do sleep 0.02; done
    published=$((published + 1))
    publish $((published % 2))
    next_at=$((next_at + 1000000))
done
wait "${PID[load]}"
status=$?
unset 'PID[load]'
result=$(cat load.log)
echo "$published images published; $result"

# The load itself says what was wrong.
is "nothing lost, nothing wrong: $result" "$status" 0
has "all were sent" "$result" "^sent $((seconds * rate)) answered $((seconds * rate)) lost 0 wrong 0"
has "both generations were seen" "$result" '^generations [1-9][0-9]* [1-9][0-9]* '

# A worker passes from one set to the next once for each publication; when two follow each other
# so closely on a busy machine that no query comes between them, that is two fewer.
read -r least most < <(sed -n 's/.* changes \([0-9]*\) to \([0-9]*\)$/\1 \2/p' load.log)
ok "never back to old data: $most changes, $published published" [ "$most" -le "$published" ]
ok "new data are taken: $least changes, $published published" [ "$least" -ge $((published / 3)) ]
ok "still alive" kill -0 "${PID[dnsd]}"
stop dnsd
is "the server ends well" "$STATUS" 0
hasnt "the server had no complaint" "$(cat dnsd.log)" 'refused|cannot|error|fail'
finish

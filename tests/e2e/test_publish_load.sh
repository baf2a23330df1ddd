#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A thousand publications under load: each is served, no query is lost, no answer is of two
# generations, and memory does not grow.
#
#   PUBLISH_COUNT  how many, default 1000

. "$(dirname "$0")/lib.sh"
begin publish_load
need rbl-dnsd rblctl tests/e2e/publish_load

count=${PUBLISH_COUNT:-1000}
user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody
mkdir images run
[ "$user" != nobody ] || chown nobody run
pick_port
cat >conf <<END
server { listen = { "127.0.0.1:$PORT" } workers = 2 user = "$user" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list one { url = "file:$T/none" }
zone "load.test" { lists = { "one" } }
END
counter() { "$BUILD/rblctl" -c conf stats | awk -v n="$1" '$1 == n { print $2 }'; }
start_dnsd dnsd -c conf
ok "the server starts" wait_for 10 grep -q 'answering on' dnsd.log
[ "$failures" = 0 ] || finish

run "$BUILD/tests/e2e/publish_load" "$PORT" images "$count" "${PID[dnsd]}"
result=$OUT
echo "$result"
is "nothing lost, nothing mixed, nothing left out: $result" "$STATUS" 0
read -r early late < <(sed -n 's/.*memory \([0-9]*\) \([0-9]*\);.*/\1 \2/p' <<<"$result")
[[ $BUILD != */release ]] ||
    ok "memory: $early KiB after ten, $late KiB after $count" [ $((late * 100)) -le $((early * 105)) ]
ok "each was loaded" [ "$(counter images-loaded)" -eq "$count" ]
is "none was refused" "$(counter images-refused)" 0
stop dnsd
is "the server ends well" "$STATUS" 0
finish

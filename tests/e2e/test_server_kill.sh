#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The server is killed again and again under load, and started again at once as a supervisor does:
# it serves the last good data soon, always the same.
#
#   KILLS  how often, default 200

. "$(dirname "$0")/lib.sh"
begin server_kill
need rbl-dnsd rbl-loader tests/e2e/kill_load tests/bench/load tests/bench/gen

kills=${KILLS:-200}
list_of 200000 2
dns_port=$PORT

# It stops when nobody has the port, and is begun again.
load() {
    while [ ! -e stop ]; do
        "$BUILD/tests/bench/load" "$dns_port" bl.test "$T/queries" 2000 $$ 2000
        sleep 0.01
    done
}
start load load
times=$("$BUILD/tests/e2e/kill_load" "$dns_port" bl.test "$kills" "$BUILD/rbl-dnsd" -c conf \
    2>dnsd.log)
is "each start comes to the same answer" $? 0
touch stop
stop load
read -r half most max plain slowest <<<"$times"
echo "$kills kills: served again within $half ms (half), $most ms (99 %), $max ms (all);" \
    "a start that does nothing: $plain ms (half), $slowest ms (all)"
# Where other programs want the processors, any start takes long: ten times that is allowed.
limit() { echo $(($1 > 10 * $2 ? $1 : 10 * $2)); }
ok "half are served again within $(limit 200 "$plain") ms, not $half" \
    [ "$half" -le "$(limit 200 "$plain")" ]
ok "all are served again within $(limit 1000 "$slowest") ms, not $max ms" \
    [ "$max" -le "$(limit 1000 "$slowest")" ]
finish

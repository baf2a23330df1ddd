#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the server asks of the kernel under load: a receive and a send for each batch of UDP queries
# and, however many queries come, nothing else.  What it asks of the C library is counted by
# tests/unit/dnsd/test_udp_quiet.c.

. "$(dirname "$0")/lib.sh"
begin syscalls
need rbl-dnsd rbl-loader strace tests/bench/gen tests/bench/load

queries=50000
list_of 2000 1
start_dnsd dnsd -c conf
wait_for 10 grep -q 'answering on' dnsd.log || fail "the server does not start"

# Attached when it stands still, so that only what the load brings is counted.
start strace strace -f -c -o "$T/counts" -p "${PID[dnsd]}"
attached() { grep -q attached strace.log; }
if ! wait_for 10 attached; then
    grep -q 'not permitted' strace.log && skip "strace may not look into processes"
    fail "strace does not attach"
fi
run "$BUILD/tests/bench/load" "$PORT" bl.test "$T/queries" "$queries" "${PID[dnsd]}"
is "the load ran: $OUT" "$STATUS" 0
# An answer counts as lost after 200 ms, which a traced server may need.
ok "nearly all queries were answered: $OUT" [ "${OUT##* }" -le $((queries / 50)) ]
stop strace INT

# Those that did something: while no query comes a receive ends with EAGAIN twice a second, which a
# slow machine has time for.
calls() { awk -v which="$1" '$NF ~ which { n += $4 - (NF > 5 ? $5 : 0) } END { print n + 0 }' counts; }
received=$(calls '^recvmmsg$') sent=$(calls '^sendmmsg$')
others=$(awk '$NF !~ /^(recvmmsg|sendmmsg|total|syscall|-+)$/ { n += $4 } END { print n + 0 }' counts)
ok "receives are counted" [ "$received" -gt 0 ]
ok "a receive for each batch, not more: $received" [ "$received" -le $((queries + 1)) ]
ok "a send for each receive: $sent, $received" [ $((received - sent)) -le 1 ] || cat counts
ok "not more sends than receives: $sent, $received" [ $((sent - received)) -le 1 ]
ok "nothing else that grows with the queries: $others" [ "$others" -le 50 ]
[ "$failures" = 0 ] || cat counts
finish

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What clients that mean no good can do to those that do: UDP is answered as before, a query over
# TCP within a second, and a connection costs little memory.
#
# How much is lost and how long TCP takes when nobody means harm is seen first, for machines where
# that is not nothing.
#
#   FLOOD_SECONDS  how long each kind is kept up, default 4

. "$(dirname "$0")/lib.sh"
begin flood
need rbl-dnsd rbl-loader rblctl python3 tests/bench/load tests/bench/gen

rate=2000 held=150 lost=0 slowest=0 failed=0
declare -A memory_of
count=$((${FLOOD_SECONDS:-4} * rate))
list_of 2000 1
dns_port=$PORT

memory() { sed -n "s/^$1:[[:space:]]*\([0-9]*\) kB/\1/p" "/proc/${PID[dnsd]}/status"; }
counter() { "$BUILD/rblctl" -c conf stats | awk -v n="$1" '$1 == n { print $2 }'; }
server() {
    stop dnsd
    start_dnsd dnsd -c conf
    ok "the server starts" wait_for 10 grep -q 'answering on' dnsd.log
}
ask() { # KIND: over UDP and TCP; lost, slowest and failed
    start load "$BUILD/tests/bench/load" "$dns_port" bl.test "$T/queries" "$count" "${PID[dnsd]}" \
        "$rate"
    read -r slowest failed < <("$E2E/flood.py" "$dns_port" ask 10)
    wait "${PID[load]}"
    is "$1: no answer is wrong" $? 0
    unset 'PID[load]'
    lost=$(awk '{ print $NF }' load.log)
}
flood() { # KIND COUNT: serve while it goes on
    local kind=$1 before grown
    server
    before=$(memory VmRSS)
    start flood "$E2E/flood.py" "$dns_port" "$kind" "$2"
    ok "$kind: it begins" wait_for 20 grep -q ready flood.log
    ask "$kind"
    grown=$(($(memory VmHWM) - before))
    stop flood
    ok "$kind: the server lives" kill -0 "${PID[dnsd]}"
    memory_of[$kind]=$grown
    echo "$kind: $lost of $count UDP answers lost, TCP within $slowest ms, $grown KiB of memory"
    ok "$kind: at most 5 % of the answers are lost, not $lost" [ "$lost" -le $lost_limit ]
    is "$kind: queries over TCP without an answer" "$failed" 0
    ok "$kind: TCP within a second, not $slowest ms" [ "$slowest" -le $slow_limit ]
}

server
ask quiet
is "quiet: queries over TCP without an answer" "$failed" 0
lost_limit=$((lost + count / 20)) slow_limit=$((slowest > 100 ? 10 * slowest : 1000))
echo "quiet: $lost of $count UDP answers lost, TCP within $slowest ms"

for kind in silent drip huge deaf; do
    flood $kind $held
    accepted=$(counter tcp-accepted)
    ok "$kind: they were all taken: $accepted" [ "$accepted" -ge $held ]
    [[ $BUILD != */release ]] ||
        ok "$kind: at most 16 KiB for each of $held, not ${memory_of[$kind]} KiB in all" \
            [ "${memory_of[$kind]}" -le $((16 * held)) ]
done
flood attempts 10000
ok "ten thousand attempts are counted" [ "$(counter tcp-accepted)" -ge 9000 ]
flood noise 10000
ok "noise was met" [ "$(counter udp-queries)" -gt $((count * 2)) ]
finish

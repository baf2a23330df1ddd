#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Many lists in one pass: several are fetched at a time, as many as fetch-parallel says and never
# two from one host; each has its one line; deadlines and signals reach every transfer under way.

. "$(dirname "$0")/lib.sh"
begin loader_parallel
need python3 curl pgrep rbl-loader

pick_port
port=$PORT
start slow python3 "$E2E/slow_lists.py" "$port" 0.5
ok "publishers listen" wait_for 30 curl -sf "http://127.0.0.9:$port/seen"

# Twelve lists of four hosts, three of each; l9 is of a host that is never done, if asked for.
conf() { # PARALLEL PATH-OF-L9 OPTION...
    local parallel=$1 ninth=$2 i path
    shift 2
    echo "paths { mirror = \"$T/mirror\" images = \"$T/images\" run = \"$T/run\" }"
    echo "loader { fetch-parallel = $parallel }"
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        path=$i.txt
        [ $i != 9 ] || path=$ninth
        echo "list l$i { url = \"http://127.0.0.$((1 + i % 4)):$port/$path\" $* }"
    done
    echo 'zone "all.test" { lists = { "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10",
        "l11", "l12" } }'
}
loader() { run "$BUILD/rbl-loader" -c now.conf "$@"; }
seen() { curl -sf "http://127.0.0.1:$port/seen" | sed -n "s/^$1 //p"; }
leftovers() { find mirror images -name 'incoming*' -o -name '.incoming*' -o -name '*.tmp'; }

# --- One at a time, then three, then as many as there are hosts.
passed=()
for parallel in 1 3 64; do
    rm -rf mirror images
    conf "$parallel" 9.txt >now.conf
    began=$EPOCHREALTIME
    loader
    passed+=("$(since "$began")")
    is "$parallel at once: status" "$STATUS" 0
    is "$parallel at once: a line for each list" \
        "$(grep -cE 'list l[0-9]+: 1 entries, .* changed' <<<"$OUT")" 12
    is "$parallel at once: lists in their order" \
        "$(sed -n 's/.*list l\([0-9]*\):.*/\1/p' <<<"$OUT" | xargs)" "1 2 3 4 5 6 7 8 9 10 11 12"
    is "$parallel at once: every list has its own data" "$(cat mirror/l{1,5,12}/data | xargs)" \
        "198.41.0.1 198.41.0.5 198.41.0.12"
    is "$parallel at once: so many were under way" "$(seen all)" \
        "$((parallel < 4 ? parallel : 4))"
    is "$parallel at once: never two of one host" "$(seen 127.0.0.2)" 1
done
echo "one at a time ${passed[0]} s, three ${passed[1]} s, a host each ${passed[2]} s"
ok "four hosts: in little more than half of the time" awk -v a="${passed[0]}" -v b="${passed[2]}" \
    'BEGIN { exit !(b < a / 1.7) }'

# --- One that hangs: its own deadline, and the others are done meanwhile.
conf 4 never 'stall-timeout = "2s"' >now.conf
began=$EPOCHREALTIME
loader --force
is "one hangs: status" "$STATUS" 1
has "one hangs: its line" "$OUT" 'list l9: kept old data: stalled: no data for 2 s'
is "one hangs: the others" "$(grep -cE 'list l[0-9]+: 1 entries, .* unchanged' <<<"$OUT")" 11
ok "one hangs: in time" awk -v t="$(since "$began")" 'BEGIN { exit !(t < 20) }'
is "one hangs: nothing left behind" "$(leftovers)" ""

# --- A polite signal ends all that are under way.
conf 4 9.txt | sed "s|/[0-9]*\.txt|/never|" >never.conf
for signal in TERM HUP INT; do
    # A shell starts its background processes deaf to SIGINT.
    start loader env --default-signal=INT "$BUILD/rbl-loader" -c never.conf --force
    pid=${PID[loader]}
    has_four() { [ "$(pgrep -c -P "$pid")" = 4 ]; }
    ok "$signal: four children" wait_for 30 has_four
    fetchers=$(pgrep -P "$pid" | xargs)
    began=$EPOCHREALTIME
    stop loader $signal
    is "$signal: status" "$STATUS" 1
    has "$signal: says so" "$(cat loader.log)" 'stopped by signal'
    # shellcheck disable=SC2086 # several processes
    is "$signal: no child is left" "$(ps -o pid= -p ${fetchers// /,})" ""
    ok "$signal: at once" awk -v t="$(since "$began")" 'BEGIN { exit !(t < 8) }'
    is "$signal: nothing left behind" "$(leftovers)" ""
done
ok "the states are those before" [ "$(sed -n 's/^failures=//p' mirror/l1/state)" = 0 ]

# --- And SIGKILL of the loader ends them too.
start loader "$BUILD/rbl-loader" -c never.conf --force
pid=${PID[loader]}
ok "KILL: four children" wait_for 30 has_four
fetchers=$(pgrep -P "$pid" | xargs)
stop loader KILL
are_gone() { [ -z "$(ps -o stat= -p "${fetchers// /,}" | grep -v Z)" ]; }
ok "KILL: the children die too" wait_for 20 are_gone
conf 4 9.txt >now.conf
loader --force
is "KILL: the next pass is good" "$STATUS" 0
is "KILL: nothing left behind" "$(leftovers)" ""

# --- One that takes long keeps its own zones waiting, and no others.
rm -rf mirror images gate
{
    conf 4 9.txt | sed '/^zone/,$d'
    echo "list slow { url = \"http://127.0.0.9:$port/gate/99.txt\" }"
    echo 'zone "quick.test" { lists = { "l1", "l2" } }'
    echo 'zone "slow.test" { lists = { "slow" } }'
    echo 'zone "both.test" { lists = { "l3" } exclude = { "slow" } }'
    echo 'zone "sub.test" { lists = { "l4" } sub "x" { lists = { "slow" } } }'
} >gate.conf
start gate "$BUILD/rbl-loader" -c gate.conf
ok "a slow list: another zone is published" wait_for 60 test -e images/quick.test.rbl
ok "a slow list: its line is written" wait_for 10 grep -q 'zone quick.test: published, 2' gate.log
ok "a slow list: the pass goes on" kill -0 "${PID[gate]}"
is "a slow list: its own zones wait" "$(ls images)" quick.test.rbl
is "a slow list: what it has fetched is left alone" "$(ls mirror/slow)" incoming
touch gate
wait "${PID[gate]}"
is "a slow list: status" $? 0
unset "PID[gate]"
is "a slow list: all zones in the end" "$(ls images | xargs)" \
    "both.test.rbl quick.test.rbl slow.test.rbl sub.test.rbl"
is "a slow list: each zone is published once" "$(grep -c ': published' gate.log)" 4
is "a slow list: each list has one line" "$(grep -cE 'list (l[0-9]+|slow): 1 entries' gate.log)" 13
is "a slow list: and data" "$(cat mirror/slow/data mirror/l9/data | xargs)" "198.41.0.99 198.41.0.9"
is "a slow list: nothing left behind" "$(leftovers)" ""
run "$BUILD/rbl-loader" -c gate.conf --force
is "a slow list: the next pass finds all as it is" "$STATUS $(grep -c published <<<"$OUT")" "0 0"

# What is gone wrong is said once, and the pass remembers it.
rm -rf mirror images gate
sed -i "s|/2\.txt|/bad/x|" gate.conf
start gate "$BUILD/rbl-loader" -c gate.conf
ok "a slow list and a bad one: its line is written" wait_for 60 \
    grep -q 'zone quick.test: incomplete, no data for l2' gate.log
touch gate
wait "${PID[gate]}"
is "a slow list and a bad one: status" $? 1
unset "PID[gate]"
is "a slow list and a bad one: said once" "$(grep -c 'l2' gate.log)" 3

# A polite signal between two rounds leaves what was published.
rm -rf mirror images gate
sed -i "s|/bad/x|/2.txt|" gate.conf
start gate "$BUILD/rbl-loader" -c gate.conf
ok "a slow list, stopped: another zone is published" wait_for 60 test -e images/quick.test.rbl
stop gate
is "a slow list, stopped: status" "$STATUS" 1
is "a slow list, stopped: what there is" "$(ls images)" quick.test.rbl
is "a slow list, stopped: nothing left behind" "$(leftovers)" ""

# --- The line on a terminal.
if command -v script >/dev/null; then
    run script -qec "$BUILD/rbl-loader -c now.conf --force" /dev/null
    has "a terminal sees how far it is" "$OUT" \
        'fetched [0-9]+ of 12 lists, [0-9]+ B, [0-9.]+ k?B/s: l[0-9]+, l[0-9]+'
fi
finish

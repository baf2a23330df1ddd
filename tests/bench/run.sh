#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Measure rblmirror beside Debian's rbldnsd and beside a responder that only echoes, in one run.
#
#   run.sh            1 and 10 million addresses, and data of rbldnsd's own shapes; minutes
#   run.sh --full     more rounds, and 100 million (8 GB of disk, 6 GB of memory)
#   run.sh --quick    20,000 addresses, one round: does it run at all?
#
# Lists and queries come from fixed seeds.  Servers run on core 0, one worker each, the client on
# core 1; rounds go through all servers in turn, so that a change of the machine's mood meets all.
# Prints a table and leaves it, with all raw values, in build/bench/ (BENCH_OUT).  Data lie in a
# temporary directory below BENCH_DIR (default TMPDIR or /tmp).
set -euo pipefail
export LC_ALL=C

BUILD=$(realpath "${RBL_BUILD:-build/release}")
HERE=$(dirname "$(realpath "$0")")
OUT=${BENCH_OUT:-build/bench}
PATH=$PATH:/usr/sbin

sizes=(1000000 10000000) kinds=(clustered uniform)
rounds=5 loads=3 count=300000 rate=20000 paced=40000 queries=1000000 many=10000000
own=("10000000 ranges ip4set" "1000000 names dnset" "200000 texts ip4trie")
case ${1-} in
'') ;;
--full) sizes+=(100000000) rounds=11 loads=5 count=1000000 paced=200000 ;;
--quick)
    sizes=(20000) kinds=(clustered) many=20000
    rounds=1 loads=1 count=20000 paced=1000 queries=10000
    own=("20000 ranges ip4set" "20000 names dnset" "20000 texts ip4trie")
    ;;
*) echo "usage: run.sh [--full|--quick]" >&2; exit 2 ;;
esac
format="" # of rbldnsd's own data: the lists are FILE.rbldnsd
many_lists=20 # of the case with many lists in one zone

zone=bench.test
user=$(id -un) as_user=()
if [ "$(id -u)" = 0 ]; then user=nobody as_user=(-u nobody); fi
last_core=$(($(nproc) - 1))
client_core=$((last_core > 0 ? 1 : 0))

mkdir -p "$OUT"
OUT=$(realpath "$OUT")
D=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/rbl-bench.XXXXXX")
chmod 755 "$D"
declare -A pid=()
trap 'stop_all; rm -rf "$D"' EXIT
trap 'exit 1' INT TERM
: >"$OUT/raw.csv"

die() { echo "bench: $*" >&2; exit 1; }
note() { echo "bench: $SECONDS s: $*" >&2; }
tool() { taskset -c "$client_core" "$BUILD/tests/bench/$1" "${@:2}"; }

# One value of the current case; the table takes the median of those with the same name.
record() { echo "$case_name,$1,$2,$3" >>"$OUT/raw.csv"; } # SYSTEM MEASURE VALUE

# Most servers were started by ready(1) and are no children of this shell, so wait(1) is no use.
stop() {
    local p=${pid[$1]-}
    [ -n "$p" ] || return 0
    unset "pid[$1]"
    kill "$p" 2>/dev/null || return 0
    while grep -q '^State:.[^Z]' "/proc/$p/status" 2>/dev/null; do sleep 0.01; done
}
stop_all() { local s; for s in "${!pid[@]}"; do stop "$s"; done; }

anonymous() { awk '/^RssAnon:/ { print $2 * 1024 }' "/proc/${pid[$1]}/status"; }

# Run a command until $name is answered: milliseconds in MS, the process in WHO, and in PEAK the
# largest resident size of a command that has ended (kB).
ready() { # PORT COMMAND...
    local result
    result=$(tool ready "$1" "$zone" "$name" 900 "${@:2}" 2>>"$D/log") ||
        { tail -n 20 "$D/log" >&2; die "no answer after: ${*:2}"; }
    read -r MS WHO PEAK <<<"$result"
}

# --- Systems: each has a port and a way to start ---------------------------------------------

declare -A port=([echo]=0 [rbl-dnsd]=1 [ip4set]=2 [ip4tset]=3 [ip4trie]=4 [dnset]=5)
first_port=$((21000 + $$ % 9000))
for system in "${!port[@]}"; do port[$system]=$((first_port + ${port[$system]})); done

start_echo() {
    taskset -c 0 "$BUILD/tests/bench/echo" "${port[echo]}" &
    pid[echo]=$!
}

# From the text file (files) to an answer: the loader, with the server already running.  Then the
# server alone, from the image.
start_ours() { # FILE...
    local list names='' n=0
    stop rbl-dnsd
    rm -rf "$D/ours"
    mkdir -p "$D"/ours/{images,run,mirror}
    chmod -R 755 "$D/ours"
    [ "$user" != nobody ] || chown nobody "$D/ours/run"
    {
        echo "server { listen = { \"127.0.0.1:${port[rbl-dnsd]}\" } workers = 1 user = \"$user\" }"
        echo "paths { mirror = \"$D/ours/mirror\" images = \"$D/ours/images\" run = \"$D/ours/run\" }"
        for list in "$@"; do
            n=$((n + 1)) names+="${names:+, }\"list$n\""
            echo "list list$n { url = \"file:$list${format:+.rbldnsd}\" max-size = \"8G\""
            if [ -n "$format" ]; then
                echo "format = \"$format\" max-bad = 100 }"
            else
                echo "a = \"127.0.0.$((n + 1))\" }"
            fi
        done
        echo "zone \"$zone\" { lists = { $names } }"
    } >"$D/ours.conf"
    taskset -c 0 "$BUILD/rbl-dnsd" -c "$D/ours.conf" >"$D/server.log" 2>&1 &
    pid[rbl-dnsd]=$!
    until grep -q 'answering on' "$D/server.log"; do
        kill -0 "${pid[rbl-dnsd]}" 2>/dev/null || { cat "$D/server.log" >&2; die "rbl-dnsd ended"; }
        sleep 0.02
    done
    ready "${port[rbl-dnsd]}" taskset -c "0-$last_core" "$BUILD/rbl-loader" -c "$D/ours.conf"
    LOAD=$MS LOADER_PEAK=$PEAK
    restart_ours
}

restart_ours() {
    stop rbl-dnsd
    ready "${port[rbl-dnsd]}" taskset -c 0 "$BUILD/rbl-dnsd" -c "$D/ours.conf"
    pid[rbl-dnsd]=$WHO
}

start_rbldnsd() { # TYPE FILE...
    local type=$1 specs=() file
    stop "$type"
    for file in "${@:2}"; do specs+=("$zone:$type:$file.rbldnsd"); done
    ready "${port[$type]}" taskset -c 0 rbldnsd -n -c 0 "${as_user[@]}" -w "$D" \
        -b "127.0.0.1/${port[$type]}" "${specs[@]}"
    pid[$type]=$WHO LOAD=$MS
}

# The files as rbldnsd reads them: the value to answer comes first.
for_rbldnsd() { # FILE...
    local n=1 file
    for file in "$@"; do
        n=$((n + 1))
        { echo ":127.0.0.$n:\$ is listed"; cat "$file"; } >"$file.rbldnsd"
    done
}

# --- What is measured ------------------------------------------------------------------------

# Loading, restarting, memory; the servers stay for what follows.
measure_loads() { # ORDER FILE...
    local order=$1 run type
    shift
    for ((run = 0; run < loads; run++)); do
        start_ours "$@"
        record rbl-dnsd "load-$order" "$LOAD"
        [ "$LOADER_PEAK" = 0 ] || record rbl-dnsd loader-peak "$((LOADER_PEAK * 1024))"
        record rbl-dnsd restart "$MS"
        restart_ours
        record rbl-dnsd restart "$MS"
        for type in "${types[@]}"; do
            start_rbldnsd "$type" "$@"
            record "$type" "load-$order" "$LOAD"
            # It has nothing compiled: a restart is another load.
            record "$type" restart "$LOAD"
        done
    done
}

declare -A empty=() # anonymous memory of each server with one address
measure_memory() { # ENTRIES
    local system
    for system in rbl-dnsd "${types[@]}"; do
        record "$system" memory \
            "$(awk -v a="$(anonymous "$system")" -v b="${empty[$system]}" -v n="$1" \
                'BEGIN { printf "%.3f", (a - b) / n }')"
    done
    record rbl-dnsd image "$(stat -c %s "$D/ours/images/$zone.rbl" |
        awk -v n="$1" '{ printf "%.3f", $1 / n }')"
}

load() { # SYSTEM COUNT [RATE]
    local z=$zone
    [ "$1" != echo ] || z=-
    tool load "${port[$1]}" "$z" "$D/queries" "$2" "${pid[$1]}" "${@:3}"
}

measure_cpu() {
    local run system cpu answers lost
    for ((run = 0; run < rounds; run++)); do
        for system in echo rbl-dnsd "${types[@]}"; do
            read -r cpu answers lost < <(load "$system" "$count")
            record "$system" cpu "$cpu"
            record "$system" answers "$answers"
            record "$system" lost "$lost"
        done
    done
}

measure_paced() {
    local run system cpu lost p50 p99
    for ((run = 0; run < (rounds + 2) / 3; run++)); do
        for system in echo rbl-dnsd "${types[@]}"; do
            read -r cpu p50 p99 lost < <(load "$system" "$paced" "$rate")
            record "$system" paced-cpu "$cpu"
            record "$system" p50 "$p50"
            record "$system" p99 "$p99"
            record "$system" lost "$lost"
        done
    done
}

measure_in_process() {
    local ns
    while read -r ns; do record rbl-dnsd in-process "$ns"; done < <(
        tool bench_answer "$D/ours/images/$zone.rbl" "$D/queries" "$rounds")
}

measure_answers() {
    measure_cpu
    measure_paced
    measure_in_process
}

# --- Cases -----------------------------------------------------------------------------------

# One listed address, reversed, or name: the first of the queries.
pick_name() {
    name=$(od -An -tu1 -N4 "$D/queries" | awk '{ print $1 "." $2 "." $3 "." $4 }')
    [ "$name" != 0.0.0.0 ] || read -r name < <(tail -c +5 "$D/queries")
}

make_lists() { # N KIND
    stop_all
    rm -f "$D"/*.txt* "$D/queries"
    tool gen "$1" "$2" 1 "$D" "$queries"
    pick_name
}

measure_empty() {
    local system
    make_lists 1 uniform
    for_rbldnsd "$D/sorted.txt"
    start_ours "$D/sorted.txt"
    for system in "${types[@]}"; do start_rbldnsd "$system" "$D/sorted.txt"; done
    for system in rbl-dnsd "${types[@]}"; do empty[$system]=$(anonymous "$system"); done
}

one_list() { # N KIND
    case_name="$1,$2,1"
    note "$1 addresses, $2"
    make_lists "$1" "$2"
    for_rbldnsd "$D/sorted.txt"
    for_rbldnsd "$D/unsorted.txt"
    start_echo
    measure_loads sorted "$D/sorted.txt"
    measure_loads unsorted "$D/unsorted.txt"
    measure_memory "$1"
    measure_answers
}

several_lists() { # N KIND
    local files
    case_name="$1,$2,$many_lists"
    note "$1 addresses, $2, in $many_lists lists"
    make_lists "$1" "$2"
    split -n "l/$many_lists" -d --additional-suffix=.txt "$D/unsorted.txt" "$D/part"
    files=("$D"/part*.txt)
    for_rbldnsd "${files[@]}"
    start_echo
    measure_loads unsorted "${files[@]}"
    measure_memory "$1"
    measure_answers
}

make_own() { # N SHAPE
    stop_all
    rm -f "$D"/*.txt* "$D"/own.* "$D/queries"
    tool gen_rbldnsd "$1" "$2" 1 "$D" "$queries"
    pick_name
}

# The same file, of the same type, in both.  Fewer rounds and loads than above, for time: rbldnsd
# takes half a minute and more for ten million ranges, which ip4set splits into single addresses.
own_data() { # N SHAPE TYPE
    local system most=2 rounds=$((rounds > 3 ? 3 : rounds))
    [ "$1" -le 1000000 ] || most=1
    local loads=$((loads > most ? most : loads))
    types=("$3") format=rbldnsd:$3
    case_name="$1,$format $2,1"
    note "$1 entries, $format, $2"
    make_own 1 "$2"
    start_ours "$D/own"
    start_rbldnsd "$3" "$D/own"
    for system in rbl-dnsd "$3"; do empty[$system]=$(anonymous "$system"); done
    make_own "$1" "$2"
    start_echo
    measure_loads unsorted "$D/own"
    measure_memory "$1"
    measure_cpu
    measure_in_process
    format=""
}

for program in rbldnsd taskset; do
    command -v "$program" >/dev/null || die "$program is missing: scripts/install-deps.sh --bench"
done
types=(ip4set ip4tset ip4trie)
measure_empty
for size in "${sizes[@]}"; do
    for kind in "${kinds[@]}"; do one_list "$size" "$kind"; done
done
# ip4tset is left out: it would be asked as ip4set is, twenty times over.
types=(ip4set ip4trie)
several_lists "$many" clustered
for data in "${own[@]}"; do
    read -r size shape type <<<"$data"
    own_data "$size" "$shape" "$type"
done
stop_all

{
    echo "machine: $(lscpu | sed -n 's/^Model name: *//p' | head -n 1), $(nproc) cores, Linux $(uname -r)"
    echo "beside:  rbldnsd $(dpkg-query -W -f '${Version}' rbldnsd 2>/dev/null)"
    echo "run:     $rounds rounds of $count answers, $loads loads, $SECONDS s in all;" \
        "load average at the end $(cut -d' ' -f1 /proc/loadavg)"
    awk -v csv="$OUT/results.csv" -v rate="$rate" -f "$HERE/table.awk" "$OUT/raw.csv"
} | tee "$OUT/results.txt"

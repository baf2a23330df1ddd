#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Measure rblmirror beside its peers from Debian and beside a responder that only echoes, in one
# run: rbldnsd with each of its types that can hold the data, and where there are few enough of
# them nsd and knotd.  At the end, a pass of the loader over many lists (refresh.sh).
#
#   run.sh            1 and 10 million addresses, and data of rbldnsd's own shapes; minutes
#   run.sh --full     more rounds, and 100 million (8 GB of disk, 8 GB of memory)
#   run.sh --quick    20,000 addresses, one round: does it run at all?
#   run.sh [--full|--quick] PART...
#                     only these parts, of addresses, overlap, growth, own, refresh; the values are
#                     added to what is in build/bench/ already
#
# Lists and queries come from fixed seeds.  Servers run on core 0, one worker each, the client on
# core 1; rounds go through all servers in turn, so that a change of the machine's mood meets all.
# Prints a table and leaves it, with all raw values and the plots, in build/bench/ (BENCH_OUT);
# when it is interrupted or something fails, that of the cases it has come to.
# Data lie in a temporary directory below BENCH_DIR (default TMPDIR or /tmp).
set -euo pipefail
export LC_ALL=C

BUILD=$(realpath "${RBL_BUILD:-build/release}")
HERE=$(dirname "$(realpath "$0")")
OUT=${BENCH_OUT:-build/bench}
PATH=$PATH:/usr/sbin

sizes=(1000000 10000000) kinds=(clustered uniform) growth=(10000 100000 1000000 10000000) many=10000000
list_counts=(1 2 5 10 20 50) lists_entries=2000000
rounds=5 loads=3 count=100000 rate=20000 paced=40000 queries=1000000 peers_most=1000000
seconds_reload=10 refresh_entries=5000000 refresh_lists=40 refresh_rounds=3
own=("10000000 ranges ip4set" "1000000 names dnset" "200000 texts ip4trie" "1000000 cidr ip4trie"
    "1000000 ipv6 ip6trie")
parts=(addresses overlap growth own refresh)
case ${1-} in
--full)
    shift
    sizes+=(100000000) growth+=(100000000) rounds=11 loads=5 count=1000000 paced=200000
    seconds_reload=30 refresh_rounds=5
    ;;
--quick)
    shift
    sizes=(20000) kinds=(clustered) growth=(1000 20000) many=20000 list_counts=(1 20) lists_entries=20000
    rounds=1 loads=1 count=20000 paced=1000 queries=10000 seconds_reload=1
    refresh_entries=20000 refresh_rounds=1
    own=("20000 ranges ip4set" "20000 names dnset" "20000 texts ip4trie" "20000 cidr ip4trie"
        "20000 ipv6 ip6trie")
    ;;
esac
for part in "$@"; do
    [[ " ${parts[*]} " = *" $part "* ]] ||
        { echo "usage: run.sh [--full|--quick] [${parts[*]}]" >&2; exit 2; }
done
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
trap finish EXIT
trap 'exit 1' INT TERM
if [ $# -gt 0 ]; then parts=("$@"); else : >"$OUT/raw.csv"; fi

. "$HERE/lib.sh"
. "$HERE/refresh.sh"

summary() { # REMARK
    {
        echo "machine: $(lscpu | sed -n 's/^Model name: *//p' | head -n 1), $(nproc) cores," \
            "Linux $(uname -r)"
        echo "beside:  $(dpkg-query -W -f '${Package} ${Version}  ' rbldnsd nsd knot 2>/dev/null)"
        echo "run:     $rounds rounds of $count answers, $loads loads, $SECONDS s in all$1;" \
            "load average at the end $(cut -d' ' -f1 /proc/loadavg)"
        awk -v csv="$OUT/results.csv" -v rate="$rate" -f "$HERE/table.awk" "$OUT/raw.csv"
    } | tee "$OUT/results.txt"
    python3 "$HERE/report.py" "$OUT"
}

# However it ends, what was measured is not lost.
finish() {
    local status=$?
    trap '' INT TERM
    stop_all
    rm -rf "$D"
    if [ "$status" = 0 ]; then
        summary ""
    elif [ -s "$OUT/raw.csv" ]; then
        summary ", not finished"
    fi
    exit "$status"
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
    local peers=()
    # Of a hundred million the slowest peer takes minutes for each load.
    local loads=$loads rounds=$rounds
    [ "$1" -le 10000000 ] || { loads=1; rounds=$((rounds > 5 ? 5 : rounds)); }
    case_name="$1,$2,1"
    note "$1 addresses, $2"
    make_lists "$1" "$2"
    [ "$1" -gt "$peers_most" ] || [ "$2" != clustered ] || peers=(nsd knotd)
    for_rbldnsd "$D/sorted.txt"
    for_rbldnsd "$D/unsorted.txt"
    start_echo
    measure_loads sorted "$D/sorted.txt"
    measure_loads unsorted "$D/unsorted.txt"
    measure_memory "$1"
    measure_peers "$1"
    measure_answers
    for system in "${peers[@]}"; do stop "$system"; done
    [ "$1" = "$many" ] && [ "$2" = clustered ] || return 0
    measure_misses
    measure_tcp
    measure_swap
    measure_reload
    measure_workers
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

# Cost and memory as one list grows, and as the same addresses come in more and more lists.
grow_entries() { # N
    local peers=() loads=1
    case_name="$1,growth,1"
    note "growth: $1 addresses"
    make_lists "$1" clustered
    for_rbldnsd "$D/sorted.txt"
    start_echo
    measure_loads sorted "$D/sorted.txt"
    measure_memory "$1"
    measure_cpu
    measure_in_process
}

grow_lists() { # LISTS
    local files peers=() loads=1
    case_name="$lists_entries,growth,$1"
    note "growth: $lists_entries addresses in $1 lists"
    make_lists "$lists_entries" clustered
    split -n "l/$1" -d --additional-suffix=.txt "$D/unsorted.txt" "$D/part"
    files=("$D"/part*.txt)
    for_rbldnsd "${files[@]}"
    start_echo
    measure_loads unsorted "${files[@]}"
    measure_cpu
    measure_in_process
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
    local peers=()
    measure_loads unsorted "$D/own"
    measure_memory "$1"
    measure_cpu
    measure_in_process
    format=""
}

for program in rbldnsd nsd knotd nginx rsync taskset python3; do
    command -v "$program" >/dev/null || die "$program is missing: scripts/install-deps.sh --bench"
done
types=(ip4set ip4tset ip4trie) peers=()
measure_empty
wanted() { [[ " ${parts[*]} " = *" $1 "* ]]; }
if wanted addresses; then
    for size in "${sizes[@]}"; do
        for kind in "${kinds[@]}"; do one_list "$size" "$kind"; done
    done
fi
# ip4tset is left out: it would be asked as ip4set is, twenty times over.
types=(ip4set ip4trie)
if wanted overlap; then several_lists "$many" clustered; fi
if wanted growth; then
    rounds_before=$rounds rounds=$((rounds > 3 ? 3 : rounds))
    for size in "${growth[@]}"; do grow_entries "$size"; done
    for n in "${list_counts[@]}"; do grow_lists "$n"; done
    rounds=$rounds_before
fi
if wanted own; then
    for data in "${own[@]}"; do
        read -r size shape type <<<"$data"
        own_data "$size" "$shape" "$type"
    done
fi
if wanted refresh; then measure_refresh "$refresh_entries" "$refresh_lists"; fi

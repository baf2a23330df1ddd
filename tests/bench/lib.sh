# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Servers to measure, and what is measured of them; run.sh says on which data.  Sourced by it, with
#   BUILD OUT D     programs, results, a directory for data
#   zone user as_user client_core last_core
#   rounds loads count rate paced queries      how often and how much
#   case_name                                  under which values are recorded

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

declare -A port=([echo]=0 [rbl-dnsd]=1 [ip4set]=2 [ip4tset]=3 [ip4trie]=4 [dnset]=5 [ip6trie]=6
    [nsd]=7 [knotd]=8)
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
            echo "list list$n { url = \"file:$list${format:+.rbldnsd}\" max-size = \"8G\" hold-below = 0 hold-above = 0"
            # The tool's index is made behind the answer; here it would disturb what comes next.
            echo "lookup-index = false"
            if [ -n "$format" ]; then
                # Its ranges are drawn from everywhere, and many.
                echo "format = \"$format\" max-bad = 100 special-purpose = true max-cover = 100 }"
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

# The zone as BIND writes it, for servers of ordinary zones.
dump_zone() {
    "$BUILD/rblctl" -c "$D/ours.conf" dump "$zone" --as bind >"$D/zone.db"
}

start_nsd() {
    local p
    stop nsd
    rm -rf "$D/nsd"
    mkdir "$D/nsd"
    cat >"$D/nsd/conf" <<EOF
server:
    ip-address: 127.0.0.1@${port[nsd]}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "$D"
    pidfile: "$D/nsd/pid"
    xfrdfile: ""
    zonelistfile: "$D/nsd/zones"
    xfrdir: "$D/nsd"
    rrl-ratelimit: 0
    verbosity: 0
remote-control:
    control-enable: no
zone:
    name: "$zone"
    zonefile: "$D/zone.db"
EOF
    ready "${port[nsd]}" taskset -c 0 nsd -d -c "$D/nsd/conf"
    pid[nsd]=$WHO LOAD=$MS
    # The process that answers is the youngest: the first one reads the zone, a second transfers.
    p=$(pgrep -P "$WHO" | tail -n 1)
    answers_by[nsd]=$(pgrep -P "$p" | tail -n 1)
    [ -n "${answers_by[nsd]}" ] || answers_by[nsd]=$p
}

start_knotd() {
    stop knotd
    rm -rf "$D/knot"
    mkdir "$D/knot"
    cat >"$D/knot/conf" <<EOF
server:
    listen: 127.0.0.1@${port[knotd]}
    rundir: "$D/knot"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: "$D/knot/log"
    any: warning
database:
    storage: "$D/knot"
template:
  - id: default
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
zone:
  - domain: "$zone"
    file: "$D/zone.db"
EOF
    ready "${port[knotd]}" taskset -c 0 knotd -c "$D/knot/conf"
    pid[knotd]=$WHO LOAD=$MS
}

# What a process and those it started have for themselves.
tree_memory() { # PID
    local p total=0 n
    for p in "$1" $(pgrep -P "$1") $(for c in $(pgrep -P "$1"); do pgrep -P "$c"; done); do
        n=$(awk '/^Private_Dirty:/ { s += $2 } END { print s * 1024 }' "/proc/$p/smaps_rollup")
        total=$((total + n))
    done
    echo "$total"
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

declare -A answers_by=() # the process that answers, where it is not the one started
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
    tool load "${port[$1]}" "$z" "$D/queries" "$2" "${answers_by[$1]:-${pid[$1]}}" "${@:3}"
}

# The others still have theirs.
no_figures() { note "$system: no figures in round $((run + 1))"; }

measure_cpu() {
    local run system cpu answers lost
    for ((run = 0; run < rounds; run++)); do
        for system in echo rbl-dnsd "${types[@]}" "${peers[@]}"; do
            read -r cpu answers lost < <(load "$system" "$count") || { no_figures; continue; }
            record "$system" cpu "$cpu"
            record "$system" answers "$answers"
            record "$system" lost "$lost"
        done
    done
}

measure_paced() {
    local run system cpu lost p50 p99 p999
    for ((run = 0; run < (rounds + 2) / 3; run++)); do
        for system in echo rbl-dnsd "${types[@]}" "${peers[@]}"; do
            read -r cpu p50 p99 p999 lost < <(load "$system" "$paced" "$rate") ||
                { no_figures; continue; }
            record "$system" paced-cpu "$cpu"
            record "$system" p50 "$p50"
            record "$system" p99 "$p99"
            record "$system" p999 "$p999"
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

# Servers of ordinary zones, where the data are few enough for them.
measure_peers() { # ENTRIES
    local system
    dump_zone
    for system in "${peers[@]}"; do
        "start_$system"
        record "$system" load-sorted "$LOAD"
        record "$system" memory "$(awk -v a="$(tree_memory "${pid[$system]}")" -v n="$1" \
            'BEGIN { printf "%.3f", a / n }')"
    done
}

# Nothing that is asked for is listed: anywhere, and beside something that is.
measure_misses() {
    local run system kind cpu
    for kind in misses near; do
        for ((run = 0; run < rounds; run++)); do
            for system in rbl-dnsd "${types[@]}"; do
                read -r cpu _ < <(tool load -m "${port[$system]}" "$zone" "$D/$kind" "$count" \
                    "${pid[$system]}")
                record "$system" "cpu-$kind" "$cpu"
            done
        done
    done
}

measure_tcp() {
    local run cpu answers
    for ((run = 0; run < rounds; run++)); do
        read -r cpu answers < <(tool load_tcp "${port[rbl-dnsd]}" "$zone" "$D/queries" "$count" \
            "${pid[rbl-dnsd]}")
        record rbl-dnsd tcp-cpu "$cpu"
        record rbl-dnsd tcp-answers "$answers"
    done
}

# From the rename of an image to answers from it, with the server running.
measure_swap() {
    local run
    for ((run = 0; run < loads; run++)); do
        stop rbl-dnsd
        mv "$D/ours/images/$zone.rbl" "$D/ours/waiting"
        : >"$D/server.log"
        taskset -c 0 "$BUILD/rbl-dnsd" -c "$D/ours.conf" >"$D/server.log" 2>&1 &
        pid[rbl-dnsd]=$!
        until grep -q 'answering on' "$D/server.log"; do sleep 0.02; done
        ready "${port[rbl-dnsd]}" mv "$D/ours/waiting" "$D/ours/images/$zone.rbl"
        record rbl-dnsd swap "$MS"
    done
}

# Latency at a fixed rate while the image is published again every two seconds, and without.
measure_reload() {
    local cpu p999 lost publisher
    read -r cpu _ _ p999 lost < <(load rbl-dnsd $((rate * seconds_reload)) "$rate")
    record rbl-dnsd p999-still "$p999"
    (
        trap 'exit 0' TERM
        while cp "$D/ours/images/$zone.rbl" "$D/ours/images/.next"; do
            sleep 2 &
            wait $!
            mv "$D/ours/images/.next" "$D/ours/images/$zone.rbl"
        done
    ) &
    publisher=$!
    read -r cpu _ _ p999 lost < <(load rbl-dnsd $((rate * seconds_reload)) "$rate")
    kill "$publisher" 2>/dev/null || true
    wait "$publisher" 2>/dev/null || true
    rm -f "$D/ours/images/.next"
    record rbl-dnsd p999-reload "$p999"
    record rbl-dnsd lost-reload "$lost"
}

# CPU per answer with one worker and with two; the client, on one core, limits how many come.
measure_workers() {
    local n run cpu answers
    [ "$last_core" -gt 0 ] || return 0
    for n in 1 2; do
        stop rbl-dnsd
        sed -i "s/workers = [0-9]*/workers = $n/" "$D/ours.conf"
        ready "${port[rbl-dnsd]}" "$BUILD/rbl-dnsd" -c "$D/ours.conf"
        pid[rbl-dnsd]=$WHO
        for ((run = 0; run < rounds; run++)); do
            read -r cpu answers _ < <("$BUILD/tests/bench/load" "${port[rbl-dnsd]}" "$zone" \
                "$D/queries" "$count" "${pid[rbl-dnsd]}")
            record rbl-dnsd "workers$n-cpu" "$cpu"
            record rbl-dnsd "workers$n-answers" "$answers"
        done
    done
    sed -i "s/workers = [0-9]*/workers = 1/" "$D/ours.conf"
    restart_ours
}


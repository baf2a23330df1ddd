#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# "make run" does what the README says, from a fresh copy of the sources and in a terminal: it
# builds, serves, prints dig lines that give what is written beside them, ends at Ctrl-C with
# status 0, and finds its images again the second time.

. "$(dirname "$0")/lib.sh"
begin run
need make gcc dig script

pick_port
port=$PORT
mkdir copy
(cd "$E2E/../.." && scripts/sources.sh | tar -cT - -f -) | tar -x -C copy
mkfifo keys
exec 7<>keys

# In a pseudo-terminal, so that Ctrl-C is a key and not a signal of ours.
make_run() {
    : >run.log
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u V RUN_PORT="$port" \
        script -qefc "make -C copy run" /dev/null <&7 >run.log 2>&1 &
    PID[run]=$!
    ok "make run: serves ($1)" wait_for 240 serving
    output=$(tr -d '\r' <run.log)
}
serving() {
    grep -q 'Ctrl-C ends it' run.log &&
        dig +short +time=1 +tries=1 -p "$port" @127.0.0.1 2.0.0.127.psbl.localhost | grep -q '^127\.'
}

ctrl_c() {
    printf '\003' >&7
    ok "Ctrl-C ends it ($1)" wait_for 10 gone
    wait "${PID[run]}"
    is "status of make run ($1)" "$?" 0
    unset 'PID[run]'
    ok "the port is free again ($1)" wait_for 20 port_is_free "$port"
}
gone() { ! kill -0 "${PID[run]}"; }

# One dig line and the promise above it, which begins with the addresses to expect, or NXDOMAIN, or
# the word text or why for a TXT record.
check_dig() {
    local promise=${1%%:*} command=$2 reply wanted got
    local -a words
    read -ra words <<<"$command"
    reply=$("${words[@]}" 2>&1)
    wanted=$(grep -oE '127\.[0-9]+\.[0-9]+\.[0-9]+' <<<"$promise" | sort)
    got=$(grep -vE '^;' <<<"$reply" | awk '$4 == "A" { print $5 }' | sort)
    is "$command: addresses" "$got" "$wanted"
    case $promise in
    NXDOMAIN*) has "$command" "$reply" 'status: NXDOMAIN' ;;
    *) has "$command" "$reply" 'status: NOERROR' ;;
    esac
    [[ ! $promise =~ text|why ]] || has "$command: text" "$reply" $'IN[ \t]+TXT[ \t]+"..*"'
}

check_lines() {
    local line comment='' digs=0
    while IFS= read -r line; do
        case $line in
        '  # '*) comment=${line#  # } ;;
        '  dig '*)
            check_dig "$comment" "${line#  }"
            digs=$((digs + 1))
            ;;
        '  build/release/rblctl '*)
            line=${line%%#*}
            ok "printed: $line" eval "cd copy && $line"
            ;;
        esac
    done <<<"$output"
    ok "several dig lines: $digs" [ "$digs" -ge 5 ]
}

images() { (cd copy/run/images && stat -c '%n %i %y' ./*.rbl); }

make_run first
[ "$failures" = 0 ] || finish
check_lines
first=$(images)
ok "images are there" [ "$(wc -l <<<"$first")" -ge 4 ]
ctrl_c first
hasnt "nothing went wrong" "$output" 'warning|error|refused|\*\*\*'

started=$EPOCHREALTIME
make_run again
ok "the second run is quick: $(since "$started") s" [ "$(since "$started" | cut -d. -f1)" -lt 10 ]
is "the same images" "$(images)" "$first"
check_lines
ctrl_c again

# Sources stay as they are: all that was made lies in build/ and run/.
is "nothing else was written" "$(ls -A copy | LC_ALL=C sort | grep -vxE 'build|run')" \
    "$(cd "$E2E/../.." && scripts/sources.sh | cut -d/ -f1 | sort -u)"
finish

# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by the end-to-end tests: source it, call begin, check things, call finish.
#
#   BUILD      where the programs are (RBL_BUILD, default build/release), absolute
#   T          a directory of the test's own, the working directory, gone at the end
#   begin NAME            set up; everything is cleaned by a trap, whatever happens
#   finish                print the counts; the exit status is non-zero when a check failed
#   pick_port             print a free TCP and UDP port of 127.0.0.1, another one at each call
#   list_of N WORKERS     a zone bl.test of N made addresses, published: T/conf, its port in PORT, its
#                         queries in T/queries
#   rsyncd_of DIR         T/rsyncd.conf of a daemon whose module "lists" is DIR
#   start NAME CMD...     run in the background, output in T/NAME.log; PID[NAME] is its process
#   start_dnsd NAME ARG...  the same for rbl-dnsd
#   stop NAME [SIGNAL]    signal it (TERM) and wait; its status is in STATUS
#   wait_for SECONDS CMD...    until it succeeds; a machine that is slow or busy gets ten times that
#   ok LABEL CMD...       a check: the command must succeed (it runs in a subshell: no start there)
#   is LABEL GOT WANTED   a check: equal strings
#   has LABEL TEXT REGEX  a check: text matches (extended regular expression)
#   run CMD...            keep its standard output and error in OUT and its status in STATUS
#   skip REASON           end the test as skipped

set -u
export LC_ALL=C

BUILD=$(realpath "${RBL_BUILD:-build/release}")
E2E=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
declare -A PID=()
checks=0 failures=0 last_port=0
mounted='' # a directory in $T to unmount at the end
OUT='' STATUS=0

begin() {
    TEST=$1
    T=$(mktemp -d "${TMPDIR:-/tmp}/rbl-e2e-$TEST.XXXXXX") || exit 1
    # Servers that drop root (nginx, rsync, rbl-dnsd) must get at their files.
    chmod 755 "$T"
    cd "$T" || exit 1
    trap cleanup EXIT
    trap 'exit 1' INT TERM HUP
    # Ports of parallel tests start far apart.
    last_port=$((20000 + $$ * 37 % 11000))
}

cleanup() {
    local name
    # A child that is ended before it has become its program runs this trap, too.
    [ "$BASHPID" = $$ ] || return 0
    for name in "${!PID[@]}"; do stop "$name" KILL; done
    [ -z "$mounted" ] || umount "$T/$mounted"
    cd / && rm -rf "$T"
}

finish() {
    local name
    # Stopped here, so that a server which ended with an error is seen by whoever reads the log.
    if [ "$failures" -gt 0 ]; then
        for name in "$T"/*.log; do
            [ -s "$name" ] && echo "--- $(basename "$name")" && tail -n 20 "$name"
        done
    fi
    echo "$TEST: $((checks - failures)) of $checks checks passed"
    [ "$failures" = 0 ]
    exit
}

skip() {
    echo "$TEST: skipped: $1"
    exit 77
}

need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] ||
            [ -x "$BUILD/$program" ] || skip "$program is missing"
    done
}

list_of() {
    local user
    user=$(id -un)
    [ "$(id -u)" != 0 ] || user=nobody
    mkdir images run
    [ "$user" != nobody ] || chown nobody run
    run "$BUILD/tests/bench/gen" "$1" clustered 1 "$T" 10000
    pick_port
    cat >conf <<END
server { listen = { "127.0.0.1:$PORT" } workers = $2 user = "$user" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list one { url = "file:$T/sorted.txt" special-purpose = true a = "127.0.0.3" txt = "$ is listed" }
zone "bl.test" { lists = { "one" } }
END
    run "$BUILD/rbl-loader" -c conf
    is "the list is published: $OUT" "$STATUS" 0
}

rsyncd_of() {
    cat >rsyncd.conf <<END
use chroot = no
log file = $T/transfers.log
[lists]
path = $1
read only = yes
END
    [ "$(id -u)" != 0 ] || printf 'uid = root\ngid = root\n' >>rsyncd.conf
}

port_is_free() {
    ! grep -qiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") " /proc/net/tcp /proc/net/udp \
        /proc/net/tcp6 /proc/net/udp6 2>/dev/null
}

# In PORT, not on standard output: a subshell would forget which one it gave out.
pick_port() {
    PORT=$((last_port + 1))
    until port_is_free "$PORT"; do PORT=$((PORT + 1)); done
    last_port=$PORT
}

start() {
    local name=$1
    shift
    # Here, not only by the child when its turn comes: what the one before said is not its word.
    : >"$T/$name.log"
    "$@" >"$T/$name.log" 2>&1 </dev/null &
    PID[$name]=$!
}

# rbl-dnsd, which gives up the right to look into processes; the leak checker needs it to look into
# its own.
start_dnsd() { # NAME ARGUMENT...
    local name=$1
    shift
    start "$name" env ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
        "$BUILD/rbl-dnsd" "$@"
}

stop() {
    local pid=${PID[$1]:-}
    [ -n "$pid" ] || return 0
    unset "PID[$1]"
    kill "-${2:-TERM}" "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    STATUS=$?
}

wait_for() {
    local end=$((${EPOCHREALTIME/./} + $1 * 10000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
        sleep 0.05
    done
}

port_is_taken() {
    ! port_is_free "$1"
}

listens() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

run() {
    OUT=$("$@" 2>&1)
    STATUS=$?
}

fail() {
    failures=$((failures + 1))
    echo "FAIL $1"
    shift
    [ $# -eq 0 ] || printf '     %s\n' "$@"
}

ok() {
    local label=$1 out
    shift
    checks=$((checks + 1))
    out=$("$@" 2>&1) || fail "$label" "command: $*" "output: $out"
}

is() {
    checks=$((checks + 1))
    [ "$2" = "$3" ] || fail "$1" "got:    $2" "wanted: $3"
}

has() {
    checks=$((checks + 1))
    grep -qE -e "$3" <<<"$2" || fail "$1" "got:     $2" "pattern: $3"
}

hasnt() {
    checks=$((checks + 1))
    ! grep -qE -e "$3" <<<"$2" || fail "$1" "got: $2" "must not match: $3"
}

# Seconds since START (a value of EPOCHREALTIME), with milliseconds.
since() {
    local us=$((${EPOCHREALTIME/./} - ${1/./}))
    printf '%d.%03d' $((us / 1000000)) $((us / 1000 % 1000))
}

# N distinct addresses from a fixed seed, one a line, none of them special (RFC 6890) or in
# 203.0.113/24.
addresses() {
    awk -v n="$1" -v seed="${2:-1}" 'BEGIN {
        srand(seed)
        while (made < n) {
            first = 1 + int(rand() * 99)
            if (first == 10)
                continue
            a = sprintf("%d.%d.%d.%d", first, int(rand() * 256), int(rand() * 256),
                        int(rand() * 256))
            if (a in seen)
                continue
            seen[a] = 1
            made++
            print a
        }
    }'
}

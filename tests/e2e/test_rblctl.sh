#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# rblctl beside the real loader and server: what lookup prints is what dig gets, status shows what
# is served when that is not what lies in the images directory, and nothing hangs or lies when the
# server is stopped, gone, or an image is damaged.

. "$(dirname "$0")/lib.sh"
begin rblctl
need rbl-loader rbl-dnsd rblctl dig

pick_port
cat >good.conf <<END
server { listen = { "127.0.0.1:$PORT" } workers = 1 user = "nobody" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list alpha { url = "file://$T/alpha.txt" a = "127.0.0.3" txt = "alpha \"lists\" $ \\\\ here" }
list beta  { url = "file://$T/beta.txt"  a = "127.0.0.4" txt = "beta lists $" }
list long  { url = "file://$T/long.txt"  txt = "$(printf 'x%.0s' {1..600}) $" }
list usa   { url = "file://$T/usa.txt"   a = "127.0.0.9" txt = "" }
list names { url = "file://$T/names.txt" format = "domains" a = "127.0.1.2" txt = "$ is bad" }
list allow { url = "file://$T/allow.txt" }
zone "bl.test" {
    lists = { "alpha", "beta", "long" }
    exclude = { "allow" }
    sub usa { lists = { "usa" } }
}
zone "dbl.test" { lists = { "names" } }
END
printf '%s\n' 192.0.2.7 198.51.100.0/24 2001:db8:1::/48 >alpha.txt
printf '%s\n' 192.0.2.7 192.0.2.9 2001:db8:1:2::3 >beta.txt
echo 192.0.2.77 >long.txt
printf '%s\n' 192.0.2.7 203.0.113.5 >usa.txt
printf '%s\n' exact.example .tree.example '*.wild.example' >names.txt
echo 198.51.100.32/27 >allow.txt

ctl() { run "$BUILD/rblctl" -c good.conf "$@"; }
# shellcheck disable=SC2069 # standard error alone is wanted
err_of() { "$BUILD/rblctl" "$@" 2>&1 >/dev/null; }

# --- Usage.
run "$BUILD/rblctl" --help
is "help: status" "$STATUS" 0
has "help: commands" "$OUT" '^  lookup WHAT \[ZONE\]'
run "$BUILD/rblctl" --version
has "version" "$STATUS $OUT" '^0 rblctl [0-9]'
for args in '' nonsense 'status x' lookup 'lookup a b c' image 'image a b' '--nonsense status' '-c'; do
    # shellcheck disable=SC2086 # split on purpose
    run "$BUILD/rblctl" $args
    is "usage: rblctl $args" "$STATUS" 2
    has "usage: rblctl $args: said" "$OUT" '^usage: rblctl'
    # shellcheck disable=SC2086
    has "usage: rblctl $args: on standard error" "$(err_of $args)" '^(.*/)?rblctl: '
done
run "$BUILD/rblctl" -c nowhere.conf status
is "no configuration: status" "$STATUS" 2
sed 's/ttl/nonsense/; s/^zone "bl.test" {/&\n    nonsense = 1/' good.conf >bad.conf
run "$BUILD/rblctl" -c bad.conf status
is "bad configuration: status" "$STATUS" 2
has "bad configuration: file and line" "$OUT" 'bad\.conf:[0-9]+: .*nonsense'

# --- Before there is anything.
ctl status
is "nothing yet: status" "$STATUS" 1
has "nothing yet: server" "$OUT" '^rbl-dnsd: not running \(.*/run/rbl-dnsd\.sock: '
has "nothing yet: zones" "$OUT" '^bl\.test +- +- +- +- +no usable image'
has "nothing yet: reason" "$OUT" '^bl\.test: .*bl\.test\.rbl: No such file or directory$'
has "nothing yet: lists" "$OUT" '^alpha +- +- +- +never fetched$'
for command in reload stats; do
    ctl $command
    has "no server: $command" "$STATUS $OUT" '^1 rblctl: rbl-dnsd is not running: '
done
ctl lists
has "nothing yet: every list" "$STATUS $OUT" '^1 LIST +STATE'
has "nothing yet: a list" "$OUT" '^alpha +never +0 +- +- +next run +-$'
ctl lookup 192.0.2.7
is "nothing yet: lookup" "$STATUS" 2
has "nothing yet: lookup names the zones" "$OUT" '^rblctl: dbl\.test: cannot be asked: .*No such file'

run "$BUILD/rbl-loader" -c good.conf
is "loader" "$STATUS" 0

# --- Lists, in words and as data.
ctl lists
is "lists: all current" "$STATUS" 0
has "lists: alpha" "$OUT" '^alpha +current +3 +[0-9]+[smh] ago +[0-9]+[smh] ago +next run +-$'
ctl lists --json
is "lists --json" "$STATUS" 0
is "lists --json: fields" "$(python3 -c 'import json, sys
for l in json.load(sys.stdin):
    if l["name"] == "alpha":
        print(l["state"], l["entries"], l["next"], l["failures"], repr(l["error"]),
              l["fetched"] >= l["modified"] > 0)' <<<"$OUT")" "current 3 0 0 '' True"
mv alpha.txt away.txt
run "$BUILD/rbl-loader" -c good.conf
ctl lists
has "lists: one fails" "$STATUS $OUT" '^1 '
has "lists: why" "$OUT" '^alpha +failing +3 .* next run +.*No such file'
mv away.txt alpha.txt
run "$BUILD/rbl-loader" -c good.conf
ctl reload --json
is "--json elsewhere" "$STATUS" 2

# --- Without a server.
ctl status
is "no server: status" "$STATUS" 1
has "no server: zones" "$OUT" '^bl\.test +[0-9]+ +- +[0-9]+ +20[0-9-]+ [0-9:]+ +image good$'
has "no server: lists" "$OUT" '^alpha +3 +[0-9]+[smh] ago +[0-9]+[smh] ago +-$'
is "no server: nothing on standard error" "$(err_of -c good.conf status)" ""

start dnsd "$BUILD/rbl-dnsd" -c good.conf
ok "server answers on its socket" wait_for 10 "$BUILD/rblctl" -c good.conf status

# --- lookup says what dig says: A, TXT, and whether it is listed, in each zone and sub-name.
reversed() {
    if [[ $1 == *:* ]]; then
        python3 -c 'import ipaddress, sys
print(".".join(reversed(ipaddress.IPv6Address(sys.argv[1]).exploded.replace(":", ""))))' "$1"
    elif [[ $1 =~ ^[0-9.]+$ ]]; then
        awk -F. '{ print $4 "." $3 "." $2 "." $1 }' <<<"$1"
    else
        echo "$1"
    fi
}
# What lookup printed, by "ZONE KIND": GOT, one value a line; by ZONE: HEAD, the first line.
declare -A GOT=() HEAD=()
lookup() {
    local line zone='' kind value
    ctl lookup "$@"
    GOT=() HEAD=()
    while IFS= read -r line; do
        if [[ $line == [![:space:]]* ]]; then
            zone=${line%%:*}
            HEAD[$zone]=$line
        elif read -r kind value <<<"$line"; then
            GOT[$zone $kind]+=$value$'\n'
        fi
    done <<<"$OUT"
}
sorted() { [ -z "$1" ] || sort <<<"${1%$'\n'}"; }

whats=(192.0.2.7 192.0.2.8 192.0.2.9 192.0.2.77 198.51.100.0 198.51.100.31 198.51.100.32
    198.51.100.64 203.0.113.5 127.0.0.1 127.0.0.2 2001:db8:1::1 2001:db8:1:2::3 2001:db8:2::1
    ::ffff:192.0.2.7 ::ffff:127.0.0.2 ::ffff:127.0.0.1 exact.example x.exact.example tree.example
    a.b.tree.example wild.example a.wild.example example test invalid)
zones=(bl.test usa.bl.test dbl.test)

# One dig asks for everything; DIG has its answers by "NAME TYPE".
declare -A NAME=() DIG=()
for what in "${whats[@]}"; do
    NAME[$what]=$(reversed "$what")
    for zone in "${zones[@]}"; do
        printf '%s A\n%s TXT\n' "${NAME[$what]}.$zone" "${NAME[$what]}.$zone"
    done
done >questions
while read -r owner _ _ type data; do
    DIG[${owner%.} $type]+=$data$'\n'
done < <(dig @127.0.0.1 -p "$PORT" +tries=2 +time=2 +noall +answer -f questions)
ok "dig got answers" [ "${#DIG[@]}" -gt 20 ]

for what in "${whats[@]}"; do
    lookup "$what"
    wanted=1
    for zone in "${zones[@]}"; do
        name=${NAME[$what]}.$zone
        for type in A TXT; do
            is "lookup $what in $zone: $type" "$(sorted "${GOT[$zone $type]:-}")" \
                "$(sorted "${DIG[$name $type]:-}")"
        done
        head=${HEAD[$zone]:-nothing}
        if [ -n "${DIG[$name A]:-}" ]; then
            wanted=0
            is "lookup $what in $zone: listed" "$head" "$zone: listed"
            is "lookup $what in $zone: query" "${GOT[$zone query]:-}" "$name"$'\n'
        else
            is "lookup $what in $zone: not listed" "${head% (names below are)}" "$zone: not listed"
        fi
    done
    is "lookup $what: status" "$STATUS" "$wanted"
done
lookup exact.example DBL.test.
is "lookup in one zone" "$STATUS ${HEAD[*]}" "0 dbl.test: listed"

explained() { # WHAT ZONE KIND WANTED
    lookup "$1" "${2#usa.}"
    is "lookup $1 in $2: $3" "$(sed 's/: current, .*//' <<<"${GOT[$2 $3]%$'\n'}")" "$4"
}
explained 192.0.2.7 bl.test match 192.0.2.7/32
explained 192.0.2.7 bl.test list $'alpha\nbeta'
explained 192.0.2.7 usa.bl.test list usa
explained 198.51.100.31 bl.test match 198.51.100.0/27
explained 198.51.100.200 bl.test match 198.51.100.128/25
explained 2001:db8:1::1 bl.test match 2001:db8:1::/63
explained 2001:db8:1:2::3 bl.test match 2001:db8:1:2::3/128
explained ::ffff:192.0.2.9 bl.test match 192.0.2.9/32
explained exact.example dbl.test match 'exact.example (exact)'
explained tree.example dbl.test match 'tree.example (exact)'
explained a.b.tree.example dbl.test match '*.tree.example (wildcard)'
explained a.wild.example dbl.test match '*.wild.example (wildcard)'
explained test dbl.test list 'none (test entry)'
ctl lookup wild.example dbl.test
is "lookup of an empty name" "$STATUS $OUT" "1 dbl.test: not listed (names below are)"

for what in 192.0.2.0/24 192.0.2 192.0.2.300 '' 'spam example' fe80::1%lo $'\e[31mred.example'; do
    ctl lookup "$what"
    is "lookup of nonsense '${what@Q}': status" "$STATUS" 2
    has "lookup of nonsense ${what@Q}: said" "$OUT" '^rblctl: .*: neither an IP address nor a domain'
    hasnt "lookup of nonsense ${what@Q}: escaped" "$OUT" $'\e'
done
ctl lookup 192.0.2.7 other.test
has "lookup in an unknown zone" "$STATUS $OUT" '^2 rblctl: other\.test: no such zone'

# --- The server's side.
# As data: the same names and numbers as in words.
ctl stats
names=$(awk '{ print $1 }' <<<"$OUT")
ctl stats --json
is "stats --json" "$STATUS $(python3 -c '
import json, sys
print(*json.load(sys.stdin), sep="\n")' <<<"$OUT")" "0 $names"
ctl status --json
is "status --json" "$STATUS $(python3 -c '
import json, sys
v = json.load(sys.stdin)
print(v["server"]["running"], v["server"]["pid"])
for z in v["zones"]:
    print(z["zone"], z["image"] == z["served"], z["entries"], z["state"])
print(*[l["name"] for l in v["lists"]])' <<<"$OUT")" "0 True ${PID[dnsd]}
bl.test True 9 serving
dbl.test True 3 serving
alpha beta long usa names allow"
ctl status
is "status: status" "$STATUS" 0
has "status: server" "$OUT" "^rbl-dnsd [0-9.]+: running, pid ${PID[dnsd]}, up [0-9]+[smh], workers 1, "
has "status: zone" "$OUT" '^bl\.test +([0-9]+) +\1 +[0-9]+ +20[0-9-]+ [0-9:]+ +serving$'
ctl reload
is "reload" "$STATUS $OUT" "0 ok"
listed() { "$BUILD/rblctl" -c good.conf stats | awk '$1 == "answer-listed" { print $2 }'; }
short() { dig +short +tries=2 +time=2 @127.0.0.1 -p "$PORT" "$1" A; }
before=$(listed)
short 7.2.0.192.bl.test >dig.out
is "stats: one answer more" "$(listed)" $((before + 1))
ctl stats
is "stats: status" "$STATUS" 0
is "stats: lines that are no counters" "$(grep -cvE '^[a-z0-9-]+ [0-9]+$' <<<"$OUT")" 0

# --- A new image is served, and status shows its serial.
serial() { "$BUILD/rblctl" -c good.conf status | awk -v n="$1" '$1 == "bl.test" { print $n }'; }
old=$(serial 3)
sleep 1.1
echo 192.0.2.8 >>beta.txt
run "$BUILD/rbl-loader" -c good.conf --force
is "loader, second pass" "$STATUS" 0
new=$(serial 2)
ok "a new serial" [ "$new" != "$old" ]
serves() { [ "$(serial 3)" = "$1" ]; }
ok "status: the new serial is served" wait_for 20 serves "$new"

# --- A damaged image: refused by all, the old one stays.
cp images/bl.test.rbl whole.rbl
size=$(stat -c %s whole.rbl)
head -c $((size - 1)) whole.rbl >images/.cut
mv images/.cut images/bl.test.rbl
ctl image images/bl.test.rbl
is "cut image: status" "$STATUS" 1
has "cut image: reason" "$OUT" '^rblctl: images/bl\.test\.rbl: truncated'
ctl lookup 192.0.2.7
is "cut image: lookup cannot say no" "$STATUS" 2
has "cut image: the other zone is asked" "$OUT" '^dbl\.test: not listed$'
ctl reload
is "cut image: reload" "$STATUS" 1
has "cut image: reload says" "$OUT" '^failed'
ctl status
is "cut image: status" "$STATUS" 0
has "cut image: the old serial is served" "$OUT" \
    "^bl\.test +- +$new +[0-9]+ +20[0-9-]+ [0-9:]+ +serving old: .*truncated"
has "cut image: the file is named" "$OUT" '^bl\.test: .*images/bl\.test\.rbl: truncated'
is "cut image: dig still answers" "$(short 9.2.0.192.bl.test)" 127.0.0.4
mv whole.rbl images/.whole
mv images/.whole images/bl.test.rbl
ctl reload
is "whole again: reload" "$STATUS $OUT" "0 ok"

# --- image.
ctl image images/bl.test.rbl
is "image: status" "$STATUS" 0
has "image: zone" "$OUT" '^zone +bl\.test$'
has "image: serial" "$OUT" "^serial +$new\$"
has "image: list" "$OUT" '^alpha +3 +0 +[0-9]+[smh] ago +[0-9]+[smh] ago +listed$'
has "image: exclude list" "$OUT" '^allow +1 .*taken out$'
has "image: views" "$OUT" '^usa\.bl\.test +cell [0-9]+ +'
has "image: sections" "$OUT" '^cells +[0-9]+ +[0-9]+$'
has "image: sets" "$OUT" '^  [0-9]+: 127\.0\.0\.3 127\.0\.0\.4 "alpha .*" "beta lists \$" from alpha, beta$'
mkfifo pipe
for file in "$T" pipe /dev/null good.conf nowhere.rbl; do
    ctl image "$file"
    is "image $file: status" "$STATUS" 1
    has "image $file: reason" "$OUT" '^rblctl: .*: .'
done
cp images/bl.test.rbl flipped.rbl
printf '\377' | dd of=flipped.rbl bs=1 seek=$((size / 2)) conv=notrunc status=none
cmp -s flipped.rbl images/bl.test.rbl ||
    has "flipped byte" "$("$BUILD/rblctl" image flipped.rbl 2>&1)" 'checksum does not match'
cp images/dbl.test.rbl "images/bl2.test.rbl"
sed 's/zone "dbl.test"/zone "bl2.test"/' good.conf >other.conf
run "$BUILD/rblctl" -c other.conf lookup exact.example bl2.test
has "an image under a wrong name" "$STATUS $OUT" '^2 rblctl: bl2\.test: .*holds another zone'
rm images/bl2.test.rbl

# --- A zone that is served but not configured; lists whose state is gone, damaged, or bad news.
run "$BUILD/rblctl" -c other.conf status
has "not configured" "$OUT" '^dbl\.test +- +[0-9]+ .* serving; not configured$'
rm alpha.txt
run "$BUILD/rbl-loader" -c good.conf --force
is "loader without a list" "$STATUS" 1
ctl status
has "last error" "$OUT" '^alpha +3 +[0-9]+[smh] ago +[0-9]+[smh] ago +[0-9]+[smh] ago: .*No such file'
echo 'entries=x' >>mirror/beta/state
rm mirror/usa/state
ctl status
has "damaged state" "$OUT" '^beta +4 .* state file, line [0-9]+: '
has "no state" "$OUT" '^usa +2 .* not mirrored here; as the image says$'

# --- A server that does not move: bounded, said, and the files are still shown.
kill -STOP "${PID[dnsd]}"
begin_at=$EPOCHREALTIME
ctl status
is "stopped server: status" "$STATUS" 1
has "stopped server: said" "$OUT" '^rbl-dnsd: no answer \(.*: no answer in time\)$'
has "stopped server: zones" "$OUT" '^bl\.test .* image good$'
ok "stopped server: within 8 s" [ "${EPOCHREALTIME/./}" -lt $((${begin_at/./} + 8000000)) ]
kill -CONT "${PID[dnsd]}"
stop dnsd
is "the server ends cleanly" "$STATUS" 0
ctl reload
has "server gone: reload" "$STATUS $OUT" '^1 rblctl: rbl-dnsd is not running: .*refused'

# --- Output that cannot be written is no success.
run bash -c "'$BUILD/rblctl' image images/bl.test.rbl >/dev/full"
has "full disk" "$STATUS $OUT" '^2 rblctl: standard output: No space left'
finish

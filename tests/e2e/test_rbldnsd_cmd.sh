#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The program under the name rbldnsd: options, exit statuses, messages, daemon mode, reload by
# signal and by interval, query log, statistics, dump.

. "$(dirname "$0")/lib.sh"
begin rbldnsd_cmd
need rbldnsd rbl-loader dig

# A confined process cannot be searched for leaks; the unit tests are.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export TMPDIR=$T/tmp
unset NOTIFY_SOCKET RUNTIME_DIRECTORY JOURNAL_STREAM

rbldnsd=$BUILD/rbldnsd
pick_port
port=$PORT
at=127.0.0.1/$port
who=()
[ "$(id -u)" != 0 ] || who=(-u nobody)
# rbldnsd's own account need not exist here, nobody does.
mkdir -m 1777 tmp
mkdir -m 777 out
mkdir data
printf '10.0.0.1\n10.0.0.2 :3:second $\nnonsense\n' >data/one
printf '10.9.0.1\n' >data/two
printf ':9:named\nexample.org\n' >data/names

rbl() { run timeout 30 "$rbldnsd" "${who[@]}" "$@"; }
serve() { # NAME ARGUMENT...
    local name=$1
    shift
    start "$name" "$rbldnsd" -n -b "$at" "${who[@]}" "$@"
    ok "$name starts" wait_for 20 grep -q ' started (' "$name.log"
}
ask() { dig +tries=1 +time=2 -p "$port" @127.0.0.1 "$@"; }
short() { ask +short "$@"; }
gives() { # WANTED QUESTION...
    local wanted=$1
    shift
    [ "$(short "$@")" = "$wanted" ]
}
status_of() { ask "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
says() { grep -qE -e "$1" "$2"; }
lines_of() { # PATTERN FILE NUMBER: at least so many lines
    [ "$(grep -cE -e "$1" "$2")" -ge "$3" ]
}
leftovers() { find tmp -mindepth 1; }

# --- usage and mistakes ---

rbl -h
is "-h" "$STATUS" 0
has "-h names -6" "$OUT" '^ *-6 '
for type in ip4set ip4tset ip4trie ip6tset ip6trie dnset combined generic acl; do
    has "-h names $type" "$OUT" "^ $type"
done
run "$rbldnsd"
is "without arguments" "$STATUS" 1
has "without arguments: usage" "$OUT" '^Usage is: rbldnsd'

refused() { # MESSAGE ARGUMENT...
    local message=$1
    shift
    run timeout 20 "$rbldnsd" "$@"
    is "$*: exit status" "$STATUS" 1
    has "$*: message" "$OUT" "^rbldnsd: $message"
}
z=z.test:ip4set:one
refused 'no address to listen on \(-b option\) specified' -n "$z"
refused 'no zone\(s\) to service specified' -n -b "$at"
refused 'extension support is not compiled in' -n -b "$at" -x ./x.so "$z"
refused 'extension support is not compiled in' -n -b "$at" -X arg "$z"
refused 'inconsistent def:min:max ttl: 2100:0:120' -n -b "$at" -t ::2m "$z"
refused 'unknown dataset type' -n -b "$at" z.test:ip5set:one
refused 'missing data for zone' -n -b "$at" z.test:acl:one
refused 'log facility nonesuch is not valid' -n -b "$at" -F nonesuch "$z"
refused '127.0.0.1/nonesuch: ' -n -b 127.0.0.1/nonesuch "${who[@]}" "$z"
refused "missing host part in bind address ./53'" -n -b /53 "${who[@]}" "$z"
refused 'unable to bind to 192.0.2.1/5391: Cannot assign requested address' \
    -n -b 192.0.2.1/5391 "${who[@]}" "$z"
refused 'unable to chdir to /nonexistent: No such file' -n -b "$at" "${who[@]}" -w /nonexistent "$z"
refused 'unable to chroot to /nonexistent: No such file' -n -b "$at" "${who[@]}" -r /nonexistent "$z"
refused 'unable to write pidfile: No such file' -n -b "$at" "${who[@]}" -p /nonexistent/pid "$z"
refused "unknown user .nonesuch'" -n -b "$at" -u nonesuch "$z"
refused 'daemon should not run as root, specify -u option' -n -b "$at" -u root "$z"
refused 'daemon should not run as root, specify -u option' -n -b "$at" -u 0:0 "$z"
is "mistakes leave nothing behind" "$(leftovers)" ''

# --- data that cannot be loaded ---

rbl -n -b "$at" -w data z.test:ip4set:missing
is "a missing file: exit status" "$STATUS" 1
has "a missing file: which" "$OUT" \
    '^rbldnsd: file missing: unable to open file: No such file or directory$'
has "a missing file: the zone" "$OUT" \
    '^rbldnsd: zone z.test: not all datasets are loaded, zone will not be serviced$'
has "a missing file: the end" "$OUT" '^rbldnsd: zone loading errors, aborting$'
is "a missing file leaves nothing behind" "$(leftovers)" ''

start quick "$rbldnsd" -n -q -c 1 -b "$at" "${who[@]}" -w data z.test:ip4set:late
ok "-q starts without data" wait_for 20 says ' started \(' quick.log
ok "-q says what is missing" wait_for 20 says 'file late: unable to open file' quick.log
is "-q: no answer yet" "$(status_of 1.0.0.10.z.test)" SERVFAIL
cp data/one data/late
ok "-q: the file is found when it comes" wait_for 20 gives 127.0.0.2 1.0.0.10.z.test
stop quick
is "-q: SIGTERM" "$STATUS" 0

# --- foreground ---

serve main -c 0 -w data -p "$T/pid" z.test:ip4set:one,two z.test:dnset:names x.z.test:ip4set:one
is "process id" "$(cat pid)" "${PID[main]}"
has "listening" "$(cat main.log)" "^rbldnsd: listening on $at\$"
has "bad line" "$(cat main.log)" '^rbldnsd: file one\(3\): '
has "counts" "$(cat main.log)" '^rbldnsd: ip4set:one,two: [0-9]{8} [0-9]{6}: e32/24/16/8=3/0/0/0$'
has "reloaded" "$(cat main.log)" \
    '^rbldnsd: zones reloaded, time [0-9]+\.[0-9]e/[0-9]+\.[0-9]u sec, mem arena=[0-9]+ free=[0-9]+ mmap=[0-9]+ Kb$'
has "started" "$(cat main.log)" '^rbldnsd: rbldnsd version .* started \(1 socket\(s\), 2 zone\(s\)\)$'
is "an address" "$(short 1.0.0.10.z.test)" 127.0.0.2
is "its text" "$(short 2.0.0.10.z.test TXT)" '"second 10.0.0.2"'
is "an address of the second file" "$(short 1.0.9.10.z.test)" 127.0.0.2
is "a name of another data set" "$(short example.org.z.test)" 127.0.0.9
is "nothing of it in the zone below" "$(status_of example.org.x.z.test)" NXDOMAIN
is "over TCP" "$(short +tcp 1.0.0.10.z.test)" 127.0.0.2
is "the test point" "$(short 2.0.0.127.z.test)" 127.0.0.2
is "another zone" "$(status_of 1.0.0.10.example.com)" REFUSED

kill -HUP "${PID[main]}"
printf '10.9.0.2\n' >data/two
kill -HUP "${PID[main]}"
ok "SIGHUP: new data" wait_for 20 gives 127.0.0.2 2.0.9.10.z.test
is "SIGHUP: old data are gone" "$(status_of 1.0.9.10.z.test)" NXDOMAIN
rm data/two
kill -HUP "${PID[main]}"
ok "a file that is gone is named" wait_for 20 says 'file two: unable to open file' main.log
is "the data loaded before stay" "$(short 2.0.9.10.z.test)" 127.0.0.2
printf '10.9.0.3\n' >data/two
kill -HUP "${PID[main]}"
ok "it is read when it is there again" wait_for 20 gives 127.0.0.2 3.0.9.10.z.test
same=$(stat -c %y data/two)
printf '10.9.0.4\n' >data/two.new
touch -d "$same" data/two.new
mv data/two.new data/two
kill -HUP "${PID[main]}"
ok "a file of the same size and time" wait_for 20 gives 127.0.0.2 4.0.9.10.z.test
ok "the process at the port cannot execute" grep -qE '^Seccomp:\s*2$' "/proc/${PID[main]}/status"
stop main
is "SIGTERM: exit status" "$STATUS" 0
has "terminating" "$(cat main.log)" '^rbldnsd: terminating$'
has "final counters of a zone" "$(cat main.log)" \
    '^rbldnsd: stats for [0-9]+secs zone x\.z\.test: tot=1 ok=0 nxd=1 err=0 in=[0-9]+ out=[0-9]+$'
has "final counters" "$(cat main.log)" '^rbldnsd: stats for [0-9]+sec: tot=[0-9]+ ok='
is "nothing is left behind" "$(leftovers)" ''

# Information and trouble go to different places.
"$rbldnsd" -n -b "$at" "${who[@]}" -w data "z.test:ip4set:one" >to-stdout 2>to-stderr &
PID[split]=$!
ok "started" wait_for 20 says ' started \(' to-stdout
ok "bad lines are on standard error" says '^rbldnsd: file one\(3\)' to-stderr
stop split INT
is "SIGINT: exit status" "$STATUS" 0

# --- many bad lines, host bits, interval ---

for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "bad.$i"; done >data/bad
printf '10.5.0.1/24\n' >>data/bad
serve many -e -t 77 -c 1s -w data z.test:ip4set:bad
is "five bad lines are shown" "$(grep -c '^rbldnsd: file bad(' many.log)" 5
has "the others are counted" "$(cat many.log)" '^rbldnsd: ip4set:bad: 7 more warnings suppressed$'
has "-e: host bits, -t: ttl" "$(ask +noall +answer 9.0.5.10.z.test)" '^9\.0\.5\.10\.z\.test\.\s+77\s+IN\s+A\s+127\.0\.0\.2$'
printf '10.6.0.1\n' >data/bad
ok "-c: new data" wait_for 20 gives 127.0.0.2 1.0.6.10.z.test
stop many

# --- query log and statistics ---

serve logs -c 1 -l +../out/query.log -s ../out/stats -w data z.test:ip4set:one y.test:ip4set:one
short 1.0.0.10.Z.test >>/dev/null
short 'a\032b.z.test' AAAA >>/dev/null
short +tcp 1.0.0.10.y.test TXT >>/dev/null
short example.com MX >>/dev/null
short z.test TYPE65 >>/dev/null
ok "query log" wait_for 10 lines_of . out/query.log 5
log=$(cat out/query.log)
has "query log: listed" "$log" '^[0-9]+ 127\.0\.0\.1 1\.0\.0\.10\.Z\.test A IN: NOERROR/1/[0-9]+$'
has "query log: escapes" "$log" '^[0-9]+ 127\.0\.0\.1 a\\032b\.z\.test AAAA IN: NXDOMAIN/0/[0-9]+$'
has "query log: TCP" "$log" '^[0-9]+ 127\.0\.0\.1 1\.0\.0\.10\.y\.test TXT IN: NOERROR/0/[0-9]+$'
has "query log: refused" "$log" '^[0-9]+ 127\.0\.0\.1 example\.com MX IN: REFUSED/0/[0-9]+$'
has "query log: a type without a name" "$log" ' z\.test type65 IN: NOERROR/0/[0-9]+$'
is "statistics begin with a mark" "$(head -n 1 out/stats | grep -cE '^[0-9]+$')" 1
ok "statistics every interval" wait_for 10 says \
    '^[0-9]+ z\.test:3:2:1:[0-9]+:[0-9]+ y\.test:1:1:0:[0-9]+:[0-9]+ \*:5:3:1:[0-9]+:[0-9]+$' out/stats
mv out/query.log out/query.old
kill -HUP "${PID[logs]}"
ok "SIGHUP opens the query log anew" wait_for 10 test -e out/query.log
sleep 0.3
short 2.0.0.10.z.test >>/dev/null
ok "lines go there" wait_for 10 says ' 2\.0\.0\.10\.z\.test A ' out/query.log
kill -USR1 "${PID[logs]}"
ok "SIGUSR1: counters" wait_for 10 says '^rbldnsd: stats for [0-9]+secs zone z\.test: tot=4 ok=3 nxd=1 err=0 ' logs.log
has "SIGUSR1: the sum" "$(cat logs.log)" '^rbldnsd: stats for [0-9]+sec: tot=6 ok=4 nxd=1 err=1 '
kill -USR2 "${PID[logs]}"
ok "SIGUSR2: a mark" wait_for 10 lines_of '^[0-9]+$' out/stats 2
ok "SIGUSR2: from zero" wait_for 10 says '^[0-9]+ z\.test:0:0:0:0:0 y\.test:0:0:0:0:0 \*:0:0:0:0:0$' out/stats
stop logs
is "a mark at the end" "$(tail -n 1 out/stats | grep -cE '^[0-9]+$')" 1
is "three marks" "$(grep -cE '^[0-9]+$' out/stats)" 3

serve relative -c 0 -l - -s +../out/relative -w data z.test:ip4set:one
short 1.0.0.10.z.test >>/dev/null
kill -USR1 "${PID[relative]}"
ok "-s +: first line" wait_for 10 says 'z\.test:1:1:0:' out/relative
kill -USR1 "${PID[relative]}"
ok "-s +: since that one" wait_for 10 says 'z\.test:0:0:0:0:0 ' out/relative
has "-l -: on standard output" "$(cat relative.log)" '^[0-9]+ 127\.0\.0\.1 1\.0\.0\.10\.z\.test A IN: NOERROR/1/'
stop relative

# --- daemon ---

gone() { ! kill -0 "$1" 2>/dev/null; }
rbl -b "$at" -p "$T/daemon.pid" -w data z.test:ip4set:one
is "daemon: exit status of the parent" "$STATUS" 0
has "daemon: messages until it serves" "$OUT" '^rbldnsd: rbldnsd version .* started'
daemon=$(cat daemon.pid)
is "daemon: it serves when the parent ends" "$(short 1.0.0.10.z.test)" 127.0.0.2
is "daemon: nothing of the terminal" "$(readlink "/proc/$daemon/fd/1" "/proc/$daemon/fd/2" | sort -u)" /dev/null
kill "$daemon"
ok "daemon: SIGTERM" wait_for 10 gone "$daemon"
ok "daemon: nothing is left behind" wait_for 10 test -z "$(leftovers)"
rbl -b "$at" -w data z.test:ip4set:missing
is "daemon: exit status when it cannot load" "$STATUS" 1

# Whatever becomes of the server, its helper sees to the directory.
serve killed -w data z.test:ip4set:one
kill -KILL "${PID[killed]}"
empty() { [ -z "$(leftovers)" ]; }
ok "killed: nothing is left behind" wait_for 10 empty
stop killed

# --- dump ---

"$rbldnsd" -d -w data z.test:ip4set:one >dump 2>dump.err
is "-d: exit status" $? 0
has "-d: head" "$(cat dump)" '^; zone dump made '
has "-d: origin" "$(cat dump)" '^\$ORIGIN z\.test\.$'
has "-d: address" "$(cat dump)" '^1\.0\.0\.10 2100 A 127\.0\.0\.2$'
has "-d: text" "$(cat dump)" '^2\.0\.0\.10 2100 TXT "second 10\.0\.0\.2"$'
has "-d: messages on standard error" "$(cat dump.err)" '^rbldnsd: file one\(3\): '
rbl -d -w data z.test:ip4set:missing
is "-d: a missing file" "$STATUS" 1
is "-d leaves nothing behind" "$(leftovers)" ''

finish

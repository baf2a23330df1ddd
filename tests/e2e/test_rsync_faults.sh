#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Transfers by rsync that fail in every way rsync knows: a real daemon that is killed, stopped, full,
# locked or gone, things that are no rsync daemon, and, for the rest of rsync's exit statuses, a
# program in its place.  Each leaves yesterday's data and one line that says why and what to do.

. "$(dirname "$0")/lib.sh"
begin rsync_faults
need rsync python3 pgrep rbl-loader

pick_port
port=$PORT
pick_port
other_port=$PORT
mkdir srv
addresses 300000 >srv/a.txt
touch -d '2 hours ago' srv/a.txt
cat >rsyncd.conf <<END
use chroot = no
[lists]
path = $T/srv
read only = yes
[locked]
path = $T/srv
auth users = somebody
secrets file = $T/secrets
[one]
path = $T/srv
max connections = 1
lock file = $T/lock
END
[ "$(id -u)" != 0 ] || printf 'uid = root\ngid = root\n' | cat - rsyncd.conf >c && mv c rsyncd.conf
echo somebody:secret >secrets
chmod 600 secrets
conf() { # URL
    cat <<END
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list a {
    url = "$1"
    stall-timeout = "2s"
    connect-timeout = "2s"
    timeout = "@TIMEOUT@"
}
zone "a.test" { lists = { "a" } }
END
}
use() { conf "$1" | sed "s/@TIMEOUT@/${2:-20s}/" >now.conf; }
loader() { run "$BUILD/rbl-loader" -c now.conf --force; }
# So slow that a transfer is under way for seconds.
daemon() { # NAME OPTION...
    local name=$1
    shift
    start "$name" rsync --daemon --no-detach --config=rsyncd.conf --address=127.0.0.1 \
        --port="$port" --log-file="$T/transfers.log" "$@"
    ok "rsync daemon listens" wait_for 30 listens "$port"
}
leftovers() { find mirror images -name 'incoming*' -o -name '.incoming*' -o -name '*.tmp'; }
kept() { # LABEL PATTERN
    is "$1: status" "$STATUS" 1
    has "$1: says so" "$OUT" "list a: kept old data: $2.* \\(age [0-9]+[smhd]\\)$"
    is "$1: one line" "$(wc -l <<<"$OUT")" 1
    is "$1: same data" "$(md5sum <mirror/a/data)" "$data"
    is "$1: same image" "$(stat -c '%i %s' images/a.test.rbl)" "$image"
    is "$1: nothing left behind" "$(leftovers)" ""
    has "$1: the state tells" "$(grep ^failure= mirror/a/state)" "=$2"
}

url=rsync://127.0.0.1:$port/lists/a.txt
daemon rsyncd
use "$url"
loader
is "a good transfer" "$STATUS" 0
data=$(md5sum <mirror/a/data)
image=$(stat -c '%i %s' images/a.test.rbl)

# Everything is new from here on: there is much to transfer.
addresses 300000 2 >srv/a.txt
touch -d '1 hour ago' srv/a.txt

# --- The daemon's process of a transfer under way is killed, or stops.
stop rsyncd
daemon slow --bwlimit=500
under_way() { [ -n "$(find mirror/a -name '.incoming.*' -size +64k)" ]; }
for signal in KILL TERM; do
    start loader "$BUILD/rbl-loader" -c now.conf --force
    ok "$signal: a transfer is under way" wait_for 30 under_way
    pkill -"$signal" -P "${PID[slow]}"
    wait "${PID[loader]}"
    STATUS=$? OUT=$(cat loader.log)
    unset 'PID[loader]'
    # Exit status 12 or, when rsync is told of an error first, another one.
    kept "transfer ended by SIG$signal" 'rsync: .*exit status (12|10|20|23|30)\)'
    loader_line=$OUT
done
echo "$loader_line"
start loader "$BUILD/rbl-loader" -c now.conf --force
ok "STOP: a transfer is under way" wait_for 30 under_way
stopped=$(pgrep -P "${PID[slow]}" | xargs)
# shellcheck disable=SC2086 # several processes
kill -STOP $stopped
wait "${PID[loader]}"
STATUS=$? OUT=$(cat loader.log)
unset 'PID[loader]'
# shellcheck disable=SC2086
kill -KILL $stopped
# Whoever sees it first: the loader, or the half of rsync that was not stopped yet.
by_us='stalled: no data for 2 s \(stall-timeout\)'
kept "transfer that stops" "($by_us|rsync: stalled: no data within stall-timeout)"
use "$url" 1s
began=$EPOCHREALTIME
loader
kept "transfer that is too slow" 'not complete within timeout \(1 s\)'
ok "too slow: in time" awk -v t="$(since "$began")" 'BEGIN { exit !(t < 15) }'
is "too slow: no rsync is left" "$(pgrep -fc "^rsync .*:$port/lists/a.txt incoming")" 0

# --- A daemon that does not want us.
start other rsync -q --no-motd "rsync://127.0.0.1:$port/one/a.txt" "$T/other"
other_is_served() { pgrep -P "${PID[slow]}"; }
ok "somebody else is served" wait_for 30 other_is_served
use "rsync://127.0.0.1:$port/one/a.txt"
loader
kept "too many connections" 'rsync: the server refused .*ask for access \(exit status 5\).*max connections'
stop other KILL
use "rsync://127.0.0.1:$port/locked/a.txt"
loader
kept "a module with a password" 'rsync: the server refused .*exit status 5.*auth failed'
use "rsync://127.0.0.1:$port/lists/none.txt"
loader
kept "no such file" 'rsync: the file is not there .*new URL \(exit status 23\).*No such file'
if [ "$(id -u)" != 0 ]; then
    chmod 0 srv/a.txt
    use "$url"
    loader
    kept "a file that cannot be read" 'rsync: the file is not there or cannot be read.*status 23'
    chmod 644 srv/a.txt
fi
stop slow
use "$url"
loader
kept "daemon gone" 'rsync: cannot connect.*exit status 10.*refused'

# --- Not a daemon at all.
start full python3 "$E2E/full_backlog.py" "$other_port"
ok "a port that neither accepts nor refuses" wait_for 20 grep -q full full.log
use "rsync://127.0.0.1:$other_port/lists/a.txt"
loader
kept "no connection" 'rsync: no connection within connect-timeout; is port 873 open.*exit status 35'
stop full KILL
answers_with() { # PYTHON: what a server does with connection c
    pick_port
    start odd python3 -c "
import socket, time
s = socket.create_server(('127.0.0.1', $PORT))
while True:
    c, _ = s.accept()
    try:
$1
    except OSError:
        pass
    c.close()"
    ok "odd server listens" wait_for 30 port_is_taken "$PORT"
    use "rsync://127.0.0.1:$PORT/lists/a.txt" 4s
    loader
    local status=$STATUS
    stop odd KILL
    STATUS=$status
}
answers_with '        c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")'
kept "a web server" 'rsync: .*exit status (5|12|2)\)'
answers_with '        c.sendall(b"@RSYNCD: 31.0\n@ERROR: you are blocked until tomorrow\n"); c.recv(99); c.recv(99)'
kept "a server that explains itself" 'rsync: the server refused .*status 5.*blocked until tomorrow'
answers_with '        c.sendall(b"@RSYNCD: 31.0\n@RSYNCD: OK\n" + b"\xff\x00\x7f\x80" * 5000)'
kept "garbage after the greeting" 'rsync: .*exit status (2|5|10|12|22|23)\)'
answers_with '        time.sleep(30)'
kept "a silent server" '(rsync: .*exit status (30|35|5|10)\)|not complete within timeout)'
answers_with '
        c.sendall(b"@RSYNCD: 31.0\n")
        while True:
            c.sendall(b"welcome, please wait\n")
            time.sleep(0.05)'
kept "an endless greeting" 'not complete within timeout \(4 s\)'

# --- Every exit status there is, from a program in the place of rsync.
program=$(command -v rsync)
cat >fake <<'END'
#!/bin/sh
IFS=' ' read -r status text <"$FAKE"
echo "$text" >&2
[ "$status" != kill ] || kill -9 $$
exit "$status"
END
sed -i "s|\$FAKE|$T/fake.says|" fake
chmod +x fake
# shellcheck disable=SC2016 # expanded by the inner shell
with_fake() {
    run unshare --user --map-root-user --mount sh -c \
        'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh \
        fake "$program" "$BUILD/rbl-loader" -c now.conf --force
}
if unshare --user --map-root-user --mount mount --bind fake "$program" 2>/dev/null; then
    use "$url"
    while IFS='|' read -r status text pattern; do
        echo "$status $text" >fake.says
        with_fake
        kept "exit status $status" "$pattern"
    done <<'END'
10|rsync: [Receiver] failed to connect to 192.0.2.1: No route to host|rsync: cannot connect.*tried again later \(exit status 10\): .*No route to host
12|rsync: connection unexpectedly closed (1000 bytes received so far)|rsync: the connection was cut; tried again later \(exit status 12\): .*unexpectedly closed
23|rsync: [sender] send_files failed to open "/a.txt": Permission denied (13)|rsync: the file is not there or cannot be read; .*new URL \(exit status 23\): .*Permission denied
24|file has vanished: "/a.txt" (in lists)|rsync: the file vanished during the transfer; tried again later \(exit status 24\): file has vanished
30|[receiver] io timeout after 2 seconds -- exiting|rsync: stalled: no data within stall-timeout \(exit status 30\): .*io timeout
35|rsync error: timeout waiting for daemon connection|rsync: no connection within connect-timeout; .*exit status 35
11|rsync: [receiver] write failed on "incoming": No space left on device (28)|rsync: file input or output failed \(exit status 11\): .*No space left
22|rsync: out of memory|rsync: out of memory \(exit status 22\)
99|odd|rsync: unknown failure \(exit status 99\): odd
127||the rsync program is not installed
kill|ouch|rsync was killed by signal 9
END
    # It says that all is well, and brought nothing.
    echo "0 fine" >fake.says
    with_fake
    kept "exit status 0 without a file" 'rsync brought nothing'
else
    echo "no user namespaces: exit statuses of a program in the place of rsync are not tried"
fi

# --- And all is well again.
daemon rsyncd
use "$url"
loader
is "then a good one: status" "$STATUS" 0
ok "then a good one: the new data" cmp srv/a.txt mirror/a/data
is "then a good one: no failure is told" "$(grep ^failure= mirror/a/state)" "failure="
finish

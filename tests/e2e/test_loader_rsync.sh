#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A real rsync daemon, the loader, the server, dig: a million addresses are mirrored, a second pass
# moves the difference only, new data are answered without a restart, and a publisher that is down
# or misbehaves changes nothing.

. "$(dirname "$0")/lib.sh"
begin loader_rsync
need rsync rbl-loader

pick_port
rsync_port=$PORT
mkdir srv
addresses 1000000 >srv/psbl.txt
cat >rsyncd.conf <<END
use chroot = no
log file = $T/transfers.log
[psbl]
path = $T/srv
read only = yes
END
[ "$(id -u)" != 0 ] || printf 'uid = root\ngid = root\n' >>rsyncd.conf
cat >loader.conf <<END
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list psbl {
    url = "rsync://127.0.0.1:$rsync_port/psbl/psbl.txt"
    special-purpose = true
    hold-below = 0
    hold-above = 0
    txt = "Listed in PSBL, see https://psbl.org/listing?ip=$"
    stall-timeout = "5s"
    connect-timeout = "2s"
}
zone "psbl.localhost" { lists = { "psbl" } ns = { "ns.example.net" } }
END

start_rsyncd() {
    start rsyncd rsync --daemon --no-detach --config=rsyncd.conf --address=127.0.0.1 \
        --port="$rsync_port"
    ok "rsync daemon listens" wait_for 10 listens "$rsync_port"
}
loader() { run "$BUILD/rbl-loader" -c loader.conf "$@"; }
image_id() { stat -c '%i %Y %s' images/psbl.localhost.rbl 2>/dev/null; }
# What the daemon sent in each transfer; it writes its line after the loader's rsync has ended.
transfers() { sed -n 's/.*sent \([0-9]*\) bytes .*/\1/p' transfers.log; }
logged() { [ "$(transfers | wc -l)" = "$1" ]; }
sent() { # N: of the N-th, when that is the last
    wait_for 30 logged "$1" && transfers | tail -n 1
}
leftovers() { find mirror images -name 'incoming*' -o -name '.incoming*' -o -name '*.tmp'; }

start_rsyncd

# --- The first pass brings everything.
loader
is "first pass: status" "$STATUS" 0
has "first pass: list line" "$OUT" \
    'list psbl: 1000000 entries, 1[0-9]\.[0-9] MB, changed, [0-9.]+ s$'
has "first pass: zone line" "$OUT" 'zone psbl\.localhost: published, [0-9]+ entries, serial [0-9]+'
is "first pass: two lines" "$(wc -l <<<"$OUT")" 2
ok "first pass: same bytes" cmp srv/psbl.txt mirror/psbl/data
size=$(stat -c %s srv/psbl.txt)
ok "first pass: all was sent" [ "$(sent 1)" -ge "$size" ]
first=$(image_id)

# --- Not due: silent.  Forced: unchanged, nothing transferred.
loader
is "not due: status and silence" "$STATUS $OUT" "0 "
inode=$(stat -c %i mirror/psbl/data)
loader --force
is "unchanged: status" "$STATUS" 0
is "unchanged: one line" "$OUT" "rbl-loader: list psbl: unchanged (same time and size)"
ok "unchanged: a few bytes sent" [ "$(sent 2)" -lt 1000 ]
is "unchanged: same image" "$(image_id)" "$first"
is "unchanged: same data file" "$(stat -c %i mirror/psbl/data)" "$inode"
is "unchanged: no leftovers" "$(leftovers)" ""

# --- The server, on the first data.
have_server=no
if [ -x "$BUILD/rbl-dnsd" ]; then
    have_server=yes
    pick_port
    dns_port=$PORT
    sed "1i server { listen = { \"127.0.0.1:$dns_port\" } workers = 1 user = \"nobody\" }" \
        loader.conf >dnsd.conf
    start_dnsd dnsd -c dnsd.conf
fi
answer() { # ADDRESS
    local IFS=.
    # shellcheck disable=SC2086
    set -- $1
    dig +short +tries=2 +time=5 @127.0.0.1 -p "$dns_port" "$4.$3.$2.$1.psbl.localhost" A
}
answers() { [ "$(answer "$1")" = "$2" ]; }
is_gone() { [ -z "$(answer "$1")" ]; }

old=$(sed -n 500000p srv/psbl.txt)
new=203.0.113.77
if [ $have_server = yes ]; then
    ok "server answers from the first data" wait_for 10 answers "$old" 127.0.0.2
    is "server does not know the new address yet" "$(answer $new)" ""
fi

# --- 1,000 lines change: only the difference is sent, the server answers from the new data.
awk -v new=$new 'NR == 500000 { print new; next }
    NR % 1000 == 7 { sub(/[0-9]+$/, ($4 + NR) % 256) } { print }' FS=. srv/psbl.txt >next.txt
changed=$(cmp -l srv/psbl.txt next.txt 2>/dev/null | wc -l)
ok "a thousand lines differ" [ "$(diff srv/psbl.txt next.txt | grep -c '^<')" -ge 900 ]
mv next.txt srv/psbl.txt
loader --force
published=$EPOCHREALTIME
is "delta: status" "$STATUS" 0
has "delta: list line" "$OUT" 'list psbl: 1000000 entries, .* changed'
ok "delta: same bytes" cmp srv/psbl.txt mirror/psbl/data
echo "delta: $(sent 3) bytes sent for a file of $size with $changed bytes changed"
# rsync works in blocks of about sqrt(size) bytes: a changed line costs one, 3.8 kB here.
ok "delta: far less than the file" [ "$(sent 3)" -lt $((size / 3)) ]
ok "delta: a new image" [ "$(image_id)" != "$first" ]
if [ $have_server = yes ]; then
    ok "delta: answered without a restart" wait_for 30 answers $new 127.0.0.2
    echo "delta: answered $(since "$published") s after the loader ended"
    ok "delta: the old address is gone" wait_for 30 is_gone "$old"
    ok "delta: the server was not restarted" kill -0 "${PID[dnsd]}"
fi
second=$(image_id)

# --- What must leave everything as it is.
refused() { # LABEL PATTERN
    is "$1: status" "$STATUS" 1
    has "$1: says so" "$OUT" "list psbl: kept old data: $2.* \(age [0-9]+[smhd]\)$"
    is "$1: one line" "$(wc -l <<<"$OUT")" 1
    is "$1: same image" "$(image_id)" "$second"
    is "$1: no leftovers" "$(leftovers)" ""
    ok "$1: data whole" [ "$(stat -c %s mirror/psbl/data)" = "$size_now" ]
}
size_now=$(stat -c %s mirror/psbl/data)
cp srv/psbl.txt good.txt

stop rsyncd
loader --force
refused "daemon down" 'rsync: cannot connect.*exit status 10.*refused'

# The daemon runs from here on again.
start_rsyncd
rm srv/psbl.txt
loader --force
refused "no such file" 'rsync: the file is not there.*exit status 23.*No such file'
mkdir srv/psbl.txt
loader --force
refused "a directory" 'rsync brought nothing: skipping directory'
rmdir srv/psbl.txt
: >srv/psbl.txt
loader --force
refused "empty" 'empty file'
{ echo '<!DOCTYPE html>'; cat good.txt; } >srv/psbl.txt
loader --force
refused "a page" 'HTML'
{ cat good.txt; awk 'BEGIN { for (i = 0; i < 11000; i++) print "rate limited " i }'; } >srv/psbl.txt
loader --force
is "bad lines: status" "$STATUS" 1
has "bad lines: shown with file and line" "$OUT" \
    "list psbl: $T/mirror/psbl/refused:1000001: .*\"rate limited 0\""
is "bad lines: ten shown" "$(grep -c 'refused:' <<<"$OUT")" 10
has "bad lines: refused" "$OUT" 'kept old data: 11000 of 1011000 lines are bad'
is "bad lines: same image" "$(image_id)" "$second"
rm srv/psbl.txt
cp good.txt srv/today.txt
ln -s today.txt srv/psbl.txt
sed -i 's/^list psbl {/&\n    max-size = "1M"/' loader.conf
loader --force
refused "over max-size" 'rsync brought nothing: .* is over max-size .*1048576'
sed -i '/max-size/d' loader.conf
loader --force
is "a link on their side is followed" "$STATUS" 0
sed -i 's/psbl\/psbl.txt/nomodule\/psbl.txt/' loader.conf
loader
is "no such module: due at once, for the URL changed" "$STATUS" 1
has "no such module: says so" "$OUT" "exit status 5.*Unknown module 'nomodule'"
loader
is "then not due" "$STATUS $OUT" "0 "

if [ $have_server = yes ]; then
    ok "the server still answers" answers $new 127.0.0.2
    stop dnsd
    is "the server ends cleanly" "$STATUS" 0
fi
finish

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# rbl-loader --dry-run says what a pass would change and leaves everything as it was.

. "$(dirname "$0")/lib.sh"
begin loader_dry_run
need rsync rbl-loader

pick_port
port=$PORT
mkdir srv
addresses 5000 >srv/a.txt
printf '%s\n' example.com '*.example.net' .example.org >srv/names.txt
printf '%s\n' 198.51.100.0/24 198.51.100.128/25 2001:db8::/48 2001:db8:0:1::/64 >srv/nets.txt
cat >rsyncd.conf <<END
use chroot = no
[lists]
path = $T/srv
read only = yes
END
[ "$(id -u)" != 0 ] || printf 'uid = root\ngid = root\n' >>rsyncd.conf
start rsyncd rsync --daemon --no-detach --config=rsyncd.conf --address=127.0.0.1 --port="$port"
ok "rsync daemon listens" wait_for 10 listens "$port"
cat >loader.conf <<END
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list a { url = "rsync://127.0.0.1:$port/lists/a.txt" }
list names { url = "file:$T/srv/names.txt" format = "domains" }
list nets { url = "file:$T/srv/nets.txt" special-purpose = true hold-below = 0 }
zone "all.test" { lists = { "a", "names", "nets" } }
END
loader() { run "$BUILD/rbl-loader" -c loader.conf "$@"; }
# Every file with its bytes, inode, mode and time.
everything() {
    find mirror images -type f ! -name .lock -exec sh -c \
        'for f; do stat -c "%n %i %s %a %Y" "$f"; md5sum <"$f"; done' sh {} + 2>/dev/null
    find mirror images 2>/dev/null | sort
}

# --- Nothing here yet.
loader --dry-run
is "first: status" "$STATUS" 0
has "first: addresses" "$OUT" \
    'list a: would change: 5000 entries instead of 0, 5000 added, 0 removed; covers 5000 IPv4 addresses instead of 0$'
has "first: names" "$OUT" 'list names: would change: 3 entries instead of 0, 3 added, 0 removed$'
has "first: overlapping networks count once" "$OUT" 'list nets: .* covers 256 IPv4 addresses instead of 0; covers 65536 IPv6 networks of /64 instead of 0$'
is "first: ten shown" "$(grep -cE 'list a: \+ [0-9.]+$' <<<"$OUT")" 10
has "first: and how many more" "$OUT" 'list a: \+ 4990 more$'
for entry in example.com '*.example.net' .example.org; do
    has "first: $entry" "$OUT" "list names: \\+ ${entry//[*]/\\*}\$"
done
for entry in 198.51.100.0/24 2001:db8::/48; do
    has "first: $entry" "$OUT" "list nets: \\+ $entry\$"
done
is "first: nothing made" "$(find mirror images ! -name .lock 2>/dev/null)" "mirror"

# --- A pass, then changes.
loader
is "pass: status" "$STATUS" 0
before=$(everything)
loader --dry-run
is "not due, or the same file" "$STATUS $(grep -vc unchanged <<<"$OUT")" "0 0"
is "not due: everything as it was" "$(everything)" "$before"
# Not even an entry of the local allow list ends.
mkdir -p mirror/rblctl-allow
echo '203.0.113.9 until 2020-01-01T00:00:00Z # over' >mirror/rblctl-allow/allow
before=$(everything)
sed -i '1,20d' srv/a.txt
printf '203.0.113.%d\n' 1 2 3 >>srv/a.txt
printf '%s\n' example.com .example.edu >srv/names.txt
sed -n 1,2p srv/nets.txt >nets.next && mv nets.next srv/nets.txt
loader --dry-run --force
is "changed: status" "$STATUS" 0
has "changed: addresses" "$OUT" \
    'list a: would change: 4983 entries instead of 5000, 3 added, 20 removed; covers 4983 IPv4 addresses instead of 5000$'
is "changed: three added" "$(grep -cE 'list a: \+ 203\.0\.113\.[123]$' <<<"$OUT")" 3
is "changed: ten removed shown" "$(grep -cE 'list a: - [0-9.]+$' <<<"$OUT")" 10
has "changed: and how many more" "$OUT" 'list a: - 10 more$'
has "changed: names" "$OUT" 'list names: would change: 2 entries instead of 3, 1 added, 2 removed$'
has "changed: a name removed" "$OUT" 'list names: - \*\.example\.net$'
has "changed: a name added" "$OUT" 'list names: \+ \.example\.edu$'
has "changed: networks" "$OUT" \
    'list nets: .*; covers 256 IPv4 addresses instead of 256; covers 0 IPv6 networks of /64 instead of 65536$'
is "changed: everything as it was" "$(everything)" "$before"

# What entries answer is part of it.
{
    echo "paths { mirror = '$T/valued.m' images = '$T/valued.i' run = '$T/run' }"
    echo "list valued { url = 'file:$T/srv/valued' format = 'rbldnsd:ip4set' refresh = '1h' }"
    echo 'zone "valued.test" { lists = { "valued" } }'
} >valued.conf
printf '%s\n' '192.0.2.1 :2:old' '192.0.2.2 :2:same' '198.51.100.0/24 :3:old' >srv/valued
run "$BUILD/rbl-loader" -c valued.conf --list valued
printf '%s\n' '192.0.2.1 :2:new' '192.0.2.2 :2:same' '198.51.100.0/24 :4:old' >srv/valued
run "$BUILD/rbl-loader" -c valued.conf --list valued --force --dry-run
has "valued: how many" "$OUT" '3 entries instead of 3, 0 added, 0 removed, 2 with another answer; '
has "valued: an address" "$OUT" 'list valued: ~ 192\.0\.2\.1$'
has "valued: a network" "$OUT" 'list valued: ~ 198\.51\.100\.0/24$'

# --- What a pass would not take, and one that it would hold.
for n in a names nets; do cp "srv/$n.txt" "$n.good"; done
head -n 100 a.good >srv/a.txt
echo '<html>Please log in</html>' >srv/names.txt
rm srv/nets.txt
loader --dry-run --force
is "bad: status" "$STATUS" 1
has "bad: held" "$OUT" 'list a: would keep old data: held: 100 entries instead of 5000'
has "bad: what it would be" "$OUT" 'list a: would change: 100 entries instead of 5000'
has "bad: a page" "$OUT" 'list names: would keep old data: HTML'
has "bad: no file" "$OUT" 'list nets: would keep old data: .*No such file'
is "bad: everything as it was" "$(everything)" "$before"
loader --dry-run --accept a
has "accepted: status and line" "$STATUS $OUT" '^[01] .*list a: would change: 100 entries'
hasnt "accepted: not held" "$OUT" 'list a: would keep'
is "accepted: everything as it was" "$(everything)" "$before"

# --- What was shown is what happens.
for n in a names nets; do cp "$n.good" "srv/$n.txt"; done
loader --force
is "then for good: status" "$STATUS" 0
has "then for good: the entry ends" "$(cat mirror/rblctl-allow/allow)" '^# over'
has "then for good" "$OUT" 'list a: 4983 entries.* changed'
loader --dry-run --force
is "then nothing would change" "$STATUS $(grep -vc unchanged <<<"$OUT")" "0 0"
finish

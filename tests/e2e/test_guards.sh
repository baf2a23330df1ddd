#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Files that no list may be replaced by, and files that are taken with something left out: for each
# the loader's message, and the answers before and after.

. "$(dirname "$0")/lib.sh"
begin guards
need dig

user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody
pick_port
port=$PORT
cat >rbldnsd.conf <<EOF
server { listen = { "127.0.0.1:$port" } workers = 1 user = "$user" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T" }
list lists-one { url = "file:$T/list.txt" txt = "" }
list lists-all { url = "file:$T/all.txt" txt = "" special-purpose = true max-cover = 100 }
zone "z.test" { lists = { "lists-one" } }
zone "all.test" { lists = { "lists-all" } }
EOF

old='198.51.100.1\n198.51.100.2\n'
load() { run "$BUILD/rbl-loader" -c rbldnsd.conf; }
short() { dig +short +time=5 +tries=1 -p "$port" @127.0.0.1 "$1"; }
listed() { [ "$(short "$1")" = 127.0.0.2 ]; }
unlisted() { dig +time=5 +tries=1 -p "$port" @127.0.0.1 "$1" | grep -q 'status: NXDOMAIN'; }

printf '%b' "$old" >list.txt
printf '10.0.0.0/8\n' >all.txt
load
is 'the first data are taken' "$STATUS" 0
start_dnsd server -c rbldnsd.conf
ok 'served' wait_for 10 listed 1.100.51.198.z.test
ok 'special-purpose = true lists them' listed 1.0.0.10.all.test

# LABEL, TEXT (for printf %b), what the message says
while IFS='|' read -r label text why; do
    printf '%b' "$text" >list.txt
    load
    is "$label: status" "$STATUS" 1
    has "$label: message" "$OUT" "list lists-one: kept old data: .*$why"
    ok "$label: kept as refused" cmp -s list.txt mirror/lists-one/refused
    ok "$label: the old data answer" listed 2.100.51.198.z.test
    ok "$label: nothing else does" unlisted 3.100.51.198.z.test
done <<'EOF'
empty||empty file
blank lines|\n \t\r\n\n|empty file
byte order mark alone|\0357\0273\0277|empty file
HTML|<!DOCTYPE html>\n<html>198.51.100.3</html>\n|HTML instead of data
HTML behind blanks|\n\n   <html>\n198.51.100.3\n|HTML instead of data
HTML behind a byte order mark|\0357\0273\0277<html>\n198.51.100.3\n|HTML instead of data
XML error|<?xml version="1.0"?>\n<Error/>\n|HTML instead of data
sentence|You have exceeded your daily limit.\n|1 of 1 lines are bad
NUL bytes|198.51.100.3\n\0000\n|1 of 2 lines are bad
binary|\0177ELF\0002\0001\0001\n\0377\0376\n|lines are bad
comments only|# nothing today\n; nor tomorrow\n|no entries
JSON instead of lines|{"ip":"198.51.100.3"}\n|lines are bad
login form text|login:\npassword:\n198.51.100.3\n|2 of 3 lines are bad
cut gzip|\0037\0213\0010\0000\0000|.
the Internet|0.0.0.0/0\n198.51.100.3\n|lines are bad
half of it in pieces|0.0.0.0/8\n1.0.0.0/7\n198.51.100.3\n|lines are bad
private addresses only|10.1.2.3\n192.168.0.0/16\n|all 2 entries are special-purpose.*set special-purpose
loopback only|127.0.0.0/24\n|all 1 entries are special-purpose
multicast only|224.0.0.1\nff02::1\n|all 2 entries are special-purpose
EOF

for ((i = 1; i < 127; i++)); do echo "$i.0.0.0/8"; done >list.txt
for ((i = 128; i < 224; i++)); do echo "$i.0.0.0/8"; done >>list.txt
load
is 'most of the Internet as /8: status' "$STATUS" 1
has 'most of the Internet as /8: message' "$OUT" 'covers 86 % of the Internet .limit 50 %.*max-cover'
ok 'most of the Internet as /8: the old data answer' listed 2.100.51.198.z.test
ok 'most of the Internet as /8: nothing else does' unlisted 8.8.8.8.z.test

# Taken, with something left out.  LABEL, TEXT, a name that is listed, one that is not
while IFS='|' read -r label text yes no; do
    printf '%b' "$text" >list.txt
    load
    is "$label: status" "$STATUS" 0
    has "$label: message" "$OUT" 'list lists-one: .*1 special-purpose entries cut or left out'
    ok "$label: listed" wait_for 20 listed "$yes.z.test"
    ok "$label: left out" unlisted "$no.z.test"
done <<'EOF'
private address among others|198.51.100.11\n10.1.2.3\n|11.100.51.198|3.2.1.10
own loopback|198.51.100.12\n127.0.0.0/8\n|12.100.51.198|1.0.0.127
this network|198.51.100.13\n0.1.2.3\n|13.100.51.198|3.2.1.0
link-local|198.51.100.14\n169.254.0.0/16\n|14.100.51.198|1.0.254.169
broadcast|198.51.100.15\n255.255.255.255\n|15.100.51.198|255.255.255.255
protocol assignments cut|198.51.100.16\n192.0.0.0/23\n|16.100.51.198|1.0.0.192
unique local|198.51.100.17\nfd00::/16\n|17.100.51.198|0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f
benchmark|198.51.100.18\n198.18.0.1\n|18.100.51.198|1.0.18.198
EOF

printf '198.51.100.21\n127.0.0.9\n' >list.txt
load
is 'a test point in the data is taken: status' "$STATUS" 0
ok 'a test point in the data is listed' wait_for 20 listed 9.0.0.127.z.test
ok '127.0.0.1 is not' unlisted 1.0.0.127.z.test
# A change of size waits.  The state says that it was seen yesterday; the third time it is taken.
seq -f '198.51.100.%g' 1 250 >list.txt
run "$BUILD/rblctl" -c rbldnsd.conf accept nonsense
has 'accept: another list' "$STATUS $OUT" '^2 rblctl: accept: nonsense: no such list'
run "$BUILD/rblctl" -c rbldnsd.conf accept lists-one
is 'accept takes a list of another size: status' "$STATUS" 0
ok 'accept: it answers' wait_for 20 listed 250.100.51.198.z.test
echo 198.51.100.1 >list.txt
for i in 1 2 3; do
    load
    is "shrunken, $i: status" "$STATUS" 1
    has "shrunken, $i: message" "$OUT" \
        "list lists-one: kept old data: held: 1 entries instead of 250 .seen $i times.*accept lists-one"
    ok "shrunken, $i: the old data answer" listed 250.100.51.198.z.test
done
has 'shrunken: the state counts' "$(cat mirror/lists-one/state)" 'held_times=3'
sed -i "s/^held_since=.*/held_since=$(($(date +%s) - 86401))/" mirror/lists-one/state
load
is 'shrunken, a day later: status' "$STATUS" 0
ok 'shrunken, a day later: it answers' wait_for 20 unlisted 250.100.51.198.z.test
has 'shrunken, a day later: the state forgets' "$(cat mirror/lists-one/state)" 'held_times=0'
echo 'not an address' >list.txt
run "$BUILD/rbl-loader" -c rbldnsd.conf --accept lists-one
is '--accept takes no rubbish' "$STATUS" 1
run "$BUILD/rbl-loader" -c rbldnsd.conf --accept nonesuch
is '--accept of an unknown list: status' "$STATUS" 2
has '--accept of an unknown list: message' "$OUT" 'nonesuch: no such list'
finish

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the operator decides against the lists: the local allow list, canaries, data that grow old.

. "$(dirname "$0")/lib.sh"
begin local
need dig

user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody
pick_port
port=$PORT
conf() {
    cat >rbldnsd.conf <<END
server { listen = { "127.0.0.1:$port" } workers = 1 user = "$user" }
paths { mirror = "$T/mi rror" images = "$T/images" run = "$T" }
list one { url = "file:$T/one.txt" txt = "" refresh = "1m" expire = "3m" }
list two { url = "file:$T/two.txt" txt = "" }
list names { url = "file:$T/names.txt" format = "domains" txt = "" }
zone "block.test" { lists = { "one", "names" } canary = { $1 } }
zone "good.test" { lists = { "one" } kind = "allow" }
zone "empty.test" { lists = { "one" } expired = "empty" }
zone "both.test" { lists = { "one", "two" } }
END
}
loader() { run "$BUILD/rbl-loader" -c rbldnsd.conf "$@"; }
ctl() { run "$BUILD/rblctl" -c rbldnsd.conf "$@"; }
ask() { dig +time=5 +tries=1 -p "$port" @127.0.0.1 "$1"; }
short() { dig +short +time=5 +tries=1 -p "$port" @127.0.0.1 "$1"; }
listed() { [ "$(short "$1")" = 127.0.0.2 ]; }
unlisted() { ask "$1" | grep -q 'status: NXDOMAIN'; }
failing() { ask "$1" | grep -q 'status: SERVFAIL'; }
# Takes effect within a minute by itself; asked for, at once.
again() { "$BUILD/rblctl" -c rbldnsd.conf reload >/dev/null 2>&1; "$@"; }

printf '198.51.100.0/24\n203.0.113.9\n2001:db8::/32\n' >one.txt
printf '203.0.113.10\n' >two.txt
printf 'bad.example\nwww.partner.example\n' >names.txt
conf '"203.0.113.9", "!8.8.8.8", "bad.example", "!2001:db9::1"'
loader
is 'first run' "$STATUS" 0
start_dnsd server -c rbldnsd.conf
ok 'served' wait_for 10 listed 7.100.51.198.block.test

# The local allow list.
ctl allow
is 'an empty allow list' "$STATUS $OUT" '0 ENTRY  UNTIL  WHY'
ctl allow 198.51.100.7 --until 7d --why "partner's relay"
is 'allow an address' "$STATUS" 0
ok 'it is not listed' wait_for 20 unlisted 7.100.51.198.block.test
ok 'its neighbours are' listed 8.100.51.198.block.test
ok 'an allow zone keeps it' listed 7.100.51.198.good.test
ctl allow partner.example
ok 'a name, and those below it' wait_for 20 unlisted www.partner.example.block.test
ok 'other names stay' listed bad.example.block.test
ctl allow 2001:db8:1::/48
ok 'a prefix of IPv6' wait_for 20 unlisted \
    1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.block.test
ctl allow
has 'shown: until and why' "$OUT" "198.51.100.7 +20[0-9-]*T[0-9:]*Z  partner's relay"
has 'shown: for ever' "$OUT" '^partner.example  *- +-'
ctl allow --json
has 'as JSON' "$OUT" '"why": "partner.s relay"'
ctl lists
has 'it is one of the lists' "$OUT" '^rblctl-allow +current +3'
out_of() { "$BUILD/rblctl" -c "$@" --json 2>/dev/null | python3 -m json.tool --compact 2>&1; }
is 'an entry that is put in, as JSON' \
    "$(out_of rbldnsd.conf allow 2001:db8:2::/48 --until 2099-01-02 --why 'é "quoted" \ back')" \
    '[{"entry":"2001:db8:2::/48","until":4070995200,"why":"\\195\\169 \"quoted\" \\ back"}]'
is 'an entry that is taken out, as JSON' \
    "$(out_of rbldnsd.conf allow 2001:db8:2::/48 --remove)" '[]'
is 'and nothing of one that is refused' "$(out_of rbldnsd.conf allow 0.0.0.0/0 | head -n 1)" \
    'Expecting value: line 1 column 1 (char 0)'
ctl allow 198.51.100.7
is 'said again it is replaced' "$(grep -c '^198.51.100.7' 'mi rror/rblctl-allow/allow')" 1
ctl allow 198.51.100.7 --remove
is 'removed' "$STATUS" 0
ok 'and listed again' wait_for 20 listed 7.100.51.198.block.test
ctl allow 198.51.100.7 --remove
has 'removed twice' "$STATUS $OUT" '^1 .*not in the list'
while read -r what; do
    # shellcheck disable=SC2086 # several words
    ctl allow $what
    is "refused: $what" "$STATUS" 2
done <<'END'
198.51.100.7/24
0.0.0.0/0
com
not_a_name
192.0.2
192.0.2.1 --until 2020-01-01
192.0.2.1 --until yesterday
192.0.2.1 --until 0
--why nothing
192.0.2.1 --remove --why x
END

# An end that comes, and a line that cannot be read.
echo '203.0.113.9 until 2026-01-01T00:00:00Z # over' >>'mi rror/rblctl-allow/allow'
loader
has 'an entry ends' "$OUT" 'rblctl-allow: over: 203.0.113.9 until'
has 'and stays as a comment' "$(tail -n 1 'mi rror/rblctl-allow/allow')" '^# over: 203.0.113.9'
ok 'it is listed' listed 9.113.0.203.block.test
echo '203.0.113.9 because' >>'mi rror/rblctl-allow/allow'
loader
is 'a bad line: status' "$STATUS" 1
has 'a bad line is named' "$OUT" 'rblctl-allow/refused:[0-9]+: .*203.0.113.9 because'
ok 'the list before stays' unlisted www.partner.example.block.test
mv 'mi rror/rblctl-allow' away
touch 'mi rror/rblctl-allow'
loader
is 'one that cannot be read: status' "$STATUS" 1
has 'one that cannot be read is named' "$OUT" 'rblctl-allow: .*Not a directory'
has 'one that cannot be read holds its zones' "$OUT" 'block.test: kept the published image'
ok 'what it takes out stays out' unlisted www.partner.example.block.test
rm 'mi rror/rblctl-allow'
mv away 'mi rror/rblctl-allow'
rm -r 'mi rror/rblctl-allow/allow'
loader
ok 'without its file there is none' wait_for 20 listed www.partner.example.block.test

# Canaries.
conf '"203.0.113.9", "!198.51.100.7"'
loader
is 'a canary that is listed: status' "$STATUS" 1
has 'a canary that is listed' "$OUT" 'zone block.test: .*canary !198.51.100.7 is listed'
sed -i /203/d one.txt
loader
is 'one that is not: status' "$STATUS" 1
has 'one that is not' "$OUT" 'zone block.test: .*canary 203.0.113.9 is not listed'
ok 'the image before stays' listed 9.113.0.203.block.test
ok 'other zones move on' wait_for 20 unlisted 9.113.0.203.both.test
conf '"!8.8.8.8", "!www.example"'
loader
is 'canaries that live' "$STATUS" 0
ok 'the image is published' wait_for 20 unlisted 9.113.0.203.block.test

# Rollback.
printf '198.51.100.0/24\n192.0.2.66\n2001:db8::/32\n' >one.txt
loader
ok 'a bad entry is published' wait_for 20 listed 66.2.0.192.block.test
ctl rollback block.test
is 'rollback' "$STATUS" 0
has 'rollback: which image' "$OUT" 'zone block.test: rolled back to serial [0-9]+'
ok 'rollback: the image before' wait_for 20 unlisted 66.2.0.192.block.test
ok 'rollback: other zones stay' listed 66.2.0.192.both.test
ctl rollback block.test
has 'rollback twice' "$STATUS $OUT" '^1 .*is rolled back already'
echo 192.0.2.67 >>one.txt
loader
is 'a pass: status' "$STATUS" 1
has 'a pass: says so' "$OUT" 'zone block.test: rolled back .*rblctl rollback --undo block.test'
ok 'a pass: other zones move on' wait_for 20 listed 67.2.0.192.both.test
ok 'a pass: this one does not' unlisted 67.2.0.192.block.test
ctl status
has 'status says so' "$OUT" '^block.test .*rolled back'
ctl rollback --undo block.test
is 'undo' "$STATUS" 0
ok 'undo: all of it is there' wait_for 20 listed 67.2.0.192.block.test
ctl rollback --undo block.test
has 'undo twice' "$STATUS $OUT" '^1 .*is not rolled back'
ctl rollback nonesuch.test
is 'rollback: no such zone' "$STATUS" 2
ctl rollback block.test --why x
is 'rollback: not its option' "$STATUS" 2
echo rubbish >images/block.test.rbl.old
ctl rollback block.test
has 'an older image that is damaged' "$STATUS $OUT" '^1 .*block.test: the older image cannot be used'
rm images/block.test.rbl.old
ctl rollback block.test
has 'no older image' "$STATUS $OUT" '^1 .*block.test: no older image is kept'
ok 'still served' listed 67.2.0.192.block.test
sed -i /192.0.2/d one.txt

# Age.  The file's time is that of its last change.
touch -d '10 minutes ago' one.txt
loader
is 'the first pass that finds it old leaves all as it is' "$STATUS" 0
ok 'and all is listed' listed 7.100.51.198.block.test
sed -i "s/^stale_since=.*/stale_since=$(($(date +%s) - 3601))/" 'mi rror/one/state'
loader
is 'the next one, an hour later: status' "$STATUS" 1
has 'the next one, an hour later, does without it' "$OUT" 'list one: expired'
has 'a zone with other lists' "$OUT" 'zone both.test: incomplete, no data for one'
ok 'a zone with other lists: those' wait_for 20 listed 10.113.0.203.both.test
ok 'a zone with other lists: not the old one' unlisted 7.100.51.198.both.test
has 'a zone without others' "$OUT" 'zone good.test: expired, answers that nothing is listed'
ctl lists
has 'lists says so' "$OUT" '^one +expired'
touch one.txt
loader
is 'a sign of life' "$STATUS" 0
ok 'and it is back' wait_for 20 listed 7.100.51.198.both.test

# The server by itself: no loader runs any more.
touch -d '168 seconds ago' one.txt
echo 198.51.101.1 >>one.txt
touch -d '168 seconds ago' one.txt
loader
ok 'seconds before its end' wait_for 10 listed 1.101.51.198.empty.test
# block.test has names that never end.
ok 'after it: nothing is listed' wait_for 60 again unlisted 1.101.51.198.empty.test
ok 'an allow zone' again unlisted 1.101.51.198.good.test
ok 'the zone is there' again eval 'ask empty.test | grep -q "status: NOERROR"'
ok 'a zone with a list that does not end' listed 1.101.51.198.block.test
conf ''
sed -i 's/ expired = "empty"//' rbldnsd.conf
loader
ok 'servfail' wait_for 20 again failing 1.101.51.198.empty.test
ok 'servfail: never for an allow zone' unlisted 1.101.51.198.good.test
touch one.txt
loader
ok 'current again' wait_for 20 listed 1.101.51.198.empty.test

# No success for three refreshes.
rm two.txt
loader
has 'a first failure' "$OUT" 'list two: kept old data: .*No such file.* .age [0-9]+[smh].$'
age=$((3 * 3600 + 60))
sed -i "s/^fetched=.*/fetched=$(($(date +%s) - age))/" 'mi rror/two/state'
loader
has 'old by three refreshes' "$OUT" 'list two: .*No such file.* .age 3h, more than three times refresh.$'
ctl lists
has 'old by three refreshes: lists' "$OUT" '^two +failing'
finish

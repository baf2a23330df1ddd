#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Why is this listed: rblctl lookup shows for every list that has to do with the answer the entry as
# the publisher wrote it, with file and line, whatever the format; and says so when it cannot know.

. "$(dirname "$0")/lib.sh"
begin why
need rbl-loader rblctl gzip zip strace

cat >rbldnsd.conf <<EOF
paths { mirror = "$T/mirror" images = "$T/images" run = "$T" }
list plain   { url = "file:$T/plain.txt" a = "127.0.0.3" txt = "plain \$" hold-below = 0 }
list ranges  { url = "file:$T/ranges.txt" format = "ranges" a = "127.0.0.4" }
list packed  { url = "file:$T/packed.gz" format = "json" a = "127.0.0.5" txt = "\$ %{sblid}" }
list zipped  { url = "file:$T/zipped.zip" }
list names   { url = "file:$T/names.txt" format = "domains" txt = "\$ is bad" }
list set     { url = "file:$T/one,$T/two" format = "rbldnsd:ip4set" special-purpose = true }
list parts   { url = "file:$T/parts.txt" format = "rbldnsd:combined" }
list private { url = "file:$T/private.txt" }
list usa     { url = "file:$T/usa.txt" a = "127.0.0.9" }
list allow   { url = "file:$T/allow.txt" }
list dumb    { url = "file:$T/dumb.txt" lookup-index = false }
zone "bl.test" {
    lists = { "plain", "ranges", "packed", "zipped", "private", "dumb" }
    exclude = { "allow" }
    sub usa { lists = { "usa" } }
}
zone "names.test" { lists = { "names" } }
zone "set.test" { lists = { "set" } test-points = false }
zone "parts.test" { lists = { "parts" } }
EOF
printf '%s\n' '# head' 192.0.2.7 '192.0.2.0/24 # the net' 198.51.100.9 2001:db8:1::/48 >plain.txt
printf '%s\r\n' 'x: 192.0.2.5 - 192.0.2.77' '203.0.113.1-203.0.113.9' >ranges.txt
printf '%s\n' '{"cidr":"192.0.2.0/24","sblid":"SBL7"}' '{"cidr":"2001:db8:2::/48","sblid":"SBL8"}' \
    '{"type":"metadata","records":2}' | gzip >packed.gz
printf '192.0.2.200\n' >inside.txt
zip -q zipped.zip inside.txt
printf '%s\n' exact.example .tree.example '*.wild.example' \
    $'red.example # \e[31mred\xfc' >names.txt
printf '192.0.2.1\n' >one
printf ':2:two\n!192.0.2.9\n192.0.2.0/28\n' >two
# shellcheck disable=SC2016 # rbldnsd's dollars
printf '%s\n' '$DATASET ip4set @ usa' 192.0.2.1 '$DATASET dnset usa' .tree.example >parts.txt
printf '10.0.0.1\n192.0.2.250\n' >private.txt
printf '192.0.2.7\n' >usa.txt
printf '192.0.2.64/26\n2001:db8:1:2::/64\n' >allow.txt
printf '192.0.2.7\n' >dumb.txt

load() { run "$BUILD/rbl-loader" -c rbldnsd.conf; }
ctl() { run "$BUILD/rblctl" -c rbldnsd.conf "$@"; }
# The block of a zone, ages and directory taken out.
block() { # ZONE
    awk -v zone="$1:" '/^[^ ]/ { mine = $1 == zone } mine' <<<"$OUT" |
        sed -E "s|$T/||; s/changed [0-9]+[smhd] ago/changed AGE/"
}
about_lists() { # ZONE
    block "$1" | grep -E '^  (list|except|entry) '
}
why() { # LABEL WHAT ZONE WANTED
    ctl lookup "$2"
    is "$1" "$(about_lists "$3")" "$4"
}
n() { printf '  %-6s %s\n' "$@"; }

load
is 'loaded' "$STATUS" 0

# --- What each format says.
sbl7='mirror/packed/data:1: {"cidr":"192.0.2.0/24","sblid":"SBL7"}'
why 'several lists' 192.0.2.7 bl.test "$(n list 'plain: current, changed AGE' \
    entry 'mirror/plain/data:2: 192.0.2.7' entry 'mirror/plain/data:3: 192.0.2.0/24 # the net' \
    list 'ranges: current, changed AGE' entry 'mirror/ranges/data:1: x: 192.0.2.5 - 192.0.2.77' \
    list 'packed: current, changed AGE' entry "$sbl7" \
    list 'dumb: current, changed AGE' entry 'not known: the list has lookup-index = false')"
is 'a sub-name has its own' "$(about_lists usa.bl.test)" \
    "$(n list 'usa: current, changed AGE' entry 'mirror/usa/data:1: 192.0.2.7')"
why 'IPv6, packed' 2001:db8:2::9 bl.test "$(n list 'packed: current, changed AGE' \
    entry 'mirror/packed/data:2: {"cidr":"2001:db8:2::/48","sblid":"SBL8"}')"
why 'zip' 192.0.2.200 bl.test "$(n list 'plain: current, changed AGE' \
    entry 'mirror/plain/data:3: 192.0.2.0/24 # the net' list 'packed: current, changed AGE' \
    entry "$sbl7" list 'zipped: current, changed AGE' entry 'mirror/zipped/data:1: 192.0.2.200')"
why 'the IPv6 spelling' ::ffff:203.0.113.2 bl.test "$(n list 'ranges: current, changed AGE' \
    entry 'mirror/ranges/data:2: 203.0.113.1-203.0.113.9')"
why 'a name' exact.example names.test \
    "$(n list 'names: current, changed AGE' entry 'mirror/names/data:1: exact.example')"
why 'a name below' a.b.Tree.example names.test \
    "$(n list 'names: current, changed AGE' entry 'mirror/names/data:2: .tree.example')"
why 'a wildcard' a.wild.example names.test \
    "$(n list 'names: current, changed AGE' entry 'mirror/names/data:3: *.wild.example')"
why 'the wildcard alone' wild.example names.test ''
why 'bytes that a terminal must not see' red.example names.test \
    "$(n list 'names: current, changed AGE' entry 'mirror/names/data:4: red.example # \027[31mred\252')"
why 'of several files' 192.0.2.2 set.test \
    "$(n list 'set: current, changed AGE' entry 'two:3: 192.0.2.0/28')"
why 'in both' 192.0.2.1 set.test "$(n list 'set: current, changed AGE' \
    entry 'one:1: 192.0.2.1' entry 'two:3: 192.0.2.0/28')"
why 'sections under the name asked' 192.0.2.1 parts.test \
    "$(n list 'parts: current, changed AGE' entry 'mirror/parts/data:2: 192.0.2.1')"
is 'and under another' "$(about_lists usa.parts.test)" \
    "$(n list 'parts: current, changed AGE' entry 'mirror/parts/data:2: 192.0.2.1')"
why 'a section only of a sub-name' tree.example parts.test ''
is 'there it is' "$(about_lists usa.parts.test)" \
    "$(n list 'parts: current, changed AGE' entry 'mirror/parts/data:4: .tree.example')"
why 'test entry' 127.0.0.2 names.test "$(n list 'none (test entry)')"

# --- What does not contribute, and who decided.
why 'taken out' 192.0.2.70 bl.test "$(n \
    list 'plain: current, changed AGE; taken out by allow' \
    entry 'mirror/plain/data:3: 192.0.2.0/24 # the net' \
    list 'ranges: current, changed AGE; taken out by allow' \
    entry 'mirror/ranges/data:1: x: 192.0.2.5 - 192.0.2.77' \
    list 'packed: current, changed AGE; taken out by allow' entry "$sbl7" \
    except 'allow: current, changed AGE' entry 'mirror/allow/data:1: 192.0.2.64/26')"
has 'taken out: not listed' "$OUT" '^bl.test: not listed'
why 'taken out by itself' 192.0.2.9 set.test \
    "$(n list 'set: current, changed AGE; it takes out itself what it lists' \
        entry 'two:2: !192.0.2.9' entry 'two:3: 192.0.2.0/28')"
why 'special-purpose' 10.0.0.1 bl.test "$(n \
    list 'private: current, changed AGE; left out by rbl-loader, as special-purpose addresses are' \
    entry 'mirror/private/data:1: 10.0.0.1')"

ctl allow 198.51.100.9 --why 'our own'
is 'allow: status' "$STATUS" 0
why 'allowed here' 198.51.100.9 bl.test "$(n \
    list 'plain: current, changed AGE; taken out by rblctl-allow' \
    entry 'mirror/plain/data:4: 198.51.100.9' \
    except 'rblctl-allow: current, changed AGE' \
    entry 'mirror/rblctl-allow/data:1: 198.51.100.9 # our own')"
ctl allow 198.51.100.9 --remove
why 'and no more' 198.51.100.9 bl.test \
    "$(n list 'plain: current, changed AGE' entry 'mirror/plain/data:4: 198.51.100.9')"

# --- Whole questions.
ctl lookup 7.2.0.192.usa.bl.test
is 'a question to a sub-name' "$STATUS $(about_lists bl.test)" \
    "0 $(n list 'usa: current, changed AGE' entry 'mirror/usa/data:1: 192.0.2.7')"
has 'a question: repeated' "$OUT" '^  query  7\.2\.0\.192\.usa\.bl\.test$'
hasnt 'a question: to one zone' "$OUT" '^(names|set|parts|usa\.bl)\.test:'
ctl lookup 7.2.0.192.bl.test bl.test
has 'a question: its zone named' "$STATUS $OUT" '^0 bl\.test: listed'
ctl lookup exact.example.names.test bl.test
has 'a question: another zone named' "$STATUS $OUT" '^1 bl\.test: not listed'
ctl lookup exact.example.names.test.
has 'a question for a name' "$STATUS $OUT" '^0 names\.test: listed'
ctl lookup 7.2.0.192
hasnt 'an address is an address' "$OUT" '192\.0\.2\.7'

# --- Stale, gone, damaged: said, and nothing is guessed.
cp mirror/plain/where where.old
printf '%s\n' 192.0.2.1 192.0.2.7 192.0.2.8 >plain.txt
load
ctl lookup 192.0.2.7 bl.test
is 'changed list' "$(about_lists bl.test | head -2)" \
    "$(n list 'plain: current, changed AGE' entry 'mirror/plain/data:2: 192.0.2.7')"
cp mirror/plain/where where.new
problem() { # LABEL PATTERN
    ctl lookup 192.0.2.8 bl.test
    has "$1: said" "$(block bl.test | grep -A1 'list   plain')" "  entry  not known: $2"
    is "$1: listed all the same" "$STATUS" 0
}
cp where.old mirror/plain/where
problem 'an index of other data' 'the data have changed since'
head -c 300 where.new >mirror/plain/where
problem 'cut' 'the index is damaged'
{ head -c "$(($(stat -c %s where.new) - 4))" where.new; printf 'xxxx'; } >mirror/plain/where
problem 'changed in place' 'the index is damaged'
printf 'nonsense' >mirror/plain/where
problem 'nonsense' 'not an index'
rm mirror/plain/where
problem 'none' 'rbl-loader has not noted'
load
ok 'the next run makes it again' cmp mirror/plain/where where.new
touch mirror/plain/data
problem 'data that somebody touched' 'the data have changed since'
load
ok 'no index for a list that wants none' [ ! -e mirror/dumb/where ]
is 'nothing left behind' "$(find mirror -name '.where*')" ''
cp rbldnsd.conf all.conf
sed -i '/list usa /d; /sub usa/d; s/^list names .*format = "domains"/& subdomains = true/' rbldnsd.conf
load
ok 'gone with its list' [ ! -e mirror/usa/where ]
ok 'the others stay' [ -e mirror/plain/where ]
why 'read in another way' x.exact.example names.test \
    "$(n list 'names: current, changed AGE' entry 'mirror/names/data:1: exact.example')"
cp all.conf rbldnsd.conf
load
sed -i 's/"plain", "ranges", /"ranges", /; /^list plain /d' rbldnsd.conf
why 'a list that only the image knows' 192.0.2.8 bl.test "$(n \
    list 'ranges: current, changed AGE' entry 'mirror/ranges/data:1: x: 192.0.2.5 - 192.0.2.77' \
    list 'packed: current, changed AGE' entry "$sbl7" list 'plain: not in the configuration')"
ctl lookup 192.0.2.8 bl.test --json
is 'and as data' "$(python3 -c '
import json, sys
print([(l["list"], l["state"]) for l in json.load(sys.stdin)["answers"][0]["lists"]][-1])' <<<"$OUT")" \
    "('plain', 'not in the configuration')"
cp all.conf rbldnsd.conf

# --- Room, and disks: an index that cannot be written costs a line in the log and nothing else.
for fault in write:error=ENOSPC fsync:error=EIO rename,renameat,renameat2:error=EACCES; do
    rm mirror/plain/where
    run env ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" strace -f -qq -o /dev/null -P "$T/mirror/plain/.where.tmp" -P .where.tmp \
        -e inject="$fault" "$BUILD/rbl-loader" -c rbldnsd.conf
    is "$fault: status" "$STATUS" 0
    has "$fault: said" "$OUT" 'list plain: cannot note where its entries stand, .*(No space|Input/|Perm)'
    is "$fault: nothing left behind" "$(find mirror -name '.where*'; ls mirror/plain)" $'data\nstate'
    load
    ok "$fault: the next run makes it" cmp mirror/plain/where where.new
done

# --- As data.
ctl lookup 192.0.2.70 --json
is 'JSON: status' "$STATUS" 1
is 'JSON' "$(python3 -c '
import json, sys
v = json.load(sys.stdin)
print(v["what"], v["listed"], v["errors"], [a["name"] for a in v["answers"]])
a = v["answers"][0]
print(a["listed"], a["a"], a["query"])
for l in a["lists"]:
    print(l["list"], l["use"], l["in_answer"], l["state"], l["note"], l["modified"] > 0)
    for e in l["entries"]:
        print(e["file"].replace(sys.argv[1] + "/", ""), e["line"], e["text"], e["takes_out"])
' "$T" <<<"$OUT")" "192.0.2.70 False [] ['bl.test', 'usa.bl.test', 'names.test', 'set.test', 'parts.test', 'usa.parts.test']
False [] 70.2.0.192.bl.test
ranges list False current taken out by allow True
mirror/ranges/data 1 x: 192.0.2.5 - 192.0.2.77 False
packed list False current taken out by allow True
mirror/packed/data 1 {\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL7\"} False
allow except False current  True
mirror/allow/data 1 192.0.2.64/26 False"
rm images/set.test.rbl
ctl lookup 192.0.2.8 --json
is 'JSON: a zone that cannot be asked' "$STATUS $(python3 -c '
import json, sys
print(json.load(sys.stdin)["errors"][0]["zone"])' <<<"$OUT")" '0 set.test'

finish

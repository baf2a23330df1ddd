#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every preset of zones/ is taken as its first lines say, and answers from the sample of each of its
# lists what presets.txt has; so does one zone of all lists at once.

. "$(dirname "$0")/lib.sh"
begin presets
need rbl-loader rbl-dnsd dig
ZONES=$(dirname "$(dirname "$E2E")")/zones
pick_port
port=$PORT user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody
loader() { run "$BUILD/rbl-loader" -c "$@"; }
paths="paths { mirror = '$T/mirror' images = '$T/images' run = '$T/run' }"

# --- As published: the include() of its own comment, and the facts every preset states.
# Two presets are one zone in two forms, of which one can be taken.
{
    echo "$paths"
    sed -n 's|^#     include("[^"]*/zones/|include("'"$ZONES"'/|p' "$ZONES"/*.conf |
        grep -v dnswl-generic
} >published.conf
loader published.conf --check
is "published: status" "$STATUS" 0
has "published" "$OUT" "published.conf: good, $(($(ls "$ZONES/samples" | wc -l) - 1)) lists"
for preset in "$ZONES"/*.conf; do
    name=$(basename "$preset")
    for fact in Publisher Limit Terms; do
        ok "$name: $fact" grep -q "^# $fact: " "$preset"
    done
    is "$name: says how to take it" \
        "$(grep -c "^#     include(\"/usr/local/share/rblmirror/zones/$name\"" "$preset")" 1
    if grep -q '@1@' "$preset"; then
        ok "$name: says what it needs" grep -q '^# Needs: ' "$preset"
        echo "include(\"$preset\")" >alone.conf
        loader alone.conf --check
        has "$name: without what it needs" "$STATUS $OUT" '^2 .*needs a value for @[12]@'
    fi
done

# --- With each list's sample for its data.
sample_of() { # turns every url into that of the sample
    awk -v dir="$ZONES/samples" '
        /^list / { list = $2; gsub(/"/, "", list); sub(/@1@/, "usa", list) }
        $1 == "url" { sub(/".*"/, "\"file://" dir "/" list "\"") }
        { gsub(/@1@/, "usa"); print }' "$1"
}
mkdir presets
for preset in "$ZONES"/*.conf; do
    case $preset in
    */dnswl-generic.conf) sample_of "$preset" | sed 's/"list\.dnswl\.org"/"generic.dnswl.test"/' ;;
    *) sample_of "$preset" ;;
    esac >"presets/$(basename "$preset")"
done
all=$(awk '/^list / { gsub(/"/, ""); print "\"" $2 "\"" }' presets/*.conf | paste -sd,)
{
    echo "$paths"
    echo "server { listen = '127.0.0.1:$port' workers = 1 user = '$user' }"
    for preset in presets/*.conf; do echo "include(\"$preset\")"; done
    echo "zone 'everything.test' { lists = { $all } }"
} >all.conf
loader all.conf
is "loader: status" "$STATUS" 0
has "loader: a dead list is named" "$OUT" 'zone dnsbl\.sorbs\.net: SORBS is no more: since 2024-06-05'
hasnt "loader: nothing refused, no line bad" "$OUT" 'refused|bad line|no usable'
start_dnsd dnsd -c all.conf
wait_for 10 dig +short +tries=1 +time=1 @127.0.0.1 -p "$port" 2.0.0.127.psbl.surriel.com ||
    { fail "server" && finish; }

answer() { # NAME TYPE
    local out
    out=$(dig @127.0.0.1 -p "$port" +tries=3 +time=3 +norec "$1" "$2")
    case $out in
    *"status: NXDOMAIN"*) echo - ;;
    *"status: NOERROR"*)
        sed -nE "s/^[^;\t ]+[\t ]+[0-9]+[\t ]+IN[\t ]+$2[\t ]+//p" <<<"$out" |
            sort | paste -sd'|' | sed 's:|: / :g; s:^$:.:'
        ;;
    *) echo "no answer: $out" ;;
    esac
}
while IFS='|' read -r name type wanted; do
    case $name in '#'* | '') continue ;; esac
    name=${name// /} type=${type// /} wanted=${wanted# }
    is "$name $type" "$(answer "$name" "$type")" "$wanted"
done <"$E2E/presets.txt"

# --- Every list says something of its own: one that is left out of presets.txt would not be seen.
run "$BUILD/rblctl" -c all.conf status
for sample in "$ZONES"/samples/*; do
    list=$(basename "$sample")
    has "$list is served" "$OUT" "(^|[^a-z0-9-])$list([^a-z0-9-]|\$)"
done
stop dnsd
finish

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The disk is full, broken or forbidden at one call of the loader, its children or rsync: ENOSPC, EIO
# and EACCES at the n-th write, fsync or rename, by strace.  Whatever the run makes of it, every
# published image and data file is whole, old or new, the server goes on answering, a run that calls
# itself good has done its work, and the next run repairs the rest and leaves nothing behind.
#
# The calls are tried in an order that SEED decides, for SECONDS_MAX seconds (0: all of them).

. "$(dirname "$0")/lib.sh"
begin loader_faults
need rsync dig strace rbl-loader rbl-dnsd rblctl
seconds_max=${SECONDS_MAX:-40}
seed=${SEED:-$((EPOCHSECONDS % 32768))}
RANDOM=$seed

pick_port
rsync_port=$PORT
pick_port
dns_port=$PORT
mkdir srv run
addresses 3000 1 >base.txt
rsyncd_of "$T/srv"
cat >loader.conf <<END
server { listen = { "127.0.0.1:$dns_port" } workers = 1 user = "nobody" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list a { url = "rsync://127.0.0.1:$rsync_port/lists/a.txt" special-purpose = true }
list b { url = "file:$T/srv/b.txt" special-purpose = true a = "127.0.0.3" }
zone "a.test" { lists = { "a" } }
zone "b.test" { lists = { "b" } }
END
leftovers() { find mirror images -name '*incoming*' -o -name '*.tmp'; }
sums() { md5sum "$@" | cut -d' ' -f1 | xargs; }
# Each round has an address of its own in both lists.
publish_round() { # N
    local list
    for list in a b; do
        { echo "198.51.$((100 + $1 / 100)).$((100 + $1 % 100))"; cat base.txt; } >srv/next
        touch -d "@$((1700000000 + $1))" srv/next
        mv srv/next "srv/$list.txt"
    done
}
answers() { # ADDRESS-REVERSED ZONE WANTED
    [ "$(dig +short +tries=1 +time=5 @127.0.0.1 -p "$dns_port" "$1.$2" A)" = "$3" ]
}
listed() { # N: is the address of that round answered from both zones?
    local name=$((100 + $1 % 100)).$((100 + $1 / 100)).51.198
    answers $name a.test 127.0.0.2 && answers $name b.test 127.0.0.3
}

start rsyncd rsync --daemon --no-detach --config=rsyncd.conf --address=127.0.0.1 \
    --port="$rsync_port"
ok "rsync daemon listens" wait_for 10 listens "$rsync_port"
publish_round 0
run strace -f -qq -o trace -e trace=write "$BUILD/rbl-loader" -c loader.conf
grep -q 'not permitted' <<<"$OUT" && skip "strace may not look into processes"
is "first run: $OUT" "$STATUS" 0
start_dnsd dnsd -c loader.conf
ok "the server answers" wait_for 10 listed 0
known=$(head -n 1 base.txt | awk -F. '{ print $4 "." $3 "." $2 "." $1 }')

# Which processes: the parent alone, or all, where the n-th call of each fails.
calls=(write:write,pwrite64,writev,copy_file_range,ftruncate:14
    fsync:fsync,fdatasync:5 rename:rename,renameat,renameat2:4)
points=()
for error in ENOSPC EIO EACCES; do
    for call in "${calls[@]}"; do
        IFS=: read -r name set most <<<"$call"
        for ((n = 1; n <= most; n++)); do
            points+=("$error $name $set $n parent" "$error $name $set $n all")
        done
    done
done
mapfile -t points < <(printf '%s\n' "${points[@]}" | while read -r point; do
    echo "$RANDOM $point"; done | sort -n | cut -d' ' -f2-)

fault() { # WHAT: of the current point
    faults=$((faults + 1))
    echo "$error at $name $n of $who: $1"
}
began=$SECONDS tried=0 hit=0 failed=0 faults=0
for point in "${points[@]}"; do
    [ "$seconds_max" = 0 ] || [ $((SECONDS - began)) -lt "$seconds_max" ] || break
    read -r error name set n who <<<"$point"
    tried=$((tried + 1))
    old=$(sums mirror/{a,b}/data)
    publish_round "$tried"
    new=$(sums srv/{a,b}.txt)
    follow=()
    [ "$who" = parent ] || follow=(-f)
    run strace "${follow[@]}" -qq -o trace -e "trace=$set" -e "inject=$set:error=$error:when=$n" \
        "$BUILD/rbl-loader" -c loader.conf --force
    ! grep -q INJECTED trace || hit=$((hit + 1))
    [ "$STATUS" = 0 ] || failed=$((failed + 1))
    [ "$STATUS" -le 2 ] || fault "status $STATUS: $OUT"
    now=$(sums mirror/{a,b}/data)
    read -r old_a old_b <<<"$old"
    read -r new_a new_b <<<"$new"
    read -r now_a now_b <<<"$now"
    [ "$now_a" = "$old_a" ] || [ "$now_a" = "$new_a" ] || fault "mirror/a/data is torn"
    [ "$now_b" = "$old_b" ] || [ "$now_b" = "$new_b" ] || fault "mirror/b/data is torn"
    for zone in a b; do
        "$BUILD/rblctl" image "images/$zone.test.rbl" >image.log 2>&1 ||
            fault "$zone.test: $(cat image.log)"
    done
    answers "$known" a.test 127.0.0.2 || fault "an answer is gone: $OUT"
    if [ "$STATUS" = 0 ]; then
        [ "$now" = "$new" ] || fault "says that all is well, and the data are old: $OUT"
        wait_for 20 listed "$tried" || fault "says that all is well, and answers are old: $OUT"
    fi

    run "$BUILD/rbl-loader" -c loader.conf --force
    [ "$STATUS" = 0 ] || fault "the next run: status $STATUS: $OUT"
    [ "$(sums mirror/{a,b}/data)" = "$new" ] || fault "the next run did not bring the lists: $OUT"
    wait_for 20 listed "$tried" || fault "the next run did not bring the answers: $OUT"
    rest=$(leftovers)
    [ -z "$rest" ] || fault "left behind: $rest"
done
echo "seed $seed: $tried of ${#points[@]} points tried, $hit hit a call, $failed runs said so"
ok "most points hit a call" [ "$hit" -ge $((tried / 2)) ]
ok "some runs failed" [ "$failed" -ge $((tried / 5)) ]
is "faults" "$faults" 0
hasnt "the server met no bad image" "$(cat dnsd.log)" \
    'truncated|checksum|refus|damaged|not an image|kept the old'
stop dnsd
is "the server ends cleanly" "$STATUS" 0
finish

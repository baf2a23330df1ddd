#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The loader is killed with SIGKILL at random moments, 200 times.  After each kill every published
# image and every data file is whole, the old one or the new one; the server never meets a bad
# image; and the next run, after one kill or several in a row, repairs what was left undone and
# leaves nothing behind.
#
# KILLS and SEED may be set in the environment, and SECONDS_MAX: a machine that is so busy that the
# kills take longer gets fewer.

. "$(dirname "$0")/lib.sh"
begin loader_kill
need rsync dig python3 pgrep rbl-loader rbl-dnsd
kills=${KILLS:-200}
seconds_max=${SECONDS_MAX:-60}
seed=${SEED:-$((EPOCHSECONDS % 32768))}
RANDOM=$seed
echo "seed $seed, $kills kills"

pick_port
rsync_port=$PORT
pick_port
dns_port=$PORT
mkdir srv run
addresses 60000 1 >base.txt
addresses 20000 2 >srv/b.txt
rsyncd_of "$T/srv"
cat >loader.conf <<END
server { listen = { "127.0.0.1:$dns_port" } workers = 1 user = "nobody" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list a { url = "rsync://127.0.0.1:$rsync_port/lists/a.txt" special-purpose = true hold-below = 0 hold-above = 0 txt = "a" }
list b { url = "file:$T/srv/b.txt" special-purpose = true hold-below = 0 hold-above = 0 a = "127.0.0.3" txt = "b" }
zone "a.test" { lists = { "a" } }
zone "ab.test" { lists = { "a", "b" } }
END

loader() { run "$BUILD/rbl-loader" -c loader.conf --force; }
# A killed loader's rsync may hold the lock for a moment; that is what the lock is for.
loader_after_kill() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        loader
        [ "$STATUS" = 75 ] || return
        sleep 0.1
    done
}
leftovers() { find mirror images -name 'incoming*' -o -name '.incoming*' -o -name '*.tmp'; }
answers() { # NAME VALUE
    [ "$(dig +short +tries=1 +time=5 @127.0.0.1 -p "$dns_port" "$1" A)" = "$2" ]
}
sum() { md5sum <"$1"; }
image_is_whole() {
    [ ! -x "$BUILD/rblctl" ] || "$BUILD/rblctl" image "$1"
}
# Every round has an address of its own, of the same length so that sizes do not tell.
publish_round() { # N
    { printf '198.51.%d.%d\n' $((100 + $1 / 100)) $((100 + $1 % 100)); cat base.txt; } >srv/next
    mv srv/next srv/a.txt
    touch -d "@$((1700000000 + $1))" srv/a.txt
}
marker() { echo "$((100 + $1 % 100)).$((100 + $1 / 100)).51.198"; }

start rsyncd rsync --daemon --no-detach --config=rsyncd.conf --address=127.0.0.1 \
    --port="$rsync_port"
ok "rsync daemon listens" wait_for 10 listens "$rsync_port"
publish_round 0
loader
is "first run" "$STATUS" 0
publish_round 1
began=$EPOCHREALTIME
loader
is "second run" "$STATUS" 0
whole_run=$((${EPOCHREALTIME/./} - ${began/./}))
echo "a whole run takes $((whole_run / 1000)) ms"
start_dnsd dnsd -c loader.conf
ok "the server answers" wait_for 10 answers "$(marker 1).a.test" 127.0.0.2

# Taken by what a killed loader has started, until that is gone too.
lock_is_free() { flock -n mirror/.lock true; }

interrupted=0 unrepaired=0 torn=0 littered=0 unanswered=0 repairs=0
old_images=$(cat images/*.rbl | md5sum)
began=$SECONDS last=no
for ((n = 2; n < kills + 2; n++)); do
    [ $last = no ] || break
    [ "$n" -lt $((kills + 1)) ] && [ $((SECONDS - began)) -lt "$seconds_max" ] || last=yes
    wait_for 20 lock_is_free
    old_data=$(sum mirror/a/data)
    publish_round "$n"
    start loader "$BUILD/rbl-loader" -c loader.conf --force
    us=$((RANDOM * 32768 + RANDOM))
    us=$((us % (whole_run * 11 / 10)))
    sleep "$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))"
    stop loader KILL
    [ "$STATUS" != 137 ] || interrupted=$((interrupted + 1))

    data=$(sum mirror/a/data)
    if [ "$data" != "$old_data" ] && [ "$data" != "$(sum srv/a.txt)" ]; then
        torn=$((torn + 1))
        echo "round $n, killed after $us us: mirror/a/data is neither the old nor the new list"
    fi
    for image in images/*.rbl; do
        image_is_whole "$image" >image.log 2>&1 && continue
        torn=$((torn + 1))
        echo "round $n, killed after $us us: $image: $(cat image.log)"
    done
    [ $((RANDOM % 5)) = 0 ] || [ $last = yes ] || continue

    repairs=$((repairs + 1))
    loader_after_kill
    [ "$STATUS" = 0 ] || { unrepaired=$((unrepaired + 1)); echo "round $n, $us us: $STATUS $OUT"; }
    images=$(cat images/*.rbl | md5sum)
    if ! cmp -s srv/a.txt mirror/a/data || [ "$images" = "$old_images" ]; then
        unrepaired=$((unrepaired + 1))
        echo "round $n, killed after $us us: the next run did not bring the new list: $OUT"
    fi
    old_images=$images
    rest=$(leftovers)
    [ -z "$rest" ] || { littered=$((littered + 1)); echo "round $n, $us us: left behind: $rest"; }
    wait_for 20 answers "$(marker "$n").a.test" 127.0.0.2 &&
        wait_for 20 answers "$(marker "$n").ab.test" 127.0.0.2 ||
        { unanswered=$((unanswered + 1)); echo "round $n, $us us: not answered: $OUT"; }
done
kills=$((n - 2))
echo "$interrupted of $kills runs were cut off before their end, $repairs repairs"
ok "most kills hit a run" [ "$interrupted" -ge $((kills / 2)) ]
is "files torn" "$torn" 0
is "runs that did not repair" "$unrepaired" 0
is "runs that left something behind" "$littered" 0
is "answers that did not come" "$unanswered" 0
hasnt "the server met no bad image" "$(cat dnsd.log)" \
    'truncated|checksum|refus|damaged|not an image|kept the old'

# --- Two at once, and a polite end.
publish_round 9000
sed 's|^list b.*|list b { url = "http://127.0.0.1:@PORT@/" special-purpose = true hold-below = 0 hold-above = 0 stall-timeout = "30s" }|' loader.conf \
    >slow.conf
pick_port
sed -i "s|@PORT@|$PORT|" slow.conf
# Accepts and says nothing: the loader waits in its fetching child.
start silent python3 -c "
import socket, time
s = socket.create_server(('127.0.0.1', $PORT))
c = s.accept()
time.sleep(60)"
wait_for 10 port_is_taken "$PORT"
start slow "$BUILD/rbl-loader" -c slow.conf --force
slow=${PID[slow]}
has_child() { pgrep -P "$slow"; }
ok "the slow loader has a child" wait_for 10 has_child
run "$BUILD/rbl-loader" -c loader.conf --force
is "a second loader: status" "$STATUS" 75
has "a second loader: says so" "$OUT" 'another loader is at work'
child=$(pgrep -P "$slow")
stop slow TERM
ok "TERM: ends with a status, not a signal" [ "$STATUS" -lt 128 ]
ok "TERM: its child is gone" eval "! kill -0 $child"
run "$BUILD/rbl-loader" -c loader.conf --force
is "TERM: the next run is good" "$STATUS" 0
is "TERM: nothing left behind" "$(leftovers)" ""
stop dnsd
is "the server ends cleanly" "$STATUS" 0
finish

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What a machine can do to the server: no descriptors, no memory, no directory, garbage for an
# image, a full disk, a clock that is wrong by decades, the end without warning.  It answers on, and
# is well again when the machine is.
#
#   FAULTS_STRIDE  of how many allocations at the start one is made to fail, default 7

. "$(dirname "$0")/lib.sh"
begin faults
trap '' PIPE
need rbl-dnsd rbl-loader rblctl dig prlimit tests/shim/fault.so

pick_port
dns_port=$PORT
root=false user=$(id -un)
[ "$(id -u)" != 0 ] || { root=true && user=nobody; }
mkdir images run disk
! $root || chown nobody run
conf() { # MIRROR
    cat <<END
server { listen = { "127.0.0.1:$dns_port" } workers = 1 user = "$user" tcp-idle = "60s" }
paths { mirror = "$1" images = "$T/images" run = "$T/run" }
list one { url = "file:$T/one.txt" a = "127.0.0.3" hold-below = 0 hold-above = 0 }
zone "bl.test" { lists = { "one" } }
END
}
conf "$T/mirror" >conf
conf "$T/disk" >full.conf

ask() { dig +tries=2 +time=3 -p "$dns_port" @127.0.0.1 "$@"; }
a_of() { ask +short "$@" A; }
gives() { # WANTED COMMAND...
    local wanted=$1
    shift
    [ "$("$@")" = "$wanted" ]
}
listed() { [ "$(ask +notcp +short "$1.2.0.192.bl.test")" = 127.0.0.3 ]; }
serial() { ask +short bl.test SOA | awk '{ print $3 }'; }
counter() { "$BUILD/rblctl" -c conf stats | awk -v n="$1" '$1 == n { print $2 }'; }
says() { grep -qE -e "$1" dnsd.log; }
publish() { # ENTRY
    echo "192.0.2.$1" >one.txt
    run "${SHIM[@]}" "$BUILD/rbl-loader" -c conf --force
    is "the loader publishes $1: $OUT" "$STATUS" 0
}
# What must hold in spite of everything: the last good data are served, over both transports.
serves() { # LABEL ENTRY
    ok "$1: UDP is answered" wait_for 20 listed "$2"
    is "$1: TCP is answered" "$(a_of +tcp "$2.2.0.192.bl.test")" 127.0.0.3
}

# --- The shim: see tests/shim/fault.c ---

SHIFT=0 UNTIL=1 LASTING=2 OWN=3 COUNT=4
SHIM=()
head -c 40 /dev/zero >fault
put() { # FIELD NUMBER
    local v=$2 octets='' octet i
    for i in 1 2 3 4 5 6 7 8; do
        printf -v octet '\\x%02x' $((v & 255))
        octets+=$octet v=$((v >> 8))
    done
    # shellcheck disable=SC2059 # escapes are what it holds
    printf "$octets" | dd of=fault bs=8 seek="$1" conv=notrunc status=none
}
get() { od -An -td8 -j$(($1 * 8)) -N8 fault | tr -d ' '; }
with_shim() {
    if [[ $BUILD == */asan || $BUILD == */tsan ]]; then return 1; fi
    SHIM=(env FAULT_FILE="$T/fault" LD_PRELOAD="$BUILD/tests/shim/fault.so")
}
server() {
    stop dnsd
    start dnsd env ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
        "${SHIM[@]}" "$BUILD/rbl-dnsd" -c conf
    ok "the server starts" wait_for 10 grep -q 'answering on' dnsd.log
    [ "$failures" = 0 ] || finish
}

publish 1
server

# --- No descriptors ---

# The lowest number that is free: as a limit it leaves none.
descriptors() {
    local n=0
    while [ -h "/proc/${PID[dnsd]}/fd/$n" ]; do n=$((n + 1)); done
    echo "$n"
}
settled() { # nothing is open for a moment only: twice the same, with nobody connected
    local before
    before=$(find "/proc/${PID[dnsd]}/fd" -mindepth 1 | wc -l)
    sleep 0.3
    [ "$(find "/proc/${PID[dnsd]}/fd" -mindepth 1 | wc -l)" = "$before" ]
}
opened() { # COUNT: so many connections that say nothing
    local i
    for ((i = 0; i < $1; i++)); do exec {fd}<>"/dev/tcp/127.0.0.1/$dns_port" && held+=("$fd"); done
}
release() {
    local fd
    for fd in "${held[@]}"; do exec {fd}>&-; done
    held=()
}
# By the server's own account, which needs no right to.
limit() { # SOFT
    local as=()
    ! $root || as=(setpriv --reuid=nobody "--regid=$(id -g nobody)" --clear-groups)
    "${as[@]}" prlimit --pid "${PID[dnsd]}" "--nofile=$1:"
}
soft=$(awk '/^Max open files/ { print $4 }' "/proc/${PID[dnsd]}/limits")
held=()
if limit "$soft"; then
    ok "its descriptors are still" wait_for 10 settled
    limit "$(descriptors)"
    serves "no descriptor left" 1
    opened 20
    serves "no descriptor left, twenty wait" 1
    ok "that is counted" [ "$(counter tcp-accept-errors)" -ge 1 ]
    cp images/bl.test.rbl new
    publish 2
    serves "a new image that cannot be opened" 1
    ok "it is said" wait_for 20 says 'Too many open files'
    is "rblctl reload fails" "$("$BUILD/rblctl" -c conf reload 2>&1 | grep -c '^ok$')" 0
    limit "$soft"
    run "$BUILD/rblctl" -c conf reload
    serves "descriptors are back" 2
    release
else
    echo "descriptors taken from a running server: left out, not allowed here"
fi
stop dnsd
start dnsd prlimit --nofile=80:80 "$BUILD/rbl-dnsd" -c conf
ok "it starts with few descriptors" wait_for 10 says 'answering on'
ok "and says what that means" says 'descriptor limit 80: at most [0-9]+ TCP connections'
opened 60
serves "sixty connections to eighty descriptors" 2
release

# --- No directory, or garbage in it ---

server
mv images away
run "$BUILD/rblctl" -c conf reload
serves "the directory is gone" 2
ok "it is said" says "images: No such file or directory; the zones served stay"
mv away images
publish 3
run "$BUILD/rblctl" -c conf reload
serves "the directory is back" 3
chmod 0 images
run "$BUILD/rblctl" -c conf reload
serves "the directory cannot be read" 3
ok "it is said" says 'images: Permission denied; the zones served stay'
chmod 755 images
publish 4
ok "the directory can be read again" wait_for 20 listed 4

mv images away
mkdir images
run "$BUILD/rblctl" -c conf reload
serves "the directory is another one" 4
ok "what to do is said, where Landlock keeps it out" \
    sh -c "grep -q 'confined by Landlock' dnsd.log || exit 0; grep -q 'restart the server' dnsd.log"
rmdir images
mv away images
run "$BUILD/rblctl" -c conf reload

refused=$(counter images-refused)
cp images/bl.test.rbl good
garbage() { # LABEL COMMAND...: the image is made bad in place
    local label=$1
    shift
    "$@"
    run "$BUILD/rblctl" -c conf reload
    serves "$label" 4
    refused=$((refused + 1))
    ok "$label: it is counted" [ "$(counter images-refused)" -ge "$refused" ]
}
image=images/bl.test.rbl
garbage "empty" truncate -s 0 $image
garbage "noise" dd if=/dev/urandom of=$image bs=1k count=64 status=none
cp good $image
garbage "one octet of it" dd if=/dev/urandom of=$image bs=1 seek=5000 count=8 conv=notrunc status=none
garbage "a hole of a terabyte" truncate -s 1T $image
ln -s .loop images/.loop
ln -s .loop images/.link
garbage "a link to itself" mv -T images/.link $image
mkfifo images/.pipe
garbage "a pipe" mv -T images/.pipe $image
cp good images/.good && mv -T images/.good $image
publish 5
ok "a good one is served at once" wait_for 20 listed 5

# --- No memory ---

if with_shim; then
    server
    SHIM=() broken='' entry=5
    for lasting in 0 1; do
        put $LASTING $lasting
        for n in $(seq 10); do
            last=$entry entry=$((10 + 10 * lasting + n))
            put $UNTIL $n
            publish $entry
            sleep 0.05
            listed $last || listed $entry || broken+=" $lasting/$n"
            put $UNTIL 0
            "$BUILD/rblctl" -c conf reload >reload.log 2>&1
            wait_for 20 listed $entry || broken+=" $lasting/$n:not-repaired"
        done
    done
    is "allocations that failed and did harm" "$broken" ''
    ok "some did fail" [ "$(grep -cE 'out of memory|Cannot allocate' dnsd.log)" -ge 6 ]
    put $LASTING 0
    stop dnsd

    # The program's own: libraries end it themselves, or crash, when they have none.
    with_shim
    put $OWN 1
    put $COUNT 0
    server
    total=$(get $COUNT)
    stop dnsd
    gone() { ! kill -0 "${PID[dnsd]}"; }
    ended() { says 'answering on' || gone; }
    crashed='' tried=0
    for ((n = 1; n <= total; n += ${FAULTS_STRIDE:-7})); do
        put $UNTIL $n
        start dnsd "${SHIM[@]}" "$BUILD/rbl-dnsd" -c conf
        wait_for 20 ended || crashed+=" $n:waits"
        kill -TERM "${PID[dnsd]}" 2>/dev/null
        wait_for 20 gone || { crashed+=" $n:hangs"; kill -KILL "${PID[dnsd]}"; }
        stop dnsd
        [ "$STATUS" -le 2 ] || crashed+=" $n:$STATUS"
        tried=$((tried + 1))
    done
    is "starts without memory that ended badly" "$crashed" ''
    ok "starts were tried: $tried" [ $tried -ge 5 ]
    put $UNTIL 0
    put $OWN 0
fi

# --- A clock that is wrong ---

if with_shim; then
    publish 50
    server
    last_serial=$(serial) entry=50
    now=$(date +%s)
    for when in 1970:60 2038:2147483646 2106:4294967294 2026:$now 1970:-86400; do
        put $SHIFT $((${when#*:} - now))
        serves "${when%:*}, the clock jumps" $entry
        has "${when%:*}: cookies" "$(ask +cookie bl.test SOA)" 'COOKIE: [0-9a-f]{32,} \(good\)'
        entry=$((entry + 1))
        publish $entry
        ok "${when%:*}: new data are served" wait_for 20 listed $entry
        # RFC 1982: greater is what is less than 2^31 ahead.
        ahead=$((($(serial) - last_serial) & 4294967295))
        ok "${when%:*}: their serial is greater, by $ahead" \
            [ $ahead -gt 0 -a $ahead -lt 2147483648 ]
        last_serial=$(serial)
        ok "${when%:*}: rblctl" "${SHIM[@]}" "$BUILD/rblctl" -c conf status
    done
    put $SHIFT 4294967294
    server
    serves "started in 2162" $entry
    put $SHIFT 0
    SHIM=()
fi

# --- A full disk ---

if $root && mount -t tmpfs -o size=256k tmpfs disk 2>/dev/null; then
    mounted=disk
    server
    before=$(serial)
    echo 192.0.2.60 >one.txt
    run "$BUILD/rbl-loader" -c full.conf --force
    is "an almost empty disk: $OUT" "$STATUS" 0
    ok "is room enough" wait_for 20 listed 60
    before=$(serial)
    { addresses 60000 && echo 192.0.2.61; } >one.txt
    run "$BUILD/rbl-loader" -c full.conf --force
    is "a full disk: $OUT" "$STATUS" 1
    has "it is said" "$OUT" 'No space left on device'
    serves "the list did not fit" 60
    is "the serial stays" "$(serial)" "$before"
    is "nothing is left over" "$(find disk images -name '.*' -type f ! -name .lock)" ''
    mount -o remount,size=16m disk
    run "$BUILD/rbl-loader" -c full.conf
    is "there is room again: $OUT" "$STATUS" 0
    ok "and the list is served" wait_for 20 listed 61

    # Now the images are on it.
    umount disk && mount -t tmpfs -o size=256k tmpfs disk
    sed "s|$T/images|$T/disk|" conf >images.conf
    stop dnsd
    echo 192.0.2.62 >one.txt
    run "$BUILD/rbl-loader" -c images.conf --force
    is "the first image: $OUT" "$STATUS" 0
    start dnsd "$BUILD/rbl-dnsd" -c images.conf
    ok "it is served" wait_for 10 listed 62
    { addresses 60000 && echo 192.0.2.63; } >one.txt
    run "$BUILD/rbl-loader" -c images.conf --force
    is "no room for the image: $OUT" "$STATUS" 1
    has "it is said" "$OUT" 'No space left on device'
    serves "the image did not fit" 62
    stop dnsd
    umount disk
    mounted=''
else
    echo "a full disk: left out, no file system may be mounted here"
fi

# --- The end without warning ---

server
before=$(serial)
kill -KILL "${PID[dnsd]}"
server
is "the same data with the same serial" "$(serial)" "$before"
stop dnsd
is "the server ends well" "$STATUS" 0
hasnt "nothing went wrong on the way" "$(cat dnsd.log)" 'Sanitizer|runtime error'
finish

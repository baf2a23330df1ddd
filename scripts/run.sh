#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make run: the quick start.  Installs what is missing, builds, mirrors the sample lists of zones/,
# and serves them on 127.0.0.1:5300 in the foreground until Ctrl-C.  Everything it writes lies in
# run/ (and build/); a second run finds the images there and uses them again.
#
#   RUN_PORT=5301 make run    on another port
#   RUN_DIR=/some/where       with the state elsewhere
set -euo pipefail
cd "$(dirname "$0")/.."

port=${RUN_PORT:-5300}
run=${RUN_DIR:-run}
build=build/release

scripts/install-deps.sh --run
env -u MAKEFLAGS -u MFLAGS make --no-print-directory -s -j"$(nproc)" V=release all

# Started as root, rbl-dnsd becomes an unprivileged user before it reads a packet.
user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody

# A URL holds no blank, and a path goes unquoted into sed below: odd ones are reached another way.
zones=$PWD/zones
[[ $zones =~ ^[A-Za-z0-9/._+-]+$ ]] || zones=/proc/self/cwd/zones

mkdir -p "$run/mirror" "$run/images" "$run/ctl"
conf=$run/rbldnsd.conf
write_conf() { # FILE PREFIX-OF-PATHS
    cat >"$1" <<END
# Written by scripts/run.sh; the lists and zones come from zones/sample.conf.in.
server {
  listen = { "127.0.0.1:$port" }
  user   = "$user"
}
paths {
  mirror = "$2mirror"
  images = "$2images"
  run    = "$2ctl"
}
END
    sed "s|@ZONES@|$zones|" zones/sample.conf.in >>"$1"
}
write_conf "$conf" "$run/"
if [ "$(id -u)" = 0 ]; then
    chown "$user" "$run/ctl"
    chmod 755 "$run" "$run/images"
fi

# Status 1: some list kept its old data, and the loader has said which; there is something to serve.
status=0
"$build/rbl-loader" -c "$conf" || status=$?
[ "$status" -le 1 ] || exit "$status"

line() { printf '  # %s\n  dig +norec @127.0.0.1 -p %s %s\n' "$2" "$port" "$1"; }
v6=1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.a.b.0.8.b.d.0.1.0.0.2 # 2001:db8:bad::1
cat <<END

Serving $(cd "$run" && pwd)/images on 127.0.0.1:$port, UDP and TCP.  In another terminal:

$(
line '7.2.0.192.psbl.localhost A' '127.0.0.2: 192.0.2.7 is listed'
line '7.2.0.192.psbl.localhost TXT' 'why'
line '99.2.0.192.psbl.localhost A' 'NXDOMAIN: not listed'
line '1.113.0.203.drop.localhost A' '127.0.0.9: in 203.0.113.0/25'
line "$v6.drop.localhost A" '127.0.0.9: in 2001:db8:bad::/48'
line 'spam.example.domains.localhost ANY' '127.0.0.2 and the text'
line 'a.b.bulk.example.domains.localhost A' '127.0.0.2: everything below bulk.example'
line '8.113.0.203.bl.localhost A' '127.0.0.2 and 127.0.0.9: two lists in one zone'
line '25.2.0.192.bl.localhost A' 'NXDOMAIN: in PSBL, but on the allow list'
line '+tcp 2.0.0.127.psbl.localhost A' '127.0.0.2: the test point of RFC 5782, over TCP'
)

  build/release/rblctl -c $conf lookup 192.0.2.7     # the same from the image
  build/release/rblctl -c $conf status

Ctrl-C ends it.

END

serve=("$PWD/$build/rbl-dnsd" -c "$conf")
# A clone in a directory that only root may enter: started inside run/, the server needs no path
# that leads through it.
if [ "$(id -u)" = 0 ] &&
    ! setpriv --reuid "$user" --regid nogroup --clear-groups test -r "$run/images"; then
    write_conf "$run/server.conf" ''
    cd "$run"
    serve=("${serve[0]}" -c server.conf)
fi

# In a terminal the server gets a process group of its own: Ctrl-C then reaches it alone, and make
# reports its exit status instead of the interrupt.
if [ -t 0 ]; then
    trap '' TSTP
    set -m
    status=0
    "${serve[@]}" || status=$?
    [ "$status" != 0 ] || echo "rbl-dnsd has ended; the state is kept in $run/ for the next run"
    exit "$status"
fi
exec "${serve[@]}"

# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Many lists refreshed in one pass of the loader, half by rsync and half by HTTP, from eight
# publishers on loopback: time, bytes fetched, and the largest process.  Sourced by run.sh, with what
# lib.sh says, and
#   refresh_rounds     how often

refresh_port=$((first_port + 20))
refresh_hosts=8 # the first half of them rsync daemons, the others one nginx

start_publishers() {
    local i server='' as_root=''
    [ "$(id -u)" != 0 ] || as_root='user root;'
    {
        printf 'use chroot = no\nlog file = %s\ntransfer logging = no\n' "$D/publishers/rsync.log"
        [ "$(id -u)" != 0 ] || printf 'uid = root\ngid = root\n'
        printf '[lists]\npath = %s\nread only = yes\n' "$D/publishers/lists"
    } >"$D/publishers/rsyncd.conf"
    for ((i = 1; i <= refresh_hosts / 2; i++)); do
        rsync --daemon --no-detach --config="$D/publishers/rsyncd.conf" --address="127.0.0.$i" \
            --port="$refresh_port" &
        pid[rsyncd$i]=$!
    done
    for (( ; i <= refresh_hosts; i++)); do server+=" listen 127.0.0.$i:$refresh_port;"; done
    cat >"$D/publishers/nginx.conf" <<END
$as_root
daemon off;
master_process off;
pid $D/publishers/nginx.pid;
error_log $D/publishers/nginx-error.log;
events { worker_connections 64; }
http {
    log_format bytes '\$bytes_sent';
    access_log $D/publishers/nginx.log bytes;
    client_body_temp_path $D/publishers/b; proxy_temp_path $D/publishers/p;
    fastcgi_temp_path $D/publishers/f; uwsgi_temp_path $D/publishers/u;
    scgi_temp_path $D/publishers/s;
    default_type text/plain;
    server { $server root $D/publishers; }
}
END
    nginx -c "$D/publishers/nginx.conf" -p "$D/publishers" 2>>"$D/log" &
    pid[nginx]=$!
    for ((i = 1; i <= refresh_hosts; i++)); do
        until (exec 3<>"/dev/tcp/127.0.0.$i/$refresh_port") 2>/dev/null; do
            [ "$SECONDS" -lt $((started + 30)) ] || die "no publisher at 127.0.0.$i"
            sleep 0.05
        done
    done
}

refresh_conf() { # LISTS
    local i host scheme path names=''
    echo "paths { mirror = \"$D/refresh/mirror\" images = \"$D/refresh/images\" run = \"$D\" }"
    for ((i = 1; i <= $1; i++)); do
        host=$((1 + i % refresh_hosts)) scheme=http
        [ $host -gt $((refresh_hosts / 2)) ] || scheme=rsync
        path=$(printf 'lists/%02d.txt' "$i")
        echo "list list$i { url = \"$scheme://127.0.0.$host:$refresh_port/$path\""
        echo "    max-size = \"1G\" a = \"127.0.0.$((1 + i))\" }"
        names+="${names:+, }\"list$i\""
    done
    echo "zone \"$zone\" { lists = { $names } }"
}

# All that publishers sent since the logs were emptied.  A daemon writes its line behind the end.
bytes_sent() {
    sleep 0.3
    cat "$D/publishers/rsync.log" "$D/publishers/nginx.log" |
        awk '/ sent [0-9]+ bytes /{ sub(/.* sent /, ""); sum += $1; next }
            /^[0-9]+$/ { sum += $1 } END { printf "%.0f\n", sum }'
}

# One pass: milliseconds, largest process (kB).
refresh_pass() { # MEASURE
    local ms peak
    : >"$D/publishers/rsync.log"
    : >"$D/publishers/nginx.log"
    read -r ms peak < <(python3 -c '
import resource, subprocess, sys, time
start = time.monotonic()
done = subprocess.run(sys.argv[1:], stderr=open("/dev/stderr", "w"))
if done.returncode == 0:
    print("%.0f %d" % ((time.monotonic() - start) * 1000,
                       resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))' \
        "$BUILD/rbl-loader" -c "$D/refresh.conf" --force 2>>"$D/log") ||
        { tail -n 20 "$D/log" >&2; die "the loader failed"; }
    record rbl-loader "refresh-$1" "$ms"
    record rbl-loader "refresh-$1-bytes" "$(bytes_sent)"
    [ "$1" = same ] || record rbl-loader "refresh-$1-peak" "$((peak * 1024))"
}

# Another number at the end of every thousandth line.
change_lists() { # ROUND
    local file
    for file in "$D"/publishers/lists/*; do
        awk -v round="$1" 'BEGIN { FS = OFS = "." }
            NR % 1000 == round { $4 = ($4 + round) % 256 } { print }' "$file" >"$D/publishers/next"
        mv "$D/publishers/next" "$file"
    done
}

measure_refresh() { # ENTRIES LISTS
    local run started=$SECONDS
    case_name="$1,refresh,$2"
    note "refresh: $1 addresses in $2 lists"
    make_lists "$1" clustered
    mkdir -p "$D/publishers/lists"
    chmod -R 755 "$D/publishers"
    split -n "l/$2" --numeric-suffixes=1 -a 2 --additional-suffix=.txt "$D/unsorted.txt" \
        "$D/publishers/lists/"
    refresh_conf "$2" >"$D/refresh.conf"
    start_publishers
    for ((run = 1; run <= refresh_rounds; run++)); do
        rm -rf "$D/refresh"
        refresh_pass new
        refresh_pass same
        change_lists "$run"
        refresh_pass changed
    done
    stop_all
    rm -rf "$D/refresh" "$D/publishers"
}

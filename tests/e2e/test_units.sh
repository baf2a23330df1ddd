#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The systemd units: how much systemd itself says they leave open, and that their filters let
# through every system call the programs make.

. "$(dirname "$0")/lib.sh"
begin units
need systemd-analyze systemd-sysusers strace rbl-dnsd rbl-loader dig

UNITS=$E2E/../../scripts

for unit in rbl-dnsd rbl-loader rbl-compile; do
    # It insists on a program that is there.
    sed 's|@SBINDIR@/rbl-[a-z]*|/bin/true|' "$UNITS/$unit.service" >"$unit.service"
done

exposure() { # UNIT TENTHS
    systemd-analyze security --offline=true --no-pager --threshold="$2" "$T/$1.service"
}
ok "exposure of rbl-dnsd.service is at most 1.6" exposure rbl-dnsd 16
ok "exposure of rbl-loader.service is at most 1.1" exposure rbl-loader 11
ok "exposure of rbl-compile.service is at most 0.5" exposure rbl-compile 5
run systemd-analyze security --offline=true --no-pager "$T/rbl-compile.service"
hasnt "every line of rbl-compile.service is understood" "$OUT" "ignoring"
run systemd-analyze security --offline=true --no-pager "$T/rbl-dnsd.service"
hasnt "every line of rbl-dnsd.service is understood" "$OUT" "ignoring"
run systemd-analyze security --offline=true --no-pager "$T/rbl-loader.service"
hasnt "every line of rbl-loader.service is understood" "$OUT" "ignoring"

# Accounts and directories, as the README has them made.
mkdir -p root/etc root/var/lib root/run
sysusers() { systemd-sysusers --root="$T/root" "$@" "$UNITS/rblmirror.sysusers" 2>&1; }
id_of() { sed -n "s/^$1:x:\([0-9]*\):.*/\1/p" root/etc/passwd; }
run sysusers --dry-run
is "every account can be made" "$STATUS" 0
hasnt "and its line is understood" "$OUT" "not a valid|[Ii]gnoring"
if [ "$(id -u)" = 0 ]; then
    ok "accounts" sysusers
    ok "directories" systemd-tmpfiles --root="$T/root" --create "$UNITS/rblmirror.tmpfiles"
    for row in var/lib/rblmirror/mirror:rbl-loader:750 var/lib/rblmirror/images:rbl-loader:755 \
        run/rblmirror:rbl-dnsd:755; do
        IFS=: read -r dir account mode <<<"$row"
        is "$dir" "$(stat -c '%u %a' "root/$dir")" "$(id_of "$account") $mode"
    done
fi

# The calls that a unit allows, one a line, from its SystemCallFilter= lines.
expand() { # NAME...
    local name
    for name in "$@"; do
        case $name in
        @*)
            # shellcheck disable=SC2046 # words
            expand $(systemd-analyze syscall-filter "$name" | sed '1d; s/#.*//')
            ;;
        *) echo "$name" ;;
        esac
    done
}
allowed() { # UNIT
    local line
    : >have
    while read -r line; do
        # shellcheck disable=SC2086 # words
        case $line in
        ~*) expand ${line#\~} | sort -u >without && sort -u have | comm -23 - without >rest &&
            mv rest have ;;
        *) expand $line >>have ;;
        esac
    done < <(sed -n 's/^SystemCallFilter=//p' "$T/$1.service")
    # Refused, it leaves the one child that can wait at the priority of the unit.
    { cat have && echo setpriority; } | sort -u
}
made() { # TRACE
    # A call another thread interrupts is on two lines; signals and exits are on lines of their own.
    sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$1" | sort -u
}

pick_port
user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody
mkdir images run
chmod 777 run
cat >conf <<END
server { listen = { "127.0.0.1:$PORT" } user = "$user" }
paths { mirror = "$T/mirror" images = "$T/images" run = "$T/run" }
list one { url = "file:$T/one.txt" a = "127.0.0.3" }
zone "bl.test" { lists = { "one" } }
END
echo 192.0.2.1 >one.txt
ok "the loader runs" strace -f -qq -o loader.trace "$BUILD/rbl-loader" -c conf
allowed rbl-loader >may
is "rbl-loader makes no call that its unit forbids" "$(made loader.trace | comm -23 - may)" ''
rm images/bl.test.rbl
ok "it compiles without fetching" strace -f -qq -o compile.trace "$BUILD/rbl-loader" -c conf --no-fetch
ok "what was compiled is there" [ -s images/bl.test.rbl ]
allowed rbl-compile >may
is "--no-fetch makes no call that rbl-compile.service forbids" \
    "$(made compile.trace | comm -23 - may)" ''
is "and opens no socket" "$(grep -E '^[0-9]+ +(socket|connect)\(' compile.trace)" ''

# As systemd starts it: the account is changed already, which takes calls that the unit forbids.
as_user=()
[ "$(id -u)" != 0 ] || as_user=(setpriv --reuid=nobody --clear-groups)
# A copy: the account need not get at the tree it was built in.
install -m 755 "$BUILD/rbl-dnsd" rbl-dnsd
start dnsd "${as_user[@]}" strace -f -qq -o "$T/run/dnsd.trace" "$T/rbl-dnsd" -c conf
answers() { [ "$(dig +short +tries=1 +time=5 -p "$PORT" @127.0.0.1 1.2.0.192.bl.test)" = 127.0.0.3 ]; }
ok "the server answers while it is traced" wait_for 20 answers
ok "and over TCP" dig +tcp +short +tries=1 -p "$PORT" @127.0.0.1 1.2.0.192.bl.test
# strace keeps signals to itself; it ends when what it traces does.
ok "SIGTERM" pkill -TERM -P "${PID[dnsd]}"
ok "the server ends" wait_for 10 test ! -e "/proc/${PID[dnsd]}/exe"
stop dnsd KILL
allowed rbl-dnsd >may
is "rbl-dnsd makes no call that its unit forbids" "$(made run/dnsd.trace | comm -23 - may)" ''

finish

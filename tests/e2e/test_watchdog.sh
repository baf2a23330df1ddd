#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the service manager is told of the server's life, and that a worker which hangs ends the
# watchdog's news.

. "$(dirname "$0")/lib.sh"
begin watchdog
need rbl-dnsd rbl-loader python3 dig

list_of 1000 1
start notified "$E2E/notified.py" "$T/run/notify"
ok "the service manager" wait_for 20 grep -q listening notified.log
chmod 777 run/notify
told() { grep -c "$1" notified.log; }
told_of() { [ "$(told "$1")" -ge "$2" ]; }

export NOTIFY_SOCKET=$T/run/notify WATCHDOG_USEC=200000
start_dnsd dnsd -c conf
unset NOTIFY_SOCKET WATCHDOG_USEC
ok "it is told of the start" wait_for 20 told_of READY=1 1
[ "$failures" = 0 ] || finish
ok "and now and then that all is well" wait_for 20 told_of WATCHDOG=1 5
kill -HUP "${PID[dnsd]}"
ok "of a reload" wait_for 20 told_of RELOADING=1 1
ok "and its end" wait_for 20 told_of READY=1 2

held() { grep -q held held.log || ! kill -0 "${PID[held]}"; }
hold() {
    start held "$E2E/hold_thread.py" "${PID[dnsd]}" "$PORT"
    wait_for 60 held
    grep -q held held.log
}
# Twenty of them would come meanwhile; a last one may be under way.
silent() {
    local before
    before=$(told WATCHDOG=1)
    sleep 2
    [ "$(told WATCHDOG=1)" = "$before" ]
}
# A worker stopped in the few instructions around its wait for queries holds up nobody, either;
# from outside that looks the same, so it is let go and held anew.
hung() {
    local try
    for try in {1..20}; do
        silent || silent && return
        stop held KILL
        hold || return
    done
    return 1
}

if hold; then
    hung
    is "a worker that hangs is nothing to tell of" $? 0
    before=$(told WATCHDOG=1)
    stop held KILL
    ok "it is let go: all is well again" wait_for 20 told_of WATCHDOG=1 $((before + 2))
    is "it answers" "$(dig +short +tries=3 -p "$PORT" @127.0.0.1 2.0.0.127.bl.test)" 127.0.0.2
else
    stop held
    is "threads may not be stopped here: $(cat held.log)" "$STATUS" 77
fi

stop dnsd
is "it ends" "$STATUS" 0
ok "and says so" wait_for 20 told_of STOPPING=1 1
finish

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Mail is rejected: Postfix, Unbound and rbl-dnsd with the very blocks of configuration that the
# README tells a mail administrator to write, and SMTP dialogues with clients that the lists name.
#
# libc's resolver knows /etc/resolv.conf and port 53 only, so everything runs in namespaces of its
# own: a network that is nothing but loopback (where port 53 is free), mounts (where resolv.conf is
# another file), and process numbers (whose first process takes all others with it when it ends).

if [ "${1-}" != inside ]; then
    [ "$(id -u)" = 0 ] || { echo "postfix: skipped: needs root, for namespaces"; exit 77; }
    spaces=(--net --mount --pid --fork --kill-child --mount-proc)
    unshare "${spaces[@]}" true || { echo "postfix: skipped: no namespaces here"; exit 77; }
    exec unshare "${spaces[@]}" "$0" inside
fi

. "$(dirname "$0")/lib.sh"
begin postfix
need postfix unbound unbound-control dig ip rbl-loader rbl-dnsd

readme=$E2E/../../README.md
ip link set lo up
mkdir etc postfix spool data unbound run
echo "nameserver 127.0.0.1" >etc/resolv.conf
mount --bind etc/resolv.conf /etc/resolv.conf || skip "cannot mount over /etc/resolv.conf"

# --- The README's configuration, except for directories and the publisher.

# The indented block of "Postfix in five minutes" that holds REGEX, without its indentation.
readme_block() {
    awk -v wanted="$1" '
        function done() { if (found) printf "%s", block; block = ""; hit = found; found = 0 }
        /^## / { section = /^## Postfix in five minutes/ }
        hit { exit }
        !section { next }
        /^    / { line = substr($0, 5); block = block line "\n"; if (line ~ wanted) found = 1; next }
        /^$/ && block != "" { block = block "\n"; next }
        { done() }
        END { done() }' "$readme"
}

readme_block '^list psbl' >etc/readme.conf
readme_block '^stub-zone:' >etc/readme.unbound
readme_block 'reject_rbl_client' >etc/readme.postfix
for file in readme.conf readme.unbound readme.postfix; do
    ok "README has $file" [ -s "etc/$file" ]
done

{
    sed -e "s|rsync://psbl-mirror.surriel.com/psbl/|file:$T/etc/|" \
        -e "s|/etc/rblmirror/|$T/etc/|" -e 's|^server {|&\n  user = "nobody"|' etc/readme.conf
    echo "paths { mirror = \"$T/mirror\" images = \"$T/images\" run = \"$T/run\" }"
} >etc/rbldnsd.conf
chown nobody run
chown postfix data

cat >etc/psbl.txt <<'END'
192.0.2.7
192.0.2.25
192.0.2.26
192.0.2.200
198.51.100.64/27
2001:db8:bad::/48
END
printf '%s\n' spam.example '*.bulk.example' '.both.example' >etc/domains.txt
printf '%s\n' 192.0.2.25 2001:db8:bad::25 >etc/allow.txt

# Strict: Unbound asks for every name on the way down and takes NXDOMAIN for an answer, so that a
# server which denies an empty non-terminal loses everything below it.
{
    cat <<END
server:
    interface: 127.0.0.1
    port: 53
    username: ""
    chroot: ""
    directory: "$T/unbound"
    pidfile: ""
    use-syslog: no
    num-threads: 1
    module-config: "validator iterator"
    trust-anchor: ". DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
    qname-minimisation: yes
    qname-minimisation-strict: yes
remote-control:
    control-enable: yes
    control-interface: $T/unbound/control
    control-use-cert: no
END
    cat etc/readme.unbound
} >unbound/unbound.conf

cat >postfix/main.cf <<END
compatibility_level = 3.6
queue_directory = $T/spool
data_directory = $T/data
maillog_file = $T/postfix.log
maillog_file_prefixes = $T
myhostname = mx.example.org
mydestination = example.org
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = all
local_recipient_maps =
local_transport = discard
default_transport = discard
alias_maps =
alias_database =
smtpd_authorized_xclient_hosts = 127.0.0.1
END
cat etc/readme.postfix >>postfix/main.cf

pick_port
smtp_port=$PORT
# An smtpd process remembers what it heard from DNS for as long as it lives: here, one client.
# service type private unpriv chroot wakeup maxproc command
cat >postfix/master.cf <<END
127.0.0.1:$smtp_port inet n - n - - smtpd -o max_use=1
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
END

# --- One dialogue.

# Lines of one reply, its last line into REPLY_LINE.
smtp_reply() {
    while IFS= read -r -t 20 -u "$smtp_fd" REPLY_LINE; do
        REPLY_LINE=${REPLY_LINE%$'\r'}
        [[ $REPLY_LINE != ???-* ]] && return
    done
    REPLY_LINE="connection ended or timed out"
}

smtp_say() {
    printf '%s\r\n' "$1" >&"$smtp_fd"
    smtp_reply
}

# What the server says to RCPT when the client at ADDRESS (as XCLIENT spells it) sends from SENDER.
rcpt() {
    local smtp_fd rest answer
    exec {smtp_fd}<>"/dev/tcp/127.0.0.1/$smtp_port" || { echo "no connection"; return; }
    smtp_reply
    for rest in "EHLO client.example" "XCLIENT NAME=[UNAVAILABLE] ADDR=$1" "EHLO client.example" \
        "MAIL FROM:<$2>"; do
        smtp_say "$rest"
        [[ $REPLY_LINE == 2* ]] || { echo "$rest: $REPLY_LINE"; return; }
    done
    smtp_say "RCPT TO:<user@example.org>"
    answer=$REPLY_LINE
    smtp_say QUIT
    exec {smtp_fd}>&-
    echo "$answer"
}

accepted="250 2.1.5 Ok"
by_psbl() {
    echo "554 5.7.1 Service unavailable; Client host [$1] blocked using psbl.localhost;" \
        "Listed in PSBL, see https://psbl.org/listing?ip=$1"
}
by_domains() {
    echo "554 5.7.1 Service unavailable; Sender address [user@$1] blocked using domains.localhost;" \
        "$1 sends unwanted mail"
}
client() { is "client $1: $3" "$(rcpt "$1" user@good.example)" "$2"; }
sender() { is "sender $1: $3" "$(rcpt 192.0.2.99 "user@$1")" "$2"; }

answers() { [ "$(dig +short +time=5 +tries=1 "$1" A)" = "$2" ]; }

# --- Everything up, from the publisher to the mail server.
run "$BUILD/rbl-loader" -c etc/rbldnsd.conf
is "loader: $OUT" "$STATUS" 0
start rbl-dnsd "$BUILD/rbl-dnsd" -c etc/rbldnsd.conf
start unbound unbound -d -c unbound/unbound.conf
ok "README: the test point through Unbound" wait_for 10 answers 2.0.0.127.psbl.localhost 127.0.0.2
run postfix -c "$T/postfix" start
is "postfix starts: $OUT" "$STATUS" 0
ok "Postfix listens" wait_for 20 listens "$smtp_port"
[ "$failures" = 0 ] || finish

# --- Clients.
client 192.0.2.7 "$(by_psbl 192.0.2.7)" "listed"
client 192.0.2.8 "$accepted" "beside a listed one"
client 198.51.100.63 "$accepted" "below a listed network"
client 198.51.100.64 "$(by_psbl 198.51.100.64)" "first of a listed network"
client 198.51.100.95 "$(by_psbl 198.51.100.95)" "last of a listed network"
client 198.51.100.96 "$accepted" "behind a listed network"
client IPV6:2001:db8:bad::1 "$(by_psbl 2001:db8:bad::1)" "in a listed network, IPv6"
client IPV6:2001:db8:bae::1 "$accepted" "not listed, IPv6"
client 127.0.0.2 "$accepted" "the test point, but one of mynetworks"

# --- Senders.
sender spam.example "$(by_domains spam.example)" "listed"
sender a.spam.example "$accepted" "below a name that is listed alone"
sender bulk.example "$accepted" "above a wildcard"
sender a.b.bulk.example "$(by_domains a.b.bulk.example)" "below a wildcard"
sender both.example "$(by_domains both.example)" "listed with everything below"
sender a.both.example "$(by_domains a.both.example)" "below such a name"
sender good.example "$accepted" "not listed"
is "both listed: the client counts" "$(rcpt 192.0.2.7 user@spam.example)" "$(by_psbl 192.0.2.7)"

# --- The allow list comes first, for the client and whatever it sends.
client 192.0.2.25 "$accepted" "on both lists"
client IPV6:2001:db8:bad::25 "$accepted" "on both lists, IPv6"
is "allowed client, listed sender" "$(rcpt 192.0.2.25 user@spam.example)" "$accepted"
client 192.0.2.26 "$(by_psbl 192.0.2.26)" "beside an allowed one"

# --- New data, while all of them run.  Only what Unbound remembers is dropped.
client 192.0.2.200 "$(by_psbl 192.0.2.200)" "before it is taken off"
client 192.0.2.201 "$accepted" "before it is put on"
sed -i 's/^192\.0\.2\.200$/192.0.2.201/' etc/psbl.txt
run "$BUILD/rbl-loader" -c etc/rbldnsd.conf --force
is "loader, new data: $OUT" "$STATUS" 0
fresh() {
    unbound-control -c unbound/unbound.conf flush_zone psbl.localhost
    answers 201.2.0.192.psbl.localhost 127.0.0.2
}
ok "new data are served" wait_for 20 fresh
client 192.0.2.200 "$accepted" "taken off"
client 192.0.2.201 "$(by_psbl 192.0.2.201)" "put on"
client 192.0.2.7 "$(by_psbl 192.0.2.7)" "still on"

# --- The end.
run postfix -c "$T/postfix" stop
hasnt "Postfix had no complaint" "$(cat postfix.log)" '(warning|error|fatal|panic):'
stop rbl-dnsd
is "rbl-dnsd ends well" "$STATUS" 0
finish

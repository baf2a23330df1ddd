#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What rbldnsd's documentation and behaviour promise for several data sets in one zone, for the
# records of a zone, and for answers that do not fit: data files in, answers out.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

begin rbldnsd_examples
ln -s "$BUILD/rbl-dnsd" "$T/rbldnsd"
ln -s "$BUILD/rbl-loader" "$T/rbl-loader"
pick_port && port=$PORT

printf '10.0.0.0/24 :2:a\n!10.0.0.5\n' >A
printf '$TTL 100\n10.0.0.5 :3:b\n10.0.0.6 :3:b\n10.0.0.7 :2:a\n' >B
printf '$TTL 50\n10.0.0.0/30 :9:c\n10.0.0.6 :2:a\n' >C
printf '%s\n' '$SOA 0 ns1.ex.test hostmaster.ex.test 0 1h 1h 2d 10m' '$NS 1d ns1.ex.test ns2.ex.test' \
    127.0.0.2 10.1.2.3 >meta
for i in 1 2 3 4 5 6; do echo "10.0.0.9 :$((i + 1)):$(printf "$i%.0s" {1..200})"; done >long

start ours "$T/rbldnsd" -n -b "127.0.0.1/$port" -w "$T" \
    $([ "$(id -u)" != 0 ] || echo -u nobody) \
    z.t:ip4set:A z.t:ip4set:B z.t:ip4trie:C bl.ex.test:ip4set:meta long.t:ip4set:long
ask() { dig +noall +answer +authority +tries=2 +time=2 @127.0.0.1 -p "$port" "$@" |
    awk '!/^;/ { $1 = ""; print }' | sed 's/^ //; s/ IN / /' | sort | tr '\n' '|'; }
head_of() { dig +noall +comments +tries=2 +time=2 @127.0.0.1 -p "$port" "$@" |
    sed -n 's/.*status: \([A-Z]*\).*/\1/p; s/.*flags: \([a-z ]*\);.*ANSWER: \([0-9]*\),.*/\1 \2/p' |
    tr '\n' ' '; }
up() { dig +short +time=1 +tries=1 @127.0.0.1 -p "$port" version.bind CH TXT | grep -q .; }
ok 'the server answers' wait_for 10 up

# Several data sets: an exclusion acts in its own only, equal records once, the smallest TTL for all.
is 'excluded in one, listed in another' "$(ask 5.0.0.10.z.t ANY)" \
    '100 A 127.0.0.3|100 TXT "b"|'
is 'three data sets' "$(ask 6.0.0.10.z.t ANY)" \
    '50 A 127.0.0.2|50 A 127.0.0.3|50 TXT "a"|50 TXT "b"|'
is 'equal records once' "$(ask 7.0.0.10.z.t ANY)" '100 A 127.0.0.2|100 TXT "a"|'
is 'a range in two' "$(ask 1.0.0.10.z.t ANY)" \
    '50 A 127.0.0.2|50 A 127.0.0.9|50 TXT "a"|50 TXT "c"|'

# The zone's own records; TTL 0 in them means the data set's, 35 minutes by default.
is 'listed' "$(ask 3.2.1.10.bl.ex.test A)" '2100 A 127.0.0.2|'
has 'not the type: the SOA, for ten minutes' "$(ask 3.2.1.10.bl.ex.test AAAA)" \
    '^600 SOA ns1\.ex\.test\. hostmaster\.ex\.test\. [0-9]+ 3600 3600 172800 600\|$'
has 'not listed' "$(ask 9.0.0.127.bl.ex.test A)" '^600 SOA ns1\.ex\.test\. '
is 'not listed, status' "$(head_of 9.0.0.127.bl.ex.test A)" 'NXDOMAIN qr aa rd 0 '
has 'apex SOA' "$(ask bl.ex.test SOA)" '^2100 SOA ns1\.ex\.test\. hostmaster\.ex\.test\. '
is 'apex NS' "$(ask bl.ex.test NS)" '86400 NS ns1.ex.test.|86400 NS ns2.ex.test.|'
has 'apex A' "$(ask bl.ex.test A)" '^600 SOA '
is 'above a listed name: exists, where rbldnsd says NXDOMAIN' \
    "$(head_of 0.0.127.bl.ex.test A)" 'NOERROR qr aa rd 0 '
is 'a name that is no address' "$(head_of foo.bl.ex.test A)" 'NXDOMAIN qr aa rd 0 '
is 'below an address' "$(head_of x.2.0.0.127.bl.ex.test A)" 'NXDOMAIN qr aa rd 0 '
is 'a transfer is refused' "$(head_of bl.ex.test AXFR)" 'REFUSED qr 0 '
is 'a type above 255: no data, where rbldnsd says NOTIMP' \
    "$(head_of 2.0.0.127.bl.ex.test CAA)" 'NOERROR qr aa rd 0 '
is 'outside the zones' "$(head_of other.zone A)" 'REFUSED qr rd 0 '
is 'above a zone' "$(head_of ex.test A)" 'REFUSED qr rd 0 '

# Six texts of 200 octets: truncated and said so, where rbldnsd sends what fits; whole over TCP.
is 'too long without EDNS' "$(head_of +noedns +ignore 9.0.0.10.long.t TXT)" 'NOERROR qr aa tc rd 0 '
is 'too long for 1232' "$(head_of +bufsize=4096 +ignore 9.0.0.10.long.t TXT)" \
    'NOERROR qr aa tc rd 0 '
is 'whole over TCP' "$(head_of +tcp 9.0.0.10.long.t TXT)" 'NOERROR qr aa rd 6 '
is 'six addresses fit' "$(head_of +noedns 9.0.0.10.long.t A)" 'NOERROR qr aa rd 6 '

stop ours
is 'ends cleanly' "$STATUS" 0
finish

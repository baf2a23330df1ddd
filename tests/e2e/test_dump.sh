#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# rblctl dump and migrate: a command line of rbldnsd becomes a configuration that the loader takes,
# and what is compiled from it comes out again in every form, to be compiled once more.

. "$(dirname "$0")/lib.sh"
begin dump
need rbl-loader rblctl

mkdir data
printf '%s\n' '$SOA 0 ns1.example.net hostmaster.example.net 0 1h 1h 2d 10m' \
    '$NS 1d ns1.example.net' >data/soa
printf '%s\n' ':3:Listed, see $' '192.0.2.0/28' '!192.0.2.7' '192.0.2.9 :4:other' \
    '203.0.113.77/28 :5:host bits' >data/ip4
printf '%s\n' '.bad.example' '!good.bad.example' >data/names
mkdir empty && : >empty/list

migrate() { run "$BUILD/rblctl" migrate "$@"; }
ctl() { run "$BUILD/rblctl" -c "$1" "${@:2}"; }

# --- Refusals have rbldnsd's words.
migrate -- -b 127.0.0.1/5300 z:nonsense:f
has "unknown type" "$STATUS $OUT" "^2 rblctl: unknown dataset type \`nonsense'"
migrate -- -t ::2m z:ip4set:f
has "inconsistent TTL" "$STATUS $OUT" '^2 rblctl: inconsistent def:min:max ttl: 2100:0:120'
migrate -- -Z z:ip4set:f
has "unknown option" "$STATUS $OUT" "^2 rblctl: invalid option -- 'Z'"
migrate -- -b no.such.host.invalid z:ip4set:f
has "unknown host" "$STATUS $OUT" '^2 rblctl: -b no\.such\.host\.invalid: '
migrate -- -b 127.0.0.1 'a*b:ip4set:f'
has "zone name" "$STATUS $OUT" '^1 rblctl: zone name with '
migrate
is "no arguments" "$STATUS" 2

# --- A configuration that the loader takes.
migrate -- -n -e -w "$T/data" -b 127.0.0.1/5300 -t 10m -l log \
    bl.test:generic:soa bl.test:ip4set:ip4 names.test:dnset:names
is "migrate" "$STATUS" 0
has "migrate: comment" "$OUT" '^# -l log: '
has "migrate: files" "$OUT" "url = \"file:$T/data/ip4\""
paths() { echo "paths { mirror = \"$T/$1/mirror\" images = \"$T/$1/images\" run = \"$T/$1/run\" }"; }
{ echo "$OUT"; paths one; } >one.conf
run "$BUILD/rbl-loader" -c one.conf
is "loader" "$STATUS" 0

# --- What is in it.
ctl one.conf dump bl.test
has "plain: several values" "$STATUS $OUT" '^1 rblctl: bl\.test: .*; use --as rbldnsd'
ctl one.conf dump names.test
has "plain: exclusion" "$STATUS $OUT" '^1 rblctl: names\.test: good\.bad\.example is excluded; use'
ctl one.conf dump bl.test --as nonsense
is "form" "$STATUS" 2
ctl one.conf dump nowhere.test
is "zone" "$STATUS" 2
ctl one.conf status --as plain
is "--as elsewhere" "$STATUS" 2
ctl one.conf dump bl.test --as bind
is "bind" "$STATUS" 0
has "bind: address" "$OUT" '^9\.2\.0\.192 600 TXT "other"$'
has "bind: subject" "$OUT" '^8\.2\.0\.192 600 TXT "Listed, see 192\.0\.2\.8"$'
hasnt "bind: exclusion" "$OUT" '^7\.2\.0\.192 '
has "bind: host bits" "$OUT" '^64\.113\.0\.203 600 A 127\.0\.0\.5$'
ctl one.conf dump names.test --as rpz
has "rpz" "$OUT" '^good\.bad\.example CNAME rpz-passthru\.$'

# --- Dumped and compiled again: the same text comes out.
{
    paths two
    for zone in bl.test names.test; do
        "$BUILD/rblctl" -c one.conf dump $zone --as rbldnsd >$zone.txt
        echo "list $zone { url = \"file://$T/$zone.txt\" format = \"rbldnsd:combined\" }"
        echo "zone \"$zone\" { lists = { \"$zone\" } ttl = \"10m\" }"
    done
} >two.conf
run "$BUILD/rbl-loader" -c two.conf
is "loader again" "$STATUS" 0
for zone in bl.test names.test; do
    for form in rbldnsd bind rpz; do
        "$BUILD/rblctl" -c one.conf dump $zone --as $form | sed -E '/SOA/d' >one.out
        "$BUILD/rblctl" -c two.conf dump $zone --as $form | sed -E '/SOA/d' >two.out
        same=$(cmp one.out two.out && wc -l <one.out)
        has "$zone as $form: the same again" "$same" '^[1-9]'
    done
done

# --- Empty files are refused unless they often are.
migrate -- -w "$T/empty" -b 127.0.0.1/5300 e.test:ip4set:list g.test:generic:list
{ echo "$OUT"; paths three; } >three.conf
run "$BUILD/rbl-loader" -c three.conf
is "empty list" "$STATUS" 1
finish

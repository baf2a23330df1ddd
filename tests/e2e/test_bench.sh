#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The benchmark runs: its smallest form, without a word about the figures, which a busy machine
# makes worthless.

. "$(dirname "$0")/lib.sh"
begin bench
need rbldnsd nsd knotd nginx rsync python3 taskset lscpu rbl-loader rbl-dnsd tests/bench/gen tests/bench/gen_rbldnsd \
    tests/bench/load tests/bench/load_tcp

run env BENCH_OUT="$T" BENCH_DIR="$T" RBL_BUILD="$BUILD" "$E2E/../bench/run.sh" --quick
is "status: $OUT" "$STATUS" 0
for measure in load-sorted load-unsorted restart memory image loader-peak cpu answers paced-cpu p50 \
    p99 p999 in-process cpu-misses cpu-near tcp-cpu tcp-answers swap p999-still p999-reload \
    workers1-cpu workers2-cpu; do
    has "rbl-dnsd, one list: $measure" "$(cat results.csv)" \
        "^20000,clustered,1,rbl-dnsd,$measure,[0-9.]*[1-9][0-9.]*,"
done
has "reload: no query lost" "$(cat results.csv)" '^20000,clustered,1,rbl-dnsd,lost-reload,0,0,0,'
for system in echo rbl-dnsd ip4set ip4tset ip4trie nsd knotd; do
    has "$system, one list: no query lost" "$(cat results.csv)" \
        "^20000,clustered,1,$system,lost,0,0,0,"
    has "$system: in the table" "$OUT" "^median .*$system"
done
for own in 'ranges ip4set' 'names dnset' 'texts ip4trie' 'cidr ip4trie' 'ipv6 ip6trie'; do
    type=${own#* } case_name="20000,rbldnsd:${own#* } ${own% *},1"
    for measure in load-unsorted memory image cpu in-process; do
        has "rbl-dnsd, $own: $measure" "$(cat results.csv)" \
            "^$case_name,rbl-dnsd,$measure,[0-9.]*[1-9][0-9.]*,"
    done
    for measure in load-unsorted memory cpu; do
        has "rbldnsd, $own: $measure" "$(cat results.csv)" \
            "^$case_name,$type,$measure,[0-9.]*[1-9][0-9.]*,"
    done
    for system in echo rbl-dnsd "$type"; do
        has "$own, $system: no query lost" "$(cat results.csv)" "^$case_name,$system,lost,0,0,0,"
    done
done
for measure in new changed same new-bytes changed-bytes same-bytes new-peak changed-peak; do
    has "refresh: $measure" "$(cat results.csv)" \
        "^20000,refresh,40,rbl-loader,refresh-$measure,[0-9.]*[1-9][0-9.]*,"
done
has "refresh: in the table" "$OUT" '^refresh, all lists new, ms +[0-9]'
has "twenty lists in one zone" "$OUT" '^20000 addresses, clustered, 20 lists in one zone$'
for plot in cost memory lists; do
    ok "$plot.svg is well-formed" python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' \
        "$plot.svg"
    has "$plot.svg: our line" "$(cat "$plot.svg")" '>rbl-dnsd</text>'
done
has "the README's table" "$(cat table.md)" '^\| server CPU per answer \| [0-9.]+ µs \| [0-9.]+ µs '
is "nothing is left running" "$(pgrep -f "^[^ ]*(rbldnsd|rbl-dnsd|nsd|knotd) .*$T" || true)" ""
finish

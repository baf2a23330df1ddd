#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The benchmark runs: its smallest form, without a word about the figures, which a busy machine
# makes worthless.

. "$(dirname "$0")/lib.sh"
begin bench
need rbldnsd taskset lscpu rbl-loader rbl-dnsd tests/bench/gen tests/bench/load

run env BENCH_OUT="$T" BENCH_DIR="$T" RBL_BUILD="$BUILD" "$E2E/../bench/run.sh" --quick
is "status: $OUT" "$STATUS" 0
for measure in load-sorted load-unsorted restart memory image loader-peak cpu answers paced-cpu p50 \
    p99 in-process; do
    has "rbl-dnsd, one list: $measure" "$(cat results.csv)" \
        "^20000,clustered,1,rbl-dnsd,$measure,[0-9.]*[1-9][0-9.]*,"
done
for system in echo rbl-dnsd ip4set ip4tset ip4trie; do
    has "$system, one list: no query lost" "$(cat results.csv)" \
        "^20000,clustered,1,$system,lost,0,0,0,"
    has "$system: in the table" "$OUT" "^median .*$system"
done
has "twenty lists in one zone" "$OUT" '^20000 addresses, clustered, 20 lists in one zone$'
is "nothing is left running" "$(pgrep -f "^[^ ]*(rbldnsd|rbl-dnsd) .*$T" || true)" ""
finish

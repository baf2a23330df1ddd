#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# fuzz.sh BUILD SECONDS TARGET...: run each libFuzzer target for so long.  What it finds interesting
# is kept in BUILD/corpus/TARGET, what breaks the code in BUILD/artifacts; the seeds in
# tests/fuzz/corpus stay as they are (copy a finding there to keep it for good).
set -u
build=$1 seconds=$2
shift 2

status=0
mkdir -p "$build/artifacts"
for target in "$@"; do
    echo "=== fuzz_$target, $seconds s"
    mkdir -p "$build/corpus/$target"
    "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$build/artifacts/$target-" \
        "$build/corpus/$target" "tests/fuzz/corpus/$target" || status=1
done
exit $status

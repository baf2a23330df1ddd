#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make test: install what is missing, then every stage, whatever the ones before it said, and one
# closing line over all of them: "N passed, M failed".
set -u
cd "$(dirname "$0")/.." || exit 2

results=build/test-results
mkdir -p build
: >"$results"
jobs=$(nproc 2>/dev/null || echo 1)

# A stage that fails without a failed test of its own (a compile error, say) counts as one.
stage() { # name command...
    local name=$1 before after
    shift
    echo "=== $name"
    before=$(awk '{ n += $2 } END { print n + 0 }' "$results")
    "$@" </dev/null && return 0
    after=$(awk '{ n += $2 } END { print n + 0 }' "$results")
    if [ "$before" = "$after" ]; then
        echo "FAIL $name"
        echo "0 1 0 $name" >>"$results"
    fi
    return 1
}

mk() { make --no-print-directory "$@"; }

# The variant is no concern of this script: each stage names its own.
unset MAKEFLAGS MFLAGS V

if stage "dependencies" scripts/install-deps.sh --test &&
    stage "build" mk -s -j"$jobs" all tests e2e-programs; then
    stage "check" mk check RESULTS=$results
    for v in asan tsan; do
        stage "build $v" mk -s -j"$jobs" V=$v all tests &&
            stage "check $v" mk V=$v check-run RESULTS=$results
    done
    # clang sees other warnings than gcc, and a few seconds of fuzzing find what broke today.
    stage "build fuzz" mk -s -j"$jobs" V=fuzz tests &&
        stage "fuzz" mk V=fuzz fuzz-smoke RESULTS=$results
    stage "end to end" mk -s e2e RESULTS=$results
fi

exec scripts/run-tests.sh --summary "$results"

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Run test programs one after the other and count.
#
#   run-tests.sh [--label L] [--timeout SECONDS] [--results FILE] TEST...
#   run-tests.sh --summary FILE
#
# A TEST is a program, with arguments if it holds blanks.  It passes with status 0, is skipped with
# 77, and fails otherwise; its output is shown when it fails (all of it when VERBOSE=1).  Where a
# program prints libcheck's "Checks: N, Failures: F, Errors: E", its cases are counted, else the
# program is one.  With --results the counts are added to FILE, so that several stages share one
# closing line, which --summary prints, after what failed; without it the closing line is printed at the end.
set -u

label='' timeout=120 results='' summary=''
while [ $# -gt 0 ]; do
    case $1 in
    --label) label=$2; shift 2 ;;
    --timeout) timeout=$2; shift 2 ;;
    --results) results=$2; shift 2 ;;
    --summary) summary=$2; shift 2 ;;
    --) shift; break ;;
    -*) echo "run-tests: unknown option $1" >&2; exit 2 ;;
    *) break ;;
    esac
done

passed=0 failed=0 skipped=0 failures=()

closing_line() {
    local line="$passed passed, $failed failed"
    [ "$skipped" = 0 ] || line+=", $skipped skipped"
    echo "$line"
    [ "$failed" = 0 ]
}

if [ -n "$summary" ]; then
    while read -r p f s name; do
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        [ "$f" = 0 ] || failures+=("$name")
    done <"$summary"
    # Nothing at all ran: that is no success.
    [ $((passed + failed)) -gt 0 ] || { failed=1 failures+=("no test ran"); }
    for name in "${failures[@]}"; do echo "failed: $name"; done
    closing_line
    exit
fi

: "${CI:=}"
if [[ $label == asan || $label == tsan ]]; then
    export CK_FORK="${CK_FORK-no}"
fi
export ASAN_OPTIONS="${ASAN_OPTIONS-abort_on_error=0:detect_stack_use_after_return=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS-print_stacktrace=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS-halt_on_error=1:second_deadlock_stack=1}"
export CK_DEFAULT_TIMEOUT="${CK_DEFAULT_TIMEOUT-60}"

out=$(mktemp)
trap 'rm -f "$out"' EXIT

record() { # passed failed skipped name
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    [ -z "$results" ] || echo "$1 $2 $3 $4" >>"$results"
}

# The first checks that failed, for the summary: what a log cut in the middle still shows.
what_failed() {
    sed -n 's/^FAIL //p; /:[FE]:/p' "$out" | head -n 5 | cut -c -200 | sed 's/^/; /' | tr -d '\n'
}

run_one() {
    local -a cmd
    local name start us status checks
    read -ra cmd <<<"$1"
    name=${cmd[0]}
    [[ $name == build/* ]] || name=$1
    [ -z "$label" ] || [[ $name == build/* ]] || name="$name [$label]"
    start=${EPOCHREALTIME/./}
    # The program gets its own process group by timeout(1): a hung test is ended with its children.
    { timeout --kill-after=10 "$timeout" "${cmd[@]}" >"$out" 2>&1 </dev/null; } 2>/dev/null
    status=$?
    us=$((${EPOCHREALTIME/./} - start))
    local took
    took=$(printf '%d.%d s' $((us / 1000000)) $((us / 100000 % 10)))
    checks=$(sed -n 's/.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' \
        "$out" | awk '{ n += $1; bad += $2 + $3 } END { if (NR) print n, bad }')
    local n=1 bad=0
    [ -z "$checks" ] || read -r n bad <<<"$checks"
    if [ $status = 77 ]; then
        echo "skip $name: $(tail -n 1 "$out")"
        record 0 0 1 "$name"
        return
    fi
    [ $status = 0 ] || [ "$bad" -gt 0 ] || bad=1
    [ "$n" -ge "$bad" ] || n=$bad
    if [ $status = 0 ] && [ "$bad" = 0 ] && [ "$n" -gt 0 ]; then
        echo "ok   $name ($took$([ "$n" = 1 ] || echo ", $n cases"))"
        [ "${VERBOSE-}" != 1 ] || sed 's/^/     | /' "$out"
        record "$n" 0 0 "$name"
    else
        [ "$bad" -gt 0 ] || bad=1
        case $status in
        124 | 137) echo "FAIL $name ($took): no end after $timeout s" ;;
        *) echo "FAIL $name ($took): exit status $status" ;;
        esac
        sed 's/^/     | /' "$out"
        record $((n > bad ? n - bad : 0)) "$bad" 0 "$name$(what_failed)"
    fi
}

for t in "$@"; do
    run_one "$t"
done

if [ -n "$results" ]; then
    [ "$failed" = 0 ]
else
    closing_line
fi

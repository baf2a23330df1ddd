#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Run test programs, so many at a time, and count; reports come in the order of the arguments.
#
#   run-tests.sh [--label L] [--jobs N] [--timeout SECONDS] [--results FILE] TEST...
#   run-tests.sh --summary FILE
#
# A TEST is a program, with arguments if it holds blanks.  It passes with status 0, is skipped with
# 77, and fails otherwise; its output is shown when it fails (all of it when VERBOSE=1).  Where a
# program prints libcheck's "Checks: N, Failures: F, Errors: E", its cases are counted, else the
# program is one.  With --results the counts are added to FILE, so that several stages share one
# closing line, which --summary prints, after what failed; without it the closing line is printed at the end.
set -u

label='' at_once=1 timeout=120 results='' summary=''
while [ $# -gt 0 ]; do
    case $1 in
    --label) label=$2; shift 2 ;;
    --jobs) at_once=$2; shift 2 ;;
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

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The first checks that failed, for the summary: what a log cut in the middle still shows.
what_failed() { # OUTPUT
    sed -n 's/^FAIL //p; /:[FE]:/p' "$1" | head -n 5 | cut -c -200 | sed 's/^/; /' | tr -d '\n'
}

# Report on standard output, counts on descriptor 3: passed failed skipped name.
run_one() { # TEST OUTPUT
    local -a cmd
    local name start us status checks out=$2
    read -ra cmd <<<"$1"
    name=${cmd[0]}
    [[ $name == build/* ]] || name=$1
    [ -z "$label" ] || [[ $name == build/* ]] || name="$name [$label]"
    start=${EPOCHREALTIME/./}
    # The program gets its own process group by timeout(1): a hung test is ended with its children.
    { timeout --kill-after=10 "$timeout" "${cmd[@]}" >"$out" 2>&1 3>&- </dev/null; } 2>/dev/null
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
        echo "0 0 1 $name" >&3
        return
    fi
    [ $status = 0 ] || [ "$bad" -gt 0 ] || bad=1
    [ "$n" -ge "$bad" ] || n=$bad
    if [ $status = 0 ] && [ "$bad" = 0 ] && [ "$n" -gt 0 ]; then
        echo "ok   $name ($took$([ "$n" = 1 ] || echo ", $n cases"))"
        [ "${VERBOSE-}" != 1 ] || sed 's/^/     | /' "$out"
        echo "$n 0 0 $name" >&3
    else
        [ "$bad" -gt 0 ] || bad=1
        case $status in
        124 | 137) echo "FAIL $name ($took): no end after $timeout s" ;;
        *) echo "FAIL $name ($took): exit status $status" ;;
        esac
        sed 's/^/     | /' "$out"
        echo "$((n > bad ? n - bad : 0)) $bad 0 $name$(what_failed "$out")" >&3
    fi
}

# Show what has ended, up to the first that has not.
shown=0
show() {
    local p f s name
    while [ -e "$dir/$shown.done" ]; do
        cat "$dir/$shown.report"
        read -r p f s name <"$dir/$shown.count"
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        [ -z "$results" ] || echo "$p $f $s $name" >>"$results"
        rm -f "$dir/$shown".*
        shown=$((shown + 1))
    done
}

started=0 running=0
for t in "$@"; do
    {
        run_one "$t" "$dir/$started.out" >"$dir/$started.report" 3>"$dir/$started.count"
        : >"$dir/$started.done"
    } &
    started=$((started + 1)) running=$((running + 1))
    [ "$running" -lt "$at_once" ] || { wait -n; running=$((running - 1)); }
    show
done
wait
show
[ "$shown" = "$started" ] || { echo "run-tests: a test left no report" >&2; exit 2; }

if [ -n "$results" ]; then
    [ "$failed" = 0 ]
else
    closing_line
fi

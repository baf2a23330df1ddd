#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Debian's rbldnsd and our binary under that name load the same made data files by the same command
# line and are asked the same questions.  Every difference is a failure but for the deliberate ones,
# which diff.c names with their reasons.
#
#   DIFF_SETS       data sets (default 40)
#   DIFF_QUESTIONS  questions for each (default 25000)
#   DIFF_SEED       seed of the first (default 1); the n-th has seed DIFF_SEED + n
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

sets=${DIFF_SETS:-40} questions=${DIFF_QUESTIONS:-25000} seed=${DIFF_SEED:-1}
here=$(dirname "$(realpath "$0")")
their=$(command -v rbldnsd || echo /usr/sbin/rbldnsd)
[ -x "$their" ] || skip 'rbldnsd is not installed'

begin rbldnsd_diff
ln -s "$BUILD/rbl-dnsd" "$T/rbldnsd"
ln -s "$BUILD/rbl-loader" "$T/rbl-loader"
total=0

# Both must answer before anything is compared.
up() { dig +short +time=1 +tries=1 @127.0.0.1 -p "$1" version.bind CH TXT | grep -q .; }

one() { # SEED
    local dir=$T/data$1 options specs port1 port2 user=()
    mkdir "$dir" && python3 "$here/gen_rbldnsd.py" "$1" "$dir" "$questions" || return 1
    mapfile -t options < <(tr ' ' '\n' <"$dir/options" | sed '/^$/d')
    mapfile -t specs <"$dir/specs"
    [ "$(id -u)" != 0 ] || user=(-u nobody)
    chmod -R a+rX "$dir"
    pick_port && port1=$PORT
    pick_port && port2=$PORT
    start theirs "$their" -n -b "127.0.0.1/$port1" -w "$dir" "${user[@]}" "${options[@]}" "${specs[@]}"
    start ours "$T/rbldnsd" -n -b "127.0.0.1/$port2" -w "$dir" "${user[@]}" "${options[@]}" "${specs[@]}"
    wait_for 10 up "$port1" && wait_for 10 up "$port2" || return 1
    "$BUILD/tests/compat/diff" "$port1" "$port2" "$dir/questions" >"$dir/result"
}

for ((i = 0; i < sets; i++)); do
    if one $((seed + i)); then
        checks=$((checks + 1))
        rm -r "$T/data$((seed + i))"
    else
        checks=$((checks + 1)) failures=$((failures + 1))
        echo "seed $((seed + i)): $(tr '\n' ' ' <"$T/data$((seed + i))/specs")"
        tail -n 40 "$T/data$((seed + i))/result" "$T/theirs.log" "$T/ours.log"
    fi
    total=$((total + questions))
    stop theirs
    stop ours
done
echo "$total questions over $sets data sets, seeds from $seed"
finish

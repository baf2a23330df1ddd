#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh BUILD: line coverage of the code that parses foreign bytes, after its tests and fuzz
# corpora have run; fails below 95 % of all of it.
set -u
cd "$(dirname "$0")/.." || exit 2
build=$1
parsers=(dnsd/{parse,proxy,cookie,tcpframe}.c lib/{name,addr}.c lib/conf_{text,parse,set,zone}.c
    loader/format*.c loader/rbldnsd*.c loader/lines.c loader/msg.c loader/state.c)

objects=()
for source in "${parsers[@]}"; do
    [ ! -e "$build/${source%.c}.gcda" ] || objects+=("$build/${source%.c}.o")
done
gcov -n "${objects[@]}" 2>/dev/null | awk -v wanted=" ${parsers[*]} " '
    /^File / { gsub("\047", ""); file = $2 }
    /^Lines executed:/ && index(wanted, " " file " ") && !(file in seen) {
        seen[file] = 1
        split($0, part, "[:% ]+")
        percent = part[3]; lines = part[5]
        printf "%6.2f %%  of %4d lines  %s\n", percent, lines, file
        all += lines; hit += lines * percent / 100
    }
    END {
        if (!all) { print "nothing was measured"; exit 1 }
        printf "%6.2f %%  of %4d lines  all parsers\n", 100 * hit / all, all
        exit hit / all < 0.95
    }'

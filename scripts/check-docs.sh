#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# check-docs.sh BUILD: do the pages say what the programs do?
#
#   man pages are well-formed (mandoc), and name exactly the long options of --help;
#   rblctl.1 names every counter that "rblctl stats" prints;
#   links in README.md and SECURITY.md lead somewhere, and the make targets they name exist.
#
# The options of the configuration are compared with rbldnsd.conf.5 and rbldnsd.conf.example by
# tests/unit/lib/test_conf_docs.c, which has the table itself.
set -u
cd "$(dirname "$0")/.." || exit 2
build=${1:-build/release}
status=0

complain() {
    echo "$*"
    status=1
}

pages() { scripts/sources.sh '^(lib|loader|dnsd|ctl)/.*\.[158]$'; }

if command -v mandoc >/dev/null; then
    # shellcheck disable=SC2046 # our own file names
    mandoc -T lint -W warning $(pages) || status=1
else
    echo "mandoc is not installed: man pages not checked for form"
fi

# Long options of .It lines, written ".Fl -name" or ".Fl Fl name".
page_options() {
    grep -E '^\.It' "$1" |
        grep -oE 'Fl (-|Fl )[a-z0-9][a-z0-9-]*' | sed -E 's/^Fl (-|Fl )/--/' | sort -u
}

compare_options() { # program page
    local help documented
    help=$("$1" --help 2>&1 | grep -oE -- '(^|[ ,[(|])--[a-z0-9][a-z0-9-]*' | grep -oE -- '--.*' |
        sort -u)
    documented=$(page_options "$2")
    [ -n "$help" ] || complain "$1 --help names no option"
    while read -r o; do
        [ -z "$o" ] || complain "$2: $o of ${1##*/} --help is missing"
    done < <(comm -23 <(echo "$help") <(echo "$documented"))
    while read -r o; do
        [ -z "$o" ] || complain "$2: $o is not in ${1##*/} --help"
    done < <(comm -13 <(echo "$help") <(echo "$documented"))
}

for pair in rbl-dnsd:dnsd/rbl-dnsd.8 rbl-loader:loader/rbl-loader.8 rblctl:ctl/rblctl.1; do
    program=$build/${pair%%:*} page=${pair#*:}
    if [ ! -x "$program" ]; then
        complain "$program is not built"
    elif [ ! -e "$page" ]; then
        complain "$page does not exist"
    else
        compare_options "$program" "$page"
    fi
done

# One row per counter in dnsd/stats.h: ROW(STAT_NAME, "name").
counters=$(grep -oE 'ROW\(STAT_[A-Z0-9_]+, "[^"]+"\)' dnsd/stats.h | sed 's/.*"\(.*\)".*/\1/')
[ -n "$counters" ] || complain "dnsd/stats.h: no counters found"
for counter in $counters; do
    grep -qwF -- "$counter" ctl/rblctl.1 2>/dev/null ||
        complain "ctl/rblctl.1: counter $counter is missing"
done

for doc in README.md SECURITY.md; do
    if [ ! -e "$doc" ]; then
        complain "$doc does not exist"
        continue
    fi
    while read -r link; do
        [[ $link == *://* || $link == \#* || -e ${link%%#*} ]] || complain "$doc: no such file: $link"
    done < <(grep -oE '\]\([^)]+\)' "$doc" | sed 's/^](//;s/)$//')
    while read -r target; do
        grep -qE "^([a-z-]+ )*$target( [a-z-]+)*:" Makefile || complain "$doc: make $target: no such target"
    done < <(grep -oE '(^|`|    )make [a-z][a-z-]*' "$doc" | awk '{ print $NF }' | sort -u)
    while read -r path; do
        [ -e "$path" ] || complain "$doc: no such file: $path"
    done < <(grep -oE '(^|[ `(])(scripts|zones|tests|lib|loader|dnsd|ctl)/[A-Za-z0-9_./-]*[A-Za-z0-9_]' \
        "$doc" | sed 's/^[ `(]//' | sort -u)
done

exit $status

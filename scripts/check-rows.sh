#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every rule of DNS behaviour has a test: its id begins the name of a row or test under tests/, or
# tests/rows.txt says where the test is, and it is there.
set -u
cd "$(dirname "$0")/.." || exit 2
status=0

complain() {
    echo "$*"
    status=1
}

while read -r id file text; do
    [[ $id == '#'* || -z $id ]] || grep -qF -- "$text" "$file" 2>/dev/null ||
        complain "tests/rows.txt: $id: \"$text\" is not in $file"
done <tests/rows.txt

named=$(grep -rhoE --include='*.[ch]' --include='*.sh' \
    '(\{"|/\* |"|_)[DSEMCPRdsempcr][0-9]+[ ",:_]' tests | grep -oE '[A-Za-z][0-9]+' | tr a-z A-Z |
    sort -u)
mapped=$(awk '/^[A-Z][0-9]/ { print $1 }' tests/rows.txt)
for range in D:26 S:20 E:21 C:10 M:15 P:22 R:4; do
    for ((i = 1; i <= ${range#*:}; i++)); do
        grep -qx "${range%:*}$i" <<<"$named"$'\n'"$mapped" || complain "no test for ${range%:*}$i"
    done
done
# All checks of ISC's compliance tester, the signed query included.
for id in dns aa ad cd ra rd tc zflag opcode opcodeflg type666 tcp edns edns1 edns@512 ednsopt \
    edns1opt do docd edns1do ednsflags optlist ednsnsid ednscookie ednsexpire ednssubnet \
    edns1nsid edns1cookie edns1expire edns1subnet ednstcp bind11 dig11 dnswkk; do
    grep -qrF "{\"$id\"," tests/common tests/unit/dnsd || complain "no test for $id"
done
exit $status

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The Makefile names every source file, so that a test nobody runs is noticed.
set -u
cd "$(dirname "$0")/.." || exit 2
status=0
named=$(make -s --no-print-directory print-sources | LC_ALL=C sort -u)
there=$(scripts/sources.sh '\.c$')
while IFS= read -r f; do
    echo "$f: not named in the Makefile"
    status=1
done < <(comm -13 <(echo "$named") <(echo "$there"))
while IFS= read -r f; do
    echo "$f: named in the Makefile, does not exist"
    status=1
done < <(comm -23 <(echo "$named") <(echo "$there"))
exit $status

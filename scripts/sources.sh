#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# sources.sh [REGEX]: the project's files, one a line, those not yet committed included; only paths
# that match the extended regular expression.  Works in an unpacked archive without git, too.
set -u
cd "$(dirname "$0")/.." || exit 2
{
    git ls-files -co --exclude-standard 2>/dev/null ||
        find . \( -path ./.git -o -path ./build -o -path ./run \) -prune -o -type f -printf '%P\n'
} | grep -E -- "${1-.}" | LC_ALL=C sort -u | while IFS= read -r f; do
    [ ! -f "$f" ] || printf '%s\n' "$f"
done

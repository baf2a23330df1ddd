#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every C file is as clang-format 14 writes it by .clang-format; other versions differ in details.
set -u
cd "$(dirname "$0")/.." || exit 2
if ! command -v clang-format-14 >/dev/null; then
    echo "clang-format-14 is not installed (scripts/install-deps.sh --test)"
    exit 77
fi
scripts/sources.sh '\.[ch]$' | xargs clang-format-14 --dry-run -Werror

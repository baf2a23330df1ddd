#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# House limits: a function has at most 60 lines between its braces, a file 600; the licence is named
# in the first lines of every file; functions that cannot be used safely are not used; no typedef
# takes a name that POSIX reserves.
set -u
cd "$(dirname "$0")/.." || exit 2
status=0

# shellcheck disable=SC2016 # awk's fields, not the shell's
scripts/sources.sh '\.[ch]$' | xargs awk '
function bad(line, why) { printf "%s:%d: %s\n", FILENAME, line, why; failed = 1 }

# What is left of the line outside comments and literals.
function code(s,    out, c, two, quote) {
    if (!in_comment && s !~ /["\047]|\/[\/*]/) return s
    if (in_comment && s !~ /\*\//) return ""
    out = ""
    quote = ""
    while (s != "") {
        c = substr(s, 1, 1)
        two = substr(s, 1, 2)
        if (in_comment) {
            if (two == "*/") { in_comment = 0; s = substr(s, 3) } else s = substr(s, 2)
        } else if (quote != "") {
            if (c == "\\") { s = substr(s, 3); continue }
            if (c == quote) quote = ""
            s = substr(s, 2)
        } else if (two == "//") {
            s = ""
        } else if (two == "/*") {
            in_comment = 1
            s = substr(s, 3)
        } else {
            if (c == "\"" || c == "\047") quote = c
            out = out c
            s = substr(s, 2)
        }
    }
    return out
}

FNR == 1 { in_comment = 0; start = 0; long_file = 0 }
FNR == 601 { bad(FNR, "file longer than 600 lines") }

/^\{/ { start = FNR }
/^\}/ {
    if (start && FNR - start - 1 > 60)
        bad(start, "function of " FNR - start - 1 " lines, limit 60")
    start = 0
}

/TODO|FIXME/ { bad(FNR, "unfinished work is finished or dropped, not marked") }

{
    text = code($0)
    if (match(text, /(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|strtok|alloca)[ \t]*\(/))
        bad(FNR, "forbidden function: " substr(text, RSTART, RLENGTH))
    if (text ~ /^[ \t]*typedef[ \t].*[A-Za-z0-9_]_t[ \t]*;/ || text ~ /^\}[ \t]*[A-Za-z0-9_]+_t[ \t]*;/)
        bad(FNR, "names in _t are reserved by POSIX")
}

END { exit failed }
' || status=1

licensed='\.([ch]|sh|py|awk|[158]|cron|service|socket|timer|sysusers|tmpfiles|conf|conf\.example|conf\.in)$'
licensed+='|^(Makefile|\.ci/run|\.clang-format)$'
# shellcheck disable=SC2016 # awk's fields, not the shell's
scripts/sources.sh "$licensed" | grep -v '^tests/fuzz/corpus/' | xargs awk '
function finish() { if (name != "" && !licensed) { print name ":1: no SPDX-License-Identifier"; failed = 1 } }
FNR == 1 { finish(); name = FILENAME; licensed = 0 }
FNR <= 3 && /SPDX-License-Identifier: BSD-2-Clause/ { licensed = 1 }
FNR == 601 && FILENAME !~ /[.][ch158]$/ { print FILENAME ":601: file longer than 600 lines"; failed = 1 }
END { finish(); exit failed }
' || status=1

while IFS= read -r f; do
    IFS= read -r first <"$f"
    if [[ $first == '#!'* && ! -x $f ]]; then
        echo "$f:1: not executable"
        status=1
    fi
done < <(scripts/sources.sh '\.(sh|py)$|^\.ci/run$')

exit $status

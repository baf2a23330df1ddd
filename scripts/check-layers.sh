#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Who may include whom.  Own headers are included from the repository root, and only downwards:
# lib <- loader, lib <- dnsd, lib <- ctl; tests see everything.  Each outside library stands behind
# its seam, so that it can be replaced, confined or left out by looking at one file.
set -u
cd "$(dirname "$0")/.." || exit 2

# shellcheck disable=SC2016 # awk's fields, not the shell's
scripts/sources.sh '\.[ch]$' | xargs awk '
function bad(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; failed = 1 }

# header pattern, files that may include it (both anchored), name
function seam(pattern, files, name) { n++; hdr[n] = pattern; may[n] = files; lib[n] = name }

BEGIN {
    seam("curl/", "loader/fetch_http[.]c|tests/.*", "libcurl")
    seam("zlib[.]h", "loader/decompress[.]c|tests/.*", "zlib")
    seam("archive(_entry)?[.]h", "loader/archive[.]c|tests/.*", "libarchive")
    seam("jansson[.]h", "loader/format_json[.]c|ctl/.*|tests/.*", "jansson")
    seam("idn2[.]h", "loader/.*|tests/.*", "libidn2")
    seam("sodium", "dnsd/cookie[.]c|tests/.*", "libsodium")
    seam("ldns/", "loader/rr[.]c|ctl/.*|tests/.*", "ldns")
    seam("dlfcn[.]h", "loader/library[.]c|tests/.*", "dlopen")
    seam("confuse[.]h", "lib/conf[a-z_]*[.][ch]", "libconfuse")
    seam("urcu", "dnsd/rcu[.]h", "liburcu")
    seam("xxh", "lib/.*|loader/.*|tests/.*", "xxhash")
    seam("cap-ng[.]h", "(dnsd|loader)/priv[.]c", "libcap-ng")
    seam("seccomp[.]h", "(dnsd|loader)/priv[.]c", "libseccomp")
    seam("check[.]h", "tests/.*", "check")
    below["lib"] = "lib"
    below["loader"] = "lib|loader"
    below["dnsd"] = "lib|dnsd"
    below["ctl"] = "lib|ctl"
    below["tests"] = "lib|loader|dnsd|ctl|tests"
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    path = part[2]
    top = FILENAME
    sub("/.*", "", top)
    floor = path
    if (!sub("/.*", "", floor))
        bad("include \"" path "\": written from the repository root, please")
    else if (!(top in below))
        bad("no layer is known for " top "/")
    else if (floor !~ "^(" below[top] ")$")
        bad(top " must not include " path)
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    split($0, part, "[<>]")
    for (i = 1; i <= n; i++)
        if (part[2] ~ "^" hdr[i] && FILENAME !~ "^(" may[i] ")$")
            bad(lib[i] " (<" part[2] ">) belongs into " may[i])
}

END { exit failed }
'

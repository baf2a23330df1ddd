#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Libraries that few runs need are loaded by the children that need them, before these are confined:
# the loader itself is linked with none, and what is packed or a zone file is read all the same.

. "$(dirname "$0")/lib.sh"
begin libraries
need rbl-loader rblctl bzip2 xz zstd zip tar gzip readelf

linked=$(readelf -d "$BUILD/rbl-loader" | grep NEEDED)
has "linked with something" "$linked" 'libconfuse'
for library in libcurl libarchive libldns; do
    ok "not linked with $library" test "${linked/$library/}" = "$linked"
done

echo 192.0.2.1 >one.txt
bzip2 -c one.txt >bz2.list
xz -c one.txt >xz.list
zstd -qc one.txt >zstd.list
zip -q - one.txt >zip.list
tar -czf tar.list one.txt
cat >bind.list <<'END'
$TTL 300
@ SOA ns.example.net. root.example.net. 1 3600 600 86400 300
1.2.0.192 A 127.0.0.2
END
formats=(bz2 xz zstd zip tar bind)
{
    echo "paths { mirror = \"$T/mirror\" images = \"$T/images\" run = \"$T/run\" }"
    for name in "${formats[@]}"; do
        echo "list $name { url = \"file:$T/$name.list\" special-purpose = true $([ "$name" != bind ] || echo 'format = "bind"') }"
        echo "zone \"$name.test\" { lists = { \"$name\" } }"
    done
} >conf
run "$BUILD/rbl-loader" -c conf
is "status: $OUT" "$STATUS" 0
pass=$OUT
for name in "${formats[@]}"; do
    has "$name is read" "$pass" "zone $name.test: published, 1 entries"
    run "$BUILD/rblctl" -c conf lookup 192.0.2.1 "$name.test"
    has "$name is listed, and the index says where" "$OUT" "entry +.*mirror/$name/data:[0-9]+: "
done
# From data that are there already.
rm -f images/*
run "$BUILD/rbl-loader" -c conf --no-fetch
is "again: $OUT" "$STATUS" 0
for name in "${formats[@]}"; do
    has "$name is read again" "$OUT" "zone $name.test: published, 1 entries"
done
finish

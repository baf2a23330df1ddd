/* SPDX-License-Identifier: BSD-2-Clause */
/* The domains format on any bytes: every entry is a name in good wire form with allowed octets. */
#include <stdlib.h>
#include <string.h>

#include "loader/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static bool allowed(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static void check_wire(const uint8_t *wire, size_t len)
{
    require(len >= 3);
    size_t pos = 0;
    while (wire[pos] != 0) {
        size_t end = pos + 1 + wire[pos];
        require(wire[pos] <= NAME_LABEL_MAX && end < len);
        while (++pos < end)
            require(allowed(wire[pos]));
    }
    require(pos + 1 == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct entries e;
    entries_init(&e);
    struct parse p = {.out = &e};
    require(format_domains.parse(&p, (const char *)data, size));
    require(entries_count(&e) == e.nname && e.nname == p.lines - p.bad);
    size_t used = 0;
    for (size_t i = 0; i < e.nname; i++) {
        require(e.name[i].off == used);
        require(e.name[i].scope >= NAME_SELF && e.name[i].scope <= NAME_TREE);
        check_wire(e.bytes + e.name[i].off, e.name[i].len);
        used += e.name[i].len;
    }
    require(used == e.nbytes);
    entries_free(&e);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and names from any bytes: what parses is written, read again and is the same. */
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void try_prefix(const char *s, size_t len)
{
    struct prefix p, again;
    unsigned notes = 0;
    if (prefix_parse(s, len, &p, &notes) != NULL)
        return;
    char text[PREFIX_TEXT_MAX];
    size_t n = prefix_format(text, &p);
    require(n == strlen(text) && n < sizeof(text));
    notes = 0;
    require(prefix_parse(text, n, &again, &notes) == NULL);
    require(again.family == p.family && again.len == p.len && notes == 0);
    require(again.addr.hi == p.addr.hi && again.addr.lo == p.addr.lo);
    require(prefix_contains(&p, p.family, p.addr));
}

static void try_addr(const char *s, size_t len)
{
    uint32_t v4;
    unsigned notes = 0;
    require(addr4_scan(s, len, &v4, &notes) <= len);
    struct addr6 v6, again;
    if (!addr6_parse(s, len, &v6))
        return;
    char text[ADDR6_TEXT_MAX];
    size_t n = addr6_format(text, v6);
    require(n < sizeof(text) && addr6_parse(text, n, &again));
    require(again.hi == v6.hi && again.lo == v6.lo);
}

static void try_name(const char *s, size_t len)
{
    struct name name, again;
    if (name_parse(s, len, &name) != NULL)
        return;
    char text[NAME_TEXT_MAX];
    size_t n = name_format(text, name.wire, name.len);
    require(n == strlen(text) && n < sizeof(text));
    require(name_parse(text, n, &again) == NULL && name_equal(&name, &again));
    require(name_labels(name.wire) <= NAME_LABELS_MAX && name_is_under(&name, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *s = (const char *)data;
    char text[NAME_TEXT_MAX];
    try_prefix(s, size);
    try_addr(s, size);
    try_name(s, size);
    /* The same bytes as wire form, damaged or not. */
    name_format(text, data, size);
    return 0;
}

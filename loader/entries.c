/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/entries.h"

#include <stdlib.h>
#include <string.h>

void entries_init(struct entries *e)
{
    *e = (struct entries){0};
}

void entries_free(struct entries *e)
{
    free(e->addr4);
    free(e->range4);
    free(e->range6);
    free(e->name);
    free(e->bytes);
    entries_init(e);
}

/*
 * Make room for more elements, at least doubling.  Doubling costs no memory in practice: blocks of
 * this size are remapped, not copied, and pages beyond the used part are never touched.
 */
static bool grow(void **array, size_t *cap, size_t used, size_t more, size_t size)
{
    if (more <= *cap - used)
        return true;
    if (more > SIZE_MAX / 2 / size - used)
        return false;
    size_t want = *cap < 32 ? 64 : *cap * 2;
    if (want < used + more)
        want = used + more;
    if (want > SIZE_MAX / size)
        return false;
    void *bigger = realloc(*array, want * size);
    if (bigger == NULL)
        return false;
    *array = bigger;
    *cap = want;
    return true;
}

bool entries_reserve_addr4(struct entries *e, size_t more)
{
    void *array = e->addr4;
    bool ok = grow(&array, &e->addr4_cap, e->naddr4, more, sizeof(*e->addr4));
    e->addr4 = array;
    return ok;
}

bool entries_add_addr4(struct entries *e, uint32_t addr)
{
    if (e->naddr4 == e->addr4_cap && !entries_reserve_addr4(e, 1))
        return false;
    e->addr4[e->naddr4++] = addr;
    return true;
}

static bool add_range4(struct entries *e, const struct prefix *p)
{
    void *array = e->range4;
    bool ok = grow(&array, &e->range4_cap, e->nrange4, 1, sizeof(*e->range4));
    e->range4 = array;
    if (!ok)
        return false;
    uint32_t mask = addr4_mask(p->len);
    uint32_t first = (uint32_t)p->addr.lo & mask;
    e->range4[e->nrange4++] =
        (struct range4){.first = first, .last = first | ~mask, .specific = p->len};
    return true;
}

static bool add_range6(struct entries *e, const struct prefix *p)
{
    void *array = e->range6;
    bool ok = grow(&array, &e->range6_cap, e->nrange6, 1, sizeof(*e->range6));
    e->range6 = array;
    if (!ok)
        return false;
    struct addr6 mask = addr6_mask(p->len);
    struct addr6 first = {.hi = p->addr.hi & mask.hi, .lo = p->addr.lo & mask.lo};
    struct addr6 last = {.hi = first.hi | ~mask.hi, .lo = first.lo | ~mask.lo};
    e->range6[e->nrange6++] = (struct range6){.first = first, .last = last, .specific = p->len};
    return true;
}

bool entries_add_prefix(struct entries *e, const struct prefix *p)
{
    if (p->family == 6)
        return add_range6(e, p);
    return p->len == 32 ? entries_add_addr4(e, (uint32_t)p->addr.lo) : add_range4(e, p);
}

bool entries_add_name(struct entries *e, const struct name *n, enum name_scope scope, bool exclude)
{
    /* Offsets are 32 bits wide: 4 GiB of names is the limit of one list. */
    if (e->nbytes > UINT32_MAX - n->len)
        return false;
    void *array = e->bytes;
    bool ok = grow(&array, &e->bytes_cap, e->nbytes, n->len, 1);
    e->bytes = array;
    if (!ok)
        return false;
    array = e->name;
    ok = grow(&array, &e->name_cap, e->nname, 1, sizeof(*e->name));
    e->name = array;
    if (!ok)
        return false;
    memcpy(e->bytes + e->nbytes, n->wire, n->len);
    e->name[e->nname++] = (struct name_entry){
        .off = (uint32_t)e->nbytes, .len = n->len, .scope = (uint8_t)scope, .exclude = exclude};
    e->nbytes += n->len;
    return true;
}

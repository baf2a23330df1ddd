/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/entries.h"

#include <stdlib.h>
#include <string.h>

#include "loader/huge.h"

void entries_init(struct entries *e)
{
    *e = (struct entries){0};
}

static void free_arrays(struct entries *e)
{
    free(e->addr4);
    free(e->range4);
    free(e->range6);
    free(e->name);
    free(e->bytes);
    free(e->value);
    free(e->record);
    free(e->sub);
    if (e->meta)
        free(e->meta->ns);
    free(e->meta);
}

void entries_free(struct entries *e)
{
    for (struct entries *n = e->next, *after; n; n = after) {
        after = n->next;
        free_arrays(n);
        free(n);
    }
    free_arrays(e);
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
    huge_hint(bigger, want * size);
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

/* Larger arrays have a mapping of their own, which grows without a copy. */
#define HINT_MAX ((size_t)64 << 20)

/* Octets of a line that is more than an address, about; room that is not used costs nothing, and
 * moving an array that grows costs fresh memory. */
#define LINE_OCTETS 24

/* An array member and its counters as push() wants them. */
#define PUSH(e, array, n, cap)                                                                     \
    push_member(&(e)->array, &(e)->cap, &(e)->n, sizeof(*(e)->array), (e)->bytes_hint)

/* The first time for as many as the text may hold. */
static bool reserve_member(void *member, size_t *cap, size_t used, size_t more, size_t size,
                           size_t text)
{
    void *array;
    size_t expect = text / LINE_OCTETS;
    memcpy(&array, member, sizeof(array));
    if (*cap == 0 && expect > 0 && expect < HINT_MAX / size)
        (void)grow(&array, cap, 0, expect, size);
    bool ok = grow(&array, cap, used, more, size);
    memcpy(member, &array, sizeof(array));
    return ok;
}

/* One more element at the end, zeroed; NULL: no memory. */
static void *push_member(void *member, size_t *cap, size_t *used, size_t size, size_t text)
{
    uint8_t *array;
    if (!reserve_member(member, cap, *used, 1, size, text))
        return NULL;
    memcpy(&array, member, sizeof(array));
    return memset(array + (*used)++ * size, 0, size);
}

bool entries_reserve_range4(struct entries *e, size_t more)
{
    return reserve_member(&e->range4, &e->range4_cap, e->nrange4, more, sizeof(*e->range4),
                          e->bytes_hint);
}

bool entries_reserve_range6(struct entries *e, size_t more)
{
    return reserve_member(&e->range6, &e->range6_cap, e->nrange6, more, sizeof(*e->range6),
                          e->bytes_hint);
}

/* False: no memory, or past the 4 GiB of one list. */
static bool reserve_bytes(struct entries *e, size_t n)
{
    void *array = e->bytes;
    if (e->nbytes > UINT32_MAX - n)
        return false;
    /* In wire form a name may take an octet more than its line. */
    size_t expect = e->bytes_hint + e->bytes_hint / 4;
    size_t more = e->bytes_cap == 0 && expect > n ? expect : n;
    bool ok = grow(&array, &e->bytes_cap, e->nbytes, more < HINT_MAX ? more : n, 1);
    e->bytes = array;
    return ok;
}

/* Octets into bytes[]; their offset, or SIZE_MAX: no room for them. */
static size_t push_bytes(struct entries *e, const void *from, size_t n)
{
    if (!reserve_bytes(e, n))
        return SIZE_MAX;
    if (n > 0)
        memcpy(e->bytes + e->nbytes, from, n);
    e->nbytes += n;
    return e->nbytes - n;
}

bool entries_add_range4(struct entries *e, const struct range4 *r)
{
    struct range4 *at = PUSH(e, range4, nrange4, range4_cap);
    if (at)
        *at = *r;
    return at != NULL;
}

bool entries_add_range6(struct entries *e, const struct range6 *r)
{
    struct range6 *at = PUSH(e, range6, nrange6, range6_cap);
    if (at)
        *at = *r;
    return at != NULL;
}

/*
 * Cut a range where rbldnsd would: from the front, blocks of the largest octet size that starts
 * there and fits, neighbours of one size as one piece.  At most seven pieces.
 */
bool entries_add_levels4(struct entries *e, const struct range4 *r)
{
    uint64_t at = r->first, end = (uint64_t)r->last + 1;
    while (at < end) {
        uint64_t size = 1;
        unsigned level = 32;
        while (level > 8 && at % (size << 8) == 0 && at + (size << 8) <= end) {
            size <<= 8;
            level -= 8;
        }
        /* As far as blocks of this size go: to the next larger border, or to the last that fits. */
        uint64_t border = level == 8 ? end : (at / (size << 8) + 1) * (size << 8);
        uint64_t stop = border < end ? border : at + (end - at) / size * size;
        struct range4 piece = *r;
        piece.first = (uint32_t)at;
        piece.last = (uint32_t)(stop - 1);
        piece.specific = (uint8_t)level;
        if (!entries_add_range4(e, &piece))
            return false;
        at = stop;
    }
    return true;
}

bool entries_add_prefix(struct entries *e, const struct prefix *p)
{
    if (p->family == 4) {
        uint32_t mask = addr4_mask(p->len), first = (uint32_t)p->addr.lo & mask;
        if (p->len == 32)
            return entries_add_addr4(e, first);
        return entries_add_range4(
            e, &(struct range4){.first = first, .last = first | ~mask, .specific = p->len});
    }
    struct addr6 mask = addr6_mask(p->len);
    struct addr6 first = {.hi = p->addr.hi & mask.hi, .lo = p->addr.lo & mask.lo};
    struct addr6 last = {.hi = first.hi | ~mask.hi, .lo = first.lo | ~mask.lo};
    return entries_add_range6(e,
                              &(struct range6){.first = first, .last = last, .specific = p->len});
}

/* Names are short: room for as many as the text may hold costs nothing until it is used. */
static void expect_names(struct entries *e)
{
    size_t n = e->bytes_hint / 6;
    void *array = NULL;
    if (n > 0 && n * sizeof(*e->name) < HINT_MAX &&
        grow(&array, &e->name_cap, 0, n, sizeof(*e->name)))
        e->name = array;
}

bool entries_reserve_names(struct entries *e, size_t names, size_t octets)
{
    if (e->name_cap == 0)
        expect_names(e);
    void *array = e->name;
    bool ok = grow(&array, &e->name_cap, e->nname, names, sizeof(*e->name));
    e->name = array;
    return ok && reserve_bytes(e, octets);
}

bool entries_put_name(struct entries *e, const struct name *name, const struct name_entry *n)
{
    if (e->name_cap == 0)
        expect_names(e);
    size_t off = push_bytes(e, name->wire, name->len);
    struct name_entry *at = off == SIZE_MAX ? NULL : PUSH(e, name, nname, name_cap);
    if (!at)
        return false;
    *at = *n;
    at->off = (uint32_t)off;
    at->len = name->len;
    return true;
}

bool entries_add_name(struct entries *e, const struct name *n, enum name_scope scope, bool exclude)
{
    return entries_put_name(e, n,
                            &(struct name_entry){.scope = (uint8_t)scope, .exclude = exclude});
}

static bool same_value(const struct entries *e, const struct entry_value *v, const uint8_t *text)
{
    const struct entry_value *last = &e->value[e->nvalue - 1];
    return last->has_a == v->has_a && last->a == v->a && last->action == v->action &&
           last->text_len == v->text_len &&
           (v->text_len == 0 || memcmp(e->bytes + last->text, text, v->text_len) == 0);
}

static bool put_value(struct entries *e, struct entry_value v, const uint8_t *text,
                      uint32_t *number)
{
    if (e->nvalue >= UINT32_MAX - 1)
        return false;
    if (e->nvalue == 0 || !same_value(e, &v, text)) {
        size_t off = push_bytes(e, text, v.text_len);
        struct entry_value *at = off == SIZE_MAX ? NULL : PUSH(e, value, nvalue, value_cap);
        if (!at)
            return false;
        v.text = (uint32_t)off;
        *at = v;
    }
    *number = (uint32_t)e->nvalue;
    return true;
}

bool entries_add_value(struct entries *e, bool has_a, uint32_t a, const uint8_t *text,
                       size_t text_len, uint32_t *number)
{
    struct entry_value v = {.has_a = has_a, .a = a, .text_len = (uint16_t)text_len};
    return text_len <= UINT16_MAX && put_value(e, v, text, number);
}

bool entries_add_action(struct entries *e, uint8_t action, uint32_t *number)
{
    return put_value(e, (struct entry_value){.action = action}, NULL, number);
}

bool entries_set_text(struct entries *e, size_t i, const uint8_t *text, size_t len)
{
    size_t off = len > UINT16_MAX ? SIZE_MAX : push_bytes(e, text, len);
    if (off == SIZE_MAX)
        return false;
    e->value[i].text = (uint32_t)off;
    e->value[i].text_len = (uint16_t)len;
    return true;
}

bool entries_add_record(struct entries *e, const struct name *name, const struct entry_record *r,
                        const uint8_t *rdata)
{
    size_t off = push_bytes(e, name->wire, name->len);
    size_t data = off == SIZE_MAX ? off : push_bytes(e, rdata, r->rdata_len);
    struct entry_record *at = data == SIZE_MAX ? NULL : PUSH(e, record, nrecord, record_cap);
    if (!at)
        return false;
    *at = *r;
    at->name = (uint32_t)off;
    at->name_len = name->len;
    at->rdata = (uint32_t)data;
    return true;
}

bool entries_add_sub(struct entries *e, const struct name *sub)
{
    struct name *at = PUSH(e, sub, nsub, sub_cap);
    if (at)
        *at = *sub;
    return at != NULL;
}

struct entries *entries_append(struct entries *first)
{
    struct entries *last = first, *e = calloc(1, sizeof(*e));
    while (last->next)
        last = last->next;
    last->next = e;
    return e;
}

struct entries_meta *entries_meta_of(struct entries *first)
{
    if (!first->meta)
        first->meta = calloc(1, sizeof(*first->meta));
    return first->meta;
}

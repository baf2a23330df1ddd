/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes for a list of format "plain" and names for one of format "domains".  Neither has room
 * for values, exclusions or records: what has them is refused before the first line is written.
 */
#include <string.h>

#include "lib/answerset.h"
#include "lib/dump_internal.h"

/* Shorter prefixes are split: lists refuse them as typing errors. */
#define WIDEST4 8
#define WIDEST6 16

#define USE_RBLDNSD "; use --as rbldnsd"

struct plain {
    uint32_t set; /* of all entries; 0: none yet */
    bool has_addr, has_name;
};

static bool same_value(struct dumper *d, struct plain *p, uint32_t set)
{
    if (!dump_has_values(d->img, set))
        return dump_fail(d, "records cannot be written as plain entries" USE_RBLDNSD);
    if (dump_nvalues(d->img, set) > 1)
        return dump_fail(d, "an entry has several values" USE_RBLDNSD);
    if (p->set && p->set != set)
        return dump_fail(d, "entries have different values" USE_RBLDNSD);
    p->set = set;
    return true;
}

/* --- addresses --- */

static bool put_prefix(struct dumper *d, void *arg, const struct prefix *p)
{
    char text[PREFIX_TEXT_MAX];

    (void)arg;
    if (!dump_prefix_text(d, p, text))
        return false;
    if (!d->dry)
        fprintf(d->out, "%s\n", text);
    return true;
}

static bool range4(struct dumper *d, void *arg, struct addr6 first, struct addr6 last, uint32_t set)
{
    static const struct dump_cut cut = {4, 1, WIDEST4};
    struct plain *p = arg;

    p->has_addr = true;
    return same_value(d, p, set) && dump_split(d, &cut, first, last, put_prefix, NULL);
}

static bool range6(struct dumper *d, void *arg, struct addr6 first, struct addr6 last, uint32_t set)
{
    static const struct dump_cut cut = {6, 1, WIDEST6};
    struct plain *p = arg;

    p->has_addr = true;
    return same_value(d, p, set) && dump_split(d, &cut, first, last, put_prefix, NULL);
}

/* --- names --- */

/* What the format "domains" takes: host name octets, and no number at the end. */
static bool usable_name(const struct name *n)
{
    bool number = false;

    for (size_t at = 0; n->wire[at]; at += n->wire[at] + 1u) {
        number = true;
        for (size_t i = 1; i <= n->wire[at]; i++) {
            uint8_t c = n->wire[at + i];
            bool digit = c >= '0' && c <= '9';
            if (!digit && !(c >= 'a' && c <= 'z') && c != '-' && c != '_')
                return false;
            number &= digit;
        }
    }
    return !number;
}

static bool one_name(struct dumper *d, void *arg, const struct names_item *item)
{
    struct plain *p = arg;
    char text[NAME_TEXT_MAX];
    bool self = dump_states_self(item), below = dump_states_below(item);

    if (!self && !below)
        return true;
    name_format(text, item->name.wire, item->name.len);
    if ((self && !item->self) || (below && !item->below))
        return dump_fail(d, "%.100s is excluded" USE_RBLDNSD, text);
    if (!usable_name(&item->name))
        return dump_fail(d, "%.100s is no host name" USE_RBLDNSD, text);
    if ((self && !same_value(d, p, item->self)) || (below && !same_value(d, p, item->below)))
        return false;
    if (d->dry)
        return true;
    if (!p->has_name && p->has_addr)
        fputs("\n# names, for a list of format \"domains\"\n", d->out);
    p->has_name = true;
    fprintf(d->out, "%s%s\n", !below ? "" : self ? "." : "*.", text);
    return true;
}

static void put_head(struct dumper *d, uint32_t set)
{
    static const struct text_subject dollar = {"$", "$", 1, 1};
    uint8_t text[512];
    char a[ADDR4_TEXT_MAX];

    addr4_format(a, answerset_a(d->img, set, 0));
    fprintf(d->out, "# %s", a);
    size_t n = answerset_ntexts(d->img, set) > 0
                   ? answerset_text(d->img, set, 0, &dollar, text, sizeof(text))
                   : 0;
    for (size_t i = 0; i < n; i++)
        fprintf(d->out, "%s%c", i ? "" : " ", text[i] < ' ' ? '?' : text[i]);
    fputc('\n', d->out);
}

static bool begin(struct dumper *d)
{
    char zone[NAME_TEXT_MAX];

    name_format(zone, d->img->h->zone, d->img->h->zone_len);
    if (!d->dry)
        fprintf(d->out, "# zone %s, serial %u\n", zone, d->img->h->serial);
    return true;
}

/* The head names the value, which only a whole pass has found. */
static bool entries(struct dumper *d, const struct image_view *v, struct plain *p)
{
    return dump_ranges(d, v, 4, range4, p) && dump_ranges(d, v, 6, range6, p) &&
           dump_names(d, v, one_name, p);
}

static bool view(struct dumper *d, const struct image_view *v)
{
    struct plain p = {.set = 0};

    if (v->sub_len > 1)
        return dump_fail(d, "the zone has sub-names" USE_RBLDNSD);
    if (v->apex && answerset_nsources(d->img, v->apex) > 0)
        return dump_fail(d, "the zone's own name has records" USE_RBLDNSD);
    if (!d->dry) {
        d->dry = true;
        bool good = entries(d, v, &p);
        d->dry = false;
        if (!good)
            return false;
        if (p.set)
            put_head(d, p.set);
        p = (struct plain){.set = p.set};
    }
    return entries(d, v, &p);
}

const struct dump_writer dump_plain = {begin, view};

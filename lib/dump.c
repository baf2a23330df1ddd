/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/dump.h"

#include <stdarg.h>
#include <string.h>

#include "lib/answerset.h"
#include "lib/dump_internal.h"
#include "lib/tree_walk.h"

static const struct {
    const char *word;
    const struct dump_writer *writer;
} forms[] = {
    [DUMP_PLAIN] = {"plain", &dump_plain},
    [DUMP_RBLDNSD] = {"rbldnsd", &dump_rbldnsd},
    [DUMP_BIND] = {"bind", &dump_bind},
    [DUMP_RPZ] = {"rpz", &dump_rpz},
};

bool dump_form_parse(const char *word, enum dump_form *out)
{
    for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(forms[i].word, word) == 0) {
            *out = (enum dump_form)i;
            return true;
        }
    return false;
}

bool dump_fail(struct dumper *d, const char *fmt, ...)
{
    va_list ap;

    if (d->why[0])
        return false;
    va_start(ap, fmt);
    vsnprintf(d->why, DUMP_WHY_MAX, fmt, ap);
    va_end(ap);
    return false;
}

/* The view of an access list holds clients, which no form has a place for. */
static bool pass(struct dumper *d, const struct dump_writer *w)
{
    if (!w->begin(d))
        return false;
    for (uint32_t i = 0; i < d->img->nviews; i++)
        if ((i == 0 || i != d->img->h->acl_view) && !w->view(d, &d->img->views[i]))
            return false;
    return true;
}

bool dump_zone(const struct image *img, enum dump_form form, FILE *out,
               char why[static DUMP_WHY_MAX])
{
    struct dumper d = {.img = img, .out = out, .why = why};

    why[0] = '\0';
    for (int round = 0; round < 2; round++) {
        d.dry = round == 0;
        if (!pass(&d, forms[form].writer))
            return dump_fail(&d, "out of memory");
    }
    if (fflush(out) != 0 || ferror(out))
        return dump_fail(&d, "the output cannot be written");
    return true;
}

/* --- entries --- */

/* What no list stands behind is the server's: test entries, name servers. */
static bool is_own(const struct image *img, uint32_t set)
{
    return set == 0 || answerset_nsources(img, set) == 0;
}

struct range_walk {
    struct dumper *d;
    dump_range_fn fn;
    void *arg;
    struct addr6 first, last;
    uint32_t set; /* of a range that waits; 0: none */
};

static bool flush_range(struct range_walk *w)
{
    uint32_t set = w->set;

    w->set = 0;
    return set == 0 || w->fn(w->d, w->arg, w->first, w->last, set);
}

/*
 * A wide IPv6 prefix has a hole at ::ffff:127.0.0.1, which is never listed.  The prefixes around it
 * would be read back as IPv4, and the hole comes back by itself: it is closed here.
 */
static bool around_test_entry(const struct range_walk *w, struct addr6 first, uint32_t set)
{
    static const uint64_t never = 0xffff7f000001u;

    return w->set == set && w->last.hi == 0 && first.hi == 0 && w->last.lo == never - 1 &&
           first.lo == never + 1;
}

static bool one_range(void *arg, struct addr6 first, struct addr6 last, uint32_t set)
{
    struct range_walk *w = arg;

    if (is_own(w->d->img, set))
        return true;
    if (around_test_entry(w, first, set)) {
        w->last = last;
        return true;
    }
    if (!flush_range(w))
        return false;
    w->first = first;
    w->last = last;
    w->set = set;
    return true;
}

bool dump_ranges(struct dumper *d, const struct image_view *v, unsigned family, dump_range_fn fn,
                 void *arg)
{
    struct range_walk w = {.d = d, .fn = fn, .arg = arg};
    uint32_t root = family == 4 ? v->tree4 : v->tree6;
    unsigned levels = family == 4 ? TREE_LEVELS4 : TREE_LEVELS6;

    return tree_walk(d->img->cells, root, levels, one_range, &w) && flush_range(&w);
}

bool dump_prefix_text(struct dumper *d, const struct prefix *p, char text[static PREFIX_TEXT_MAX])
{
    if (p->family == 6 && p->len >= 96 && p->addr.hi == 0 && p->addr.lo >> 32 == 0xffff)
        return dump_fail(d, "addresses in ::ffff:0:0/96 that differ from those around them would "
                            "be read as IPv4; use --as bind");
    prefix_format(text, p);
    return true;
}

struct name_walk {
    struct dumper *d;
    dump_name_fn fn;
    void *arg;
};

/* The server's own names stand only where no list says anything, so they inherit nothing. */
static bool one_name(void *arg, const struct names_item *item)
{
    struct name_walk *w = arg;
    struct names_item shown = *item;

    if (item->self && is_own(w->d->img, item->self))
        shown.self = item->inherited;
    return w->fn(w->d, w->arg, &shown);
}

bool dump_names(struct dumper *d, const struct image_view *v, dump_name_fn fn, void *arg)
{
    struct name_walk w = {d, fn, arg};
    const char *why = names_walk(d->img, v, one_name, &w);

    return why ? dump_fail(d, "%s", why) : true;
}

static bool is_after(struct addr6 a, struct addr6 b)
{
    return a.hi != b.hi ? a.hi > b.hi : a.lo > b.lo;
}

bool dump_split(struct dumper *d, const struct dump_cut *cut, struct addr6 first, struct addr6 last,
                dump_prefix_fn fn, void *arg)
{
    unsigned top = cut->family == 4 ? 96 : 0; /* IPv4 addresses are the last 32 bits of 128 */

    for (;;) {
        struct addr6 mask = addr6_mask(128);
        unsigned len = 128;
        while (len >= top + cut->widest + cut->step) {
            struct addr6 m = addr6_mask(len - cut->step);
            struct addr6 end = {first.hi | ~m.hi, first.lo | ~m.lo};
            if ((first.hi & ~m.hi) || (first.lo & ~m.lo) || is_after(end, last))
                break;
            mask = m;
            len -= cut->step;
        }
        struct prefix p = {
            .addr = first, .len = (uint8_t)(len - top), .family = (uint8_t)cut->family};
        if (!fn(d, arg, &p))
            return false;
        struct addr6 end = {first.hi | ~mask.hi, first.lo | ~mask.lo};
        if (!is_after(last, end))
            return true;
        first = (struct addr6){end.hi + (end.lo == UINT64_MAX), end.lo + 1};
    }
}

/* --- sets --- */

#define RR_HEAD 12 /* pointer to the question, type, class, TTL, length */

uint32_t dump_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint32_t dump_a_ttl(const struct image *img, uint32_t set)
{
    return dump_be32(answerset_group(img, set)->rr + 6);
}

bool dump_has_values(const struct image *img, uint32_t set)
{
    const struct image_group *g = answerset_group(img, set);

    if (g->action == IMAGE_RECORD || g->nother > 0 || g->na == 0)
        return false;
    return answerset_ntexts(img, set) == 0 || dump_a_ttl(img, set) <= g->txt_ttl;
}

/*
 * Records of one type have the smallest TTL of all values that made them.  When A records live
 * shorter than texts, values without a text come first and shorten them again.
 */
static bool split_values(const struct image *img, uint32_t set)
{
    return answerset_ntexts(img, set) > 0 &&
           dump_a_ttl(img, set) < answerset_group(img, set)->txt_ttl;
}

unsigned dump_nvalues(const struct image *img, uint32_t set)
{
    unsigned na = answerset_na(img, set), nt = answerset_ntexts(img, set);

    if (split_values(img, set))
        return na + nt;
    return na > nt ? na : nt;
}

struct dump_value dump_value(const struct image *img, uint32_t set, unsigned i)
{
    unsigned na = answerset_na(img, set), nt = answerset_ntexts(img, set);
    bool split = split_values(img, set);
    struct dump_value v = {.ttl = dump_a_ttl(img, set), .slot = i};
    unsigned text = i;

    if (split && i >= na) {
        v.ttl = answerset_group(img, set)->txt_ttl;
        v.slot = text = i - na;
    } else if (split) {
        text = nt;
    }
    v.a = answerset_a(img, set, i < na && !(split && i >= na) ? i : 0);
    v.text = text < nt ? answerset_template(img, set, text) : NULL;
    return v;
}

bool dump_other(const struct image *img, uint32_t set, size_t *at, struct dump_rr *out)
{
    const struct image_group *g = answerset_group(img, set);
    const uint8_t *p = g->rr + g->a_len + *at;

    if (*at + RR_HEAD > g->other_len)
        return false;
    *out = (struct dump_rr){.type = (uint16_t)(p[2] << 8 | p[3]),
                            .ttl = dump_be32(p + 6),
                            .rdlen = (uint16_t)(p[10] << 8 | p[11]),
                            .rdata = p + RR_HEAD};
    *at += RR_HEAD + out->rdlen;
    return *at <= g->other_len;
}

/* --- fixed records --- */

/*
 * A name in a record's data: up to its root, or to the hole where the apex goes on.  Verification
 * does not look into this data, so it is done here; SIZE_MAX: no name.
 */
static size_t fixed_name(const struct image *img, const struct image_rr *rr, size_t at,
                         struct name *out)
{
    const uint8_t *data = rr->data + rr->owner_len;
    const uint8_t *tail = (const uint8_t *)"";
    size_t n = 0, tail_len = 1;

    while (at + n != rr->hole[0] && at + n != rr->hole[1]) {
        if (at + n >= rr->rdlen || data[at + n] > NAME_LABEL_MAX)
            return SIZE_MAX;
        if (data[at + n] == 0)
            break;
        n += data[at + n] + 1u;
    }
    bool hole = at + n == rr->hole[0] || at + n == rr->hole[1];
    if (hole) {
        tail = img->h->zone;
        tail_len = img->h->zone_len;
    }
    if (n + tail_len > NAME_WIRE_MAX)
        return SIZE_MAX;
    memcpy(out->wire, data + at, n);
    memcpy(out->wire + n, tail, tail_len);
    out->len = (uint8_t)(n + tail_len);
    return at + n + (hole ? 2 : 1);
}

static size_t rest_len(uint16_t type)
{
    return type == DUMP_SOA ? 20 : type == DUMP_A ? 4 : type == DUMP_AAAA ? 16 : 0;
}

bool dump_fixed_next(const struct image *img, const uint8_t **p, struct dump_fixed *out)
{
    const struct image_rr *rr = (const struct image_rr *)(const void *)*p;
    size_t at = 0;

    if (*p >= img->fixed_end || rr->owner_len > NAME_WIRE_MAX - 1)
        return false;
    *p += image_rr_size(rr);
    *out = (struct dump_fixed){.type = rr->type, .ttl = rr->ttl};
    memcpy(out->owner.wire, rr->data, rr->owner_len);
    out->owner.wire[rr->owner_len] = 0;
    out->owner.len = (uint8_t)(rr->owner_len + 1);
    if (rr->type == DUMP_NS || rr->type == DUMP_SOA)
        at = fixed_name(img, rr, at, &out->name[0]);
    if (rr->type == DUMP_SOA && at != SIZE_MAX)
        at = fixed_name(img, rr, at, &out->name[1]);
    out->rest = rr->data + rr->owner_len + at;
    return at != SIZE_MAX && rr->rdlen >= at + rest_len(rr->type);
}

/* --- text --- */

void dump_name_text(char out[static NAME_TEXT_MAX + 4], const struct name *n)
{
    uint8_t c = n->len > 1 ? n->wire[1] : 'a';
    bool harmless = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    char text[NAME_TEXT_MAX];

    name_format(text, n->wire, n->len);
    if (harmless) {
        memcpy(out, text, strlen(text) + 1);
        return;
    }
    size_t shown = text[0] != '\\' ? 1 : text[1] >= '0' && text[1] <= '9' ? 4 : 2;
    snprintf(out, NAME_TEXT_MAX + 4, "\\%03u%s", c, text + shown);
}

void dump_view_text(char out[static NAME_TEXT_MAX], const struct image_view *v)
{
    if (v->sub_len > 1)
        name_format(out, v->sub, v->sub_len);
    else
        snprintf(out, NAME_TEXT_MAX, "@");
}

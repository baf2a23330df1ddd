/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A combined file of rbldnsd.  Ranges are disjoint here, so ip4trie and ip6trie say them without
 * exclusions.  An entry of these types has one value: the k-th value of every set goes into the
 * k-th data set, and one data set has one TTL.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/answerset.h"
#include "lib/dump_internal.h"

enum kind { ADDR4, ADDR6, NAMES };
static const char *const kind_type[] = {"ip4trie", "ip6trie", "dnset"};

/* A data set: all values of one TTL and slot. */
struct layer {
    uint32_t ttl;
    unsigned slot;
    struct dump_value dflt; /* of entries that state none; ttl 0: not chosen yet */
};

struct section {
    const struct image_view *view;
    enum kind kind;
    uint8_t *used;   /* per set */
    uint32_t *order; /* the sets used, as they are met: numbers change with every compilation */
    size_t nused;
    struct layer *layers;
    size_t n;
    const struct layer *now;  /* the one being written */
    struct addr6 first, last; /* a range of it that waits for its neighbour */
    struct dump_value value;
    bool waits;
};

/* --- what cannot be said --- */

/*
 * A text is raw to the end of its line, "$" is what was asked for, "$$" a dollar and "$0" to "$9"
 * and "$=" are variables: a subject in front of such an octet would be read as one of these.
 */
static const char *unspeakable(const uint8_t *p)
{
    struct text_segment s;
    bool subject = false;
    uint8_t last = 'x';

    while (text_next(&p, &s)) {
        if (s.op != TEXT_LITERAL) {
            if (subject)
                return "'$' twice in a row";
            subject = true;
            last = '$';
            continue;
        }
        if (s.n == 0)
            continue;
        uint8_t c = s.octets[0];
        if (subject && (c == '$' || c == '=' || (c >= '0' && c <= '9')))
            return "'$' in front of a digit, '=' or '$'";
        for (size_t i = 0; i < s.n; i++)
            if (s.octets[i] == '\n' || s.octets[i] == '\r' || s.octets[i] == '\0')
                return "a line end";
        last = s.octets[s.n - 1];
        subject = false;
    }
    return last == ' ' || last == '\t' ? "a blank at its end" : NULL;
}

static bool check_set(struct dumper *d, uint32_t set)
{
    for (unsigned i = 0; i < answerset_ntexts(d->img, set); i++) {
        const char *what = unspeakable(answerset_template(d->img, set, i));
        if (what)
            return dump_fail(d, "a text has %s, which rbldnsd's data cannot say", what);
    }
    return true;
}

static bool use(struct dumper *d, struct section *s, uint32_t set)
{
    if (set == 0 || s->used[set])
        return true;
    if (!dump_has_values(d->img, set))
        return dump_fail(d, "records other than A and TXT stand at addresses or below names, "
                            "which rbldnsd's data cannot say");
    s->used[set] = 1;
    s->order[s->nused++] = set;
    return check_set(d, set);
}

static bool put_prefix(struct dumper *d, void *arg, const struct prefix *p);

/* Cutting it in the dry pass shows prefixes that have no text. */
static bool use_range(struct dumper *d, void *arg, struct addr6 first, struct addr6 last,
                      uint32_t set)
{
    struct section *s = arg;
    struct dump_cut cut = {s->kind == ADDR4 ? 4 : 6, 1, 0};

    if (!use(d, s, set))
        return false;
    return !d->dry || s->kind == ADDR4 || dump_split(d, &cut, first, last, put_prefix, s);
}

/* Records at a name go into a generic data set. */
static bool is_record(const struct dumper *d, uint32_t set)
{
    return set != 0 && !dump_has_values(d->img, set);
}

static bool use_name(struct dumper *d, void *arg, const struct names_item *item)
{
    return (is_record(d, item->self) || use(d, arg, item->self)) && use(d, arg, item->below);
}

/* --- data sets --- */

static int by_ttl(const void *a, const void *b)
{
    const struct layer *x = a, *y = b;

    if (x->ttl != y->ttl)
        return x->ttl < y->ttl ? -1 : 1;
    return (x->slot > y->slot) - (x->slot < y->slot);
}

static bool add_layer(struct section *s, const struct dump_value *v)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->layers[i].ttl == v->ttl && s->layers[i].slot == v->slot)
            return true;
    struct layer *more = reallocarray(s->layers, s->n + 1, sizeof(*more));
    if (!more)
        return false;
    s->layers = more;
    s->layers[s->n++] = (struct layer){.ttl = v->ttl, .slot = v->slot, .dflt = *v};
    return true;
}

static bool find_layers(struct dumper *d, struct section *s)
{
    for (size_t k = 0; k < s->nused; k++)
        for (unsigned i = 0; i < dump_nvalues(d->img, s->order[k]); i++) {
            struct dump_value v = dump_value(d->img, s->order[k], i);
            if (!add_layer(s, &v))
                return false;
        }
    if (s->n > 0)
        qsort(s->layers, s->n, sizeof(*s->layers), by_ttl);
    return true;
}

/* What a set says in the data set being written; false: nothing. */
static bool layer_value(const struct dumper *d, const struct section *s, uint32_t set,
                        struct dump_value *out)
{
    if (set == 0 || is_record(d, set))
        return false;
    for (unsigned i = 0; i < dump_nvalues(d->img, set); i++) {
        *out = dump_value(d->img, set, i);
        if (out->ttl == s->now->ttl && out->slot == s->now->slot)
            return true;
    }
    return false;
}

static bool same(const struct dump_value *a, const struct dump_value *b)
{
    return a->a == b->a && a->text == b->text;
}

/* --- writing --- */

static void put_text(struct dumper *d, const uint8_t *p)
{
    struct text_segment s;

    for (bool first = true; text_next(&p, &s); first = false) {
        if (s.op != TEXT_LITERAL) {
            fputc('$', d->out);
            continue;
        }
        /* Blanks in front would be lost and "=" taken off: another "=" keeps them. */
        if (first && s.n > 0 && strchr(" \t=", s.octets[0]))
            fputc('=', d->out);
        for (size_t i = 0; i < s.n; i++)
            fprintf(d->out, s.octets[i] == '$' ? "$$" : "%c", s.octets[i]);
    }
}

static void put_value(struct dumper *d, const struct dump_value *v)
{
    char a[ADDR4_TEXT_MAX];

    addr4_format(a, v->a);
    fprintf(d->out, ":%s:", a);
    if (v->text)
        put_text(d, v->text);
}

static void end_entry(struct dumper *d, const struct section *s, const struct dump_value *v)
{
    if (v && !same(v, &s->now->dflt)) {
        fputc(' ', d->out);
        put_value(d, v);
    }
    fputc('\n', d->out);
}

static bool put_prefix(struct dumper *d, void *arg, const struct prefix *p)
{
    const struct section *s = arg;
    char text[PREFIX_TEXT_MAX];

    if (!dump_prefix_text(d, p, text))
        return false;
    if (d->dry)
        return true;
    fputs(text, d->out);
    end_entry(d, s, &s->value);
    return true;
}

static bool flush_range(struct dumper *d, struct section *s)
{
    struct dump_cut cut = {s->kind == ADDR4 ? 4 : 6, 1, 0};
    bool waits = s->waits;

    s->waits = false;
    return !waits || dump_split(d, &cut, s->first, s->last, put_prefix, s);
}

/* Sets that differ may say the same in one data set: such neighbours are joined. */
static bool put_range(struct dumper *d, void *arg, struct addr6 first, struct addr6 last,
                      uint32_t set)
{
    struct section *s = arg;
    struct dump_value v;

    if (!layer_value(d, s, set, &v))
        return true;
    bool follows = first.lo == s->last.lo + 1 && first.hi == s->last.hi + (first.lo == 0);
    if (s->waits && follows && same(&v, &s->value)) {
        s->last = last;
        return true;
    }
    if (!flush_range(d, s))
        return false;
    s->first = first;
    s->last = last;
    s->value = v;
    return s->waits = true;
}

static void put_entry(struct dumper *d, const struct section *s, const char *scope,
                      const char *name, const struct dump_value *v)
{
    fprintf(d->out, "%s%s%s", v ? "" : "!", scope, name);
    end_entry(d, s, v);
}

/*
 * A line wherever the name says something else than what is inherited, also when that lies in
 * another data set: "$" is the name of the line.
 */
static bool put_name(struct dumper *d, void *arg, const struct names_item *item)
{
    const struct section *s = arg;
    char text[NAME_TEXT_MAX + 4];
    struct dump_value self, below, inherited; /* the last for its existence */
    bool has = layer_value(d, s, item->inherited, &inherited);
    bool has_self = layer_value(d, s, item->self, &self);
    bool has_below = layer_value(d, s, item->below, &below);
    bool put_self = dump_states_self(item) && (has_self || has);
    bool put_below = dump_states_below(item) && (has_below || has);

    dump_name_text(text, &item->name);
    if (put_self && put_below && has_self == has_below && (!has_self || same(&self, &below))) {
        put_entry(d, s, ".", text, has_self ? &self : NULL);
        return true;
    }
    if (put_self)
        put_entry(d, s, "", text, has_self ? &self : NULL);
    if (put_below)
        put_entry(d, s, "*.", text, has_below ? &below : NULL);
    return true;
}

static void put_head(struct dumper *d, const struct image_view *v, const char *type)
{
    char sub[NAME_TEXT_MAX];

    d->sections++;
    dump_view_text(sub, v);
    fprintf(d->out, "\n$DATASET %s %s\n", type, sub);
}

static bool put_layers(struct dumper *d, struct section *s)
{
    bool good = true;

    for (size_t i = 0; good && i < s->n; i++) {
        s->now = &s->layers[i];
        put_head(d, s->view, kind_type[s->kind]);
        fprintf(d->out, "$TTL %u\n", s->now->ttl);
        put_value(d, &s->now->dflt);
        fputc('\n', d->out);
        if (s->kind == NAMES)
            good = dump_names(d, s->view, put_name, s);
        else
            good = dump_ranges(d, s->view, s->kind == ADDR4 ? 4 : 6, put_range, s) &&
                   flush_range(d, s);
    }
    return good;
}

static bool put_section(struct dumper *d, const struct image_view *v, enum kind kind)
{
    struct section s = {.view = v, .kind = kind};
    bool good;

    s.used = calloc(d->img->nsets + 1u, sizeof(*s.used));
    s.order = calloc(d->img->nsets + 1u, sizeof(*s.order));
    if (!s.used || !s.order)
        good = false;
    else if (kind == NAMES)
        good = dump_names(d, v, use_name, &s);
    else
        good = dump_ranges(d, v, kind == ADDR4 ? 4 : 6, use_range, &s);
    good = good && find_layers(d, &s) && (d->dry || put_layers(d, &s));
    free(s.layers);
    free(s.order);
    free(s.used);
    return good;
}

/* --- records at names --- */

struct generic {
    const struct image_view *view;
    bool started;
};

/* A text that only one name has: what "$" stands for is known. */
static bool put_txt(struct dumper *d, const char *owner, const struct name *name, uint32_t set)
{
    uint8_t text[65535];
    char shown[NAME_TEXT_MAX];

    name_format(shown, name->wire, name->len);
    struct text_subject subject = {shown, shown, strlen(shown), strlen(shown)};
    for (unsigned i = 0; i < answerset_ntexts(d->img, set); i++) {
        size_t n = answerset_text(d->img, set, i, &subject, text, sizeof(text));
        for (size_t k = 0; k < n; k++)
            if (text[k] == '\n' || text[k] == '\r' || text[k] == '\0')
                return dump_fail(d, "a text has a line end, which rbldnsd's data cannot say");
        if (d->dry)
            continue;
        fprintf(d->out, "%s %u TXT \"", owner, answerset_group(d->img, set)->txt_ttl);
        fwrite(text, 1, n, d->out);
        fputs("\"\n", d->out);
    }
    return true;
}

/* The strings of a TXT record's data as one; false when a line cannot hold it. */
static bool put_strings(struct dumper *d, const char *owner, const struct dump_rr *rr)
{
    if (!d->dry)
        fprintf(d->out, "%s %u TXT \"", owner, rr->ttl);
    for (size_t at = 0; at < rr->rdlen; at += rr->rdata[at] + 1u)
        for (size_t i = at + 1; i <= at + rr->rdata[at] && i < rr->rdlen; i++) {
            if (rr->rdata[i] == '\n' || rr->rdata[i] == '\r' || rr->rdata[i] == '\0')
                return dump_fail(d, "a text has a line end, which rbldnsd's data cannot say");
            if (!d->dry)
                fputc(rr->rdata[i], d->out);
        }
    if (!d->dry)
        fputs("\"\n", d->out);
    return true;
}

static bool put_mx(struct dumper *d, const char *owner, const struct dump_rr *rr)
{
    struct name mx = {.len = (uint8_t)(rr->rdlen - 2)};
    char text[NAME_TEXT_MAX];

    memcpy(mx.wire, rr->rdata + 2, mx.len);
    name_format(text, mx.wire, mx.len);
    if (!d->dry)
        fprintf(d->out, "%s %u MX %u %s\n", owner, rr->ttl, rr->rdata[0] << 8 | rr->rdata[1], text);
    return true;
}

static bool put_other(struct dumper *d, const char *owner, const struct dump_rr *rr)
{
    if (rr->type == DUMP_TXT)
        return put_strings(d, owner, rr);
    if (rr->type == DUMP_MX && rr->rdlen >= 3 && rr->rdlen - 2u <= NAME_WIRE_MAX)
        return put_mx(d, owner, rr);
    return dump_fail(d, "%.80s has a record of type %u, which rbldnsd's data cannot say", owner,
                     rr->type);
}

static bool put_records(struct dumper *d, struct generic *g, const struct name *name, uint32_t set)
{
    char owner[NAME_TEXT_MAX + 4], a[ADDR4_TEXT_MAX];
    struct dump_rr rr;

    if (!g->started && !d->dry)
        put_head(d, g->view, "generic");
    g->started = true;
    dump_name_text(owner, name);
    if (name->len == 1)
        snprintf(owner, sizeof(owner), "@");
    for (unsigned i = 0; i < answerset_na(d->img, set) && !d->dry; i++) {
        addr4_format(a, answerset_a(d->img, set, i));
        fprintf(d->out, "%s %u A %s\n", owner, dump_a_ttl(d->img, set), a);
    }
    for (size_t at = 0; dump_other(d->img, set, &at, &rr);)
        if (!put_other(d, owner, &rr))
            return false;
    return put_txt(d, owner, name, set);
}

static bool generic_name(struct dumper *d, void *arg, const struct names_item *item)
{
    return !is_record(d, item->self) || item->self == item->inherited ||
           put_records(d, arg, &item->name, item->self);
}

static bool view(struct dumper *d, const struct image_view *v)
{
    static const struct name apex = {.len = 1};
    struct generic g = {.view = v};
    unsigned before = d->sections;

    for (enum kind k = ADDR4; k <= NAMES; k++)
        if (!put_section(d, v, k))
            return false;
    if (v->apex && answerset_nsources(d->img, v->apex) > 0 && !put_records(d, &g, &apex, v->apex))
        return false;
    if (!dump_names(d, v, generic_name, &g))
        return false;
    /* A sub-name exists even when nothing is listed there. */
    if (v->sub_len > 1 && d->sections == before && !d->dry)
        put_head(d, v, kind_type[ADDR4]);
    return true;
}

/* --- the common part --- */

static void put_soa(struct dumper *d, const struct dump_fixed *f)
{
    char mname[NAME_TEXT_MAX], rname[NAME_TEXT_MAX];

    name_format(mname, f->name[0].wire, f->name[0].len);
    name_format(rname, f->name[1].wire, f->name[1].len);
    fprintf(d->out, "$SOA %u %s %s", f->ttl, mname, rname);
    for (unsigned i = 0; i < 5; i++)
        fprintf(d->out, " %u", dump_be32(f->rest + 4 * i));
    fputc('\n', d->out);
}

static void put_servers(struct dumper *d)
{
    const uint8_t *p = d->img->fixed;
    struct dump_fixed f;
    char name[NAME_TEXT_MAX];
    unsigned n = 0;

    while (dump_fixed_next(d->img, &p, &f)) {
        if (f.type == DUMP_SOA)
            put_soa(d, &f);
        if (f.type != DUMP_NS)
            continue;
        name_format(name, f.name[0].wire, f.name[0].len);
        if (n++ == 0)
            fprintf(d->out, "$NS %u", f.ttl);
        fprintf(d->out, " %s", name);
    }
    if (n > 0)
        fputc('\n', d->out);
}

static bool begin(struct dumper *d)
{
    char zone[NAME_TEXT_MAX], stamp[32];
    time_t expires = (time_t)d->img->h->expires;
    struct tm tm;

    if (d->dry)
        return true;
    name_format(zone, d->img->h->zone, d->img->h->zone_len);
    fprintf(d->out, "# zone %s\n", zone);
    put_servers(d);
    if (expires > 0 && gmtime_r(&expires, &tm) &&
        strftime(stamp, sizeof(stamp), "%Y:%m:%d:%H:%M:%S", &tm) > 0)
        fprintf(d->out, "$TIMESTAMP 0 %s\n", stamp);
    return true;
}

const struct dump_writer dump_rbldnsd = {begin, view};

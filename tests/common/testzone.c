/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/testzone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/format.h"

const struct testzone testzone_bl = {
    .name = "bl.test",
    .list =
        {
            {.name = "alpha",
             .a = "127.0.0.3",
             .txt = "alpha lists $",
             .entries = "1.2.3.4\n5.6.4.0/22\n11.128.0.0/9\n2a00:1:2::/48\n2a00:1:3::5\n"},
            {.name = "beta",
             .a = "127.0.0.4",
             .txt = "beta lists $",
             .entries = "1.2.3.4\n9.9.9.0/24\n"},
            {.name = "allow", .exclude = true, .entries = "9.9.9.13\n"},
        },
    .ns = {{.name = "ns1.bl.test", .a = "127.0.0.1"}, {.name = "ns2.example.net"}},
};

const struct testzone testzone_dbl = {
    .name = "dbl.test",
    .list =
        {
            {.name = "names",
             .format = "domains",
             .a = "127.0.1.2",
             .txt = "$ is listed",
             .entries = "test\nexact.example\n.tree.example\n*.wild.example\n"},
        },
    .ns = {{.name = "ns1.dbl.test", .a = "127.0.0.1", .aaaa = "::1"}},
};

#define SHOWN_MAX 300

static void need(bool ok, const char *what, const char *detail)
{
    if (ok)
        return;
    fprintf(stderr, "testzone: %s: %s\n", what, detail);
    abort();
}

static void set_name(struct name *out, const char *text)
{
    const char *why = name_parse(text, strlen(text), out);
    need(!why, text, why ? why : "");
}

static uint32_t address(const char *text)
{
    uint32_t a = 0;
    unsigned notes = 0;
    need(addr4_scan(text, strlen(text), &a, &notes) == strlen(text), "not an address", text);
    return a;
}

static char *copy(const char *text)
{
    char *s = strdup(text);
    need(s, "no memory for", text);
    return s;
}

/* --- lists --- */

/* Shown is also what is good and worth a note; only what is bad is a mistake of the test. */
static void shown_line(void *arg, size_t line, const char *text, const char *reason)
{
    char *last = arg;
    snprintf(last, SHOWN_MAX, "%zu: %s: %s", line, text, reason);
}

static void fill_list(struct testjob *j, size_t i, const struct testlist *t)
{
    struct conf_list *l = &j->list[i];
    struct list_data *d = &j->data[i];
    char last[SHOWN_MAX] = "";
    l->name = copy(t->name);
    l->format = copy(t->format ? t->format : "plain");
    l->txt = copy(t->txt ? t->txt : "");
    l->a = address(t->a ? t->a : "127.0.0.2");
    entries_init(&d->entries);
    if (!t->entries)
        return;
    d->conf = l;
    d->digest = i + 1;
    d->fetched = 1700000000;
    d->modified = 1600000000;
    struct parse p = {
        .out = &d->entries, .report = shown_line, .report_arg = last, .a = l->a, .txt = l->txt};
    const struct format *f = format_find(l->format);
    need(f, "no such format", l->format);
    need(f->parse(&p, t->entries, strlen(t->entries)), "no memory for", t->name);
    need(p.bad == 0, t->name, last);
    j->have[i] = d;
}

/* Lists of one sub-name must follow one another in the table. */
static void fill_sub(struct testjob *j, size_t i, const char *text)
{
    struct conf_zone *z = &j->zone;
    struct name name;
    set_name(&name, text);
    if (z->nsub == 0 || !name_equal(&j->sub[z->nsub - 1].name, &name)) {
        j->sub[z->nsub].name = name;
        j->sub[z->nsub++].lists = &j->sub_index[i];
    }
    j->sub_index[i] = i;
    j->sub[z->nsub - 1].nlists++;
}

static void fill_lists(struct testjob *j, const struct testzone *z)
{
    size_t n = 0;
    for (; n < TESTZONE_LISTS && z->list[n].name; n++) {
        fill_list(j, n, &z->list[n]);
        if (z->list[n].sub)
            fill_sub(j, n, z->list[n].sub);
        else if (z->list[n].exclude)
            j->exclude[j->zone.nexclude++] = n;
        else if (z->list[n].acl)
            j->acl[j->zone.nacl++] = n;
        else
            j->index[j->zone.nlists++] = n;
    }
    j->conf.lists = j->list;
    j->conf.nlists = n;
}

/* --- the zone --- */

static void fill_servers(struct testjob *j, const struct testzone *z)
{
    size_t n = 0;
    for (; n < TESTZONE_NS && z->ns[n].name; n++) {
        const struct testns *t = &z->ns[n];
        set_name(&j->ns[n].name, t->name);
        j->ns[n].has_a = t->a != NULL;
        j->ns[n].a = t->a ? address(t->a) : 0;
        j->ns[n].has_aaaa = t->aaaa != NULL;
        if (t->aaaa)
            need(addr6_parse(t->aaaa, strlen(t->aaaa), &j->ns[n].aaaa), "bad address", t->aaaa);
    }
    j->zone.ns = j->ns;
    j->zone.nns = n;
}

static void fill_zone(struct testjob *j, const struct testzone *t)
{
    struct conf_zone *z = &j->zone;
    struct name host;
    set_name(&z->name, t->name);
    set_name(&host, "hostmaster");
    z->text = copy(t->name);
    z->lists = j->index;
    z->exclude = j->exclude;
    z->acl = j->acl;
    z->sub = j->sub;
    z->combine = t->bitmask ? CONF_COMBINE_BITMASK : CONF_COMBINE_UNION;
    set_name(&z->mname, t->ns[0].name ? t->ns[0].name : "localhost");
    need(name_join(&host, &z->name, &z->rname), "name too long", t->name);
    z->soa_ttl = t->soa_ttl ? t->soa_ttl : 3600;
    z->soa_refresh = 7200;
    z->soa_retry = 1800;
    z->soa_expire = 604800;
    z->ttl = t->ttl ? t->ttl : 300;
    z->negative_ttl = t->negative_ttl ? t->negative_ttl : 150;
    z->test_points = !t->no_test_points;
    z->test_a = 0x7f000002;
    z->test_txt = copy(t->test_txt ? t->test_txt : "Test entry");
}

struct testjob *testjob_new(const struct testzone *z)
{
    struct testjob *j = calloc(1, sizeof(*j));
    need(j, "no memory for", z->name);
    fill_zone(j, z);
    fill_lists(j, z);
    fill_servers(j, z);
    j->conf.zones = &j->zone;
    j->conf.nzones = 1;
    j->job = (struct compile_job){.conf = &j->conf,
                                  .zone = &j->zone,
                                  .lists = j->have,
                                  .serial = z->serial ? z->serial : 1,
                                  .now = 1700000100};
    return j;
}

void testjob_free(struct testjob *j)
{
    for (size_t i = 0; i < j->conf.nlists; i++) {
        entries_free(&j->data[i].entries);
        free(j->list[i].name);
        free(j->list[i].format);
        free(j->list[i].txt);
    }
    free(j->zone.text);
    free(j->zone.test_txt);
    free(j);
}

uint8_t *testzone_join(struct compiled *c, size_t *len)
{
    uint8_t *bytes = malloc(c->header.file_len), *at = bytes;
    *len = c->header.file_len;
    need(bytes != NULL, "out of memory", "");
    for (size_t i = 0; i < COMPILED_PIECES; i++) {
        if (c->piece[i].iov_len > 0)
            memcpy(at, c->piece[i].iov_base, c->piece[i].iov_len);
        at += c->piece[i].iov_len;
    }
    compiled_free(c);
    return bytes;
}

const char *testzone_compile(const struct compile_job *job, uint8_t **bytes, size_t *len,
                             char why[static COMPILE_WHY_MAX])
{
    struct compiled c;
    const char *reason = compile_zone(job, &c, why);
    if (!reason)
        *bytes = testzone_join(&c, len);
    return reason;
}

uint8_t *testjob_compile(const struct testjob *j, size_t *len)
{
    char why[COMPILE_WHY_MAX] = "";
    uint8_t *bytes = NULL;
    need(testzone_compile(&j->job, &bytes, len, why) == NULL, "does not compile", why);
    return bytes;
}

uint8_t *testzone_bytes(const struct testzone *z, size_t *len)
{
    struct testjob *j = testjob_new(z);
    uint8_t *bytes = testjob_compile(j, len);
    testjob_free(j);
    return bytes;
}

struct image *testzone_open(const uint8_t *bytes, size_t len)
{
    char why[IMAGE_WHY_MAX] = "";
    struct image *img = image_from_bytes(bytes, len, why);
    need(img, "image does not open", why);
    return img;
}

struct image *testzone_build(const struct testzone *z)
{
    size_t len;
    uint8_t *bytes = testzone_bytes(z, &len);
    struct image *img = testzone_open(bytes, len);
    free(bytes);
    return img;
}

/* --- lookups --- */

void testzone_lookup_wire(const struct image *img, const struct name *name, struct lookup_result *r)
{
    uint8_t labels[NAME_LABELS_MAX];
    struct lookup_name n = {.wire = name->wire, .labels = labels};
    struct name zone = {.len = img->h->zone_len};
    memcpy(zone.wire, img->h->zone, zone.len);
    need(name_is_under(name, &zone), "lookup", "name outside the zone");
    for (size_t at = 0; name->wire[at] != 0; at += name->wire[at] + 1u)
        labels[n.nlabels++] = (uint8_t)at;
    n.zone_labels = name_labels(zone.wire);
    lookup_find(img, &n, r);
}

void testzone_lookup(const struct image *img, const char *name, struct lookup_result *r)
{
    struct name wire;
    set_name(&wire, name);
    testzone_lookup_wire(img, &wire, r);
}

void testzone_reverse4(char out[static TESTZONE_REVERSED4], uint32_t addr)
{
    snprintf(out, TESTZONE_REVERSED4, "%u.%u.%u.%u", addr & 255, addr >> 8 & 255, addr >> 16 & 255,
             addr >> 24);
}

void testzone_reverse6(char out[static TESTZONE_REVERSED6], struct addr6 addr)
{
    static const char digit[] = "0123456789abcdef";
    for (unsigned i = 0; i < 32; i++) {
        uint64_t word = i < 16 ? addr.lo : addr.hi;
        out[2 * i] = digit[word >> (4 * (i % 16)) & 15];
        out[2 * i + 1] = i < 31 ? '.' : 0;
    }
}

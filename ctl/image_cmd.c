/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/image_cmd.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ctl/table.h"
#include "ctl/text.h"
#include "ctl/what.h"
#include "ctl/zonefile.h"
#include "lib/answerset.h"

#define SETS_SHOWN 20 /* a bit mask zone may have thousands */

static void put_header(FILE *out, const struct image *img, const char *path)
{
    const struct image_header *h = img->h;
    char name[NAME_TEXT_MAX], built[TEXT_TIME_MAX], expires[TEXT_TIME_MAX];
    char age[TEXT_AGE_MAX];
    name_format(name, h->zone, h->zone_len);
    text_time(built, h->built);
    text_age(age, (int64_t)time(NULL), h->built);
    text_time(expires, h->expires);
    fputs("file      ", out);
    text_put(out, path, strlen(path));
    fprintf(out, "\nsize      %" PRIu64 " bytes\n", h->file_len);
    fprintf(out, "format    version %" PRIu32 ", header %" PRIu32 " bytes\n", h->version,
            h->header_len);
    fprintf(out, "checksum  %016" PRIx64 ", good\n", h->checksum);
    fprintf(out, "inputs    %016" PRIx64 "\n", h->inputs);
    fprintf(out, "zone      %s\n", name);
    fprintf(out, "serial    %" PRIu32 "\n", h->serial);
    fprintf(out, "built     %s UTC, %s\n", built, age);
    if (h->expires)
        fprintf(out, "expires   %s UTC\n", expires);
    fprintf(out, "ttl       %" PRIu32 ", negative %" PRIu32 ", SOA %" PRIu32 "\n", h->ttl,
            h->negative_ttl, h->soa_ttl);
    fprintf(out, "entries   %" PRIu64 "\n", h->entries);
}

static bool put_sections(FILE *out, const struct image *img)
{
    static const char *const heads[] = {"SECTION", "OFFSET", "BYTES"};
    static const char *const name[IMAGE_NSECTIONS] = {
        [IMAGE_SOURCES] = "sources", [IMAGE_VIEWS] = "views",     [IMAGE_CELLS] = "cells",
        [IMAGE_BUCKETS] = "buckets", [IMAGE_RECORDS] = "records", [IMAGE_SETS] = "sets",
        [IMAGE_GROUPS] = "groups",   [IMAGE_TEXTS] = "texts",     [IMAGE_FIXED] = "fixed",
    };
    struct table t;
    table_init(&t, 3, 2 + 4, heads);
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++) {
        table_cell(&t, "%s", name[i]);
        table_cell(&t, "%" PRIu64, img->h->section[i].off);
        table_cell(&t, "%" PRIu64, img->h->section[i].len);
    }
    fputc('\n', out);
    return table_print(&t, 0, out);
}

static bool put_sources(FILE *out, const struct image *img)
{
    static const char *const heads[] = {"LIST",    "ENTRIES", "BAD LINES",
                                        "FETCHED", "CHANGED", "USE"};
    char fetched[TEXT_AGE_MAX], changed[TEXT_AGE_MAX];
    int64_t now = (int64_t)time(NULL);
    struct table t;
    table_init(&t, 6, 2 + 4, heads);
    for (uint32_t i = 0; i < img->nsources; i++) {
        const struct image_source *s = &img->sources[i];
        text_age(fetched, now, s->fetched);
        text_age(changed, now, s->modified);
        table_cell(&t, "%s", s->name);
        table_cell(&t, "%" PRIu64, s->entries);
        table_cell(&t, "%" PRIu64, s->bad);
        table_cell(&t, "%s", fetched);
        table_cell(&t, "%s", changed);
        const char *use = s->exclude == 2 ? "clients" : s->exclude ? "taken out" : "listed";
        table_cell(&t, "%s%s", use, s->missing ? ", no data" : "");
    }
    fputc('\n', out);
    return table_print(&t, 0, out);
}

/* The name records of a view lie between its first and its last bucket offset. */
static uint64_t records_bytes(const struct image *img, const struct image_view *v)
{
    const uint32_t *b = img->buckets + v->bucket0;
    return v->nbuckets ? (uint64_t)b[v->nbuckets] - b[0] : 0;
}

static bool put_views(FILE *out, const struct image *img)
{
    static const char *const heads[] = {"VIEW", "IPV4 TREE", "IPV6 TREE", "NAME TREE",
                                        "NAME BYTES"};
    char name[NAME_TEXT_MAX];
    struct table t;
    table_init(&t, 5, 8 + 16, heads);
    for (uint32_t i = 0; i < img->nviews; i++) {
        const struct image_view *v = &img->views[i];
        what_view_text(img, v, name);
        table_cell(&t, "%s%s", name, i != 0 && i == img->h->acl_view ? " (clients)" : "");
        table_cell(&t, v->tree4 ? "cell %" PRIu32 : "empty", v->tree4);
        table_cell(&t, v->tree6 ? "cell %" PRIu32 : "empty", v->tree6);
        table_cell(&t, "%" PRIu32, v->nbuckets);
        table_cell(&t, "%" PRIu64, records_bytes(img, v));
    }
    fputc('\n', out);
    return table_print(&t, 0, out);
}

/* Templates are shown with "$" in place, as the configuration has them. */
static void put_set(FILE *out, const struct image *img, uint32_t set)
{
    static const struct text_subject template = {"$", "$", 1, 1};
    uint8_t text[1024];
    char a[ADDR4_TEXT_MAX];
    fprintf(out, "  %" PRIu32 ":", set);
    for (unsigned i = 0; i < answerset_na(img, set); i++) {
        addr4_format(a, answerset_a(img, set, i));
        fprintf(out, " %s", a);
    }
    for (unsigned i = 0; i < answerset_ntexts(img, set); i++) {
        fputc(' ', out);
        text_quoted(out, text, answerset_text(img, set, i, &template, text, sizeof text));
    }
    for (unsigned i = 0; i < answerset_nsources(img, set); i++) {
        const char *name = img->sources[answerset_source(img, set, i)].name;
        fputs(i ? ", " : " from ", out);
        text_put(out, name, strlen(name));
    }
    fputc('\n', out);
}

static void put_sets(FILE *out, const struct image *img)
{
    uint32_t n = img->nsets > 1 ? img->nsets - 1 : 0; /* number 0 is "not listed" */
    uint32_t shown = n < SETS_SHOWN ? n : SETS_SHOWN;
    fprintf(out, "\n%" PRIu32 " answer sets%s\n", n, n ? ":" : "");
    for (uint32_t set = 1; set <= shown; set++)
        put_set(out, img, set);
    if (shown < n)
        fprintf(out, "  and %" PRIu32 " more\n", n - shown);
}

int image_command(FILE *out, const char *path)
{
    char why[IMAGE_WHY_MAX];
    struct image *img = zonefile_read(path, why);
    if (!img) {
        text_error("%s", why);
        return 1;
    }
    put_header(out, img, path);
    bool good = put_sources(out, img) && put_views(out, img) && put_sections(out, img);
    put_sets(out, img);
    image_close(img);
    if (!good)
        text_error("out of memory");
    return good ? 0 : 1;
}

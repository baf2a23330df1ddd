/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data files of rbldnsd as rows of a table: text in, compiled zone "z.t", answers out.
 *
 * An answer is written "A A|TXT|TXT"; "-" is not listed.
 */
#ifndef TESTS_RBLDNSD_ROWS_H
#define TESTS_RBLDNSD_ROWS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "lib/name.h"
#include "loader/format.h"
#include "tests/common/testzone.h"

#define ROWS_ASK 12

struct rbldnsd_row {
    const char *format; /* without "rbldnsd:" */
    const char *text;
    const char *ask[ROWS_ASK][2]; /* an address, ip6 address or name in front of the zone; answer */
};

static inline void rows_asked(const char *what, char out[static 300])
{
    struct addr6 a;
    uint32_t a4;
    unsigned notes;
    char reversed[TESTZONE_REVERSED6];
    if (addr4_scan(what, strlen(what), &a4, &notes) == strlen(what)) {
        testzone_reverse4(reversed, a4);
        what = reversed;
    } else if (addr6_parse(what, strlen(what), &a)) {
        testzone_reverse6(reversed, a);
        what = reversed;
    }
    snprintf(out, 300, "%s%sz.t", what, *what ? "." : "");
}

/* The listed name that matched, as text. */
static inline size_t rows_matched(const char *asked, const struct lookup_result *r,
                                  char out[static NAME_TEXT_MAX])
{
    struct name n;
    ck_assert_ptr_null(name_parse(asked, strlen(asked), &n));
    size_t from = 0, to = 0;
    for (unsigned i = 0; i < r->name_labels; i++) {
        if (i < r->match_label)
            from += 1u + n.wire[from];
        to += 1u + n.wire[to];
    }
    uint8_t wire[NAME_WIRE_MAX + 1];
    memcpy(wire, n.wire + from, to - from);
    wire[to - from] = 0;
    return name_format(out, wire, to - from + 1);
}

static inline void rows_answer(const struct image *img, const char *what, char out[static 2048])
{
    char asked[300], matched[NAME_TEXT_MAX], query[300];
    struct lookup_result r;
    size_t n = 0;
    rows_asked(what, asked);
    testzone_lookup(img, asked, &r);
    snprintf(query, sizeof(query), "%s", what);
    struct text_subject subject = {.query = query, .matched = matched, .query_len = strlen(query)};
    subject.matched_len = rows_matched(asked, &r, matched);
    for (unsigned s = 0; s < r.nset; s++)
        for (unsigned i = 0; i < answerset_na(img, r.set[s]); i++) {
            uint32_t a = answerset_a(img, r.set[s], i);
            n += (size_t)snprintf(out + n, 2048 - n, "%s%u.%u.%u.%u", n ? " " : "", a >> 24,
                                  a >> 16 & 255, a >> 8 & 255, a & 255);
        }
    for (unsigned s = 0; s < r.nset; s++)
        for (unsigned i = 0; i < answerset_ntexts(img, r.set[s]); i++) {
            uint8_t text[512];
            size_t len = answerset_text(img, r.set[s], i, &subject, text, sizeof(text));
            n += (size_t)snprintf(out + n, 2048 - n, "|%.*s", (int)len, (const char *)text);
        }
    if (n == 0)
        snprintf(out, 2048, "-");
}

static inline void rows_check(const struct rbldnsd_row *row)
{
    char format[64], got[2048];
    snprintf(format, sizeof(format), "rbldnsd:%s", row->format);
    struct image *img = testzone_build(
        &(struct testzone){.name = "z.t",
                           .no_test_points = true,
                           .list = {{.name = "l", .format = format, .entries = row->text}}});
    for (size_t i = 0; i < ROWS_ASK && row->ask[i][0] != NULL; i++) {
        rows_answer(img, row->ask[i][0], got);
        ck_assert_msg(strcmp(got, row->ask[i][1]) == 0, "%s:\n%s%s: got \"%s\", want \"%s\"",
                      row->format, row->text, row->ask[i][0], got, row->ask[i][1]);
    }
    image_close(img);
}

/* The parse of bytes in a block of just their size. */
struct rbldnsd_parsed {
    struct parse p;
    struct entries e;
    size_t line; /* of the first report */
    char reason[256];
};

static inline void rows_report(void *arg, size_t line, const char *text, const char *reason)
{
    struct rbldnsd_parsed *r = arg;
    (void)text;
    if (r->line != 0)
        return;
    r->line = line;
    snprintf(r->reason, sizeof(r->reason), "%s", reason);
}

static inline void rows_parse(struct rbldnsd_parsed *r, const char *format, const char *text,
                              size_t len)
{
    char name[64], *block = malloc(len > 0 ? len : 1);
    snprintf(name, sizeof(name), "rbldnsd:%s", format);
    memcpy(block, text, len);
    *r = (struct rbldnsd_parsed){.line = 0};
    entries_init(&r->e);
    r->p = (struct parse){.out = &r->e, .report = rows_report, .report_arg = r, .now = 1700000000};
    const struct format *f = format_find(name);
    ck_assert_ptr_nonnull(f);
    ck_assert(f->parse(&r->p, block, len));
    free(block);
}

#endif

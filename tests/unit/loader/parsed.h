/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of the list formats: parse a text from a block that ends where the text ends, and
 * keep what the parser said.
 */
#ifndef TESTS_PARSED_H
#define TESTS_PARSED_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/format.h"

struct parsed {
    struct entries e;
    struct parse p;
    size_t reports;
    size_t line; /* of the last report */
    char text[128];
    char reason[128];
};

static inline void parsed_report(void *arg, size_t line, const char *text, const char *reason)
{
    struct parsed *r = arg;
    r->reports++;
    r->line = line;
    snprintf(r->text, sizeof(r->text), "%s", text);
    snprintf(r->reason, sizeof(r->reason), "%s", reason);
}

static inline void parse_bytes(struct parsed *r, const struct format *f, const char *s, size_t len)
{
    memset(r, 0, sizeof(*r));
    entries_init(&r->e);
    r->p = (struct parse){.out = &r->e, .report = parsed_report, .report_arg = r};
    char *copy = malloc(len == 0 ? 1 : len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, s, len);
    ck_assert(f->parse(&r->p, copy, len));
    free(copy);
}

static inline void parse_text(struct parsed *r, const struct format *f, const char *s)
{
    parse_bytes(r, f, s, strlen(s));
}

#endif

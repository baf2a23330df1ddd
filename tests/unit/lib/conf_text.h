/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a configuration from a string, for the tests of lib/conf. */
#ifndef TESTS_UNIT_LIB_CONF_TEXT_H
#define TESTS_UNIT_LIB_CONF_TEXT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_internal.h"

/* The messages go to *said, which the caller frees.  The text ends where its block ends. */
static inline struct conf *load_saying(const char *text, bool (*known)(const char *), char **said)
{
    size_t len = strlen(text), size;
    char *copy = malloc(len ? len : 1);
    FILE *err = open_memstream(said, &size);
    ck_assert_ptr_nonnull(copy);
    ck_assert_ptr_nonnull(err);
    memcpy(copy, text, len);
    struct conf *c = conf_load_text("t", copy, len, known, err);
    fclose(err);
    free(copy);
    return c;
}

static inline struct conf *load_good(const char *text)
{
    char *said;
    struct conf *c = load_saying(text, NULL, &said);
    ck_assert_str_eq(said, "");
    ck_assert_ptr_nonnull(c);
    free(said);
    return c;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of zones for tests, with the images it borrows, and one message put to it. */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "dnsd/query.h"
#include "tests/common/testzone.h"

#define FIXTURE_ZONES 8

struct fixture {
    struct zonetab *zones;
    struct image *image[FIXTURE_ZONES];
    size_t n;
};

/* unloaded: a zone that is configured without an image, or NULL. */
void fixture_open(struct fixture *f, const struct testzone *const *zones, size_t n,
                  const char *unloaded);
/* bl.test, dbl.test and, without an image, unloaded.test. */
void fixture_standard(struct fixture *f);
void fixture_close(struct fixture *f);

/* What came back, in a block of its exact size (NULL: nothing). */
struct heard {
    uint8_t *p;
    size_t len;
    enum query_result result;
};

/*
 * Answer a message twice, from blocks of exact size into buffers filled with different octets, and
 * over UDP twice more among others in a batch; aborts when the replies are not the same.
 */
struct heard fixture_hear(const struct fixture *f, const struct query_options *opt,
                          const uint8_t *msg, size_t len);

#endif

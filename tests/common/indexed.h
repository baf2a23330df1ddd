/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists with their index (lib/where.h), in files that have no name. */
#ifndef TESTS_INDEXED_H
#define TESTS_INDEXED_H

#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/where.h"

struct indexed {
    struct conf *conf; /* one list */
    int data;          /* its text */
    uint8_t *bytes;    /* of the index */
    size_t len;
    struct where *where;
};

/* options: of the list, "format = domains".  packed: the index carries the text, and data is -1.
 * What cannot be ends the test. */
void indexed_make(struct indexed *x, const char *options, const char *text, size_t len, int packed);
void indexed_free(struct indexed *x);

/* A file of these bytes. */
int indexed_file(const void *bytes, size_t len);

/* "LINE LINE !LINE", the closest first, of an address or name; "" when there is none, or "? " and
 * what is wrong. */
void indexed_ask(struct where *w, const char *what, char out[static 256]);

#endif

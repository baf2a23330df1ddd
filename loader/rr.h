/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zone files (RFC 1035 section 5), read by ldns.  Pure but for what the file's $INCLUDE would do,
 * which is refused: a fetched file names no other.
 */
#ifndef LOADER_RR_H
#define LOADER_RR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/name.h"

struct rr {
    struct name owner; /* lower case */
    uint16_t type;
    uint32_t ttl;
    const uint8_t *rdata; /* wire form, names in it not compressed */
    size_t rdata_len;
};

/* Load ldns, without which nothing can be read.  False: it is missing. */
bool rr_prepare(void);

/*
 * Each record of the text to fn, with the line it ends on.  A line that is none goes to bad, with
 * its number and a reason.  False from either ends the reading.  True: read to the end; false also
 * when memory ran out, with *oom set.
 */
struct rr_sink {
    bool (*record)(void *arg, const struct rr *rr, size_t line);
    bool (*bad)(void *arg, size_t line, const char *reason);
    void *arg;
};
bool rr_read(const char *text, size_t len, const struct rr_sink *sink, bool *oom);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sweep compiler: parsed lists of one zone -> image bytes.  No I/O, no clock, no globals; the
 * same input gives the same bytes.  One lookup in the result answers for all lists of the zone.
 */
#ifndef LOADER_COMPILE_H
#define LOADER_COMPILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/conf.h"
#include "lib/image.h"
#include "loader/buf.h"
#include "loader/entries.h"

/* One parsed list, shared by all zones that use it; the compiler may sort its arrays in place. */
struct list_data {
    const struct conf_list *conf;
    struct entries entries;
    uint64_t digest;  /* of the file's bytes */
    int64_t fetched;  /* unix time of the last successful check */
    int64_t modified; /* unix time the data last changed */
    int64_t written;  /* of the file itself where it is one of this machine, else as modified */
    uint64_t bad;     /* lines refused */
    int64_t expires;  /* unix time at which zones do without it, 0: never */
    bool expired;     /* that has come: it is no longer listed, but still taken out and asked */
};

struct compile_job {
    const struct conf *conf;
    const struct conf_zone *zone;
    struct list_data *const *lists; /* by index of conf->lists; NULL where there is no data */
    uint32_t serial;
    int64_t now;
};

/* What a zone lists from list i; NULL: nothing, for want of data or for their age. */
static inline const struct list_data *compile_listed(const struct compile_job *job, size_t i)
{
    const struct list_data *d = job->lists[i];
    return d != NULL && !d->expired ? d : NULL;
}

#define COMPILE_WHY_MAX 256

#define COMPILED_PIECES (1 + 2 * IMAGE_NSECTIONS)

/*
 * An image as it was built: the file is its pieces, back to back.  Never put together in memory: a
 * second copy of a large zone costs more than all of its writing.  Must stay where it is.
 */
struct compiled {
    struct image_header header;
    struct buf part[IMAGE_NSECTIONS];
    struct iovec piece[COMPILED_PIECES]; /* the header, then padding and section in turn */
};

/*
 * On success *out is the image, the caller's to free, and NULL is returned; else a reason in why,
 * also returned, and nothing is to be freed.  A list with NULL data is left out (and recorded so in
 * the image).
 */
const char *compile_zone(const struct compile_job *job, struct compiled *out,
                         char why[static COMPILE_WHY_MAX]);
void compiled_free(struct compiled *c);

/* Digest of what the configuration says of a list and its reading. */
uint64_t compile_options(const struct conf_list *list);

/*
 * Digest of everything in the configuration that the image depends on, including each list's data
 * digest: equal to image_inputs() of the published image when nothing needs compiling.
 */
uint64_t compile_inputs(const struct compile_job *job);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's replies, taken apart.  Strict: a reply that is not exactly as expected is refused as
 * a whole, with the line.  Pure; the text is cut into strings in place and must outlive the result.
 */
#ifndef CTL_REPLY_H
#define CTL_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One zone as the server knows it. */
struct served_zone {
    const char *name;
    uint32_t serial; /* this and the following are 0 when nothing is loaded */
    uint64_t entries;
    int64_t built;
    uint64_t bytes;
    const char *state; /* "serving", "serving old: REASON", "not loaded", "not loaded: REASON" */
};

struct served {
    const char *version;
    uint64_t pid, uptime, workers, generation;
    struct served_zone *zone;
    size_t nzones;
};

/* The reply to "status".  NULL when good, else what is wrong (static) and *line. */
const char *served_parse(char *text, struct served *out, size_t *line);
void served_free(struct served *s);

const struct served_zone *served_find(const struct served *s, const char *zone);

/* Does the server answer queries from an image of the zone? */
bool served_loaded(const struct served_zone *z);

/* The reply to "stats" is lines of "NAME VALUE".  As served_parse; text is left as it is. */
const char *stats_check(const char *text, size_t *line);

/* The reason of a reply "error=REASON", in place, or NULL when it is none. */
const char *reply_error(char *text);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists that are no more: their zones and URLs linger in configurations for years, and what answers
 * there one day may list every address there is (RFC 6471 section 3.4 has the stories).  Pure.
 */
#ifndef LOADER_RETIRED_H
#define LOADER_RETIRED_H

#include <stddef.h>

#include "lib/conf.h"

struct retired {
    const char *zone;    /* origin, and everything below it; NULL: known by URL alone */
    const char *url;     /* occurs in the URL, after the scheme, in any case; NULL: by zone alone */
    const char *name;    /* what people call it */
    const char *since;   /* "2024-06-05", "2012", as exact as is known */
    const char *what;    /* what happened, a clause */
    const char *instead; /* what to use, a clause */
};

extern const struct retired retired[];
extern const size_t nretired;

/* The retired list that a zone's name (lower case, without the last dot) or a URL names, or NULL.
 */
const struct retired *retired_zone(const char *zone);
const struct retired *retired_url(const char *url);

/* A warning for every list and zone of the configuration that is retired, through lib/log.h. */
void retired_warn(const struct conf *conf);

#endif

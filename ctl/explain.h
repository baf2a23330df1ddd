/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone says about a name, and why, in words or as JSON: the part of "rblctl lookup" that
 * prints. */
#ifndef CTL_EXPLAIN_H
#define CTL_EXPLAIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "ctl/what.h"
#include "ctl/why.h"

/* Where it goes, and where it comes from beside the image. */
struct explain {
    FILE *out;
    json_t *answers; /* an array: one object for each view is added instead of text; NULL: text */
    json_t *view;    /* the one that is being filled */
    bool oom;        /* it is not whole */
    const struct conf *conf;
    const struct conf_zone *zone; /* NULL: what the image says is all that is known */
    struct why *why;
};

/* One block per view of the image; true when any of them lists it. */
bool explain(struct explain *to, const struct image *img, const struct what *w);

/* One more "LABEL TEXT" of a view, or element of the array key. */
void explain_put(struct explain *to, const char *label, const char *key, const char *text);

/* Of explain(): the lists that made the answer, or that would have made another one. */
void explain_lists(struct explain *to, const struct image *img, const struct question *q);

#endif

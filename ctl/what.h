/* SPDX-License-Identifier: BSD-2-Clause */
/* The WHAT of "rblctl lookup": an address or a name, and how a client would ask for it. */
#ifndef CTL_WHAT_H
#define CTL_WHAT_H

#include "lib/image.h"
#include "lib/lookup.h"
#include "lib/name.h"

struct what {
    struct name name; /* relative to a zone: the name, or octets or nibbles reversed (RFC 5782) */
    char text[NAME_TEXT_MAX]; /* the address or name in its usual spelling */
    bool whole; /* it was a question to one zone: the name is all there is to ask there */
};

/*
 * An IPv4 or IPv6 address or a domain name.  NULL when good, else a static message.  An
 * IPv4-mapped IPv6 address stays IPv6: it is for the server to know that these are the same.
 */
const char *what_parse(const char *s, struct what *out);

/* One question to an image, and its answer. */
struct question {
    struct name name; /* whole */
    uint8_t labels[NAME_LABELS_MAX];
    struct lookup_result found;
};

/*
 * Look up the name below a view (a sub-name of the zone, or the zone itself); false when it would
 * be too long to be asked.
 */
bool what_ask(const struct image *img, const struct image_view *view, const struct name *name,
              struct question *q);

/* The zone's name with the view's sub-name in front, as text. */
void what_view_text(const struct image *img, const struct image_view *view,
                    char out[static NAME_TEXT_MAX]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A compiled zone as text again.  A pure walk over an open image; nothing is kept between calls.
 *
 * What the server adds by itself is left out: the test entries of RFC 5782 and the addresses of
 * name servers in the zone (but for DUMP_BIND, which would not load without the latter).
 */
#ifndef LIB_DUMP_H
#define LIB_DUMP_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/image.h"

enum dump_form {
    DUMP_PLAIN,   /* prefixes, and names as the format "domains" reads them: one value only */
    DUMP_RBLDNSD, /* a combined file: everything but records rbldnsd has no line for */
    DUMP_BIND,    /* a zone file; wildcards stand for what is wider than one address */
    DUMP_RPZ,     /* a response policy zone: what is listed, without values */
};

#define DUMP_WHY_MAX 256

/* "plain", "rbldnsd", "bind", "rpz"; false for other words. */
bool dump_form_parse(const char *word, enum dump_form *out);

/*
 * Write the zone.  False with a reason in why when memory runs out, out cannot be written, or the
 * form cannot say what the zone says; the output is then worthless, and empty in the last case.
 */
bool dump_zone(const struct image *img, enum dump_form form, FILE *out,
               char why[static DUMP_WHY_MAX]);

#endif

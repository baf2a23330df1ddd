/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last look before an image is published: the addresses and names of a zone's canary option are
 * asked for, with the code that the server answers by.
 */
#ifndef LOADER_CANARY_H
#define LOADER_CANARY_H

#include "lib/conf.h"
#include "lib/image.h"

#define CANARY_WHY_MAX 256

/* NULL: every canary lives, or there is none.  Else which one does not, in why. */
const char *canary_check(const struct conf_zone *zone, const struct image *img,
                         char why[static CANARY_WHY_MAX]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone says about a name, in words: the part of "rblctl lookup" that prints. */
#ifndef CTL_EXPLAIN_H
#define CTL_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "ctl/what.h"

/* One block per view of the image; true when any of them lists it. */
bool explain(FILE *out, const struct image *img, const struct what *w);

#endif

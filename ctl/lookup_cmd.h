/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl lookup WHAT [ZONE] [--json] */
#ifndef CTL_LOOKUP_CMD_H
#define CTL_LOOKUP_CMD_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/conf.h"

/*
 * Ask the images of one zone, or of all configured ones when zone is NULL.  A name below a zone is
 * a question to that zone.  Exit status: 0 listed somewhere; 1 nowhere; 2 nowhere, but not every
 * zone could be asked, or the arguments are wrong.
 */
int lookup_command(FILE *out, const struct conf *c, const char *what, const char *zone, bool json);

#endif

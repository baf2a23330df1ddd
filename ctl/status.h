/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl status [--json]: what the server says, beside what the files say. */
#ifndef CTL_STATUS_H
#define CTL_STATUS_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/conf.h"

/* Server, zones, lists.  Exit status: 0, or 1 when the server does not answer. */
int status_command(FILE *out, const struct conf *c, bool json);

#endif

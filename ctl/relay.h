/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl reload and rblctl stats: one question to the server, its answer passed on. */
#ifndef CTL_RELAY_H
#define CTL_RELAY_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/conf.h"

/* Exit status: 0 reloaded, 1 refused something, or the server does not answer. */
int reload_command(FILE *out, const struct conf *c);

/* One "NAME VALUE" per line, or an object.  Exit status: 0, or 1 when the server does not answer.
 */
int stats_command(FILE *out, const struct conf *c, bool json);

#endif

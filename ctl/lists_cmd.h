/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl lists: what rbl-loader(8) knows of every list, and when it will try it again. */
#ifndef CTL_LISTS_CMD_H
#define CTL_LISTS_CMD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ctl/liststate.h"
#include "lib/conf.h"

/* In one word: "never", "held", "failing", "old" (three times refresh without success), "current".
 */
const char *lists_state(const struct conf_list *list, const struct liststate *s, int64_t now);

/* Unix time of the next attempt; 0: the next run of the loader. */
int64_t lists_next(const struct conf_list *list, const struct liststate *s, int64_t now);

/* A table, or a JSON array.  Exit status: 0 when all lists are current, else 1. */
int lists_command(FILE *out, const struct conf *c, bool json);

#endif

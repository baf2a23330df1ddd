/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that rbl-loader(8) does: rblctl becomes it. */
#ifndef CTL_LOADER_CMD_H
#define CTL_LOADER_CMD_H

#include <stdbool.h>

#include "lib/conf.h"

/*
 * Becomes rbl-loader --config CONF_PATH OPTION ARG, under the account that owns the mirror
 * directory when this one is root.  Returns only when it cannot be started, with 2.
 */
int loader_become(const struct conf *c, const char *conf_path, const char *option, const char *arg);

/* rblctl rollback: back to the image before the last one; undo: and as usual again. */
int rollback_command(const struct conf *c, const char *conf_path, const char *zone, bool undo);

/* rblctl accept: take a list that is held for its size. */
int accept_command(const struct conf *c, const char *conf_path, const char *list);

#endif

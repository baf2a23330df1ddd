/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl accept: have rbl-loader(8) take a list that it holds for its size. */
#ifndef CTL_ACCEPT_CMD_H
#define CTL_ACCEPT_CMD_H

#include "lib/conf.h"

/* Becomes rbl-loader --accept LIST; returns only when that cannot be started, with 2. */
int accept_command(const struct conf *c, const char *conf_path, const char *list);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl allow: the local allow list (lib/allow.h), shown and changed. */
#ifndef CTL_ALLOW_CMD_H
#define CTL_ALLOW_CMD_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/conf.h"

struct allow_options {
    const char *what;  /* address, prefix or name; NULL: show the list */
    const char *until; /* a time such as "7d" from now, or a date; NULL: for ever */
    const char *why;   /* NULL: not said */
    bool remove;
    bool json;
};

/*
 * Shows the list on out, or changes its file and becomes rbl-loader, which compiles it into the
 * zones; the exit status of the program.
 */
int allow_command(FILE *out, const struct conf *c, const char *conf_path,
                  const struct allow_options *o);

#endif

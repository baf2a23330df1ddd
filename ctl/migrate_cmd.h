/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl migrate -- OPTIONS ZONE:TYPE:FILES... */
#ifndef CTL_MIGRATE_CMD_H
#define CTL_MIGRATE_CMD_H

#include <stdio.h>

/*
 * Write the configuration that does what rbldnsd does with these arguments; the last one is NULL.
 * Exit status: 0 written, 1 it cannot be said in a configuration, 2 arguments rbldnsd refuses.
 */
int migrate_command(FILE *out, char *const *args);

#endif

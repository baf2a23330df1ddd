/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl dump ZONE [--as FORM] */
#ifndef CTL_DUMP_CMD_H
#define CTL_DUMP_CMD_H

#include <stdio.h>

#include "lib/conf.h"

/*
 * Write a compiled zone as text; form NULL is "plain".  Exit status: 0 written, 1 no image or the
 * form cannot say what is in it, 2 no such zone or form.
 */
int dump_command(FILE *out, const struct conf *c, const char *zone, const char *form);

#endif

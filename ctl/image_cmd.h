/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl image FILE */
#ifndef CTL_IMAGE_CMD_H
#define CTL_IMAGE_CMD_H

#include <stdio.h>

/* Verify an image file and print what is in it.  Exit status: 0 good, 1 refused. */
int image_command(FILE *out, const char *path);

#endif

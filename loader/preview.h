/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a candidate would change of a list, for a pass that only shows it.
 */
#ifndef LOADER_PREVIEW_H
#define LOADER_PREVIEW_H

#include "loader/run.h"

/*
 * In the compiling child: compare the candidate of list i with its data and send lines about it
 * (MSG_PREVIEW).  0, or -1 when they could not be sent.
 */
int preview_list(const struct run *run, size_t i, int out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the control socket answers, in the words of dnsd/control.h.  Control thread only.
 */
#ifndef DNSD_REPORT_H
#define DNSD_REPORT_H

#include <stdio.h>

#include "dnsd/server.h"

void report_status(const struct server *s, FILE *out);
void report_stats(const struct server *s, FILE *out);

#endif

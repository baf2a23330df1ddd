/* SPDX-License-Identifier: BSD-2-Clause */
/* The program under the name rbldnsd: rbldnsd(8)'s options and zone specifications. */
#ifndef DNSD_RBLDNSD_H
#define DNSD_RBLDNSD_H

#include <stdbool.h>

#include "lib/rbldnsd_opt.h"

/* Was the program started under that name? */
bool rbldnsd_is_name(const char *argv0);

/* The whole life of the program; its exit status. */
int rbldnsd_main(int argc, char **argv);

/* --- the parts of it, in files of their own --- */

/* The text of -h, on standard output. */
void rbldnsd_usage(void);

/* -d: compile, write all zones, go; an exit status. */
int rbldnsd_dump(const struct rbldnsd_opt *o);

/* Serve until told to end; release(context) once it serves.  An exit status. */
int rbldnsd_serve(const struct rbldnsd_opt *o, void (*release)(void *context), void *context);

#endif

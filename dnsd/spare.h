/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A descriptor held back.  When the process may open no more, one client at a time is still served
 * on its number: the operator who wants to see why, and the query that came truncated over UDP.
 *
 * The holder starts with -1 and is used by one thread.  Another thread may take the number between
 * spare_give() and what it was given for; then that fails as it did before.
 */
#ifndef DNSD_SPARE_H
#define DNSD_SPARE_H

#include <stdbool.h>

/* Hold one, unless one is held; stays -1 while there is none to be had. */
void spare_keep(int *spare);

/* Let it go, for the call that failed with EMFILE or ENFILE; false: none was held. */
bool spare_give(int *spare);

#endif

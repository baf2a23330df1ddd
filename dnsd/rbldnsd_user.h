/* SPDX-License-Identifier: BSD-2-Clause */
/* The account of -u. */
#ifndef DNSD_RBLDNSD_USER_H
#define DNSD_RBLDNSD_USER_H

#include <stdbool.h>

#include "dnsd/priv.h"
#include "lib/rbldnsd_opt.h"

/*
 * USER[:GROUP], names or numbers; user NULL: rbldns for root, else who we are.  False with a
 * message in why: unknown, root, or somebody this process cannot become.
 */
bool rbldnsd_user(const char *user, struct priv_account *out, char why[static RBLDNSD_WHY_MAX]);

#endif

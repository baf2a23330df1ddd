/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which clients may ask: the allow-query prefixes as masks, ready to compare.
 */
#ifndef DNSD_ACL_H
#define DNSD_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "lib/addr.h"

struct acl;

/* Copies what it needs of prefixes[]; immutable afterwards, any thread may ask it.  NULL: memory.
 */
struct acl *acl_build(const struct prefix *prefixes, size_t n);
void acl_free(struct acl *acl);

/* Is this AF_INET or AF_INET6 source inside one of the prefixes?  Other families are not. */
bool acl_allows(const struct acl *acl, const struct sockaddr *from);

#endif

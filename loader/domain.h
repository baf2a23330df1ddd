/* SPDX-License-Identifier: BSD-2-Clause */
/* Domain names as lists spell them, for loader/format_*.c. */
#ifndef LOADER_DOMAIN_H
#define LOADER_DOMAIN_H

#include <stddef.h>

#include "lib/name.h"
#include "loader/beside.h"

/* Letters, digits, "-" and "_", or UTF-8 that becomes A-labels; no number as the last label.  NULL,
 * or what is wrong (static). */
const char *domain_parse(const char *s, size_t len, struct name *out);

/* What "*.", ".", "||...^" and dnsmasq's "local=/.../" mean; they are taken off. */
enum name_scope domain_scope(struct word *w, bool subdomains);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/acl.h"

#include <endian.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hot.h"

/* One comparison for both families: an IPv4 prefix lives in the low 32 bits, as in struct prefix.
 */
struct acl_row {
    struct addr6 net, mask;
};

struct acl {
    size_t n4, n6; /* IPv4 rows come first */
    struct acl_row row[];
};

static struct acl_row acl_row_of(const struct prefix *p)
{
    struct acl_row r = {.mask = addr6_mask(p->len)};
    if (p->family == 4)
        r.mask = (struct addr6){.hi = UINT64_MAX, .lo = UINT64_MAX << 32 | addr4_mask(p->len)};
    r.net = (struct addr6){.hi = p->addr.hi & r.mask.hi, .lo = p->addr.lo & r.mask.lo};
    return r;
}

struct acl *acl_build(const struct prefix *prefixes, size_t n)
{
    struct acl *acl = calloc(1, sizeof *acl + n * sizeof acl->row[0]);
    if (!acl)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (prefixes[i].family == 4)
            acl->row[acl->n4++] = acl_row_of(&prefixes[i]);
    for (size_t i = 0; i < n; i++)
        if (prefixes[i].family == 6)
            acl->row[acl->n4 + acl->n6++] = acl_row_of(&prefixes[i]);
    return acl;
}

void acl_free(struct acl *acl)
{
    free(acl);
}

static bool acl_match(const struct acl_row *row, size_t n, struct addr6 a)
{
    for (size_t i = 0; i < n; i++)
        if ((a.hi & row[i].mask.hi) == row[i].net.hi && (a.lo & row[i].mask.lo) == row[i].net.lo)
            return true;
    return false;
}

HOT bool acl_allows(const struct acl *acl, const struct sockaddr *from)
{
    struct addr6 a = {0, 0};
    if (from->sa_family == AF_INET) {
        struct sockaddr_in sin;
        memcpy(&sin, from, sizeof sin);
        a.lo = be32toh(sin.sin_addr.s_addr);
        return acl_match(acl->row, acl->n4, a);
    }
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 sin6;
        memcpy(&sin6, from, sizeof sin6);
        memcpy(&a.hi, sin6.sin6_addr.s6_addr, 8);
        memcpy(&a.lo, sin6.sin6_addr.s6_addr + 8, 8);
        a = (struct addr6){.hi = be64toh(a.hi), .lo = be64toh(a.lo)};
        return acl_match(acl->row + acl->n4, acl->n6, a);
    }
    return false;
}

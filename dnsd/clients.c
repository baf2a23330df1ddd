/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/clients.h"

#include <netinet/in.h>
#include <string.h>

#include "lib/answerset.h"
#include "lib/tree.h"

static uint64_t word(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

struct client_verdict clients_find(const struct image *img, const struct sockaddr *from)
{
    const struct image_view *view = &img->views[img->h->acl_view];
    struct client_verdict v = {.action = IMAGE_PASS};
    if (from && from->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        v.kind = LOOKUP_ADDR4;
        v.addr.lo = ntohl(in.sin_addr.s_addr);
        v.set = tree_find4(img->cells, view->tree4, (uint32_t)v.addr.lo);
    } else if (from && from->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, from, sizeof in6);
        v.kind = LOOKUP_ADDR6;
        v.addr = (struct addr6){word(in6.sin6_addr.s6_addr), word(in6.sin6_addr.s6_addr + 8)};
        v.set = tree_find6(img->cells, view->tree6, v.addr);
    }
    if (v.set)
        v.action = (enum image_action)answerset_group(img, v.set)->action;
    return v;
}

/* Would some list that stands there understand the name? */
static bool understood(const struct lookup_result *found)
{
    uint32_t kinds = found->view->kinds;
    return (found->kind == LOOKUP_ADDR4 && (kinds & IMAGE_HAS_ADDR4)) ||
           (found->kind == LOOKUP_ADDR6 && (kinds & IMAGE_HAS_ADDR6)) ||
           (found->name_labels > 0 && (kinds & IMAGE_HAS_NAMES)) || (kinds & IMAGE_HAS_NAMES_ABOVE);
}

void clients_apply(const struct image *img, const struct client_verdict *v,
                   struct lookup_result *found)
{
    if (v->action != IMAGE_EMPTY && v->action != IMAGE_ALWAYS)
        return;
    unsigned kept = 0;
    for (unsigned i = 0; i < found->nset; i++)
        if (answerset_group(img, found->set[i])->action == IMAGE_RECORD)
            found->set[kept++] = found->set[i];
    found->nset = kept;
    if (kept > 0)
        return;
    if (found->name_labels > 0)
        found->exists = false;
    if (v->action == IMAGE_ALWAYS && understood(found)) {
        found->exists = true;
        found->set[found->nset++] = v->set;
        found->kind = v->kind; /* "$" is the client */
        found->addr = v->addr;
    }
}

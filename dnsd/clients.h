/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access lists: what a zone's image says of the client that asks (enum image_action).  Only images
 * with an access list come here.  Pure.
 */
#ifndef DNSD_CLIENTS_H
#define DNSD_CLIENTS_H

#include <stdint.h>
#include <sys/socket.h>

#include "lib/image.h"
#include "lib/lookup.h"

struct client_verdict {
    enum image_action action;
    uint32_t set; /* what "always" answers */
    enum lookup_kind kind;
    struct addr6 addr; /* of the client, as in struct lookup_result */
};

/* from: AF_INET or AF_INET6 as the kernel gives it; anything else, or NULL, passes. */
struct client_verdict clients_find(const struct image *img, const struct sockaddr *from);

/* Let "empty" and "always" change what was found. */
void clients_apply(const struct image *img, const struct client_verdict *v,
                   struct lookup_result *found);

#endif

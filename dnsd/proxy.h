/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PROXY protocol, version 2, by which a load balancer says who the client is: in front of every
 * datagram, and once at the start of a connection.  Pure; every octet is hostile.
 */
#ifndef DNSD_PROXY_H
#define DNSD_PROXY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * Longest header taken.  The addresses need 52 octets; the rest is for type-length-values, which
 * are checked and not used.
 */
#define PROXY_HEADER_MAX 536

enum proxy_verdict {
    PROXY_MORE,   /* good so far: a datagram is too short, a connection may bring more */
    PROXY_BAD,    /* no header, or one that is not as it must be */
    PROXY_SELF,   /* LOCAL, or an address family without addresses: the sender is the client */
    PROXY_CLIENT, /* *client is the client */
};

/* With PROXY_SELF and PROXY_CLIENT *used octets are the header. */
enum proxy_verdict proxy_parse(const uint8_t *p, size_t len, struct sockaddr_storage *client,
                               size_t *used);

#endif

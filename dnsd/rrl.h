/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Response-rate limiting: what keeps a server from being used against somebody whose address is
 * forged.  Every client prefix (IPv4 /24, IPv6 /56) may be sent so many replies per second and
 * what it saved up in one second of silence; beyond that most replies are left out, and every so
 * many is sent truncated, so that a real client comes back over TCP.
 *
 * A table of fixed size that one worker owns: no lock, no allocation after rrl_new().  When it is
 * full, prefixes forget each other, those with the least use first.
 */
#ifndef DNSD_RRL_H
#define DNSD_RRL_H

#include <stdint.h>
#include <sys/socket.h>

#include "dnsd/acl.h"

struct rrl_config {
    unsigned rate;           /* replies per second and prefix, at least 1 */
    unsigned slip;           /* of the replies left out each so many is sent truncated; 0: none */
    const struct acl *allow; /* never limited; borrowed */
    uint64_t key[2];         /* random: which prefixes share a place is nobody's business */
};

enum rrl_verdict { RRL_SEND, RRL_TRUNCATE, RRL_DROP };

struct rrl;

/* NULL: out of memory. */
struct rrl *rrl_new(const struct rrl_config *cfg);
void rrl_free(struct rrl *r);

/* One reply to a client; now: nanoseconds that never go back. */
enum rrl_verdict rrl_check(struct rrl *r, const struct sockaddr *client, uint64_t now);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place holds when the prefix would have used up its share at the allowed rate ("due").  Beyond
 * a second ahead of the clock the limit is reached.  One number is the whole state, and a place
 * whose due lies in the past is as good as empty.
 */
#include "dnsd/rrl.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000u

/* 16384 sets of one cache line: 1 MiB, 65536 prefixes within a second. */
#define SETS 16384u
#define WAYS 4u

struct place {
    uint64_t due;
    uint32_t tag;
    uint32_t over; /* replies beyond the limit */
};

struct set {
    _Alignas(64) struct place place[WAYS];
};
_Static_assert(sizeof(struct set) == 64, "a look costs one cache line");

struct rrl {
    struct rrl_config cfg;
    uint64_t step; /* nanoseconds that one reply uses */
    struct set set[SETS];
};

struct rrl *rrl_new(const struct rrl_config *cfg)
{
    struct rrl *r = aligned_alloc(_Alignof(struct rrl), sizeof *r);
    if (!r)
        return NULL;
    memset(r, 0, sizeof *r);
    r->cfg = *cfg;
    r->step = SECOND / cfg->rate;
    return r;
}

void rrl_free(struct rrl *r)
{
    free(r);
}

/* An IPv6 prefix has 56 bits, so that the two families never meet. */
static uint64_t prefix_of(const struct sockaddr *client)
{
    uint64_t v = 0;
    if (client->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, client, sizeof in);
        return UINT64_C(1) << 63 | ntohl(in.sin_addr.s_addr) >> 8;
    }
    struct sockaddr_in6 in6;
    memcpy(&in6, client, sizeof in6);
    for (unsigned i = 0; i < 7; i++)
        v = v << 8 | in6.sin6_addr.s6_addr[i];
    return v;
}

static uint64_t mix(uint64_t v, const uint64_t key[2])
{
    v = (v ^ key[0]) * (key[1] | 1);
    v ^= v >> 32;
    v = (v + key[0]) * 0x9e3779b97f4a7c15u;
    return v ^ v >> 29;
}

/* The prefix's place, or the one of its set that is past the longest. */
static struct place *find(struct rrl *r, uint64_t hash)
{
    struct set *s = &r->set[hash % SETS];
    uint32_t tag = (uint32_t)(hash >> 32);
    struct place *oldest = &s->place[0];
    for (unsigned i = 0; i < WAYS; i++) {
        if (s->place[i].tag == tag)
            return &s->place[i];
        if (s->place[i].due < oldest->due)
            oldest = &s->place[i];
    }
    *oldest = (struct place){.tag = tag};
    return oldest;
}

enum rrl_verdict rrl_check(struct rrl *r, const struct sockaddr *client, uint64_t now)
{
    struct place *p = find(r, mix(prefix_of(client), r->cfg.key));
    if (p->due < now)
        p->due = now;
    if (p->due - now < SECOND) {
        p->due += r->step;
        return RRL_SEND;
    }
    if (acl_allows(r->cfg.allow, client))
        return RRL_SEND;
    p->over++;
    return r->cfg.slip && p->over % r->cfg.slip == 0 ? RRL_TRUNCATE : RRL_DROP;
}

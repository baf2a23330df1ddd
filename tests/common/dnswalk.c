/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/dnswalk.h"

#define HEADER      12
#define TYPE_OPT    41
#define UDP_DEFAULT 512
#define UDP_MOST    1232

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] * 256 + p[1]);
}

/* A message under the walker.  Pointers in queries are not followed: nobody needs what they say. */
struct message {
    const uint8_t *p;
    size_t len;
    bool follow;
};

/*
 * Where the name at `at` ends, 0 when it is not one.  Each pointer must lead to before the part it
 * stands in: that alone ends every chain.
 */
static size_t name_end(const struct message *m, size_t at)
{
    const uint8_t *msg = m->p;
    size_t len = m->len, end = 0, part = at, octets = 0;
    for (;;) {
        if (at >= len)
            return 0;
        uint8_t c = msg[at];
        if (c >= 192) {
            if (at + 1 >= len)
                return 0;
            size_t to = (c - 192u) * 256u + msg[at + 1];
            end = end ? end : at + 2;
            if (!m->follow)
                return end;
            if (to >= part || to < HEADER)
                return 0;
            at = part = to;
            continue;
        }
        octets += c + 1u;
        if (c > 63 || octets > 255)
            return 0;
        at += c + 1u;
        if (c == 0)
            return end ? end : at;
    }
}

static bool walk_question(struct walk *w, const struct message *m, size_t *at)
{
    for (unsigned i = 0; i < w->count[WALK_QUESTION]; i++) {
        size_t end = name_end(m, *at);
        if (end == 0 || end + 4 > m->len)
            return false;
        *at = end + 4;
    }
    w->question_end = *at;
    return true;
}

static bool walk_rr(struct walk *w, const struct message *m, size_t *at, unsigned section)
{
    const uint8_t *msg = m->p;
    size_t end = name_end(m, *at);
    if (end == 0 || end + 10 > m->len || end + 10 + be16(msg + end + 8) > m->len)
        return false;
    struct walk_rr rr = {
        .section = (enum walk_section)section,
        .owner = *at,
        .type = be16(msg + end),
        .class = be16(msg + end + 2),
        .ttl = (uint32_t)be16(msg + end + 4) << 16 | be16(msg + end + 6),
        .rdlen = be16(msg + end + 8),
        .rdata = msg + end + 10,
    };
    if (w->nrr < WALK_RR_MAX)
        w->rr[w->nrr] = rr;
    if (rr.type == TYPE_OPT) {
        w->nopt++;
        w->opt_size = rr.class;
        w->last_opt = w->nrr;
    }
    w->nrr++;
    *at = end + 10 + rr.rdlen;
    return true;
}

static bool walk_all(struct walk *w, const struct message *m)
{
    size_t at = HEADER;
    w->nrr = w->nopt = 0;
    if (m->len < HEADER)
        return false;
    for (unsigned i = 0; i < 4; i++)
        w->count[i] = be16(m->p + 4 + 2 * i);
    if (!walk_question(w, m, &at))
        return false;
    for (unsigned s = WALK_ANSWER; s <= WALK_ADDITIONAL; s++)
        for (unsigned i = 0; i < w->count[s]; i++)
            if (!walk_rr(w, m, &at, s))
                return false;
    return at == m->len;
}

bool walk_message(struct walk *w, const uint8_t *msg, size_t len)
{
    return walk_all(w, &(struct message){msg, len, true});
}

bool walk_options(const struct walk_rr *opt)
{
    size_t at = 0;
    while (at + 4 <= opt->rdlen)
        at += 4u + be16(opt->rdata + at + 2);
    return at == opt->rdlen;
}

size_t walk_udp_limit(const uint8_t *query, size_t len)
{
    struct walk w;
    struct message m = {query, len, false};
    if (!walk_all(&w, &m) || w.nopt != 1 || w.opt_size < UDP_DEFAULT)
        return UDP_DEFAULT;
    return w.opt_size < UDP_MOST ? w.opt_size : UDP_MOST;
}

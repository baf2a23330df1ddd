/* SPDX-License-Identifier: BSD-2-Clause */
/* What a well-formed query gets: classes, zones, types. */
#include "dnsd/query.h"

#include <string.h>

#include "dnsd/answer.h"
#include "dnsd/clients.h"
#include "dnsd/express.h"
#include "dnsd/parse.h"
#include "lib/hot.h"
#include "lib/lookup.h"

static const struct query_config query_defaults = {.version = "rblmirror"};

/* One query on its way to an answer. */
struct state {
    struct query q;
    enum parse_verdict verdict;
    bool shown; /* a good cookie came with it */
    const struct zonetab_zone *zone;
    struct lookup look; /* started when the zone has an image */
};

static inline void parse(struct state *s, const uint8_t *msg, size_t len)
{
    s->shown = false;
    s->verdict = query_parse(&s->q, msg, len);
}

/* Returns true when there are steps of the lookup to take before the answer can be written. */
static inline bool start(struct state *s, const struct zonetab *zones)
{
    const struct query *q = &s->q;
    s->zone = NULL;
    if (s->verdict != PARSE_GOOD)
        return false;
    s->zone = zonetab_find(zones, q->name, q->labels, q->nlabels, q->name_len);
    if (!s->zone || !s->zone->image)
        return false;
    s->look.name = (struct lookup_name){q->name, q->labels, q->nlabels, s->zone->labels};
    return lookup_start(&s->look, s->zone->image);
}

/*
 * Queries whose lookups take turns.  Fewer leave the processor waiting for memory, more would not
 * be in flight at once anyway and push each other's state out of the first-level cache.
 */
#define IN_FLIGHT 32
_Static_assert(IN_FLIGHT <= TREE_PROBES, "found at once");
_Static_assert(QUERY_BATCH <= UINT8_MAX, "places are octets");

static void look_up(struct state *s, unsigned n, const struct zonetab *zones)
{
    struct lookup *todo[IN_FLIGHT];
    unsigned left = 0;
    for (unsigned i = 0; i < n; i++)
        if (start(&s[i], zones))
            todo[left++] = &s[i].look;
    lookup_run(todo, left);
}

static size_t udp_limit(const struct query *q)
{
    if (!q->edns || q->edns_size <= QUERY_PLAIN_MAX)
        return QUERY_PLAIN_MAX; /* RFC 6891 section 6.2.3: less counts as 512 */
    return q->edns_size < QUERY_UDP_MAX ? q->edns_size : QUERY_UDP_MAX;
}

__attribute__((noinline)) static enum query_result refuse(struct reply *r, enum dns_rcode rcode,
                                                          enum dns_ede ede)
{
    r->rcode = rcode;
    r->ede = ede;
    switch (rcode) {
    case DNS_FORMERR:
        return QUERY_FORMERR;
    case DNS_NOTIMP:
        return QUERY_NOTIMP;
    case DNS_SERVFAIL:
        return QUERY_SERVFAIL;
    case DNS_BADVERS:
        return QUERY_BADVERS;
    case DNS_NOTAUTH:
        return QUERY_NOTAUTH;
    case DNS_BADCOOKIE:
        return QUERY_COOKIE;
    default:
        return QUERY_REFUSED;
    }
}

/* Class CH, RFC 4892: what is configured; the product's name has no number by default. */
__attribute__((noinline)) static enum query_result answer_chaos(struct reply *r,
                                                                const struct query_config *c)
{
    const struct {
        const char *wire;
        size_t len;
        const char *text;
    } names[] = {
        {"\7version\4bind", 14, c->version},
        {"\7version\6server", 16, c->version},
        {"\2id\6server", 11, c->nsid},
        {"\10hostname\4bind", 15, c->nsid},
    };
    const struct query *q = r->q;
    const char *text = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (q->name_len == names[i].len && memcmp(q->name, names[i].wire, names[i].len) == 0)
            text = names[i].text;
    if (!text || (q->qtype != DNS_TYPE_TXT && q->qtype != DNS_TYPE_ANY))
        return refuse(r, DNS_REFUSED, DNS_EDE_NONE);
    r->aa = true;
    reply_chaos(r, text);
    return QUERY_LISTED;
}

/* The zone's own name: SOA and NS; ANY gives little over UDP (RFC 8482). */
__attribute__((noinline)) static bool answer_apex(struct reply *r, const struct image *img,
                                                  bool tcp)
{
    uint16_t type = r->q->qtype;
    if (type == DNS_TYPE_SOA || type == DNS_TYPE_ANY)
        reply_fixed(r, img, DNS_TYPE_SOA, REPLY_ANSWER);
    if (type == DNS_TYPE_NS || (type == DNS_TYPE_ANY && tcp))
        reply_fixed(r, img, DNS_TYPE_NS, REPLY_ANSWER);
    if (!reply_has_answer(r))
        return false;
    if (type == DNS_TYPE_NS)
        reply_glue(r, img);
    return true;
}

/* What the zone says of the client changes what was found. */
__attribute__((noinline)) static enum image_action apply_client(const struct zonetab_zone *zone,
                                                                const struct sockaddr *from,
                                                                struct lookup_result *found)
{
    struct client_verdict client = {.action = IMAGE_PASS};
    if (zone->image->h->acl_view)
        client = clients_find(zone->image, from);
    if (client.action == IMAGE_IGNORE || client.action == IMAGE_REFUSE)
        return client.action;
    if (zone->expired)
        client.action = IMAGE_EMPTY;
    clients_apply(zone->image, &client, found);
    return client.action;
}

static enum query_result answer_zone(struct reply *r, struct state *s,
                                     const struct query_options *opt)
{
    const struct zonetab_zone *zone = s->zone;
    const struct image *img = zone->image;
    struct lookup_result *found = &s->look.r;
    if (!img)
        return refuse(r, DNS_SERVFAIL, zone->expired ? DNS_EDE_EXPIRED : DNS_EDE_NOT_READY);
    if (img->h->acl_view || zone->expired) {
        enum image_action action = apply_client(zone, opt->client, found);
        if (action == IMAGE_IGNORE)
            return QUERY_DROPPED;
        if (action == IMAGE_REFUSE)
            return refuse(r, DNS_REFUSED, DNS_EDE_PROHIBITED);
    }
    r->aa = s->q.qclass == DNS_CLASS_IN; /* class ANY: RFC 1035 section 3.2.5 gives no authority */
    bool any = found->apex && answer_apex(r, img, opt->tcp);
    if (reply_sets(r, img, found) || any)
        return QUERY_LISTED;
    if (!found->exists)
        r->rcode = DNS_NXDOMAIN;
    reply_negative(r, img);
    return found->exists ? QUERY_NODATA : QUERY_NXDOMAIN;
}

static enum query_result answer_good(struct reply *r, struct state *s,
                                     const struct query_options *opt)
{
    const struct query *q = &s->q;
    if (opt->refused)
        return refuse(r, DNS_REFUSED, DNS_EDE_PROHIBITED);
    if (q->qclass == DNS_CLASS_CH)
        return answer_chaos(r, opt->config ? opt->config : &query_defaults);
    if (q->qclass != DNS_CLASS_IN && q->qclass != DNS_CLASS_ANY)
        return refuse(r, DNS_REFUSED, DNS_EDE_NONE);
    if (!s->zone)
        return refuse(r, DNS_REFUSED, DNS_EDE_NOT_AUTHORITATIVE);
    if (q->qtype == DNS_TYPE_AXFR && !opt->tcp)
        return refuse(r, DNS_NOTIMP, DNS_EDE_NONE); /* RFC 5936 section 4.2 leaves it open */
    if (q->qtype == DNS_TYPE_AXFR || q->qtype == DNS_TYPE_IXFR)
        return refuse(r, DNS_REFUSED, DNS_EDE_NONE);
    return answer_zone(r, s, opt);
}

/* --- what was asked for in the OPT --- */

static enum cookie_verdict options_cookie(struct reply_options *o, const struct query *q,
                                          const struct query_options *opt)
{
    const struct cookie_secrets *secrets = opt->config->cookies;
    /* Looked at here, not once a batch: most queries have no cookie, and reading the clock takes
     * six pages of libraries, which the processor has to find again after each system call. */
    uint32_t now = opt->now ? opt->now : cookie_now();
    o->cookie = true;
    cookie_make(secrets, q->cookie, opt->client, now, o->cookie_data);
    return cookie_check(secrets, q->cookie, q->cookie_len, opt->client, now);
}

/* False: a cookie of ours must come first.  A question is needed for that to make sense. */
__attribute__((noinline)) static bool options_answer(struct reply_options *o, struct reply *r,
                                                     struct state *s,
                                                     const struct query_options *opt)
{
    const struct query *q = r->q;
    const struct query_config *c = opt->config ? opt->config : &query_defaults;
    enum cookie_verdict verdict = COOKIE_CLIENT;
    *o = (struct reply_options){.keepalive = q->keepalive && opt->tcp,
                                .keepalive_units = opt->keepalive};
    if (q->nsid && c->nsid) {
        o->nsid = (const uint8_t *)c->nsid;
        o->nsid_len = (uint8_t)strlen(c->nsid);
    }
    bool cookie = q->cookie && c->cookies && opt->client;
    if (cookie)
        verdict = options_cookie(o, q, opt);
    s->shown = verdict == COOKIE_GOOD;
    reply_set_options(r, o);
    return !cookie || s->shown || !c->demand_cookies || opt->tcp || opt->refused;
}

/* RFC 7873 section 5.4: a cookie to begin with, or the verdict on one. */
__attribute__((noinline)) static size_t answer_cookie(struct state *s,
                                                      const struct query_options *opt, uint8_t *out,
                                                      enum query_result *result)
{
    struct reply r;
    struct reply_options o = {0};
    if (!opt->config || !opt->config->cookies || !opt->client || opt->refused) {
        *result = opt->refused ? QUERY_REFUSED : QUERY_FORMERR;
        return reply_header_only(&s->q, out, opt->refused ? DNS_REFUSED : DNS_FORMERR);
    }
    reply_start(&r, &s->q, out, QUERY_PLAIN_MAX);
    enum cookie_verdict verdict = options_cookie(&o, &s->q, opt);
    reply_set_options(&r, &o);
    *result = QUERY_COOKIE;
    if (verdict != COOKIE_GOOD && s->q.cookie_len > COOKIE_CLIENT_LEN)
        (void)refuse(&r, DNS_BADCOOKIE, DNS_EDE_NONE);
    return reply_finish(&r);
}

static size_t answer(struct state *s, const struct query_options *opt, uint8_t *out,
                     enum query_result *result)
{
    struct reply r;
    struct reply_options o;
    if (s->verdict == PARSE_DROP) {
        *result = QUERY_DROPPED;
        return 0;
    }
    if (s->verdict == PARSE_HEADER) {
        *result = s->q.rcode == DNS_NOTIMP ? QUERY_NOTIMP : QUERY_FORMERR;
        return reply_header_only(&s->q, out, s->q.rcode);
    }
    if (s->verdict == PARSE_COOKIE)
        return answer_cookie(s, opt, out, result);
    reply_start(&r, &s->q, out, opt->tcp ? QUERY_TCP_MAX : udp_limit(&s->q));
    if (s->verdict == PARSE_GOOD && s->q.edns && s->q.asks && !options_answer(&o, &r, s, opt))
        *result = refuse(&r, DNS_BADCOOKIE, DNS_EDE_NONE);
    else if (s->verdict == PARSE_ERROR)
        *result = refuse(&r, s->q.rcode, DNS_EDE_NONE);
    else
        *result = answer_good(&r, s, opt);
    return *result == QUERY_DROPPED ? 0 : reply_finish(&r);
}

size_t query_answer(const struct zonetab *zones, const struct query_options *opt,
                    const uint8_t *msg, size_t len, uint8_t *reply, enum query_result *result)
{
    struct state s;
    parse(&s, msg, len);
    look_up(&s, 1, zones);
    return answer(&s, opt, reply, result);
}

size_t query_truncate(const uint8_t *msg, size_t len, uint8_t *reply)
{
    struct query q;
    struct reply r;
    enum parse_verdict v = query_parse(&q, msg, len);
    if (v != PARSE_GOOD && v != PARSE_ERROR)
        return 0;
    reply_start(&r, &q, reply, QUERY_PLAIN_MAX);
    r.overflow = true;
    return reply_finish(&r);
}

/* --- batches --- */

/* Messages that take the long way, by their places in the batch. */
struct rest {
    unsigned n;
    uint8_t at[IN_FLIGHT];
};

/* A function of its own: its frame is large, and most batches need none of it. */
__attribute__((noinline)) static void answer_rest(const struct zonetab *zones,
                                                  struct query_batch *b, const struct rest *rest)
{
    struct state s[IN_FLIGHT];
    struct query_options opt = {.config = b->config, .now = b->now};
    for (unsigned i = 0; i < rest->n; i++)
        parse(&s[i], b->msg[rest->at[i]], b->len[rest->at[i]]);
    look_up(s, rest->n, zones);
    for (unsigned i = 0; i < rest->n; i++) {
        unsigned k = rest->at[i];
        opt.refused = b->refused[k];
        opt.client = b->client[k];
        b->reply_len[k] = answer(&s[i], &opt, b->reply[k], &b->result[k]);
        b->shown[k] = s[i].shown;
    }
}

/* What was found comes first, so that the processor has to guess once which replies are which. */
static void write_express(const struct express *e, const uint8_t *place, unsigned n,
                          struct query_batch *b, struct rest *rest)
{
    uint8_t order[IN_FLIGHT];
    unsigned front = 0, back = n;
    for (unsigned i = 0; i < n; i++) {
        bool found = e[i].probe.set != 0;
        order[front] = order[back - 1] = (uint8_t)i;
        front += found;
        back -= !found;
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned k = place[order[i]];
        b->reply_len[k] = express_answer(&e[order[i]], b->reply[k], &b->result[k]);
        b->shown[k] = false;
        if (b->reply_len[k] == 0)
            rest->at[rest->n++] = (uint8_t)k;
    }
}

HOT static void answer_some(const struct zonetab *zones, struct query_batch *b, unsigned from,
                            unsigned n)
{
    struct express e[IN_FLIGHT];
    struct tree_probe *probe[IN_FLIGHT];
    uint8_t place[IN_FLIGHT];
    struct rest rest = {.n = 0};
    unsigned taken = 0;
    for (unsigned k = from; k < from + n; k++) {
        if (!b->refused[k] && express_start(&e[taken], zones, b->msg[k], b->len[k])) {
            probe[taken] = &e[taken].probe;
            place[taken++] = (uint8_t)k;
        } else {
            rest.at[rest.n++] = (uint8_t)k;
        }
    }
    if (taken > 0) {
        tree_find_many(probe, taken);
        write_express(e, place, taken, b, &rest);
    }
    if (rest.n > 0)
        answer_rest(zones, b, &rest);
}

HOT void query_answer_batch(const struct zonetab *zones, struct query_batch *b, unsigned n)
{
    for (unsigned from = 0; from < n; from += IN_FLIGHT)
        answer_some(zones, b, from, n - from < IN_FLIGHT ? n - from : IN_FLIGHT);
}

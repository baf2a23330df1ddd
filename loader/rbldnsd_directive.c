/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that start with "$". */
#include <stdlib.h>
#include <string.h>

#include "loader/rbldnsd.h"

#define SERVERS_MAX 32

static const char UNRECOGNIZED[] = "invalid or unrecognized special entry";

static bool read_soa(struct rbldnsd *r, struct entries_meta *m, struct rbldnsd_word rest)
{
    struct rbldnsd_word f[8];
    uint32_t serial, v[5];
    for (unsigned i = 0; i < 8; i++)
        if (!rbldnsd_field(&rest, &f[i]))
            return false;
    struct name mname, rname;
    if (rest.len > 0 || rbldnsd_name(&f[1], &mname) != NULL || rbldnsd_name(&f[2], &rname) != NULL)
        return false;
    if (f[3].len == 0 || rbldnsd_number(f[3].s, f[3].len, UINT32_MAX, &serial) != f[3].len)
        return false;
    if (!rbldnsd_time(&f[0], &v[0]))
        return false;
    for (unsigned i = 1; i < 5; i++)
        if (!rbldnsd_time(&f[3 + i], &v[i]))
            return false;
    if (m->has_soa)
        return true;
    m->has_soa = true;
    m->mname = mname;
    m->rname = rname;
    m->soa_ttl = v[0] != 0 ? v[0] : r->ttl;
    m->serial = serial;
    m->refresh = v[1];
    m->retry = v[2];
    m->expire = v[3];
    m->minimum = v[4];
    return true;
}

/* One more server; false: no memory. */
static bool add_server(struct entries_meta *m, const struct name *name)
{
    for (size_t i = 0; i < m->nns; i++)
        if (name_equal(&m->ns[i], name))
            return true;
    struct name *bigger = realloc(m->ns, (m->nns + 1) * sizeof(*bigger));
    if (bigger == NULL)
        return false;
    m->ns = bigger;
    m->ns[m->nns++] = *name;
    return true;
}

static enum line_kind read_ns(struct rbldnsd *r, struct entries_meta *m, struct rbldnsd_word rest,
                              const char **reason)
{
    struct rbldnsd_word field, names;
    struct name name;
    uint32_t ttl;
    *reason = UNRECOGNIZED;
    if (!rbldnsd_field(&rest, &field) || !rbldnsd_time(&field, &ttl) || rest.len == 0)
        return LINE_BAD;
    for (names = rest; rbldnsd_field(&names, &field);)
        if (*field.s != '-' && rbldnsd_name(&field, &name) != NULL)
            return LINE_BAD;
    if (m->nns > 0)
        return LINE_COMMENT;
    m->ns_ttl = ttl != 0 ? ttl : r->ttl;
    while (m->nns < SERVERS_MAX && rbldnsd_field(&rest, &field)) {
        if (*field.s == '-')
            continue;
        (void)rbldnsd_name(&field, &name);
        if (!add_server(m, &name))
            return LINE_NO_MEMORY;
    }
    *reason = "too many NS records specified, only first 32 will be used";
    return rest.len > 0 ? LINE_BAD : LINE_COMMENT;
}

/* --- $TIMESTAMP --- */

/* Days from 1970-01-01 to a day of the Gregorian calendar from then on. */
static int64_t days(uint32_t year, uint32_t month, uint32_t day)
{
    static const uint16_t before[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    uint32_t past = year - 1;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int64_t n = (int64_t)past * 365 + past / 4 - past / 100 + past / 400 - 719162;
    return n + before[month] + (month > 2 && leap) + day - 1;
}

/* width digits and a delimiter that may follow; false: not so, or out of range. */
static bool read_part(struct rbldnsd_word *w, size_t width, uint32_t max, uint32_t *out)
{
    if (w->len < width || rbldnsd_number(w->s, width, max, out) != width)
        return false;
    w->s += width;
    w->len -= width;
    if (w->len > 1 && (*w->s == ':' || *w->s == '-')) {
        w->s++;
        w->len--;
    }
    return true;
}

static bool read_stamp(struct rbldnsd_word w, int64_t *out)
{
    uint32_t year, month, day, hour = 0, minute = 0, second = 0;
    *out = 0;
    if (w.len == 1 && (*w.s == '0' || *w.s == '-'))
        return true;
    if (!read_part(&w, 4, 2038, &year) || !read_part(&w, 2, 12, &month) ||
        !read_part(&w, 2, 31, &day) || year < 1970 || month == 0 || day == 0)
        return false;
    if ((w.len > 0 && !read_part(&w, 2, 23, &hour)) ||
        (w.len > 0 && !read_part(&w, 2, 59, &minute)) ||
        (w.len > 0 && !read_part(&w, 2, 60, &second)) || w.len > 0)
        return false;
    *out = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static bool read_expiry(struct rbldnsd_word w, int64_t made, int64_t *out)
{
    uint32_t after;
    if (w.len == 0 || *w.s != '+')
        return read_stamp(w, out);
    w.s++;
    w.len--;
    if (made == 0 || !rbldnsd_time(&w, &after))
        return false;
    *out = after != 0 ? made + after : 0;
    return true;
}

static bool read_timestamp(struct rbldnsd *r, struct entries_meta *m, struct rbldnsd_word rest)
{
    struct rbldnsd_word stamp, expiry;
    int64_t made, expires = 0;
    if (!rbldnsd_field(&rest, &stamp) || !read_stamp(stamp, &made))
        return false;
    if (rbldnsd_field(&rest, &expiry) && !read_expiry(expiry, made, &expires))
        return false;
    if (rest.len > 0)
        return false;
    if (r->p->now != 0 && made > r->p->now)
        rbldnsd_fatal(r, "$TIMESTAMP lies in the future");
    if (made > m->made)
        m->made = made;
    if (expires != 0 && (m->expires == 0 || expires < m->expires))
        m->expires = expires;
    return true;
}

/* --- the others --- */

static bool read_maxrange(struct rbldnsd *r, struct rbldnsd_word rest)
{
    struct rbldnsd_word f;
    uint32_t n;
    if (!rbldnsd_field(&rest, &f) || rest.len > 0)
        return false;
    bool bits = *f.s == '/';
    uint64_t limit = 0;
    if (bits) {
        f.s++;
        f.len--;
    }
    if (f.len == 0 || rbldnsd_number(f.s, f.len, bits ? 32 : UINT32_MAX, &n) != f.len || n == 0)
        return false;
    limit = bits ? (uint64_t)1 << (32 - n) : n;
    if (limit < r->maxrange4)
        r->maxrange4 = limit;
    return true;
}

/* A longer text would be cut where it is used. */
static bool read_variable(struct rbldnsd *r, char name, struct rbldnsd_word rest)
{
    struct rbldnsd_word *v = &r->vars[name == '=' ? RBLDNSD_BASE : name - '0'];
    if (rest.len == 0)
        return false;
    if (rest.len > RBLDNSD_TEXT_MAX)
        rest.len = RBLDNSD_TEXT_MAX;
    if (v->s == NULL)
        *v = rest;
    return true;
}

static bool read_ttl(struct rbldnsd *r, struct rbldnsd_word rest)
{
    struct rbldnsd_word f;
    uint32_t ttl;
    if (!rbldnsd_field(&rest, &f) || !rbldnsd_time(&f, &ttl) || rest.len > 0)
        return false;
    r->ttl = ttl;
    return true;
}

/* What is said of the zone belongs to the file as a whole. */
static enum line_kind zone_directive(struct rbldnsd *r, const struct rbldnsd_word *word,
                                     struct rbldnsd_word rest, const char **reason)
{
    struct entries_meta *m = entries_meta_of(r->p->out);
    if (m == NULL)
        return LINE_NO_MEMORY;
    *reason = UNRECOGNIZED;
    if (rbldnsd_is(word, "soa"))
        return read_soa(r, m, rest) ? LINE_COMMENT : LINE_BAD;
    if (rbldnsd_is(word, "timestamp"))
        return read_timestamp(r, m, rest) ? LINE_COMMENT : LINE_BAD;
    return read_ns(r, m, rest, reason);
}

enum line_kind rbldnsd_directive(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    struct rbldnsd_word rest = {s + 1, len - 1}, word = {s + 1, 0};
    bool good = false;
    *reason = UNRECOGNIZED;
    /* "$ x" has no word. */
    if (rest.len == 0 || is_blank(*rest.s) || !rbldnsd_field(&rest, &word))
        return LINE_BAD;
    bool of_zone =
        rbldnsd_is(&word, "soa") || rbldnsd_is(&word, "ns") || rbldnsd_is(&word, "nameserver");
    if (of_zone && r->type != NULL && r->type->clients)
        return LINE_BAD;
    if (of_zone || rbldnsd_is(&word, "timestamp"))
        return zone_directive(r, &word, rest, reason);
    if (rbldnsd_is(&word, "dataset") && r->combined)
        return rbldnsd_dataset(r, rest, reason);
    if (rbldnsd_is(&word, "ttl"))
        good = read_ttl(r, rest);
    else if (rbldnsd_is(&word, "maxrange4"))
        good = read_maxrange(r, rest);
    else if (word.len == 1 && (*word.s == '=' || (*word.s >= '0' && *word.s <= '9')))
        good = read_variable(r, *word.s, rest);
    else if (rbldnsd_is(&word, "ent"))
        /* Names above listed ones always exist here. */
        good = rbldnsd_is(&rest, "true") || rbldnsd_is(&rest, "false");
    return good ? LINE_COMMENT : LINE_BAD;
}

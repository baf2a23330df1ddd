/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind: a DNSBL zone as a name server loads it: A and TXT records at reversed addresses and names,
 * below the owner of the SOA record.
 *
 * rpz: a response policy zone: "NAME CNAME ." lists a name, "*.NAME" the names below it, names
 * below rpz-ip addresses; CNAME rpz-passthru. takes out.  Other actions than refusing, and triggers
 * on other things than names and addresses, have no meaning here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/answerset.h"
#include "loader/beside.h"
#include "loader/buf.h"
#include "loader/format.h"
#include "loader/lines.h"
#include "loader/rr.h"
#include "loader/where_note.h"

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_TXT = 16 };

#define OWNER_MAX 64   /* codes, and as many texts, of one owner */
#define APEX_MAX  2000 /* octets of a record at the zone's own name */

struct zone_reader {
    struct parse *p;
    bool oom;
    struct name apex;
    bool has_apex;
    /* bind: the records at one owner, which stand together. */
    struct name owner;
    size_t line; /* of the first of them */
    uint32_t a[OWNER_MAX];
    struct buf text; /* segments of the TXTs, one behind the other */
    size_t text_end[OWNER_MAX];
    size_t na, ntext;
};

/* --- owners --- */

/* The labels of n above the apex, root octet added; false: it is not below. */
static bool relative(const struct zone_reader *z, const struct name *n, struct name *out)
{
    if (!z->has_apex || !name_is_under(n, &z->apex) || n->len == z->apex.len)
        return false;
    out->len = (uint8_t)(n->len - z->apex.len + 1);
    memcpy(out->wire, n->wire, out->len - 1u);
    out->wire[out->len - 1] = 0;
    return true;
}

static unsigned labels(const struct name *n, const uint8_t *at[static NAME_LABELS_MAX])
{
    unsigned count = 0;
    for (const uint8_t *p = n->wire; *p; p += 1 + *p)
        at[count++] = p;
    return count;
}

static bool number(const uint8_t *label, unsigned base, unsigned long max, unsigned long *out)
{
    char text[8], *end;
    if (*label == 0 || *label > 4 || label[1] == '-' || label[1] == '+')
        return false;
    memcpy(text, label + 1, *label);
    text[*label] = '\0';
    *out = strtoul(text, &end, (int)base);
    return *end == '\0' && *out <= max;
}

/* Four decimal labels or thirty-two of one hexadecimal digit, reversed. */
static bool reversed(const struct name *n, struct prefix *out)
{
    const uint8_t *at[NAME_LABELS_MAX];
    unsigned count = labels(n, at);
    unsigned long v;
    *out = (struct prefix){.family = count == 4 ? 4 : 6, .len = count == 4 ? 32 : 128};
    if (count != 4 && count != 32)
        return false;
    for (unsigned i = count; i-- > 0;) {
        if (count == 32 ? *at[i] != 1 || !number(at[i], 16, 15, &v) : !number(at[i], 10, 255, &v))
            return false;
        if (count == 4) {
            out->addr.lo = out->addr.lo << 8 | v;
        } else {
            out->addr.hi = out->addr.hi << 4 | out->addr.lo >> 60;
            out->addr.lo = out->addr.lo << 4 | v;
        }
    }
    return true;
}

/* "32.7.2.0.192.rpz-ip", "48.zz.bad.db8.2001.rpz-ip": length, then the address reversed. */
static bool rpz_address(const struct name *n, struct prefix *out, const char **reason)
{
    const uint8_t *at[NAME_LABELS_MAX];
    unsigned count = labels(n, at);
    char text[64];
    size_t len = 0;
    unsigned long bits;
    *reason = "no address in front of rpz-ip";
    if (count < 3 || count > 10 || !number(at[0], 10, 128, &bits))
        return false;
    bool v4 = count == 6 && memchr(at[1] + 1, 'z', *at[1]) == NULL && bits <= 32;
    for (unsigned i = count - 1; i-- > 1;) {
        const uint8_t *l = at[i];
        bool zz = *l == 2 && memcmp(l + 1, "zz", 2) == 0;
        if (*l > 4)
            return false;
        if (len > 0 && text[len - 1] != ':')
            text[len++] = v4 ? '.' : ':';
        if (zz)
            len += (size_t)snprintf(text + len, 4, "%s", len == 0 ? "::" : ":");
        else
            len += (size_t)snprintf(text + len, 8, "%.*s", (int)*l, (const char *)l + 1);
    }
    len += (size_t)snprintf(text + len, 6, "/%lu", bits);
    unsigned notes = 0;
    const char *why = prefix_parse(text, len, out, &notes);
    *reason = why != NULL ? why : *reason;
    return why == NULL;
}

/* --- entries --- */

static bool finish(struct zone_reader *z, enum line_kind kind, size_t line, const char *reason)
{
    struct parse *p = z->p;
    char text[NAME_TEXT_MAX];
    z->oom |= kind == LINE_NO_MEMORY;
    if (!z->oom && p->where != NULL)
        z->oom = !where_note(p->where, p->out, z->line);
    if (kind == LINE_COMMENT)
        return true;
    p->lines++;
    p->noted += kind == LINE_NOTED;
    if (kind != LINE_BAD || p->bad++ >= PARSE_REPORTS_MAX || p->report == NULL)
        return !z->oom;
    (void)name_format(text, z->owner.wire, z->owner.len);
    p->report(p->report_arg, line, text, reason);
    return true;
}

/* Where a name's labels start with "*", all names below the rest. */
static enum name_scope take_star(struct name *n)
{
    if (n->wire[0] != 1 || n->wire[1] != '*')
        return NAME_SELF;
    memmove(n->wire, n->wire + 2, n->len - 2u);
    n->len = (uint8_t)(n->len - 2);
    return NAME_BELOW;
}

static bool put_name(struct zone_reader *z, struct name *n, uint32_t value, bool exclude)
{
    enum name_scope scope = take_star(n);
    if (n->len <= 1)
        return true;
    return entries_put_name(
        z->p->out, n,
        &(struct name_entry){.value = value, .scope = (uint8_t)scope, .exclude = exclude});
}

static bool put_prefix(struct zone_reader *z, const struct prefix *x, uint32_t value, bool exclude)
{
    if (x->family == 6) {
        struct addr6 mask = addr6_mask(x->len);
        struct addr6 last = {x->addr.hi | ~mask.hi, x->addr.lo | ~mask.lo};
        return entries_add_range6(z->p->out,
                                  &(struct range6){x->addr, last, value, x->len, exclude});
    }
    uint32_t first = (uint32_t)x->addr.lo, last = first | ~addr4_mask(x->len);
    return entries_add_range4(z->p->out, &(struct range4){first, last, value, x->len, exclude});
}

/* --- bind --- */

/* One text as a value has it. */
static bool add_value(struct zone_reader *z, size_t i, uint32_t *value)
{
    /* Which text belongs to which code a zone file does not say, and answers do not either: each
     * stands once, and where there is but one, with all of the others. */
    size_t a = i < z->na ? i : z->na - 1, t = i < z->ntext ? i : z->ntext - 1;
    size_t from = t > 0 && z->ntext > 0 ? z->text_end[t - 1] : 0;
    size_t len = z->ntext > 0 ? z->text_end[t] - from : 0;
    return entries_add_value(z->p->out, z->na > 0, z->na > 0 ? z->a[a] : 0,
                             len > 0 ? z->text.p + from : NULL, len, value);
}

static bool put_owner(struct zone_reader *z, const struct name *relative_name)
{
    size_t n = z->na > z->ntext ? z->na : z->ntext;
    struct prefix x;
    uint32_t value;
    for (size_t i = 0; i < n; i++) {
        struct name name = *relative_name;
        if (!add_value(z, i, &value) || !(reversed(&name, &x) ? put_prefix(z, &x, value, false)
                                                              : put_name(z, &name, value, false)))
            return false;
    }
    return true;
}

/* The records of one owner are an entry, or several. */
static bool end_owner(struct zone_reader *z, size_t line)
{
    struct name n;
    const char *reason = NULL;
    enum line_kind kind = LINE_GOOD;
    if (z->owner.len == 0 || z->na + z->ntext == 0)
        return true;
    if (!relative(z, &z->owner, &n)) {
        reason = "not below the zone's SOA record";
        kind = LINE_BAD;
    } else if (z->text.oom || !put_owner(z, &n)) {
        kind = LINE_NO_MEMORY;
    }
    bool go_on = finish(z, kind, line, reason);
    z->na = z->ntext = 0;
    z->text.len = 0;
    return go_on;
}

/* A template is no longer than its length can say; what is beyond is left off. */
static void take_txt(struct zone_reader *z, const struct rr *rr)
{
    size_t start = z->text.len;
    for (size_t i = 0; i < rr->rdata_len;) {
        size_t n = rr->rdata[i++];
        if (n > rr->rdata_len - i || z->text.len - start + n + 4 > UINT16_MAX)
            break;
        if (n > 0) {
            buf_add(&z->text, &(uint8_t){TEXT_LITERAL}, 1);
            buf_add(&z->text, &(uint16_t){(uint16_t)n}, 2);
            buf_add(&z->text, rr->rdata + i, n);
        }
        i += n;
    }
    if (z->text.len > start) {
        buf_add(&z->text, &(uint8_t){TEXT_END}, 1);
        z->text_end[z->ntext++] = z->text.len;
    }
}

/* RFC 5782 section 5: a list may have a web page, or whatever else, at its own name. */
static bool take_apex(struct zone_reader *z, const struct rr *rr, size_t line)
{
    struct entry_record record = {
        .type = rr->type, .ttl = rr->ttl, .rdata_len = (uint16_t)rr->rdata_len};
    struct name apex = {.len = 1};
    z->line = line;
    if (rr->rdata_len > APEX_MAX)
        return finish(z, LINE_BAD, line, "longer than 2000 octets");
    bool ok = entries_add_record(z->p->out, &apex, &record, rr->rdata);
    return finish(z, ok ? LINE_GOOD : LINE_NO_MEMORY, line, NULL);
}

/*
 * "NAME CNAME excluded", as rbldnsd and rblctl dump what is not listed below a wildcard.  An
 * address may be below one of names, so it is taken out as a name too.
 */
static bool is_exclusion(const struct rr *rr)
{
    static const char target[] = "\10excluded";
    return rr->type == TYPE_CNAME && rr->rdata_len > sizeof(target) - 1 &&
           strncasecmp((const char *)rr->rdata, target, sizeof(target) - 1) == 0;
}

static bool take_out(struct zone_reader *z, const struct name *owner, size_t line)
{
    struct name n;
    struct prefix x;
    z->line = line;
    if (!relative(z, owner, &n))
        return finish(z, LINE_BAD, line, "not below the zone's SOA record");
    bool ok = (!reversed(&n, &x) || put_prefix(z, &x, 0, true)) && put_name(z, &n, 0, true);
    return finish(z, ok ? LINE_GOOD : LINE_NO_MEMORY, line, NULL);
}

static bool bind_record(void *arg, const struct rr *rr, size_t line)
{
    struct zone_reader *z = arg;
    if (rr->type == TYPE_SOA && !z->has_apex) {
        z->apex = rr->owner;
        z->has_apex = true;
        return true;
    }
    if (!name_equal(&rr->owner, &z->owner)) {
        if (!end_owner(z, line))
            return false;
        z->owner = rr->owner;
        z->line = line;
    }
    if (is_exclusion(rr))
        return take_out(z, &rr->owner, line);
    if (rr->type != TYPE_TXT && (rr->type != TYPE_A || rr->rdata_len != 4))
        return true;
    if (z->has_apex && name_equal(&rr->owner, &z->apex))
        return take_apex(z, rr, line);
    if (rr->type == TYPE_TXT && z->ntext < OWNER_MAX)
        take_txt(z, rr);
    if (rr->type != TYPE_A || z->na == OWNER_MAX)
        return true;
    uint32_t a = (uint32_t)rr->rdata[0] << 24 | (uint32_t)rr->rdata[1] << 16 |
                 (uint32_t)rr->rdata[2] << 8 | rr->rdata[3];
    if (a >> 24 == 127) /* the web server of the list is no code */
        z->a[z->na++] = a;
    return true;
}

/* What was said of an owner before the bad line stands. */
static bool bad_record(void *arg, size_t line, const char *reason)
{
    struct zone_reader *z = arg;
    if (!end_owner(z, line))
        return false;
    z->owner = (struct name){.len = 1};
    return finish(z, LINE_BAD, line, reason);
}

/* --- rpz --- */

static bool is_target(const struct rr *rr, const char *text)
{
    struct name n;
    return name_parse(text, strlen(text), &n) == NULL && rr->rdata_len == n.len &&
           memcmp(rr->rdata, n.wire, n.len) == 0;
}

static bool below(const struct name *n, const char *label)
{
    const uint8_t *at[NAME_LABELS_MAX];
    unsigned count = labels(n, at);
    return count > 0 && *at[count - 1] == strlen(label) &&
           memcmp(at[count - 1] + 1, label, strlen(label)) == 0;
}

static enum line_kind rpz_entry(struct zone_reader *z, const struct rr *rr, struct name *n,
                                const char **reason)
{
    static const char *const others[] = {"rpz-nsip", "rpz-nsdname", "rpz-client-ip"};
    bool exclude = is_target(rr, "rpz-passthru.");
    if (!exclude && !is_target(rr, ".") && !is_target(rr, "*.") && !is_target(rr, "rpz-drop.") &&
        !is_target(rr, "rpz-tcp-only.")) {
        *reason = "CNAME to a host: a redirection lists nothing";
        return LINE_BAD;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (below(n, others[i]))
            return LINE_COMMENT;
    struct prefix x;
    bool ok;
    if (!below(n, "rpz-ip"))
        ok = put_name(z, n, 0, exclude);
    else if (!rpz_address(n, &x, reason))
        return LINE_BAD;
    else if (parse_too_wide(z->p, &x)) {
        *reason = parse_wide_reason(&x);
        return LINE_BAD;
    } else
        ok = put_prefix(z, &x, 0, exclude);
    return ok ? LINE_GOOD : LINE_NO_MEMORY;
}

static bool rpz_record(void *arg, const struct rr *rr, size_t line)
{
    struct zone_reader *z = arg;
    const char *reason = NULL;
    struct name n;
    if (rr->type == TYPE_SOA && !z->has_apex) {
        z->apex = rr->owner;
        z->has_apex = true;
    }
    if (rr->type != TYPE_CNAME)
        return true;
    z->owner = rr->owner;
    z->line = line;
    if (!relative(z, &rr->owner, &n))
        return finish(z, LINE_BAD, line, "not below the zone's SOA record");
    enum line_kind kind = rpz_entry(z, rr, &n, &reason);
    return finish(z, kind, line, reason);
}

/* --- both --- */

static bool zone_parse(struct parse *p, const char *text, size_t len, bool rpz)
{
    struct zone_reader z = {.p = p};
    struct rr_sink sink = {rpz ? rpz_record : bind_record, bad_record, &z};
    bool oom = false;
    p->unterminated = lines_unterminated(text, len);
    /* What is said more closely counts; of equal owners all of it does. */
    p->out->rule = RULE_LEVELS;
    /* Records go on over lines, so a line alone cannot be left out. */
    if (memchr(text, '\0', len) != NULL) {
        (void)snprintf(p->fatal, sizeof(p->fatal), "contains NUL bytes");
        return true;
    }
    if (!rr_prepare()) {
        (void)snprintf(p->fatal, sizeof(p->fatal), "ldns is missing, which reads zone files");
        return true;
    }
    (void)rr_read(text, len, &sink, &oom);
    if (!rpz && !oom && !z.oom)
        (void)end_owner(&z, 0);
    if (!z.has_apex && p->fatal[0] == '\0')
        (void)snprintf(p->fatal, sizeof(p->fatal), "no SOA record: this is no zone file");
    buf_free(&z.text);
    return !oom && !z.oom;
}

static bool bind_parse(struct parse *p, const char *text, size_t len)
{
    return zone_parse(p, text, len, false);
}

static bool rpz_parse(struct parse *p, const char *text, size_t len)
{
    return zone_parse(p, text, len, true);
}

const struct format format_bind = {
    .name = "bind",
    .about = "a DNSBL zone in master file form: A and TXT records",
    .parse = bind_parse,
    .prepare = rr_prepare,
};

const struct format format_rpz = {
    .name = "rpz",
    .about = "a response policy zone: CNAME . lists, CNAME rpz-passthru. takes out",
    .parse = rpz_parse,
    .prepare = rr_prepare,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* From the text of one value to a field of a zone: names, name servers, references to lists. */
#include "lib/allow.h"
#include "lib/conf_internal.h"

#include <stdlib.h>
#include <string.h>

static bool is_label_byte(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '-' || ch == '_';
}

bool conf_host_ok(const char *s, size_t len, size_t max)
{
    size_t label = 0;

    if (len == 0 || len > max)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.' && label > 0)
            label = 0;
        else if (is_label_byte(s[i]) && label < NAME_LABEL_MAX)
            label++;
        else
            return false;
    }
    return label > 0;
}

bool conf_list_name_ok(const char *s)
{
    size_t len = strlen(s);

    if (len == 0 || len > CONF_NAME_MAX || *s == '.')
        return false;
    for (; *s; s++)
        if (!is_label_byte(*s) && *s != '.')
            return false;
    return true;
}

static const char *parse_host(const char *s, size_t len, struct name *out)
{
    if (len > 1 && s[len - 1] == '.')
        len--;
    if (!conf_host_ok(s, len, NAME_WIRE_MAX) || name_parse(s, len, out))
        return "is not a host name";
    return NULL;
}

bool conf_name_zone(struct conf_reader *r, struct conf_zone *z, const char *title,
                    const struct conf_where *w)
{
    size_t len = strlen(title);

    if (len > 1 && title[len - 1] == '.')
        len--;
    if (!conf_host_ok(title, len, CONF_ZONE_MAX) || name_parse(title, len, &z->name)) {
        conf_complain(r, w,
                      "is not a zone name; allowed: labels of letters, digits, '-' and '_' with "
                      "dots between them, %d bytes in all",
                      CONF_ZONE_MAX);
        return false;
    }
    z->text = strndup(title, len);
    if (!z->text) {
        conf_complain(r, w, "%s", conf_oom);
        return false;
    }
    for (char *p = z->text; *p; p++)
        *p = (char)name_fold((uint8_t)*p);
    return true;
}

/*
 * The label next to the zone's name is where the first number of a reversed address stands; a sub
 * called like one would answer for those addresses.
 */
static bool looks_reversed(const char *title)
{
    const char *dot = strrchr(title, '.');
    const char *last = dot ? dot + 1 : title;
    size_t len = strlen(last);

    return (len <= 3 && strspn(last, "0123456789") == len) ||
           (len == 1 && strspn(last, "0123456789abcdefABCDEF") == 1);
}

bool conf_name_sub(struct conf_reader *r, struct conf_sub *s, const char *title,
                   const struct conf_where *w)
{
    struct name joined;
    const struct conf_zone *z = r->zone;

    if (!conf_host_ok(title, strlen(title), CONF_ZONE_MAX) || looks_reversed(title) ||
        name_parse(title, strlen(title), &s->name)) {
        conf_complain(r, w,
                      "is not a name for a sub-zone; allowed: labels of letters, digits, "
                      "'-' and '_', none that could be part of a reversed address");
        return false;
    }
    /* + 2: the first label's length octet and the root, which text does not show. */
    if (z->text && (!name_join(&s->name, &z->name, &joined) || joined.len > CONF_ZONE_MAX + 2)) {
        conf_complain(r, w, "is too long; allowed: %d bytes together with its zone", CONF_ZONE_MAX);
        return false;
    }
    for (const struct conf_sub *other = z->sub; other < s; other++)
        if (other->name.len && name_equal(&other->name, &s->name)) {
            conf_complain(r, w, "there are two of that name; allowed: one, in any case of letters");
            return false;
        }
    return true;
}

static bool has(const size_t *lists, size_t n, size_t list)
{
    for (size_t i = 0; i < n; i++)
        if (lists[i] == list)
            return true;
    return false;
}

static const char *append(size_t **lists, size_t *n, size_t list)
{
    if (has(*lists, *n, list))
        return "is named twice";
    size_t *more = reallocarray(*lists, *n + 1, sizeof(*more));
    if (!more)
        return conf_oom;
    *lists = more;
    more[(*n)++] = list;
    return NULL;
}

/* After an error of grammar the section may stand in the part that was not read. */
static const char *unknown_list(const struct conf_reader *r)
{
    return r->partial ? NULL : "is not the name of a list";
}

/* Formats are the loader's; of this one alone it matters here what it lists. */
static bool lists_clients(const struct conf_reader *r, long list)
{
    const char *format = r->conf->lists[list].format;
    return format && strcmp(format, "rbldnsd:acl") == 0;
}

static const char *not_entries(const struct conf_reader *r, long list)
{
    if (list < 0)
        return unknown_list(r);
    return lists_clients(r, list) ? "is of format rbldnsd:acl, which is for acl alone" : NULL;
}

CONF_SETTER(conf_set_lists)
{
    struct conf_zone *z = section;
    long i = conf_find_list(r->conf, text);
    const char *why = not_entries(r, i);

    (void)o;
    return i < 0 || why ? why : append(&z->lists, &z->nlists, (size_t)i);
}

/* In the table after lists, so that these are known. */
CONF_SETTER(conf_set_exclude)
{
    struct conf_zone *z = section;
    long i = conf_find_list(r->conf, text);
    const char *why = not_entries(r, i);

    (void)o;
    if (i >= 0 && has(z->lists, z->nlists, (size_t)i))
        return "is also one of the zone's lists";
    return i < 0 || why ? why : append(&z->exclude, &z->nexclude, (size_t)i);
}

CONF_SETTER(conf_set_acl)
{
    struct conf_zone *z = section;
    long i = conf_find_list(r->conf, text);

    (void)o;
    if (i < 0)
        return unknown_list(r);
    if (!lists_clients(r, i))
        return "is not of format rbldnsd:acl";
    return append(&z->acl, &z->nacl, (size_t)i);
}

/* Subs are filled after their zone. */
CONF_SETTER(conf_set_sub_lists)
{
    struct conf_sub *s = section;
    long i = conf_find_list(r->conf, text);
    const char *why = not_entries(r, i);

    (void)o;
    if (i >= 0 && has(r->zone->exclude, r->zone->nexclude, (size_t)i))
        return "is excluded from the zone";
    return i < 0 || why ? why : append(&s->lists, &s->nlists, (size_t)i);
}

CONF_SETTER(conf_set_combine)
{
    struct conf_zone *z = section;

    (void)r;
    (void)o;
    if (strcmp(text, "union") == 0)
        z->combine = CONF_COMBINE_UNION;
    else if (strcmp(text, "bitmask") == 0)
        z->combine = CONF_COMBINE_BITMASK;
    else
        return "is no way to combine lists";
    return NULL;
}

CONF_SETTER(conf_set_kind)
{
    struct conf_zone *z = section;

    (void)r;
    (void)o;
    if (strcmp(text, "block") == 0)
        z->kind = CONF_KIND_BLOCK;
    else if (strcmp(text, "allow") == 0)
        z->kind = CONF_KIND_ALLOW;
    else
        return "is no kind of zone";
    return NULL;
}

/* In the table after kind: to programs that ask an allow list SERVFAIL means "later", for all mail.
 */
CONF_SETTER(conf_set_expired)
{
    struct conf_zone *z = section;

    (void)r;
    (void)o;
    if (strcmp(text, "servfail") != 0 && strcmp(text, "empty") != 0)
        return "is nothing that a zone can answer";
    z->expired =
        *text == 'e' || z->kind == CONF_KIND_ALLOW ? CONF_EXPIRED_EMPTY : CONF_EXPIRED_SERVFAIL;
    return NULL;
}

CONF_SETTER(conf_set_canary)
{
    struct conf_zone *z = section;
    struct conf_canary c = {.listed = *text != '!'};
    const char *what = c.listed ? text : text + 1;
    struct allow_entry e;

    (void)r;
    (void)o;
    const char *why = allow_parse_what(what, strlen(what), &e);
    if (why)
        return why;
    if (e.kind == ALLOW_NAME)
        c.name = e.name;
    else if (e.prefix.len == (e.prefix.family == 4 ? 32 : 128))
        c.addr = e.prefix;
    else
        return "is more than one address";
    struct conf_canary *more = reallocarray(z->canary, z->ncanary + 1, sizeof(*more));
    if (!more)
        return conf_oom;
    z->canary = more;
    if (conf_store(&c.text, text))
        return conf_oom;
    z->canary[z->ncanary++] = c;
    return NULL;
}

static const char *ns_address(struct conf_ns *ns, const char *s, size_t len)
{
    unsigned notes = 0;

    if (addr4_scan(s, len, &ns->a, &notes) == len && !notes) {
        if (ns->has_a)
            return "has two IPv4 addresses";
        ns->has_a = true;
        return NULL;
    }
    if (!addr6_parse(s, len, &ns->aaaa))
        return "has an address that is none";
    if (ns->has_aaaa)
        return "has two IPv6 addresses";
    ns->has_aaaa = true;
    return NULL;
}

static const char *parse_ns(struct conf_ns *ns, const char *text)
{
    const char *p = text + strspn(text, " ");
    size_t len = strcspn(p, " ");
    const char *why = parse_host(p, len, &ns->name);

    while (!why) {
        p += len;
        p += strspn(p, " ");
        if (!*p)
            break;
        len = strcspn(p, " ");
        why = ns_address(ns, p, len);
    }
    return why;
}

CONF_SETTER(conf_set_ns)
{
    struct conf_zone *z = section;
    struct conf_ns ns = {.a = 0};

    (void)r;
    (void)o;
    const char *why = parse_ns(&ns, text);
    if (why)
        return why;
    bool addresses = ns.has_a || ns.has_aaaa;
    bool inside = z->text && name_is_under(&ns.name, &z->name);
    if (z->text && addresses != inside)
        return inside ? "lies in the zone and has no address" : "has an address outside the zone";
    for (size_t i = 0; i < z->nns; i++)
        if (name_equal(&z->ns[i].name, &ns.name))
            return "is named twice";

    struct conf_ns *more = reallocarray(z->ns, z->nns + 1, sizeof(*more));
    if (!more)
        return conf_oom;
    z->ns = more;
    z->ns[z->nns++] = ns;
    return NULL;
}

CONF_SETTER(conf_set_mname)
{
    struct conf_zone *z = section;

    (void)r;
    (void)o;
    return *text ? parse_host(text, strlen(text), &z->mname) : NULL;
}

/* RFC 1035 section 8: the part before the "@" is one label, dots in it included. */
static bool mailbox(const char *text, size_t local, struct name *out)
{
    struct name user = {.len = 0}, host;

    if (local == 0 || local > NAME_LABEL_MAX ||
        parse_host(text + local + 1, strlen(text + local + 1), &host))
        return false;
    user.wire[user.len++] = (uint8_t)local;
    for (size_t i = 0; i < local; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
        user.wire[user.len++] = name_fold((uint8_t)text[i]);
    }
    user.wire[user.len++] = 0;
    return name_join(&user, &host, out);
}

CONF_SETTER(conf_set_rname)
{
    struct conf_zone *z = section;
    const char *at = strchr(text, '@');
    struct name name;

    (void)r;
    (void)o;
    if (!*text)
        return NULL;
    bool good = at ? mailbox(text, (size_t)(at - text), &name)
                   : !name_parse(text, strlen(text), &name) && name_labels(name.wire) >= 2;
    if (!good)
        return "is not a mail address";
    z->rname = name;
    return NULL;
}

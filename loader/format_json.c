/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json: one object per line, or one document.  Entries are strings; where they stand is the option
 * field ("prefixes.ipv4Prefix": arrays on the way are gone through), or one of the usual names.  An
 * answer may name the other fields of the entry's object, "%{sblid}".
 *
 * The last line of Spamhaus's files is an object of type "metadata", whose "records" must be the
 * number of entries: the file has no other sign that it is whole.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "loader/beside.h"
#include "loader/domain.h"
#include "loader/format.h"
#include "loader/lines.h"
#include "loader/where_note.h"

#define DEPTH 8

static const char *const usual[] = {"cidr",        "ip",         "ip_address", "address",
                                    "prefix",      "ipv4Prefix", "ipv6Prefix", "ip_prefix",
                                    "ipv6_prefix", "domain",     "host",       "hostname"};

/* A field of the object for "%{NAME}"; only strings, as numbers have no one spelling. */
static struct word named(const void *ctx, const char *name, size_t len)
{
    const json_t *object = ctx;
    char key[64];
    if (len >= sizeof(key))
        return (struct word){"", 0};
    memcpy(key, name, len);
    key[len] = '\0';
    const json_t *v = json_object_get(object, key);
    if (json_is_string(v))
        return (struct word){json_string_value(v), json_string_length(v)};
    return (struct word){"", 0};
}

static enum line_kind add_entry(struct parse *p, const json_t *value, const json_t *object,
                                const char **reason)
{
    struct beside b = {.named = object != NULL ? named : NULL, .ctx = object};
    struct word w = word_trim((struct word){json_string_value(value), json_string_length(value)});
    struct name name;
    bool address = memchr(w.s, ':', w.len) != NULL || memchr(w.s, '/', w.len) != NULL ||
                   (w.len > 0 && w.s[w.len - 1] >= '0' && w.s[w.len - 1] <= '9');
    if (address)
        return beside_prefix(p, w, &b, reason);
    enum name_scope scope = domain_scope(&w, p->list != NULL && p->list->subdomains);
    *reason = domain_parse(w.s, w.len, &name);
    return *reason == NULL ? beside_name(p, &name, scope, &b, reason) : LINE_BAD;
}

static enum line_kind add_string(struct parse *p, const json_t *value, const json_t *object,
                                 const char **reason)
{
    enum line_kind kind = add_entry(p, value, object, reason);
    bool noted = p->where == NULL || p->where->document == NULL ||
                 where_note_quoted(p->where, p->out, json_string_value(value));
    return noted ? kind : LINE_NO_MEMORY;
}

/* The usual field of an object, or NULL. */
static const json_t *usual_field(const json_t *object)
{
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        const json_t *v = json_object_get(object, usual[i]);
        if (json_is_string(v))
            return v;
    }
    return NULL;
}

/*
 * Every string that the rest of the path leads to.  The worst that came of it: LINE_COMMENT when
 * there was none.
 */
static enum line_kind walk(struct parse *p, const json_t *v, const json_t *object, const char *path,
                           unsigned depth, const char **reason)
{
    enum line_kind result = LINE_COMMENT;
    if (json_is_array(v) && depth < DEPTH) {
        for (size_t i = 0; i < json_array_size(v); i++) {
            const char *why = NULL;
            enum line_kind kind = walk(p, json_array_get(v, i), object, path, depth + 1, &why);
            if (kind == LINE_BAD && *reason == NULL)
                *reason = why;
            if (kind > result)
                result = kind;
            if (kind == LINE_NO_MEMORY)
                break;
        }
        return result;
    }
    if (json_is_string(v) && *path == '\0')
        return add_string(p, v, object, reason);
    if (!json_is_object(v) || depth >= DEPTH)
        return LINE_COMMENT;
    if (*path == '\0') {
        const json_t *field = usual_field(v);
        return field != NULL ? add_string(p, field, v, reason) : LINE_COMMENT;
    }
    char key[128];
    size_t n = strcspn(path, ".");
    if (n >= sizeof(key))
        return LINE_COMMENT;
    memcpy(key, path, n);
    key[n] = '\0';
    return walk(p, json_object_get(v, key), v, path + n + (path[n] == '.'), depth + 1, reason);
}

static void take_metadata(struct parse *p, const json_t *object)
{
    const json_t *records = json_object_get(object, "records");
    const json_t *made = json_object_get(object, "timestamp");
    struct entries_meta *meta = json_is_integer(made) ? entries_meta_of(p->out) : NULL;
    if (meta != NULL)
        meta->made = json_integer_value(made);
    if (json_is_integer(records) && json_integer_value(records) >= 0) {
        p->has_stated = true;
        p->stated = (uint64_t)json_integer_value(records);
    }
}

/* Of which there is nothing to answer: lists of networks by their AS number. */
static bool is_asn_list(const json_t *object)
{
    return json_object_get(object, "asn") != NULL && usual_field(object) == NULL;
}

static const char *field_of(const struct parse *p)
{
    return p->list != NULL && p->list->field != NULL ? p->list->field : "";
}

static enum line_kind take_object(struct parse *p, const json_t *v, const char **reason)
{
    const json_t *type = json_object_get(v, "type");
    const char *field = field_of(p);
    if (json_is_string(type) && strcmp(json_string_value(type), "metadata") == 0) {
        take_metadata(p, v);
        return LINE_COMMENT;
    }
    if (*field == '\0' && is_asn_list(v)) {
        (void)snprintf(p->fatal, sizeof(p->fatal),
                       "lists AS numbers, not addresses; such a list cannot be answered");
        return LINE_COMMENT;
    }
    *reason = NULL;
    enum line_kind kind = walk(p, v, v, field, 0, reason);
    if (kind == LINE_COMMENT) {
        *reason = "no entry where the list's field says";
        return LINE_BAD;
    }
    return kind;
}

static enum line_kind json_line(struct parse *p, const char *line, size_t len, const char **reason)
{
    json_error_t error;
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    json_t *v = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
    enum line_kind kind = LINE_BAD;
    *reason = "no JSON object (RFC 8259), or one with a field twice";
    if (json_is_object(v))
        kind = take_object(p, v, reason);
    json_decref(v);
    return kind;
}

/* One document: its entries are counted as lines are elsewhere. */
static void take_document(struct parse *p, const json_t *v)
{
    const char *field = field_of(p), *reason;
    size_t n = json_is_array(v) ? json_array_size(v) : 1;
    for (size_t i = 0; i < n && p->fatal[0] == '\0'; i++) {
        const json_t *item = json_is_array(v) ? json_array_get(v, i) : v;
        size_t before = entries_count(p->out);
        reason = NULL;
        enum line_kind kind = json_is_object(item) ? take_object(p, item, &reason)
                                                   : walk(p, item, NULL, field, 0, &reason);
        size_t added = entries_count(p->out) - before;
        p->lines += added > 0 ? added : kind != LINE_COMMENT;
        if (kind == LINE_NO_MEMORY)
            p->reader = p;
        if (kind != LINE_BAD)
            continue;
        p->lines += added > 0;
        if (p->bad++ < PARSE_REPORTS_MAX && p->report != NULL)
            p->report(p->report_arg, i + 1, "element of the document",
                      reason != NULL ? reason : "neither an address nor a domain name");
    }
}

/* Is the first line an object of its own? */
static bool by_lines(const char *text, size_t len)
{
    struct lines l;
    const char *line;
    size_t n;
    lines_start(&l, text, len);
    while (lines_next(&l, &line, &n)) {
        struct word w = word_trim((struct word){line, n});
        if (w.len == 0 || line_is_comment(w.s, w.len))
            continue;
        json_error_t error;
        json_t *v = json_loadb(w.s, w.len, 0, &error);
        bool object = json_is_object(v);
        json_decref(v);
        return object && l.pos < l.end;
    }
    return true;
}

/* Too few lines are seen by the guards, as in all formats; too many are of another file. */
static bool count_records(struct parse *p)
{
    if (p->has_stated && p->lines > p->stated && p->fatal[0] == '\0')
        (void)snprintf(p->fatal, sizeof(p->fatal),
                       "has %zu records and its metadata says %" PRIu64
                       ": it is mixed of several files",
                       p->lines, p->stated);
    return true;
}

static bool json_parse(struct parse *p, const char *text, size_t len)
{
    json_error_t error;
    beside_start(p);
    if (by_lines(text, len))
        return parse_lines(p, text, len, json_line) && count_records(p);
    json_t *v = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    p->reader = NULL;
    if (p->where != NULL)
        p->where->document = text;
    if (v == NULL)
        (void)snprintf(p->fatal, sizeof(p->fatal), "no JSON (RFC 8259): line %d: %.80s", error.line,
                       error.text);
    else
        take_document(p, v);
    json_decref(v);
    bool ok = p->reader == NULL;
    p->reader = NULL;
    return ok;
}

const struct format format_json = {
    .name = "json",
    .about = "JSON, one object per line or one document",
    .parse = json_parse,
};

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/reply.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/text.h"

/* Cut what precedes the separator off *rest; NULL when there is none. */
static char *cut(char **rest, char separator)
{
    char *start = *rest, *end = strchr(start, separator);
    if (!end)
        return NULL;
    *end = '\0';
    *rest = end + 1;
    return start;
}

/* The value of "KEY=VALUE" when the key is that one, else NULL. */
static const char *value_of(const char *text, const char *key)
{
    size_t n = strlen(key);
    return strncmp(text, key, n) == 0 && text[n] == '=' ? text + n + 1 : NULL;
}

static bool take_number(const char *field, const char *key, uint64_t max, uint64_t *out)
{
    const char *value = field ? value_of(field, key) : NULL;
    return value && text_number(value, strlen(value), max, out);
}

/* The three states are the server's promise; anything else would be shown as if it were one. */
static bool good_state(const char *s)
{
    static const char serving[] = "serving", old[] = "serving old: ", none[] = "not loaded";
    return strcmp(s, serving) == 0 || strncmp(s, old, sizeof old - 1) == 0 ||
           strcmp(s, none) == 0 || strncmp(s, "not loaded: ", sizeof none + 1) == 0;
}

/* Fields stand in a fixed order: each is cut off the front and must be the one expected. */
static const char *take_zone(char *line, struct served_zone *z)
{
    uint64_t serial;
    const char *f = cut(&line, '\t');
    z->name = f ? value_of(f, "zone") : NULL;
    if (!z->name || !*z->name)
        return "no zone name";
    if (!take_number(cut(&line, '\t'), "serial", UINT32_MAX, &serial))
        return "bad serial";
    z->serial = (uint32_t)serial;
    if (!take_number(cut(&line, '\t'), "entries", UINT64_MAX, &z->entries))
        return "bad entries";
    f = cut(&line, '\t');
    f = f ? value_of(f, "built") : NULL;
    if (!f || !text_signed(f, strlen(f), &z->built))
        return "bad build time";
    if (!take_number(cut(&line, '\t'), "bytes", UINT64_MAX, &z->bytes))
        return "bad size";
    z->state = value_of(line, "state");
    return z->state && good_state(z->state) ? NULL : "bad state";
}

/* The lines in front of the zones, in this order. */
static const char *take_head(char **rest, struct served *out, size_t *line)
{
    struct {
        const char *key;
        uint64_t *to;
    } number[] = {
        {"pid", &out->pid},
        {"uptime", &out->uptime},
        {"workers", &out->workers},
        {"generation", &out->generation},
    };
    const char *f = cut(rest, '\n');
    out->version = f ? value_of(f, "version") : NULL;
    if (!out->version)
        return "no version";
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
        ++*line;
        if (!take_number(cut(rest, '\n'), number[i].key, INT64_MAX, number[i].to))
            return "missing or malformed number";
    }
    return NULL;
}

/* One allocation for all zones, bounded by the length of a reply that was already bounded. */
static size_t count_lines(const char *s)
{
    size_t n = 0;
    while ((s = strchr(s, '\n')) != NULL) {
        s++;
        n++;
    }
    return n;
}

const char *served_parse(char *text, struct served *out, size_t *line)
{
    char *rest = text;
    *out = (struct served){0};
    *line = 1;
    const char *why = take_head(&rest, out, line);
    if (!why) {
        out->zone = calloc(count_lines(rest) + 1, sizeof *out->zone);
        why = out->zone ? NULL : "out of memory";
    }
    while (!why && *rest) {
        ++*line;
        char *one = cut(&rest, '\n');
        why = one ? take_zone(one, &out->zone[out->nzones]) : "line without end";
        out->nzones++;
    }
    if (why)
        served_free(out);
    return why;
}

void served_free(struct served *s)
{
    free(s->zone);
    *s = (struct served){0};
}

const struct served_zone *served_find(const struct served *s, const char *zone)
{
    for (size_t i = 0; i < s->nzones; i++)
        if (strcmp(s->zone[i].name, zone) == 0)
            return &s->zone[i];
    return NULL;
}

bool served_loaded(const struct served_zone *z)
{
    return strncmp(z->state, "serving", 7) == 0;
}

static bool good_counter(const char *s, size_t len)
{
    uint64_t value;
    size_t n = 0;
    while (n < len && ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '-'))
        n++;
    return n > 0 && n < len && s[n] == ' ' &&
           text_number(s + n + 1, len - n - 1, UINT64_MAX, &value);
}

const char *stats_check(const char *text, size_t *line)
{
    for (*line = 1; *text; ++*line) {
        const char *end = strchr(text, '\n');
        if (!end || !good_counter(text, (size_t)(end - text)))
            return "not a counter and its value";
        text = end + 1;
    }
    return NULL;
}

const char *reply_error(char *text)
{
    if (!value_of(text, "error"))
        return NULL;
    char *line = cut(&text, '\n');
    return line ? value_of(line, "error") : NULL;
}

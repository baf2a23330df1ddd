/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/state.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#define STATE_FIRST_LINE "rblmirror-state=1"

enum field_kind { FIELD_TIME, FIELD_COUNT, FIELD_HEX, FIELD_FILE, FIELD_TEXT };

struct field {
    const char *key;
    enum field_kind kind;
    size_t off;
};

#define FIELD(name, kind)                                                                          \
    {                                                                                              \
#name, kind, offsetof(struct list_state, name)                                             \
    }

static const struct field fields[] = {
    FIELD(tried, FIELD_TIME),       FIELD(fetched, FIELD_TIME),       FIELD(modified, FIELD_TIME),
    FIELD(origin, FIELD_HEX),       FIELD(data, FIELD_FILE),          FIELD(digest, FIELD_HEX),
    FIELD(entries, FIELD_COUNT),    FIELD(lines, FIELD_COUNT),        FIELD(bad, FIELD_COUNT),
    FIELD(held_times, FIELD_COUNT), FIELD(held_since, FIELD_TIME),    FIELD(source, FIELD_FILE),
    FIELD(etag, FIELD_TEXT),        FIELD(last_modified, FIELD_TEXT), FIELD(failure, FIELD_TEXT),
    FIELD(failures, FIELD_COUNT),   FIELD(wait, FIELD_TIME),          FIELD(covered, FIELD_COUNT),
    FIELD(made, FIELD_TIME),        FIELD(stale_since, FIELD_TIME),
};
#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

/* Three texts, and fewer than 128 bytes for anything else, the first line included. */
_Static_assert(3 * (STATE_TEXT_MAX + 16) + (NFIELDS - 2) * 128 <= STATE_FILE_MAX,
               "STATE_FILE_MAX holds every field at its longest");

/* A run of bytes that is consumed from the front. */
struct span {
    const char *p;
    size_t len;
};

static int digit_value(char c, unsigned base)
{
    int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
    return v < (int)base ? v : -1;
}

/* One number without sign or leading zeros, ended by a blank or the end of the value. */
static bool take_number(struct span *s, unsigned base, uint64_t *out)
{
    uint64_t v = 0;
    size_t n = 0;
    for (; n < s->len && s->p[n] != ' '; n++) {
        int d = digit_value(s->p[n], base);
        if (d < 0 || (n == 1 && s->p[0] == '0') || v > (UINT64_MAX - (uint64_t)d) / base)
            return false;
        v = v * base + (uint64_t)d;
    }
    if (n == 0)
        return false;
    *out = v;
    s->p += n;
    s->len -= n;
    return true;
}

static bool take_signed(struct span *s, int64_t *out)
{
    uint64_t v;
    bool minus = s->len > 0 && s->p[0] == '-';
    if (minus) {
        s->p++;
        s->len--;
    }
    if (!take_number(s, 10, &v) || v > INT64_MAX || (minus && v == 0))
        return false;
    *out = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

static bool take_blank(struct span *s)
{
    if (s->len == 0 || s->p[0] != ' ')
        return false;
    s->p++;
    s->len--;
    return true;
}

/* SIZE INODE SECONDS NANOSECONDS */
static bool take_file(struct span *s, struct file_id *out)
{
    uint64_t nsec;
    if (!take_number(s, 10, &out->size) || !take_blank(s) || !take_number(s, 10, &out->inode) ||
        !take_blank(s) || !take_signed(s, &out->sec) || !take_blank(s) ||
        !take_number(s, 10, &nsec) || nsec > 999999999)
        return false;
    out->nsec = (uint32_t)nsec;
    return true;
}

static bool text_plain(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] < 0x20 || p[i] > 0x7e)
            return false;
    return len < STATE_TEXT_MAX;
}

static bool take_text(struct span *s, char out[static STATE_TEXT_MAX])
{
    if (!text_plain(s->p, s->len))
        return false;
    memcpy(out, s->p, s->len);
    out[s->len] = '\0';
    s->len = 0;
    return true;
}

static bool take_value(const struct field *f, struct span *s, struct list_state *out)
{
    void *at = (char *)out + f->off;
    bool good = false;
    switch (f->kind) {
    case FIELD_TIME:
        good = take_signed(s, at);
        break;
    case FIELD_COUNT:
        good = take_number(s, 10, at);
        break;
    case FIELD_HEX:
        good = take_number(s, 16, at);
        break;
    case FIELD_FILE:
        good = take_file(s, at);
        break;
    case FIELD_TEXT:
        good = take_text(s, at);
        break;
    }
    return good && s->len == 0;
}

static const char *take_line(struct span line, struct list_state *out, unsigned *seen)
{
    const char *eq = memchr(line.p, '=', line.len);
    if (eq == NULL)
        return "not a key=value line";
    size_t klen = (size_t)(eq - line.p);
    struct span value = {eq + 1, line.len - klen - 1};
    for (size_t i = 0; i < NFIELDS; i++) {
        if (strlen(fields[i].key) != klen || memcmp(fields[i].key, line.p, klen) != 0)
            continue;
        if ((*seen & 1u << i) != 0)
            return "repeated key";
        *seen |= 1u << i;
        return take_value(&fields[i], &value, out) ? NULL : "malformed value";
    }
    return "unknown key";
}

const char *state_parse(const char *text, size_t len, struct list_state *out, size_t *line)
{
    const char *why = len > STATE_FILE_MAX ? "file too long" : len == 0 ? "empty file" : NULL;
    unsigned seen = 0;
    struct span rest = {text, len};
    *out = (struct list_state){0};
    *line = 1;
    for (; why == NULL && rest.len > 0; ++*line) {
        const char *nl = memchr(rest.p, '\n', rest.len);
        if (nl == NULL) {
            why = "last line has no end";
            break;
        }
        struct span one = {rest.p, (size_t)(nl - rest.p)};
        if (*line > 1)
            why = take_line(one, out, &seen);
        else if (one.len != sizeof(STATE_FIRST_LINE) - 1 ||
                 memcmp(one.p, STATE_FIRST_LINE, one.len) != 0)
            why = "not a state file of this version";
        if (why != NULL)
            break;
        rest.p = nl + 1;
        rest.len -= one.len + 1;
    }
    if (why != NULL)
        *out = (struct list_state){0};
    return why;
}

static int format_field(char *buf, size_t cap, const struct field *f, const struct list_state *s)
{
    const void *at = (const char *)s + f->off;
    if (f->kind == FIELD_TIME)
        return snprintf(buf, cap, "%s=%" PRId64 "\n", f->key, *(const int64_t *)at);
    if (f->kind == FIELD_COUNT)
        return snprintf(buf, cap, "%s=%" PRIu64 "\n", f->key, *(const uint64_t *)at);
    if (f->kind == FIELD_HEX)
        return snprintf(buf, cap, "%s=%" PRIx64 "\n", f->key, *(const uint64_t *)at);
    if (f->kind == FIELD_FILE) {
        const struct file_id *id = at;
        return snprintf(buf, cap, "%s=%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu32 "\n", f->key,
                        id->size, id->inode, id->sec, id->nsec);
    }
    const char *text = at;
    return snprintf(buf, cap, "%s=%s\n", f->key, text_plain(text, strlen(text)) ? text : "");
}

size_t state_format(char buf[static STATE_FILE_MAX], const struct list_state *s)
{
    int first = snprintf(buf, STATE_FILE_MAX, "%s\n", STATE_FIRST_LINE);
    size_t n = (size_t)first;
    for (size_t i = 0; i < NFIELDS; i++) {
        int len = format_field(buf + n, STATE_FILE_MAX - n, &fields[i], s);
        n += (size_t)len;
    }
    return n;
}

uint64_t state_origin(const char *url)
{
    return XXH3_64bits(url, strlen(url));
}

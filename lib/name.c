/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/name.h"

#include <string.h>

static const char BAD_ESCAPE[] = "invalid escape in the name";

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* One octet, plain or escaped, at s (len > 0); returns the bytes used or 0 for a bad escape. */
static size_t octet_read(const char *s, size_t len, uint8_t *out)
{
    if (s[0] != '\\') {
        *out = (uint8_t)s[0];
        return 1;
    }
    if (len < 2)
        return 0;
    if (!is_digit(s[1])) {
        *out = (uint8_t)s[1];
        return 2;
    }
    if (len < 4 || !is_digit(s[2]) || !is_digit(s[3]))
        return 0;
    int value = (s[1] - '0') * 100 + (s[2] - '0') * 10 + (s[3] - '0');
    *out = (uint8_t)value;
    return value > 255 ? 0 : 4;
}

/* The name under construction: room[label] waits for the length of the label that ends at pos. */
struct writer {
    uint8_t room[NAME_WIRE_MAX];
    size_t label;
    size_t pos;
};

static const char *octet_write(struct writer *w, uint8_t octet)
{
    if (w->pos - w->label > NAME_LABEL_MAX)
        return "label longer than 63 octets";
    /* One octet stays free for the root. */
    if (w->pos >= NAME_WIRE_MAX - 1)
        return "name longer than 255 octets";
    w->room[w->pos++] = name_fold(octet);
    return NULL;
}

static const char *label_end(struct writer *w)
{
    size_t n = w->pos - w->label - 1;
    if (n == 0)
        return "empty label in the name";
    w->room[w->label] = (uint8_t)n;
    w->label = w->pos++;
    return NULL;
}

static const char *labels_read(struct writer *w, const char *s, size_t len)
{
    const char *why = NULL;
    size_t pos = 0;
    while (why == NULL && pos < len) {
        if (s[pos] == '.') {
            why = label_end(w);
            pos++;
            continue;
        }
        uint8_t octet;
        size_t n = octet_read(s + pos, len - pos, &octet);
        why = n == 0 ? BAD_ESCAPE : octet_write(w, octet);
        pos += n;
    }
    /* Without the final dot the last label is still open. */
    if (why == NULL && w->pos > w->label + 1)
        why = label_end(w);
    return why;
}

const char *name_parse(const char *s, size_t len, struct name *out)
{
    if (len == 0)
        return "empty name";
    struct writer w = {.label = 0, .pos = 1};
    if (len > 1 || s[0] != '.') {
        const char *why = labels_read(&w, s, len);
        if (why != NULL)
            return why;
    }
    w.room[w.label] = 0;
    memcpy(out->wire, w.room, w.pos);
    out->len = (uint8_t)w.pos;
    return NULL;
}

static size_t octet_put(char *buf, uint8_t octet)
{
    if (octet <= ' ' || octet >= 127) {
        buf[0] = '\\';
        buf[1] = (char)('0' + octet / 100);
        buf[2] = (char)('0' + octet / 10 % 10);
        buf[3] = (char)('0' + octet % 10);
        return 4;
    }
    size_t n = 0;
    /* What a master file would read as syntax (RFC 1035 section 5.1). */
    if (strchr(".\\\";()@$", octet) != NULL)
        buf[n++] = '\\';
    buf[n++] = (char)octet;
    return n;
}

size_t name_format(char buf[static NAME_TEXT_MAX], const uint8_t *wire, size_t len)
{
    size_t n = 0;
    size_t pos = 0;
    /* Every bound is checked: this also prints names out of files that are not yet trusted. */
    while (pos < len && wire[pos] != 0 && wire[pos] < len - pos && pos < NAME_WIRE_MAX) {
        size_t end = pos + 1 + wire[pos];
        if (end > NAME_WIRE_MAX)
            break;
        if (pos > 0)
            buf[n++] = '.';
        for (pos++; pos < end; pos++)
            n += octet_put(buf + n, wire[pos]);
    }
    if (n == 0)
        buf[n++] = '.';
    buf[n] = '\0';
    return n;
}

unsigned name_labels(const uint8_t *wire)
{
    unsigned n = 0;
    for (size_t pos = 0; wire[pos] != 0; pos += 1U + wire[pos])
        n++;
    return n;
}

bool name_is_under(const struct name *child, const struct name *parent)
{
    if (child->len < parent->len)
        return false;
    size_t skip = (size_t)child->len - parent->len;
    /* The tail must start at a label: "notexample.com" is not under "example.com". */
    size_t pos = 0;
    while (pos < skip)
        pos += 1U + child->wire[pos];
    return pos == skip && memcmp(child->wire + skip, parent->wire, parent->len) == 0;
}

bool name_equal(const struct name *a, const struct name *b)
{
    return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

bool name_join(const struct name *prefix, const struct name *suffix, struct name *out)
{
    size_t head = (size_t)prefix->len - 1;
    if (head + suffix->len > NAME_WIRE_MAX)
        return false;
    struct name joined = {.len = (uint8_t)(head + suffix->len)};
    memcpy(joined.wire, prefix->wire, head);
    memcpy(joined.wire + head, suffix->wire, suffix->len);
    *out = joined;
    return true;
}

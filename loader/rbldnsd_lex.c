/* SPDX-License-Identifier: BSD-2-Clause */
/* The small words of rbldnsd's language. */
#include <string.h>

#include "loader/quad.h"
#include "loader/rbldnsd.h"

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static char fold(char c)
{
    return (char)name_fold((uint8_t)c);
}

void rbldnsd_skip_blanks(struct rbldnsd_word *w)
{
    while (w->len > 0 && is_blank(*w->s)) {
        w->s++;
        w->len--;
    }
}

bool rbldnsd_field(struct rbldnsd_word *rest, struct rbldnsd_word *field)
{
    rbldnsd_skip_blanks(rest);
    *field = (struct rbldnsd_word){rest->s, 0};
    while (field->len < rest->len && !is_blank(rest->s[field->len]))
        field->len++;
    rest->s += field->len;
    rest->len -= field->len;
    rbldnsd_skip_blanks(rest);
    return field->len > 0;
}

bool rbldnsd_is(const struct rbldnsd_word *w, const char *word)
{
    size_t i = 0;
    while (i < w->len && word[i] != '\0' && fold(w->s[i]) == word[i])
        i++;
    return i == w->len && word[i] == '\0';
}

size_t rbldnsd_number(const char *s, size_t len, uint32_t max, uint32_t *out)
{
    uint64_t value = 0;
    size_t n = 0;
    while (n < len && is_digit(s[n])) {
        value = value * 10 + (uint64_t)(s[n++] - '0');
        if (value > max)
            return 0;
    }
    *out = (uint32_t)value;
    return n;
}

bool rbldnsd_time(const struct rbldnsd_word *w, uint32_t *out)
{
    static const struct {
        char suffix;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    uint32_t value;
    size_t n = rbldnsd_number(w->s, w->len, UINT32_MAX, &value);
    if (n == 0)
        return false;
    *out = value;
    if (n == w->len)
        return true;
    for (size_t i = 0; n + 1 == w->len && i < sizeof(units) / sizeof(units[0]); i++) {
        uint64_t seconds = (uint64_t)value * units[i].seconds;
        *out = (uint32_t)seconds;
        if (fold(w->s[n]) == units[i].suffix)
            return seconds <= UINT32_MAX;
    }
    return false;
}

size_t rbldnsd_octets(const char *s, size_t len, uint32_t octet[static 4], unsigned *n)
{
    size_t at = 0;
    uint32_t addr;
    if (len >= QUAD_WINDOW && (at = quad_read(s, &addr)) > 0) {
        for (unsigned i = 0; i < 4; i++)
            octet[i] = addr >> (24 - 8 * i) & 255;
        *n = 4;
        return at;
    }
    for (*n = 0; *n < 4;) {
        size_t digits = rbldnsd_number(s + at, len - at, 255, &octet[*n]);
        if (digits == 0)
            return 0;
        at += digits;
        ++*n;
        /* A dot that no octet follows is for the caller to refuse, as anything else is. */
        if (*n == 4 || at + 1 >= len || s[at] != '.' || !is_digit(s[at + 1]))
            break;
        at++;
    }
    return at;
}

size_t rbldnsd_aton(const char *s, size_t len, uint32_t *out, unsigned *n)
{
    uint32_t octet[4];
    size_t used = rbldnsd_octets(s, len, octet, n);
    if (used == 0)
        return 0;
    *out = 0;
    for (unsigned i = 0; i < *n; i++)
        *out |= octet[i] << (24 - 8 * i);
    /* The written order is from both ends: what is short lacks its middle. */
    if (*n > 1 && *n < 4)
        *out = (*out & ~(255u << (32 - 8 * *n))) | octet[*n - 1];
    if (*n == 1)
        *out = octet[0];
    return used;
}

const char *rbldnsd_name(const struct rbldnsd_word *w, struct name *out)
{
    char text[NAME_TEXT_MAX];
    size_t n = 0;
    const char *why = name_parse(w->s, w->len, out);
    if (why == NULL || w->len >= sizeof(text))
        return why;
    bool label = false; /* the label being copied has an octet */
    for (size_t i = 0; i < w->len; i++) {
        if (w->s[i] == '.' && !label)
            continue;
        label = w->s[i] != '.';
        text[n++] = w->s[i];
        if (w->s[i] == '\\' && i + 1 < w->len)
            text[n++] = w->s[++i];
    }
    if (n > 0)
        return name_parse(text, n, out);
    *out = (struct name){.len = 1};
    return w->len > 0 ? NULL : "empty name";
}

bool rbldnsd_key_ends(const char *s, size_t len)
{
    return len == 0 || is_blank(*s) || *s == '#' || *s == ';' || *s == ':';
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plain: one address or prefix per line, both families mixed.  The first field counts; fields after
 * it are ignored, as publishers add dates, counts and references there.
 */
#include <endian.h>
#include <string.h>

#include "loader/format.h"
#include "loader/lines.h"

/* The widest prefix seen in a real list is an IPv4 /12; far wider ones are typing errors that would
 * reject mail from whole continents. */
#define WIDEST4 8
#define WIDEST6 16

static size_t field_length(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && !is_blank(s[n]) && s[n] != '#' && s[n] != ';')
        n++;
    return n;
}

static enum line_kind plain_line(struct parse *p, const char *line, size_t len, const char **reason)
{
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    struct prefix prefix;
    unsigned notes = 0;
    *reason = prefix_parse(line, field_length(line, len), &prefix, &notes);
    if (*reason != NULL)
        return LINE_BAD;
    if (prefix.len < (prefix.family == 4 ? WIDEST4 : WIDEST6)) {
        *reason = prefix.family == 4 ? "IPv4 prefix wider than /8" : "IPv6 prefix wider than /16";
        return LINE_BAD;
    }
    if (!entries_add_prefix(p->out, &prefix))
        return LINE_NO_MEMORY;
    return notes == 0 ? LINE_GOOD : LINE_NOTED;
}

/*
 * The straight path.  Nearly every line of a long list is a dotted quad and a line end, so it is
 * decoded without a branch per digit: the places of all non-digits among 16 bytes come out of a few
 * word operations, each octet out of one load.  Whatever is not exactly that, leading zeros
 * included, goes through plain_line(), which accepts all this accepts, with the same result.
 */

/* Bytes read from the start of a line: the last octet starts at 12 at most and is read as four
 * bytes; a CRLF ends at 16. */
#define QUAD_WINDOW 17

static uint64_t load64(const char *s)
{
    uint64_t v;
    memcpy(&v, s, sizeof(v));
    return le64toh(v);
}

static uint32_t load32(const char *s)
{
    uint32_t v;
    memcpy(&v, s, sizeof(v));
    return le32toh(v);
}

/* Bit i is set when byte i of the word is not a digit. */
static unsigned non_digits(uint64_t word)
{
    uint64_t value = word ^ 0x3030303030303030U;
    /* Seven bits plus 0x76 reach bit 7 from ten up, and never the next byte. */
    uint64_t flag = (((value & 0x7f7f7f7f7f7f7f7fU) + 0x7676767676767676U) | value);
    /* The product moves the flag of byte i to bit 56 + i. */
    return (unsigned)(((flag & 0x8080808080808080U) >> 7) * 0x0102040810204080U >> 56);
}

/* The octet of 1 to 3 digits at s, or more than 255 when it is not in its shortest form. */
static uint32_t quad_octet(const char *s, unsigned digits)
{
    uint32_t value = load32(s) ^ 0x30303030U;
    uint32_t padded = digits > 1 && (value & 255) == 0 ? 256 : 0;
    value <<= 32 - 8 * digits;
    return padded + (value >> 24) + (value >> 16 & 255) * 10 + (value >> 8 & 255) * 100;
}

/* The place of the lowest mark; takes the mark away. */
static unsigned next_mark(unsigned *marks)
{
    unsigned at = (unsigned)__builtin_ctz(*marks);
    *marks &= *marks - 1;
    return at;
}

/* The line at s, QUAD_WINDOW bytes readable; its length with the line end, or 0. */
static size_t quad_line(const char *s, uint32_t *addr)
{
    /* Four marks beyond the window: there always is a next one. */
    unsigned marks = non_digits(load64(s)) | non_digits(load64(s + 8)) << 8 | 0xf0000;
    unsigned dot1 = next_mark(&marks);
    unsigned dot2 = next_mark(&marks);
    unsigned dot3 = next_mark(&marks);
    unsigned end = next_mark(&marks);
    unsigned len1 = dot1;
    unsigned len2 = dot2 - dot1 - 1;
    unsigned len3 = dot3 - dot2 - 1;
    unsigned len4 = end - dot3 - 1;
    /* Each length is 1, 2 or 3. */
    if (len1 - 1 > 2 || len2 - 1 > 2 || len3 - 1 > 2 || len4 - 1 > 2)
        return 0;
    if (s[dot1] != '.' || s[dot2] != '.' || s[dot3] != '.')
        return 0;
    if (s[end] == '\r')
        end++;
    if (s[end] != '\n')
        return 0;
    uint32_t a = quad_octet(s, len1);
    uint32_t b = quad_octet(s + dot1 + 1, len2);
    uint32_t c = quad_octet(s + dot2 + 1, len3);
    uint32_t d = quad_octet(s + dot3 + 1, len4);
    *addr = a << 24 | b << 16 | c << 8 | d;
    return (a | b | c | d) > 255 ? 0 : (size_t)end + 1;
}

/* Pass all lines from the cursor on that the straight path can read. */
static bool quad_lines(struct parse *p, struct lines *l)
{
    struct entries *e = p->out;
    size_t before = e->naddr4;
    bool ok = true;
    uint32_t addr;
    size_t n;
    while (l->end - l->pos >= QUAD_WINDOW && (n = quad_line(l->pos, &addr)) > 0) {
        ok = e->naddr4 < e->addr4_cap || entries_reserve_addr4(e, 1);
        if (!ok)
            break;
        e->addr4[e->naddr4++] = addr;
        l->pos += n;
    }
    p->lines += e->naddr4 - before;
    l->number += e->naddr4 - before;
    return ok;
}

static bool plain_parse(struct parse *p, const char *text, size_t len)
{
    struct lines l;
    const char *line;
    size_t n;
    lines_start(&l, text, len);
    p->unterminated = lines_unterminated(text, len);
    do {
        if (!quad_lines(p, &l))
            return false;
        if (!lines_next(&l, &line, &n))
            return true;
    } while (parse_line(p, &l, line, n, plain_line));
    return false;
}

const struct format format_plain = {
    .name = "plain",
    .about = "one IPv4 or IPv6 address or prefix per line",
    .parse = plain_parse,
};

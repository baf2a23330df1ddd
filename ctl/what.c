/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/what.h"

#include <string.h>

#include "lib/addr.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    char lower = (char)(c | 0x20);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || (c && strchr("-_.\\", c));
}

/* Is the last label all digits?  No top-level domain is (RFC 3696 section 2): a mistyped address.
 */
static bool ends_in_number(const char *s, size_t len)
{
    size_t n = len;
    while (n > 0 && is_digit(s[n - 1]))
        n--;
    return n < len && (n == 0 || s[n - 1] == '.');
}

/* Any octet can be asked for by an escape; what stands there plainly must look like a name. */
static bool parse_name(const char *s, size_t len, struct name *out)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_name_char(s[i]))
            return false;
        if (s[i] == '\\')
            i++;
    }
    size_t bare = len > 0 && s[len - 1] == '.' ? len - 1 : len;
    return !ends_in_number(s, bare) && name_parse(s, len, out) == NULL && out->len > 1;
}

const char *what_parse(const char *s, struct what *out)
{
    size_t len = strlen(s);
    uint32_t addr4;
    struct addr6 addr6;
    unsigned notes = 0;
    *out = (struct what){.whole = false};
    if (len > 0 && addr4_scan(s, len, &addr4, &notes) == len) {
        lookup_spell(4, (struct addr6){0, addr4}, &out->name);
        addr4_format(out->text, addr4);
    } else if (addr6_parse(s, len, &addr6)) {
        lookup_spell(6, addr6, &out->name);
        addr6_format(out->text, addr6);
    } else if (parse_name(s, len, &out->name)) {
        name_format(out->text, out->name.wire, out->name.len);
    } else {
        return "neither an IP address nor a domain name";
    }
    return NULL;
}

static void view_name(const struct image *img, const struct image_view *view, struct name *out)
{
    struct name sub = {.len = view->sub_len}, zone = {.len = img->h->zone_len};
    memcpy(sub.wire, view->sub, sub.len);
    memcpy(zone.wire, img->h->zone, zone.len);
    /* A view whose names are too long for DNS cannot be asked either: the zone stands for it. */
    if (!name_join(&sub, &zone, out))
        *out = zone;
}

void what_view_text(const struct image *img, const struct image_view *view,
                    char out[static NAME_TEXT_MAX])
{
    struct name n;
    view_name(img, view, &n);
    name_format(out, n.wire, n.len);
}

bool what_ask(const struct image *img, const struct image_view *view, const struct name *name,
              struct question *q)
{
    struct name base;
    unsigned n = 0;
    view_name(img, view, &base);
    if (!name_join(name, &base, &q->name))
        return false;
    for (size_t at = 0; q->name.wire[at] != 0; at += q->name.wire[at] + 1u)
        q->labels[n++] = (uint8_t)at;
    struct lookup_name asked = {.wire = q->name.wire,
                                .labels = q->labels,
                                .nlabels = n,
                                .zone_labels = name_labels(img->h->zone)};
    lookup_find(img, &asked, &q->found);
    return true;
}

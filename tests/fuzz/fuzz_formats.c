/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every list format on any bytes, with and without options: what comes out are entries that the
 * rest of the loader may rely on, and counts that agree.  The first octet is the format, the second
 * the options, the rest is the file.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "loader/format.h"
#include "loader/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void check_name(const struct entries *e, const struct name_entry *n)
{
    require(n->off <= e->nbytes && n->len <= e->nbytes - n->off && n->len >= 2);
    require(n->scope >= NAME_SELF && n->scope <= NAME_TREE && n->value <= e->nvalue);
    const uint8_t *wire = e->bytes + n->off;
    size_t pos = 0;
    while (wire[pos] != 0) {
        require(wire[pos] <= NAME_LABEL_MAX);
        pos += 1u + wire[pos];
        require(pos < n->len);
    }
    require(pos + 1 == n->len);
}

/* Segments that end where they should. */
static void check_text(const struct entries *e, const struct entry_value *v)
{
    require(v->text <= e->nbytes && v->text_len <= e->nbytes - v->text);
    struct text_segment s;
    if (v->text_len == 0)
        return;
    const uint8_t *at = e->bytes + v->text, *end = at + v->text_len;
    for (bool last = false; !last;) {
        require(at < end);
        last = *at == TEXT_LAST || *at == TEXT_END;
        const uint8_t *stop = *at == TEXT_END ? at + 1 : end;
        if (text_next(&at, &s) && s.op == TEXT_LITERAL)
            stop = s.octets + s.n;
        require(last ? stop == end : stop <= end);
    }
}

static void check_ranges(const struct entries *e)
{
    for (size_t i = 0; i < e->nrange4; i++) {
        const struct range4 *r = &e->range4[i];
        require(r->first <= r->last && r->specific <= 32 && r->value <= e->nvalue);
    }
    for (size_t i = 0; i < e->nrange6; i++) {
        const struct range6 *r = &e->range6[i];
        require(r->first.hi < r->last.hi ||
                (r->first.hi == r->last.hi && r->first.lo <= r->last.lo));
        require(r->specific <= 128 && r->value <= e->nvalue);
    }
}

static void check(const struct entries *e)
{
    for (; e != NULL; e = e->next) {
        require(e->addr4_value <= e->nvalue);
        check_ranges(e);
        for (size_t i = 0; i < e->nname; i++)
            check_name(e, &e->name[i]);
        for (size_t i = 0; i < e->nvalue; i++)
            check_text(e, &e->value[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char none[] = "", a_text[] = "127.0.%{2}.%{T}", plain_txt[] = "$ is listed",
                txt[] = "%{ref} %{2} $$ %{sblid} $ %{", prefix[] = "ExitAddress",
                field[] = "list.ip";
    static const char separators[] = {0, ',', '\t', ' '};
    if (size < 2)
        return 0;
    unsigned bits = data[1];
    struct conf_list list = {.a = 0x7f000002,
                             .a_text = bits & 1 ? a_text : NULL,
                             .txt = bits & 2 ? txt : plain_txt,
                             .column = bits >> 2 & 1 ? 2 : 0,
                             .separator = separators[bits >> 3 & 3],
                             .prefix = bits & 32 ? prefix : none,
                             .field = bits & 64 ? field : none,
                             .subdomains = bits & 128,
                             .widest4 = 8,
                             .widest6 = 16};
    struct entries e;
    entries_init(&e);
    /* The text ends where its block ends. */
    char *text = malloc(size - 1);
    require(text != NULL);
    memcpy(text, data + 2, size - 2);
    struct parse p = {.out = &e, .a = list.a, .txt = list.txt, .list = &list, .now = 1790000000};
    require(formats[data[0] % nformats]->parse(&p, text, size - 2));
    require(p.bad <= p.lines && p.noted <= 2 * p.lines);
    check(&e);
    require(header_made(text, size - 2) >= 0);
    entries_free(&e);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats of rbldnsd on any bytes; the first octet chooses the type.  What is parsed must hold
 * together, and what is compiled of it must open.  The text is parsed once more with a blank at the
 * end of every line, which means nothing but keeps the lines off the straight paths of the parsers:
 * the entries must be the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "loader/format.h"
#include "loader/guard.h"
#include "tests/common/testzone.h"

#define COMPILE_EVERY 16 /* by size: compiling takes a hundred times as long as parsing */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void report(void *arg, size_t line, const char *text, const char *reason)
{
    (void)arg;
    require(line > 0 && reason != NULL && strlen(text) <= 83);
}

/* Segments end where they say, and hold what they say. */
static void check_text(const uint8_t *s, size_t len)
{
    const uint8_t *end = s + len;
    struct text_segment segment;
    for (bool last = false; !last;) {
        require(s < end);
        last = *s == TEXT_LAST || *s == TEXT_END;
        const uint8_t *stop = *s == TEXT_END ? s + 1 : end;
        if (text_next(&s, &segment) && segment.op == TEXT_LITERAL) {
            require(segment.n > 0);
            stop = segment.octets + segment.n;
        }
        require(last ? stop == end : stop <= end);
    }
}

static void check_entries(const struct entries *e)
{
    require(e->naddr4 == 0 || e->addr4_value <= e->nvalue);
    for (size_t i = 0; i < e->nvalue; i++)
        if (e->value[i].text_len > 0)
            check_text(e->bytes + e->value[i].text, e->value[i].text_len);
    for (size_t i = 0; i < e->nrange4; i++) {
        require(e->range4[i].first <= e->range4[i].last && e->range4[i].specific <= 32);
        require(e->range4[i].value <= e->nvalue);
    }
    for (size_t i = 0; i < e->nrange6; i++)
        require(e->range6[i].specific <= 128 && e->range6[i].value <= e->nvalue);
    for (size_t i = 0; i < e->nname; i++)
        require(e->name[i].len > 1 && e->name[i].value <= e->nvalue);
}

/* No client goes without an action, and only a value that is answered has an address. */
static void check_clients(const struct entries *e)
{
    require(e->next == NULL && e->nname == 0 && e->nrecord == 0);
    require(e->meta == NULL || (!e->meta->has_soa && e->meta->nns == 0));
    require(e->naddr4 == 0 || e->addr4_value > 0);
    for (size_t i = 0; i < e->nrange4; i++)
        require(e->range4[i].value > 0 && !e->range4[i].exclude);
    for (size_t i = 0; i < e->nrange6; i++)
        require(e->range6[i].value > 0 && !e->range6[i].exclude);
    for (size_t i = 0; i < e->nvalue; i++) {
        require(e->value[i].action < IMAGE_RECORD);
        require(e->value[i].has_a == (e->value[i].action == IMAGE_ALWAYS));
    }
}

static void compile(struct entries *e, bool clients)
{
    struct testjob *j = testjob_new(&(struct testzone){
        .name = "z.t", .list = {{.name = "l", .entries = "192.0.2.1\n", .acl = clients}}});
    char why[COMPILE_WHY_MAX];
    uint8_t *bytes = NULL;
    size_t len = 0;
    entries_free(&j->data[0].entries);
    j->data[0].entries = *e;
    if (testzone_compile(&j->job, &bytes, &len, why) == NULL)
        image_close(testzone_open(bytes, len));
    free(bytes);
    /* The arrays are the caller's; sorting may have moved them. */
    *e = j->data[0].entries;
    entries_init(&j->data[0].entries);
    testjob_free(j);
}

/* --- once more with blanks --- */

static char *with_blanks(const char *text, size_t size, size_t *len)
{
    char *out = malloc(2 * size + 1);
    require(out != NULL);
    *len = 0;
    for (size_t i = 0; i < size; i++) {
        bool lf = text[i] == '\n', crlf = lf && i > 0 && text[i - 1] == '\r';
        if ((lf && !crlf) || text[i] == '\r')
            out[(*len)++] = ' ';
        out[(*len)++] = text[i];
    }
    return out;
}

static void same_entries(const struct entries *a, const struct entries *b)
{
    require(a->naddr4 == b->naddr4 && a->nrange4 == b->nrange4 && a->nrange6 == b->nrange6);
    require(a->nname == b->nname && a->nvalue == b->nvalue && a->addr4_value == b->addr4_value);
    for (size_t i = 0; i < a->naddr4; i++)
        require(a->addr4[i] == b->addr4[i]);
    for (size_t i = 0; i < a->nrange4; i++) {
        const struct range4 *x = &a->range4[i], *y = &b->range4[i];
        require(x->first == y->first && x->last == y->last && x->value == y->value);
        require(x->specific == y->specific && x->exclude == y->exclude);
    }
    for (size_t i = 0; i < a->nrange6; i++) {
        const struct range6 *x = &a->range6[i], *y = &b->range6[i];
        require(x->first.hi == y->first.hi && x->first.lo == y->first.lo);
        require(x->last.hi == y->last.hi && x->last.lo == y->last.lo);
        require(x->value == y->value && x->specific == y->specific && x->exclude == y->exclude);
    }
    for (size_t i = 0; i < a->nname; i++) {
        const struct name_entry *x = &a->name[i], *y = &b->name[i];
        require(x->len == y->len && x->scope == y->scope && x->value == y->value);
        require(x->exclude == y->exclude);
        require(memcmp(a->bytes + x->off, b->bytes + y->off, x->len) == 0);
    }
}

static void compare(const struct format *row, const struct parse *done, const char *text,
                    size_t size)
{
    struct entries e;
    size_t len;
    /* What is cut off in its last line is judged by how it ends, and frames count octets. */
    if (size == 0 || text[size - 1] != '\n' || memmem(text, size, "$FILE", 5) != NULL)
        return;
    char *blanks = with_blanks(text, size, &len);
    struct parse p = {.out = &e, .txt = done->txt, .host_bits = done->host_bits, .now = done->now};
    entries_init(&e);
    require(row->parse(&p, blanks, len));
    require(p.lines == done->lines && p.bad == done->bad && p.noted == done->noted);
    const struct entries *a = done->out, *b = &e;
    for (; a != NULL && b != NULL; a = a->next, b = b->next)
        same_entries(a, b);
    require(a == NULL && b == NULL);
    entries_free(&e);
    free(blanks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct format *rows[] = {&format_rbldnsd_ip4set,  &format_rbldnsd_ip4tset,
                                   &format_rbldnsd_ip4trie, &format_rbldnsd_ip6tset,
                                   &format_rbldnsd_ip6trie, &format_rbldnsd_dnset,
                                   &format_rbldnsd_generic, &format_rbldnsd_combined};
    struct entries e;
    if (size == 0)
        return 0;
    bool clients = (data[0] & 8) != 0;
    struct parse p = {.out = &e,
                      .report = report,
                      .txt = data[0] & 64 ? "$ of the configuration" : NULL,
                      .host_bits = data[0] & 32,
                      .now = 1700000000};
    entries_init(&e);
    const struct format *row = clients ? &format_rbldnsd_acl : rows[data[0] % 8];
    require(row->parse(&p, (const char *)data + 1, size - 1));
    require(p.bad <= p.lines && p.fatal[sizeof(p.fatal) - 1] == '\0');
    for (const struct entries *d = &e; d != NULL; d = d->next)
        check_entries(d);
    if (clients)
        check_clients(&e);
    compare(row, &p, (const char *)data + 1, size - 1);
    char why[GUARD_WHY_MAX];
    (void)guard_parsed(&p, false, 1, why);
    if (size % COMPILE_EVERY == 0)
        compile(&e, clients);
    entries_free(&e);
    return 0;
}

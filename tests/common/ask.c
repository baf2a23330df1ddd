/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(bool ok, const char *name)
{
    if (ok)
        return;
    fprintf(stderr, "ask: not a query name: %s\n", name);
    abort();
}

/* One octet of text; *s is moved behind it. */
static uint8_t octet(const char **s)
{
    const char *p = *s;
    if (p[0] != '\\') {
        (*s)++;
        return (uint8_t)p[0];
    }
    need(strspn(p + 1, "0123456789") >= 3, p);
    *s += 4;
    return (uint8_t)((p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'));
}

/* Lengths are not checked: names that are too long are wanted too. */
static size_t put_name(uint8_t *out, const char *name)
{
    size_t at = 0;
    const char *s = strcmp(name, ".") == 0 ? "" : name;
    while (*s) {
        size_t label = at++;
        while (*s && *s != '.')
            out[at++] = octet(&s);
        out[label] = (uint8_t)(at - label - 1);
        need(at < ASK_MAX / 2 && at - label > 1, name);
        s += *s == '.';
    }
    out[at++] = 0;
    return at;
}

static size_t put_bytes(uint8_t *out, const char *bytes, size_t n)
{
    if (n > 0)
        memcpy(out, bytes, n);
    return n;
}

static size_t put_opt(uint8_t *out, const struct ask *a)
{
    out[0] = 0;
    dns_put16(out + 1, DNS_TYPE_OPT);
    dns_put16(out + 3, a->size);
    out[5] = a->xrcode;
    out[6] = a->version;
    dns_put16(out + 7, a->oflags);
    dns_put16(out + 9, (uint16_t)a->options_len);
    return 11 + put_bytes(out + 11, a->options, a->options_len);
}

size_t ask_build(const struct ask *a, uint8_t out[static ASK_MAX])
{
    uint16_t count[4] = {a->name != NULL, 0, 0, a->edns};
    size_t at = DNS_HEADER_LEN;
    dns_put16(out, ASK_ID);
    dns_put16(out + 2, (uint16_t)(a->flags | a->opcode << 11));
    for (unsigned i = 0; i < 4; i++)
        dns_put16(out + 4 + 2 * i, (uint16_t)(count[i] + a->more[i]));
    if (a->name) {
        at += put_name(out + at, a->name);
        dns_put16(out + at, a->type);
        dns_put16(out + at + 2, a->class == 0                ? DNS_CLASS_IN
                                : a->class == ASK_CLASS_ZERO ? 0
                                                             : (uint16_t)a->class);
        at += 4;
    }
    if (a->edns)
        at += put_opt(out + at, a);
    at += put_bytes(out + at, a->tail, a->tail_len);
    return at - a->cut;
}

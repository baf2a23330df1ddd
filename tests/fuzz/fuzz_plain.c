/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plain format on any bytes.  The text is parsed twice, the second time with a blank at the
 * start of every line: that means nothing, but it keeps the lines off the straight path of the
 * parser, so both paths must come to the same entries.
 */
#include <stdlib.h>
#include <string.h>

#include "loader/format.h"
#include "loader/guard.h"
#include "loader/quad_run.h"

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void report(void *arg, size_t line, const char *text, const char *reason)
{
    (void)arg;
    require(line > 0 && reason != NULL && strlen(text) <= 83);
    for (const char *c = text; *c != '\0'; c++)
        require(*c >= ' ' && *c <= '~');
}

static size_t with_blanks(char *out, const uint8_t *data, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        out[n++] = (char)data[i];
        bool crlf = data[i] == '\r' && i + 1 < size && data[i + 1] == '\n';
        if ((data[i] == '\n' || data[i] == '\r') && !crlf)
            out[n++] = ' ';
    }
    return n;
}

/* Runs of dotted quads, with vectors and without: the same. */
static void run_both(const char *text, size_t size)
{
    size_t n[2];
    uint32_t *out = calloc(2, (size / 8 + 2) * sizeof(*out)), *other = out + size / 8 + 2;
    require(out != NULL);
    const char *plain = quad_run_plain(text, text + size, text + size, out, &n[0]);
    const char *fast = quad_run(text, text + size, text + size, other, &n[1]);
    require(plain == fast && n[0] == n[1]);
    require(memcmp(out, other, n[0] * sizeof(*out)) == 0);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct entries a, b;
    entries_init(&a);
    entries_init(&b);
    struct parse pa = {.out = &a, .report = report};
    struct parse pb = {.out = &b, .report = report};
    char *text = malloc(2 * size + 1);
    require(text != NULL);
    size_t len = with_blanks(text, data, size);

    run_both((const char *)data, size);
    require(format_plain.parse(&pa, (const char *)data, size));
    require(format_plain.parse(&pb, text, len));
    require(pa.lines == pb.lines && pa.bad == pb.bad && pa.noted == pb.noted);
    require(a.naddr4 == b.naddr4 && a.nrange4 == b.nrange4 && a.nrange6 == b.nrange6);
    for (size_t i = 0; i < a.naddr4; i++)
        require(a.addr4[i] == b.addr4[i]);
    require(a.nname == 0 && entries_count(&a) == pa.lines - pa.bad);
    char why[GUARD_WHY_MAX];
    if (guard_bytes((const char *)data, size, false, why) && guard_parsed(&pa, false, 1, why))
        require(entries_count(&a) > 0 || (pa.has_stated && pa.stated == 0));

    free(text);
    entries_free(&b);
    entries_free(&a);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/preview.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader/diff.h"
#include "loader/examine.h"
#include "loader/mirror.h"
#include "loader/msg.h"

static int send_line(int out, size_t i, const char *text)
{
    return msg_write(out, &(struct msg){.kind = MSG_PREVIEW, .num = {i}, .text = {text}});
}

/* No entries when there is no such file, or it is not fit. */
static void read_version(const struct list_run *list, const char *name, struct entries *e)
{
    struct mapped m;
    struct examined x;
    entries_init(e);
    if (examine_map(list->dir, name, &m) != 0)
        return;
    if (examine(&m, list->conf, &x))
        *e = x.entries;
    else
        entries_free(&x.entries);
    examine_unmap(&m);
}

static int send_summary(const struct diff *d, size_t i, int out)
{
    static const char *const units[] = {"IPv4 addresses", "IPv6 networks of /64"};
    char text[MSG_TEXT_MAX + 1];
    size_t n = (size_t)snprintf(text, sizeof(text),
                                "would change: %" PRIu64 " entries instead of %" PRIu64 ", %" PRIu64
                                " added, %" PRIu64 " removed",
                                d->after.entries, d->before.entries, d->after.only, d->before.only);
    if (d->changed.only > 0)
        n += (size_t)snprintf(text + n, sizeof(text) - n, ", %" PRIu64 " with another answer",
                              d->changed.only);
    for (size_t k = 0; k < 2; k++)
        if (d->before.covered[k] != 0 || d->after.covered[k] != 0)
            n += (size_t)snprintf(text + n, sizeof(text) - n,
                                  "; covers %" PRIu64 " %s instead of %" PRIu64,
                                  d->after.covered[k], units[k], d->before.covered[k]);
    return send_line(out, i, text);
}

static int send_side(const struct diff_side *side, char sign, size_t i, int out)
{
    char text[DIFF_TEXT_MAX + 8];
    int rc = 0;
    for (size_t k = 0; k < side->nshown; k++) {
        (void)snprintf(text, sizeof(text), "%c %s", sign, side->shown[k]);
        rc |= send_line(out, i, text);
    }
    if (side->only > side->nshown) {
        (void)snprintf(text, sizeof(text), "%c %" PRIu64 " more", sign, side->only - side->nshown);
        rc |= send_line(out, i, text);
    }
    return rc;
}

int preview_list(const struct run *run, size_t i, int out)
{
    struct entries before, after;
    struct diff *d = malloc(sizeof(*d));
    int rc = 0;
    read_version(&run->lists[i], MIRROR_DATA, &before);
    read_version(&run->lists[i], MIRROR_INCOMING, &after);
    if (d == NULL || !diff_entries(&before, &after, d))
        rc = send_line(out, i, "not compared: out of memory");
    else
        rc = send_summary(d, i, out) | send_side(&d->after, '+', i, out) |
             send_side(&d->before, '-', i, out) | send_side(&d->changed, '~', i, out);
    entries_free(&before);
    entries_free(&after);
    free(d);
    return rc == 0 ? 0 : -1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/rbldnsd_link.h"
#include "lib/log.h"

/* rbldnsd's list: a zone that comes after its parent goes in front of it. */
static void make_order(struct rbldnsd_stats *s)
{
    const struct rbldnsd_opt *o = s->o;
    for (size_t i = 0; i < o->nzones; i++) {
        size_t at = 0;
        while (at < i && !name_is_under(&o->zone[i].name, &o->zone[s->order[at]].name))
            at++;
        memmove(s->order + at + 1, s->order + at, (i - at) * sizeof *s->order);
        s->order[at] = i;
    }
}

bool rbldnsd_stats_open(struct rbldnsd_stats *s, const struct rbldnsd_opt *o, size_t nthreads,
                        int log)
{
    size_t n = o->nzones;
    const struct name **names = calloc(n + 1, sizeof *names);
    *s = (struct rbldnsd_stats){.o = o, .since = time(NULL)};
    s->order = calloc(n + 1, sizeof *s->order);
    s->base = calloc(n + 1, sizeof *s->base);
    s->last = calloc(n + 1, sizeof *s->last);
    for (size_t i = 0; names && i < n; i++)
        names[i] = &o->zone[i].name;
    if (names && s->order && s->base && s->last) {
        make_order(s);
        s->book = account_open(names, n, nthreads, log);
    }
    free(names);
    if (s->book)
        return true;
    rbldnsd_stats_close(s);
    return false;
}

void rbldnsd_stats_close(struct rbldnsd_stats *s)
{
    account_close(s->book);
    free(s->order);
    free(s->base);
    free(s->last);
    *s = (struct rbldnsd_stats){.book = NULL};
}

/* What a zone has counted since then. */
static struct rbldnsd_figures figures(const struct rbldnsd_stats *s, size_t zone,
                                      const struct rbldnsd_figures *then)
{
    struct rbldnsd_figures f;
    account_sum(s->book, zone, f.v);
    for (size_t k = 0; k < ACCOUNT_NCOUNTERS; k++)
        f.v[k] -= then[zone].v[k];
    return f;
}

static void log_one(const char *head, const char *zone, const struct rbldnsd_figures *f)
{
    uint64_t good = f->v[ACCOUNT_OK] + f->v[ACCOUNT_NXDOMAIN];
    /* Counters of another thread may be read in the middle of a query. */
    uint64_t err = f->v[ACCOUNT_QUERIES] > good ? f->v[ACCOUNT_QUERIES] - good : 0;
    log_info("stats for %s%s: tot=%" PRIu64 " ok=%" PRIu64 " nxd=%" PRIu64 " err=%" PRIu64
             " in=%" PRIu64 " out=%" PRIu64,
             head, zone, f->v[ACCOUNT_QUERIES], f->v[ACCOUNT_OK], f->v[ACCOUNT_NXDOMAIN], err,
             f->v[ACCOUNT_IN], f->v[ACCOUNT_OUT]);
}

void rbldnsd_stats_log(const struct rbldnsd_stats *s)
{
    char head[64];
    long seconds = (long)(time(NULL) - s->since);
    struct rbldnsd_figures f;
    snprintf(head, sizeof head, "%ldsecs zone ", seconds);
    for (size_t i = 0; i < s->o->nzones; i++) {
        f = figures(s, s->order[i], s->base);
        log_one(head, s->o->zone[s->order[i]].text, &f);
    }
    snprintf(head, sizeof head, "%ldsec", seconds);
    f = figures(s, s->o->nzones, s->base);
    log_one(head, "", &f);
}

/* A line of any length, in pieces. */
static void send_line(int link, const char *line)
{
    char piece[LINK_TEXT_MAX];
    size_t len = strlen(line), at = 0;
    if (link < 0)
        return;
    do {
        snprintf(piece, sizeof piece, "%s", line + at);
        if (link_send(link, LINK_STATS, at == 0, piece) < 0)
            return; /* the next line begins with a piece that says so */
        at += sizeof piece - 1;
    } while (at < len);
}

static void put_zone(FILE *out, const char *zone, const struct rbldnsd_figures *f)
{
    fprintf(out, " %s", zone);
    for (size_t k = 0; k < ACCOUNT_NCOUNTERS; k++)
        fprintf(out, ":%" PRIu64, f->v[k]);
}

static void take(struct rbldnsd_stats *s)
{
    for (size_t i = 0; i <= s->o->nzones; i++)
        account_sum(s->book, i, s->last[i].v);
}

void rbldnsd_stats_line(struct rbldnsd_stats *s, int link)
{
    const struct rbldnsd_figures *then = s->o->stats_relative ? s->last : s->base;
    size_t n = s->o->nzones, len = 0;
    char *line = NULL;
    FILE *out = s->o->statsfile ? open_memstream(&line, &len) : NULL;
    if (!out)
        return;
    fprintf(out, "%jd", (intmax_t)time(NULL));
    for (size_t i = 0; i < n; i++) {
        struct rbldnsd_figures f = figures(s, s->order[i], then);
        put_zone(out, s->o->zone[s->order[i]].text, &f);
    }
    struct rbldnsd_figures f = figures(s, n, then);
    put_zone(out, "*", &f);
    fputc('\n', out);
    if (fclose(out) == 0)
        send_line(link, line);
    free(line);
    take(s);
}

void rbldnsd_stats_mark(const struct rbldnsd_stats *s, int link)
{
    char line[32];
    if (!s->o->statsfile)
        return;
    snprintf(line, sizeof line, "%jd\n", (intmax_t)time(NULL));
    send_line(link, line);
}

void rbldnsd_stats_reset(struct rbldnsd_stats *s)
{
    take(s);
    memcpy(s->base, s->last, (s->o->nzones + 1) * sizeof *s->base);
    s->since = time(NULL);
}

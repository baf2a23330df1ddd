/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/report.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "lib/version.h"

/* File names come from a directory others write to: no byte of them may end a field or a line. */
static void report_text(FILE *out, const char *s)
{
    for (; *s; s++)
        fputc((uint8_t)*s < 0x20 || *s == 0x7f ? '?' : *s, out);
}

static void report_zone(const struct reload_status *z, FILE *out)
{
    static const struct image_header none;
    const struct image_header *h = z->img ? z->img->h : &none;
    const char *state = !z->img ? "not loaded" : z->problem[0] ? "serving old" : "serving";
    fputs("zone=", out);
    report_text(out, z->zone);
    fprintf(out,
            "\tserial=%" PRIu32 "\tentries=%" PRIu64 "\tbuilt=%" PRId64 "\tbytes=%" PRIu64
            "\tstate=%s",
            h->serial, h->entries, h->built, h->file_len, state);
    if (z->problem[0]) {
        fputs(": ", out);
        report_text(out, z->problem);
    }
    fputc('\n', out);
}

void report_status(const struct server *s, FILE *out)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const struct zoneset *set = zoneset_peek(&s->point);
    fprintf(out, "version=%s\npid=%ld\nuptime=%jd\nworkers=%u\ngeneration=%" PRIu64 "\n",
            RBL_VERSION, (long)getpid(), (intmax_t)(now.tv_sec - s->started.tv_sec),
            s->conf->server.workers, set ? set->generation : 0);
    for (size_t i = 0; i < reload_count(s->reload); i++) {
        struct reload_status z;
        reload_get(s->reload, i, &z);
        report_zone(&z, out);
    }
}

void report_stats(const struct server *s, FILE *out)
{
    uint64_t sum[STATS_N];
    stats_sum(s->stats, s->nstats, sum);
    stats_write(out, sum);
}

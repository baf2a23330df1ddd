/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/progress.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "loader/clock.h"

#define REDRAW_SECONDS 0.1
#define LINE_WIDTH     79 /* longer lines would wrap and could not be taken back */

static double started, drawn, counted;
static bool visible;

static double clock_now(void)
{
    return (double)clock_ms() / 1000;
}

__attribute__((format(printf, 2, 3))) static void draw(bool always, const char *fmt, ...)
{
    char line[LINE_WIDTH + 1];
    va_list ap;
    double now = clock_now();
    if ((!always && now - drawn < REDRAW_SECONDS) || isatty(STDERR_FILENO) == 0)
        return;
    drawn = now;
    visible = true;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "\r\033[K%s", line);
    (void)fflush(stderr);
}

void progress_clear(void)
{
    if (visible)
        (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    visible = false;
}

void progress_start(void)
{
    started = clock_now();
    drawn = 0;
    counted = 0;
}

void progress_size(char out[static PROGRESS_TEXT_MAX], double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t i = 0;
    for (; bytes >= 999.95 && i < 4; i++)
        bytes /= 1000;
    (void)snprintf(out, PROGRESS_TEXT_MAX, "%.*f %s", i == 0 ? 0 : 1, bytes, units[i]);
}

void progress_age(char out[static PROGRESS_TEXT_MAX], int64_t seconds)
{
    static const struct unit {
        int64_t seconds;
        char letter;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t i = 0;
    if (seconds < 0)
        seconds = 0;
    /* "90m" says more than "1h". */
    while (i < 3 && seconds < 2 * units[i].seconds)
        i++;
    (void)snprintf(out, PROGRESS_TEXT_MAX, "%lld%c", (long long)(seconds / units[i].seconds),
                   units[i].letter);
}

static double rate(uint64_t n)
{
    double elapsed = clock_now() - started;
    return elapsed > 0.001 ? (double)n / elapsed : 0;
}

void progress_fetch(const struct progress_fetch *p)
{
    char size[PROGRESS_TEXT_MAX], speed[PROGRESS_TEXT_MAX];
    progress_size(size, (double)p->bytes);
    progress_size(speed, rate(p->bytes));
    draw(false, "fetched %zu of %zu lists, %s, %s/s: %s", p->done, p->due, size, speed, p->names);
}

void progress_parsed(uint64_t bytes, uint64_t lines, uint64_t entries)
{
    char size[PROGRESS_TEXT_MAX];
    progress_size(size, (double)bytes);
    counted = clock_now();
    draw(true, "parsed %s, %llu lines, %llu entries, %.1f M entries/s", size,
         (unsigned long long)lines, (unsigned long long)entries, rate(entries) / 1e6);
}

void progress_wait(const char *subject, const char *doing)
{
    double now = clock_now();
    /* Figures that are still fresh say more. */
    if (now - counted < 1)
        return;
    draw(false, "%s: %s, %.0f s", subject, doing, now - started);
}

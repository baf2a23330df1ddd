/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/header.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "loader/lines.h"

#define LINES_MAX 100 /* a list of nothing but comments is not searched to its end */

static bool starts_with(const char *s, size_t len, const char *word)
{
    size_t n = strlen(word);
    return len > n && strncasecmp(s, word, n) == 0;
}

/* "Mon, 05 Oct 2026 10:14:02 GMT" */
static int64_t http_date(const char *s, size_t len)
{
    char text[64];
    struct tm tm = {.tm_isdst = 0};
    if (len >= sizeof(text))
        return 0;
    memcpy(text, s, len);
    text[len] = '\0';
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    int64_t t = end != NULL && *end == '\0' ? (int64_t)timegm(&tm) : 0;
    return t > 0 ? t : 0;
}

int64_t header_made(const char *text, size_t len)
{
    static const char key[] = "Last-Modified:";
    struct lines l;
    const char *line;
    size_t n;
    lines_start(&l, text, len);
    while (l.number < LINES_MAX && lines_next(&l, &line, &n)) {
        if (n > 0 && !line_is_comment(line, n))
            return 0;
        while (n > 0 && (is_blank(*line) || strchr("#;/!", *line) != NULL)) {
            line++;
            n--;
        }
        while (n > 0 && is_blank(line[n - 1]))
            n--;
        if (!starts_with(line, n, key))
            continue;
        line += sizeof(key) - 1;
        n -= sizeof(key) - 1;
        while (n > 0 && is_blank(*line)) {
            line++;
            n--;
        }
        return http_date(line, n);
    }
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STRING_MAX 255 /* octets of a character-string, RFC 1035 section 3.3 */

/* The upper half too: 0x80 to 0x9f are control characters to many a terminal. */
static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7f;
}

void text_put(FILE *out, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (is_plain(s[i]))
            fputc(s[i], out);
        else
            fprintf(out, "\\%03u", (unsigned)(uint8_t)s[i]);
    }
}

char *text_safe(const char *s)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    text_put(out, s, strlen(s));
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

void text_quoted(FILE *out, const uint8_t *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i % STRING_MAX == 0)
            fputs(i ? "\" \"" : "\"", out);
        if (s[i] == '"' || s[i] == '\\')
            fputc('\\', out);
        text_put(out, (const char *)s + i, 1);
    }
    fputs(len ? "\"" : "\"\"", out);
}

void text_error(const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    fputs("rblctl: ", stderr);
    if (n < 0)
        fputs("out of memory", stderr);
    else
        text_put(stderr, text, (size_t)n);
    fputc('\n', stderr);
    if (n >= 0)
        free(text);
}

bool text_number(const char *s, size_t len, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    if (len == 0 || (len > 1 && s[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++) {
        uint64_t d = (uint64_t)((unsigned char)s[i] - '0');
        if (d > 9 || v > (max - d) / 10 || d > max)
            return false;
        v = v * 10 + d;
    }
    *out = v;
    return true;
}

bool text_signed(const char *s, size_t len, int64_t *out)
{
    uint64_t v;
    bool minus = len > 0 && s[0] == '-';
    if (!text_number(s + minus, len - minus, INT64_MAX, &v) || (minus && v == 0))
        return false;
    *out = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

void text_span(char buf[static TEXT_AGE_MAX], int64_t seconds)
{
    static const struct {
        int64_t seconds;
        char letter;
    } unit[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};
    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
        int64_t n = seconds / unit[i].seconds;
        if (n > 1 || n < -1) {
            snprintf(buf, TEXT_AGE_MAX, "%" PRId64 "%c", n, unit[i].letter);
            return;
        }
    }
    snprintf(buf, TEXT_AGE_MAX, "%" PRId64 "s", seconds);
}

void text_age(char buf[static TEXT_AGE_MAX], int64_t now, int64_t then)
{
    int64_t age;
    if (then == 0) {
        snprintf(buf, TEXT_AGE_MAX, "-");
        return;
    }
    if (__builtin_sub_overflow(now, then, &age))
        age = INT64_MAX;
    text_span(buf, age);
    size_t n = strlen(buf);
    /* A clock that was set back: rather an odd number than a wrong one. */
    snprintf(buf + n, TEXT_AGE_MAX - n, " ago");
}

void text_time(char buf[static TEXT_TIME_MAX], int64_t t)
{
    struct tm tm;
    time_t when = (time_t)t;
    if (t == 0)
        snprintf(buf, TEXT_TIME_MAX, "-");
    else if (!gmtime_r(&when, &tm) || strftime(buf, TEXT_TIME_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(buf, TEXT_TIME_MAX, "%" PRId64, t);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer lines are cut: journald splits them at 48 KiB, pipes write 4096 bytes at once or nothing
 * (PIPE_BUF), and nothing here has more to say. */
#define LINE_MAX_BYTES 2048

static const char *program = "rblmirror";
static bool to_journal;
static void (*line_sink)(enum log_level level, const char *text);

/* JOURNAL_STREAM is inherited; it means something only while descriptor 2 still is that stream. */
static bool is_journal(const char *stream)
{
    struct stat st;
    char *end;

    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return false;
    errno = 0;
    uintmax_t dev = strtoumax(stream, &end, 10);
    if (errno || end == stream || *end != ':')
        return false;
    stream = end + 1;
    uintmax_t ino = strtoumax(stream, &end, 10);
    if (errno || end == stream || *end != '\0')
        return false;
    return dev == st.st_dev && ino == st.st_ino;
}

void log_open(const char *name)
{
    program = name;
    to_journal = is_journal(getenv("JOURNAL_STREAM"));
}

void log_to(void (*sink)(enum log_level level, const char *text))
{
    line_sink = sink;
}

/* A line break or escape inside a message (list text, file names) must not forge a line. */
static void defuse(char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)s[i] < 0x20 || s[i] == 0x7f)
            s[i] = s[i] == '\t' ? ' ' : '?';
}

static size_t fitted(int n, size_t room)
{
    if (n < 0)
        return 0;
    return (size_t)n < room ? (size_t)n : room - 1;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES];
    int saved = errno;
    va_list ap;

    int n = to_journal ? snprintf(line, sizeof(line), "<%d>", (int)level)
                       : snprintf(line, sizeof(line), "%s: ", program);
    size_t len = fitted(n, sizeof(line));
    size_t head = len;
    va_start(ap, fmt);
    n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
    va_end(ap);
    len += fitted(n, sizeof(line) - len);
    defuse(line + head, len - head);
    if (line_sink) {
        line_sink(level, line + head);
        errno = saved;
        return;
    }
    line[len++] = '\n'; /* over the NUL */
    while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
        ;
    errno = saved;
}

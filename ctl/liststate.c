/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/liststate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/text.h"

#define FIRST_LINE "rblmirror-state=1"

enum field_kind { FIELD_TIME, FIELD_COUNT, FIELD_TEXT, FIELD_HEX, FIELD_FILE, FIELD_OTHER };

/* Every key there is; the values of those that are of no use here are only looked at as text. */
static const struct field {
    const char *key;
    enum field_kind kind;
    size_t off;
} fields[] = {
    {"tried", FIELD_TIME, offsetof(struct liststate, tried)},
    {"fetched", FIELD_TIME, offsetof(struct liststate, fetched)},
    {"modified", FIELD_TIME, offsetof(struct liststate, modified)},
    {"entries", FIELD_COUNT, offsetof(struct liststate, entries)},
    {"failure", FIELD_TEXT, offsetof(struct liststate, failure)},
    {"failures", FIELD_COUNT, offsetof(struct liststate, failures)},
    {"wait", FIELD_TIME, offsetof(struct liststate, wait)},
    {"held_times", FIELD_COUNT, offsetof(struct liststate, held_times)},
    {"held_since", FIELD_TIME, offsetof(struct liststate, held_since)},
    {"made", FIELD_TIME, offsetof(struct liststate, made)},
    {"stale_since", FIELD_TIME, offsetof(struct liststate, stale_since)},
    {"covered", FIELD_OTHER, 0},
    {"origin", FIELD_OTHER, 0},
    {"data", FIELD_FILE, offsetof(struct liststate, data)},
    {"digest", FIELD_HEX, offsetof(struct liststate, digest)},
    {"lines", FIELD_OTHER, 0},
    {"bad", FIELD_OTHER, 0},
    {"source", FIELD_OTHER, 0},
    {"etag", FIELD_OTHER, 0},
    {"last_modified", FIELD_OTHER, 0},
};
#define NFIELDS (sizeof fields / sizeof fields[0])

static bool is_printable(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] < 0x20 || p[i] > 0x7e)
            return false;
    return len < LISTSTATE_TEXT_MAX;
}

static bool take_hex(const char *p, size_t len, uint64_t *out)
{
    static const char digits[] = "0123456789abcdef";
    *out = 0;
    for (size_t i = 0; i < len; i++) {
        const char *digit = memchr(digits, p[i], sizeof digits - 1);
        if (!digit)
            return false;
        *out = *out << 4 | (uint64_t)(digit - digits);
    }
    return len > 0 && len <= 16;
}

/* SIZE INODE SECONDS NANOSECONDS */
static bool take_file(const char *p, size_t len, struct liststate_file *out)
{
    size_t n[4] = {0}, k = 0;
    const char *at[4] = {p};
    for (size_t i = 0; i < len; i++) {
        if (p[i] != ' ')
            n[k]++;
        else if (++k < 4)
            at[k] = p + i + 1;
        else
            return false;
    }
    return k == 3 && text_number(at[0], n[0], UINT64_MAX, &out->size) &&
           text_number(at[1], n[1], UINT64_MAX, &out->inode) &&
           text_signed(at[2], n[2], &out->sec) && text_number(at[3], n[3], 999999999, &out->nsec);
}

static bool take_value(const struct field *f, const char *p, size_t len, struct liststate *out)
{
    void *at = (char *)out + f->off;
    if (f->kind == FIELD_TIME)
        return text_signed(p, len, at);
    if (f->kind == FIELD_COUNT)
        return text_number(p, len, UINT64_MAX, at);
    if (f->kind == FIELD_HEX)
        return take_hex(p, len, at);
    if (f->kind == FIELD_FILE)
        return take_file(p, len, at);
    if (!is_printable(p, len))
        return false;
    if (f->kind == FIELD_TEXT) {
        memcpy(at, p, len);
        ((char *)at)[len] = '\0';
    }
    return true;
}

static const char *take_line(const char *p, size_t len, struct liststate *out, unsigned *seen)
{
    const char *eq = memchr(p, '=', len);
    if (!eq)
        return "not a key=value line";
    size_t klen = (size_t)(eq - p);
    for (size_t i = 0; i < NFIELDS; i++) {
        if (strlen(fields[i].key) != klen || memcmp(fields[i].key, p, klen) != 0)
            continue;
        if (*seen >> i & 1)
            return "repeated key";
        *seen |= 1u << i;
        return take_value(&fields[i], eq + 1, len - klen - 1, out) ? NULL : "malformed value";
    }
    return "unknown key";
}

const char *liststate_parse(const char *text, size_t len, struct liststate *out, size_t *line)
{
    const char *why = len == 0 ? "empty file" : len > LISTSTATE_FILE_MAX ? "file too long" : NULL;
    unsigned seen = 0;
    *out = (struct liststate){0};
    *line = 1;
    while (!why && len > 0) {
        const char *nl = memchr(text, '\n', len);
        size_t n = nl ? (size_t)(nl - text) : len;
        if (!nl)
            why = "last line has no end";
        else if (*line > 1)
            why = take_line(text, n, out, &seen);
        else if (n != strlen(FIRST_LINE) || memcmp(text, FIRST_LINE, n) != 0)
            why = "not a state file of this version";
        if (why)
            break;
        text += n + 1;
        len -= n + 1;
        ++*line;
    }
    if (why)
        *out = (struct liststate){0};
    return why;
}

/*
 * The whole of a small regular file, or as much as fits; -1 with errno.  The directory belongs to
 * another account: what lies there may be a link, a FIFO or a device, and none of these is read.
 */
static ssize_t read_small(const char *path, char *buf, size_t cap)
{
    struct stat st;
    size_t len = 0;
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        while ((n = read(fd, buf + len, cap - len)) > 0)
            len += (size_t)n;
    } else {
        errno = EINVAL;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return n < 0 ? -1 : (ssize_t)len;
}

enum liststate_result liststate_read(const char *mirror, const char *list, struct liststate *out,
                                     char why[static LISTSTATE_WHY_MAX])
{
    /* One byte more than allowed, so that the parser sees what is too long. */
    char text[LISTSTATE_FILE_MAX + 1], *path = NULL;
    size_t line = 0;
    *out = (struct liststate){0};
    if (asprintf(&path, "%s/%s/state", mirror, list) < 0) {
        snprintf(why, LISTSTATE_WHY_MAX, "out of memory");
        return LISTSTATE_BAD;
    }
    ssize_t n = read_small(path, text, sizeof text);
    int err = errno;
    free(path);
    if (n < 0 && err == ENOENT)
        return LISTSTATE_ABSENT;
    if (n < 0) {
        snprintf(why, LISTSTATE_WHY_MAX, "state file: %s", strerror(err));
        return LISTSTATE_BAD;
    }
    const char *reason = liststate_parse(text, (size_t)n, out, &line);
    if (!reason)
        return LISTSTATE_GOOD;
    snprintf(why, LISTSTATE_WHY_MAX, "state file, line %zu: %s", line, reason);
    return LISTSTATE_BAD;
}

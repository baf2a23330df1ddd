/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_STEP 65536

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A send timeout bounds connect() as well, which waits while the server's backlog is full. */
static const char *open_socket(const struct sockaddr_un *sun, int *fd, bool *absent)
{
    struct timeval limit = {.tv_sec = CLIENT_MS / 1000};
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0)
        return strerror(errno);
    if (connect(*fd, (const struct sockaddr *)sun, sizeof *sun) == 0)
        return NULL;
    *absent = errno == ENOENT || errno == ECONNREFUSED;
    return errno == EAGAIN ? "busy" : strerror(errno);
}

/* The server takes requests of less than 32 bytes only, its answer ends the connection. */
static const char *send_line(int fd, const char *request)
{
    char line[32];
    int n = snprintf(line, sizeof line, "%s\n", request);
    if (n < 0 || (size_t)n >= sizeof line)
        return "request too long";
    /* Fresh socket, a few bytes: all or nothing. */
    return send(fd, line, (size_t)n, MSG_NOSIGNAL) == n ? NULL : "cannot send the request";
}

/* One deadline for the whole exchange: a peer that sends a byte now and then gains nothing. */
static bool wait_readable(int fd, int64_t until)
{
    for (;;) {
        int64_t left = until - now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (n >= 0 || errno != EINTR)
            return n > 0;
    }
}

struct received {
    char *text;
    size_t len, cap;
};

/* Room for one more read and a NUL. */
static const char *make_room(struct received *r)
{
    if (r->cap - r->len > READ_STEP)
        return NULL;
    if (r->len > CLIENT_REPLY_MAX)
        return "reply too long";
    size_t cap = 2 * r->cap + 2 * READ_STEP;
    char *grown = realloc(r->text, cap);
    if (!grown)
        return "out of memory";
    r->text = grown;
    r->cap = cap;
    return NULL;
}

static const char *receive_all(int fd, int64_t until, struct received *r)
{
    for (;;) {
        const char *why = make_room(r);
        if (why)
            return why;
        if (!wait_readable(fd, until))
            return "no answer in time";
        ssize_t n = recv(fd, r->text + r->len, READ_STEP, 0);
        if (n == 0)
            return NULL;
        if (n < 0 && errno != EINTR)
            return strerror(errno);
        r->len += n > 0 ? (size_t)n : 0;
    }
}

/* Whole lines, no NUL: from here on the reply is an ordinary string. */
static const char *check_text(struct received *r)
{
    if (r->len == 0)
        return "closed without an answer";
    if (r->text[r->len - 1] != '\n')
        return "answer cut short";
    r->text[r->len] = '\0';
    return memchr(r->text, 0, r->len) ? "answer is not text" : NULL;
}

enum client_result client_ask(const char *dir, const char *request, char **reply,
                              char why[static CLIENT_WHY_MAX])
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    struct received r = {0};
    const char *reason = "path too long for a socket";
    bool absent = false;
    int64_t until = now_ms() + CLIENT_MS;
    int fd = -1;
    *reply = NULL;
    int n = snprintf(sun.sun_path, sizeof sun.sun_path, "%s/" CLIENT_SOCKET, dir);
    if (n > 0 && (size_t)n < sizeof sun.sun_path)
        reason = open_socket(&sun, &fd, &absent);
    if (!reason)
        reason = send_line(fd, request);
    if (!reason)
        reason = receive_all(fd, until, &r);
    if (!reason)
        reason = check_text(&r);
    if (fd >= 0)
        close(fd);
    if (!reason) {
        *reply = r.text;
        return CLIENT_GOOD;
    }
    free(r.text);
    snprintf(why, CLIENT_WHY_MAX, "%.120s/" CLIENT_SOCKET ": %s", dir, reason);
    return absent ? CLIENT_NOT_RUNNING : CLIENT_FAILED;
}

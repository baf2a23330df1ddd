/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char *notify_connect(struct notify *n, const char *path)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof sun.sun_path)
        return "NOTIFY_SOCKET is neither a path nor an abstract name";
    memcpy(sun.sun_path, path, len);
    if (path[0] == '@')
        sun.sun_path[0] = '\0';
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (n->fd < 0)
        return "cannot create a socket for NOTIFY_SOCKET";
    socklen_t alen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (connect(n->fd, (const struct sockaddr *)&sun, alen) == 0)
        return NULL;
    notify_close(n);
    return "cannot connect to NOTIFY_SOCKET";
}

uint64_t notify_number(const char *s)
{
    if (!s || *s < '0' || *s > '9')
        return 0;
    char *end;
    errno = 0;
    uint64_t v = strtoull(s, &end, 10);
    return *end == '\0' && errno == 0 ? v : 0;
}

static void notify_watchdog(struct notify *n)
{
    const char *pid = getenv("WATCHDOG_PID");
    if (pid && notify_number(pid) != (uint64_t)getpid())
        return;
    n->watchdog_us = notify_number(getenv("WATCHDOG_USEC"));
}

const char *notify_open(struct notify *n)
{
    *n = (struct notify){.fd = -1};
    const char *path = getenv("NOTIFY_SOCKET");
    if (!path)
        return NULL;
    const char *why = notify_connect(n, path);
    if (!why)
        notify_watchdog(n);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
    return why;
}

void notify_send(const struct notify *n, const char *state)
{
    if (n->fd < 0)
        return;
    /* A manager that is away or slow must not hold us up; the next state will tell. */
    (void)send(n->fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void notify_reloading(const struct notify *n)
{
    struct timespec ts;
    char state[64];
    clock_gettime(CLOCK_MONOTONIC, &ts);
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
             (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
    notify_send(n, state);
}

void notify_close(struct notify *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/activate.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dnsd/notify.h"

static int activate_count(struct activate *a, char *why)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    /* Meant for another process, whose environment we inherited. */
    if (!pid || !fds || notify_number(pid) != (uint64_t)getpid())
        return 0;
    uint64_t n = notify_number(fds);
    if (n == 0 || n > ACTIVATE_MAX) {
        snprintf(why, ACTIVATE_WHY_MAX, "LISTEN_FDS=%.20s: not a number from 1 to %d", fds,
                 ACTIVATE_MAX);
        return -1;
    }
    a->n = (size_t)n;
    return 0;
}

int activate_open(struct activate *a, int first, char why[static ACTIVATE_WHY_MAX])
{
    *a = (struct activate){.first = first};
    int rc = activate_count(a, why);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    for (size_t i = 0; i < a->n; i++) {
        int fd = first + (int)i;
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
            snprintf(why, ACTIVATE_WHY_MAX, "descriptor %d from the service manager: %s", fd,
                     strerror(errno));
            return -1;
        }
    }
    return rc;
}

/* A stream socket must be one that listens: a connection (Accept=yes) is bound to l as well. */
static bool activate_is(int fd, int type)
{
    int is = -1, listens = -1;
    socklen_t len = sizeof is, llen = sizeof listens;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &is, &len) == 0 && is == type &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &llen) == 0 &&
           listens == (type == SOCK_STREAM);
}

static bool activate_bound(int fd, const struct conf_listen *l)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    memset(&at, 0, sizeof at);
    if (getsockname(fd, (struct sockaddr *)&at, &len) < 0 || at.ss_family != l->addr.ss_family)
        return false;
    if (at.ss_family == AF_INET) {
        struct sockaddr_in a, b;
        memcpy(&a, &at, sizeof a);
        memcpy(&b, &l->addr, sizeof b);
        return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
    }
    struct sockaddr_in6 a, b;
    memcpy(&a, &at, sizeof a);
    memcpy(&b, &l->addr, sizeof b);
    return a.sin6_port == b.sin6_port && a.sin6_scope_id == b.sin6_scope_id &&
           memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
}

int activate_socket(struct activate *a, const struct conf_listen *l, int type)
{
    int taken = -1;
    for (size_t i = 0; i < a->n; i++) {
        int fd = a->first + (int)i;
        if (!activate_is(fd, type) || !activate_bound(fd, l))
            continue;
        if (!a->given[i]) {
            a->given[i] = true;
            return fd;
        }
        taken = taken < 0 ? fd : taken;
    }
    return taken < 0 ? -1 : fcntl(taken, F_DUPFD_CLOEXEC, 0);
}

int activate_close(struct activate *a, char why[static ACTIVATE_WHY_MAX])
{
    int rc = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (a->given[i])
            continue;
        int fd = a->first + (int)i;
        snprintf(why, ACTIVATE_WHY_MAX,
                 "descriptor %d from the service manager: no socket of an address in server.listen",
                 fd);
        close(fd);
        rc = -1;
    }
    a->n = 0;
    return rc;
}

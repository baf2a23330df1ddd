/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_bind.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static bool add(const struct addrinfo *ai, struct rbldnsd_bind *b, size_t *n, char *why)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    struct rbldnsd_bind one;
    int rc = getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof host, port, sizeof port,
                         NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0 || strlen(host) > 48) {
        snprintf(why, RBLDNSD_WHY_MAX, "unable to use an address: %s",
                 rc ? gai_strerror(rc) : "its text is too long");
        return false;
    }
    bool v6 = ai->ai_family == AF_INET6;
    snprintf(one.listen, sizeof one.listen, v6 ? "[%.48s]:%.8s" : "%.48s:%.8s", host, port);
    snprintf(one.shown, sizeof one.shown, "%.48s/%.8s", host, port);
    for (size_t i = 0; i < *n; i++)
        if (strcmp(b[i].listen, one.listen) == 0)
            return true;
    if (*n == RBLDNSD_BINDS_MAX) {
        snprintf(why, RBLDNSD_WHY_MAX, "too many addresses to listen on (%d max)",
                 RBLDNSD_BINDS_MAX);
        return false;
    }
    b[(*n)++] = one;
    return true;
}

static bool resolve(const struct rbldnsd_opt *o, const char *bind, struct rbldnsd_bind *b,
                    size_t *n, char *why)
{
    struct addrinfo hints = {.ai_family = o->family == 4   ? AF_INET
                                          : o->family == 6 ? AF_INET6
                                                           : AF_UNSPEC,
                             .ai_socktype = SOCK_DGRAM};
    struct addrinfo *list = NULL;
    char host[NI_MAXHOST];
    const char *service;
    int rc = EAI_NONAME;
    if (*bind == '/') {
        snprintf(why, RBLDNSD_WHY_MAX, "missing host part in bind address `%.150s'", bind);
        return false;
    }
    if (rbldnsd_opt_bind(bind, host, sizeof host, &service))
        rc = getaddrinfo(host, service, &hints, &list);
    if (rc != 0) {
        snprintf(why, RBLDNSD_WHY_MAX, "%.150s: %s", bind, gai_strerror(rc));
        return false;
    }
    bool good = true;
    for (const struct addrinfo *ai = list; ai && good; ai = ai->ai_next)
        if (ai->ai_family == AF_INET || ai->ai_family == AF_INET6)
            good = add(ai, b, n, why);
    freeaddrinfo(list);
    return good;
}

bool rbldnsd_bind_resolve(const struct rbldnsd_opt *o, struct rbldnsd_bind *b, size_t *n,
                          char why[static RBLDNSD_WHY_MAX])
{
    *n = 0;
    for (size_t i = 0; i < o->nbind; i++)
        if (!resolve(o, o->bind[i], b, n, why))
            return false;
    return true;
}

void rbldnsd_bind_failed(const struct rbldnsd_bind *b, size_t n, char why[static RBLDNSD_WHY_MAX])
{
    static const char head[] = "cannot listen on ";
    const char *at = why + sizeof head - 1;
    if (strncmp(why, head, sizeof head - 1) != 0)
        return;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(b[i].listen);
        const char *reason = strncmp(at, b[i].listen, len) == 0 ? strstr(at + len, ": ") : NULL;
        if (!reason)
            continue;
        char said[RBLDNSD_WHY_MAX];
        snprintf(said, sizeof said, "unable to bind to %s%.150s", b[i].shown, reason);
        memcpy(why, said, sizeof said);
        return;
    }
}

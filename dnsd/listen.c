/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/*
 * A burst must fit while a worker is busy with one batch or waits for a CPU: 4 MiB hold some five
 * thousand small datagrams as the kernel accounts them, 50 ms at 100 000 queries/s.  Without
 * privilege the kernel cuts it to net.core.rmem_max, which is no reason not to start.
 */
#define LISTEN_UDP_BUFFER (4 * 1024 * 1024)

/* Per connection and direction; inherited from the listener.  Bounds what a client that never
 * reads can pin in the kernel, beside the reply buffer of dnsd/tcp.c. */
#define LISTEN_TCP_BUFFER (64 * 1024)

/* Connections that may wait for accept(); the TCP thread takes them all at each wake-up. */
#define LISTEN_BACKLOG 256

static int listen_set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value);
}

bool listen_is_wildcard(const struct conf_listen *l)
{
    if (l->addr.ss_family == AF_INET) {
        struct sockaddr_in sin;
        memcpy(&sin, &l->addr, sizeof sin);
        return sin.sin_addr.s_addr == htonl(INADDR_ANY);
    }
    struct sockaddr_in6 sin6;
    memcpy(&sin6, &l->addr, sizeof sin6);
    return IN6_IS_ADDR_UNSPECIFIED(&sin6.sin6_addr);
}

bool listen_is_absent(const struct conf_listen *l)
{
    struct sockaddr_in6 sin6;
    memcpy(&sin6, &l->addr, sizeof sin6);
    if (l->addr.ss_family != AF_INET6 || !IN6_IS_ADDR_LOOPBACK(&sin6.sin6_addr))
        return false;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sin6.sin6_port = 0;
    bool absent = (fd < 0 || bind(fd, (const struct sockaddr *)&sin6, sizeof sin6) < 0) &&
                  (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
    if (fd >= 0)
        close(fd);
    return absent;
}

bool listen_is_private(const struct conf_listen *l)
{
    static const struct {
        uint32_t net, mask;
    } nets[] = {{0x7f000000, 0xff000000},  /* 127.0.0.0/8 */
                {0x0a000000, 0xff000000},  /* 10.0.0.0/8 */
                {0xac100000, 0xfff00000},  /* 172.16.0.0/12 */
                {0xc0a80000, 0xffff0000},  /* 192.168.0.0/16 */
                {0xa9fe0000, 0xffff0000}}; /* 169.254.0.0/16 */
    if (l->addr.ss_family == AF_INET) {
        struct sockaddr_in sin;
        memcpy(&sin, &l->addr, sizeof sin);
        for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++)
            if ((ntohl(sin.sin_addr.s_addr) & nets[i].mask) == nets[i].net)
                return true;
        return false;
    }
    struct sockaddr_in6 sin6;
    memcpy(&sin6, &l->addr, sizeof sin6);
    return IN6_IS_ADDR_LOOPBACK(&sin6.sin6_addr) || IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr) ||
           (sin6.sin6_addr.s6_addr[0] & 0xfe) == 0xfc;
}

/* "[::]:53" and "0.0.0.0:53" are two sockets: v6 ones never take IPv4 clients as mapped ones. */
static int listen_open(const struct conf_listen *l, int type)
{
    int fd = socket(l->addr.ss_family, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (l->addr.ss_family == AF_INET6 && listen_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int listen_pktinfo(int fd, const struct conf_listen *l)
{
    if (!listen_is_wildcard(l))
        return 0;
    return l->addr.ss_family == AF_INET ? listen_set(fd, IPPROTO_IP, IP_PKTINFO, 1)
                                        : listen_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

static int listen_fail(int fd, const struct conf_listen *l, const char *proto, char *why)
{
    snprintf(why, LISTEN_WHY_MAX, "cannot listen on %s (%s): %s", l->text, proto, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static void listen_enlarge(int fd)
{
    /* The FORCE forms pass net.core.[rw]mem_max and need CAP_NET_ADMIN, which root has here. */
    if (listen_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, LISTEN_UDP_BUFFER) < 0)
        (void)listen_set(fd, SOL_SOCKET, SO_RCVBUF, LISTEN_UDP_BUFFER);
    if (listen_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, LISTEN_UDP_BUFFER) < 0)
        (void)listen_set(fd, SOL_SOCKET, SO_SNDBUF, LISTEN_UDP_BUFFER);
}

/* What a UDP socket has to be, whoever made it. */
static int listen_set_udp(int fd, const struct conf_listen *l)
{
    struct timeval tv = {.tv_usec = LISTEN_RECV_TIMEOUT_MS * 1000};
    listen_enlarge(fd);
    return listen_pktinfo(fd, l) < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) < 0
               ? -1
               : 0;
}

static int listen_set_tcp(int fd)
{
    (void)listen_set(fd, SOL_SOCKET, SO_RCVBUF, LISTEN_TCP_BUFFER);
    (void)listen_set(fd, SOL_SOCKET, SO_SNDBUF, LISTEN_TCP_BUFFER);
    /* NODELAY: replies are written whole, and the next one must not wait for the client's ACK. */
    return listen_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

int listen_udp(const struct conf_listen *l, char why[static LISTEN_WHY_MAX])
{
    int fd = listen_open(l, SOCK_DGRAM);
    if (fd < 0 || listen_set_udp(fd, l) < 0 || listen_set(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0 ||
        bind(fd, (const struct sockaddr *)&l->addr, l->addrlen) < 0)
        return listen_fail(fd, l, "UDP", why);
    return fd;
}

int listen_tcp(const struct conf_listen *l, char why[static LISTEN_WHY_MAX])
{
    int fd = listen_open(l, SOCK_STREAM | SOCK_NONBLOCK);
    if (fd < 0 || listen_set_tcp(fd) < 0 || listen_set(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0 ||
        bind(fd, (const struct sockaddr *)&l->addr, l->addrlen) < 0 ||
        listen(fd, LISTEN_BACKLOG) < 0)
        return listen_fail(fd, l, "TCP", why);
    return fd;
}

/* A passed [::] must leave IPv4 alone, as ours do; it cannot be told any more. */
static int listen_only_v6(int fd, const struct conf_listen *l)
{
    int only = 1;
    socklen_t len = sizeof only;
    if (l->addr.ss_family != AF_INET6 || !listen_is_wildcard(l))
        return 0;
    if (getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0 && only)
        return 0;
    errno = EAFNOSUPPORT; /* BindIPv6Only=ipv6-only is missing */
    return -1;
}

static int listen_nonblock(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int listen_adopt_udp(int fd, const struct conf_listen *l, char why[static LISTEN_WHY_MAX])
{
    if (listen_only_v6(fd, l) < 0 || listen_nonblock(fd, false) < 0 || listen_set_udp(fd, l) < 0)
        return listen_fail(fd, l, "passed, UDP", why);
    return fd;
}

int listen_adopt_tcp(int fd, const struct conf_listen *l, char why[static LISTEN_WHY_MAX])
{
    if (listen_only_v6(fd, l) < 0 || listen_nonblock(fd, true) < 0 || listen_set_tcp(fd) < 0)
        return listen_fail(fd, l, "passed, TCP", why);
    return fd;
}

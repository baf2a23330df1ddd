/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the UDP and TCP threads share: a published zone, queries, replies.
 */
#ifndef TESTS_SERVING_H
#define TESTS_SERVING_H

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/acl.h"
#include "dnsd/listen.h"
#include "dnsd/stats.h"
#include "dnsd/zoneset.h"
#include "tests/common/testzone.h"

#define SERVING_QUERY_MAX 64

static struct zoneset_point serving_point;
static struct acl *serving_acl;
static struct stats *serving_stats;

/* bl.test at the point, and an ACL of one prefix. */
static inline void serving_setup(const char *allowed)
{
    struct prefix prefix;
    unsigned notes;
    struct zoneset_zone zone = {.image = zoneset_image_new(testzone_build(&testzone_bl))};
    ck_assert_ptr_null(name_parse("bl.test", 7, &zone.name));
    ck_assert_ptr_null(prefix_parse(allowed, strlen(allowed), &prefix, &notes));
    serving_acl = acl_build(&prefix, 1);
    serving_stats = stats_alloc(1);
    zoneset_publish(&serving_point, zoneset_build(&zone, 1));
    zoneset_image_put(zone.image);
}

static inline void serving_teardown(void)
{
    zoneset_publish(&serving_point, NULL);
    acl_free(serving_acl);
    free(serving_stats);
}

static inline uint64_t serving_count(enum stats_counter which)
{
    uint64_t sum[STATS_N];
    stats_sum(serving_stats, 1, sum);
    return sum[which];
}

/* 2.0.0.127.bl.test A, listed in every zone; returns its length. */
static inline size_t serving_query(uint16_t id, uint8_t q[static SERVING_QUERY_MAX])
{
    static const uint8_t tail[] = "\1\0\0\1\0\0\0\0\0\0\1"
                                  "2\1"
                                  "0\1"
                                  "0\3"
                                  "127\2"
                                  "bl\4"
                                  "test\0\0\1\0\1";
    q[0] = (uint8_t)(id >> 8);
    q[1] = (uint8_t)id;
    memcpy(q + 2, tail, sizeof tail - 1);
    return 2 + sizeof tail - 1;
}

/* Loopback address of a family, port 0 or given. */
static inline struct conf_listen serving_address(int family, uint16_t port)
{
    struct conf_listen l = {.text = "loopback"};
    struct sockaddr_in sin = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 sin6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    l.addrlen = family == AF_INET ? sizeof sin : sizeof sin6;
    memcpy(&l.addr, family == AF_INET ? (void *)&sin : (void *)&sin6, l.addrlen);
    return l;
}

/* Where a socket of ours is bound. */
static inline uint16_t serving_port(int fd)
{
    struct sockaddr_in6 sin6;
    socklen_t len = sizeof sin6;
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin6, &len), 0);
    return ntohs(sin6.sin6_port);
}

static inline double serving_clock(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

#endif

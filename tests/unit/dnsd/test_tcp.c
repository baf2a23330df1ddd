/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP thread on loopback: RFC 7766 and 9210 as far as a client can see them. */
#include "tests/unit/dnsd/serving.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "dnsd/tcp.h"
#include "dnsd/tcpconn.h"

#define IDLE        1 /* seconds; the default of 10 would make a slow test and prove no more */
#define CONNECTIONS 40

static int listener;
static struct tcp *tcp;

static void start_with(unsigned connections)
{
    char why[LISTEN_WHY_MAX] = "";
    struct conf_listen l = serving_address(AF_INET, 0);
    serving_setup("127.0.0.0/8");
    listener = listen_tcp(&l, why);
    ck_assert_msg(listener >= 0, "%s", why);
    struct tcp_config cfg = {.listeners = &listener,
                             .nlisteners = 1,
                             .connections = connections,
                             .idle = IDLE,
                             .point = &serving_point,
                             .acl = serving_acl,
                             .stats = serving_stats};
    tcp = tcp_start(&cfg);
    ck_assert_ptr_nonnull(tcp);
}

static void setup(void)
{
    start_with(CONNECTIONS);
}

static void end(void)
{
    if (tcp) {
        tcp_ask_stop(tcp);
        tcp_join(tcp);
    }
    tcp = NULL;
    close(listener);
    serving_teardown();
}

/* A client at 127.0.0.HOST. */
static int client_from(unsigned host)
{
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 | host)};
    struct conf_listen to = serving_address(AF_INET, serving_port(listener));
    struct timeval tv = {.tv_sec = 4};
    int fd = socket(AF_INET, SOCK_STREAM, 0), size = 32768;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    /* What a client can have under way must not drown what the server holds for it. */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to.addr, to.addrlen), 0);
    return fd;
}

static int client(void)
{
    return client_from(1);
}

static size_t framed(uint16_t id, uint8_t *out)
{
    size_t n = serving_query(id, out + 2);
    out[0] = 0;
    out[1] = (uint8_t)n;
    return n + 2;
}

static void ask(int fd, uint16_t id)
{
    uint8_t m[2 + SERVING_QUERY_MAX];
    size_t n = framed(id, m);
    ck_assert_int_eq(send(fd, m, n, MSG_NOSIGNAL), (ssize_t)n);
}

static bool read_exactly(int fd, uint8_t *buf, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = recv(fd, buf + at, len - at, 0);
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* Id of the next reply, which must be NOERROR with data or have *rcode say otherwise; -1: none. */
static int answer(int fd, unsigned *rcode)
{
    static uint8_t r[65536];
    if (!read_exactly(fd, r, 2))
        return -1;
    size_t len = (size_t)r[0] << 8 | r[1];
    if (len < 12 || !read_exactly(fd, r, len))
        return -1;
    *rcode = r[3] & 15;
    return r[0] << 8 | r[1];
}

static void ask_and_see(int fd, uint16_t id)
{
    unsigned rcode;
    ask(fd, id);
    ck_assert_int_eq(answer(fd, &rcode), id);
    ck_assert_uint_eq(rcode, 0);
}

/* Seconds until the server closes, reading nothing but the end; -1 when it does not. */
static double closed_after(int fd)
{
    uint8_t byte;
    double begin = serving_clock();
    ssize_t n = recv(fd, &byte, 1, 0);
    return n == 0 || (n < 0 && errno == ECONNRESET) ? serving_clock() - begin : -1;
}

static bool is_open(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 0;
}

static void wait_count(enum stats_counter which, uint64_t n)
{
    struct timespec ts = {.tv_nsec = 5000000};
    for (int i = 0; i < 400 && serving_count(which) < n; i++)
        nanosleep(&ts, NULL);
    ck_assert_uint_eq(serving_count(which), n);
}

START_TEST(two_queries_one_connection)
{
    int fd = client();
    ask_and_see(fd, 1);
    ask_and_see(fd, 2);
    close(fd);
    wait_count(STAT_TCP_CLOSED_PEER, 1);
    ck_assert_uint_eq(serving_count(STAT_TCP_ACCEPTED), 1);
    ck_assert_uint_eq(serving_count(STAT_TCP_QUERIES), 2);
    ck_assert_uint_eq(serving_count(STAT_LISTED), 2);
}
END_TEST

START_TEST(one_octet_per_segment)
{
    uint8_t m[2 + SERVING_QUERY_MAX];
    unsigned rcode;
    struct timespec ts = {.tv_nsec = 2000000};
    int fd = client();
    size_t n = framed(7, m);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(send(fd, m + i, 1, 0), 1);
        nanosleep(&ts, NULL);
    }
    ck_assert_int_eq(answer(fd, &rcode), 7);
    close(fd);
}
END_TEST

static const unsigned pipelines[] = {20, 1000, 4000};

START_TEST(pipelined)
{
    unsigned count = pipelines[_i], rcode;
    uint8_t *all = malloc(count * (2 + SERVING_QUERY_MAX));
    size_t len = 0;
    for (unsigned i = 0; i < count; i++)
        len += framed((uint16_t)i, all + len);
    int fd = client();
    for (size_t at = 0; at < len;) {
        ssize_t n = send(fd, all + at, len - at, 0);
        ck_assert_int_gt(n, 0);
        at += (size_t)n;
    }
    for (unsigned i = 0; i < count; i++)
        ck_assert_int_eq(answer(fd, &rcode), (int)i);
    ck_assert(is_open(fd));
    close(fd);
    free(all);
}
END_TEST

START_TEST(half_close_is_answered_then_closed)
{
    unsigned rcode;
    int fd = client();
    ask(fd, 1);
    ask(fd, 2);
    shutdown(fd, SHUT_WR);
    ck_assert_int_eq(answer(fd, &rcode), 1);
    ck_assert_int_eq(answer(fd, &rcode), 2);
    uint8_t byte;
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
}
END_TEST

static const uint16_t bad_lengths[] = {0, 1, 11};

START_TEST(bad_length_closes)
{
    unsigned rcode;
    uint8_t m[2 + 11] = {0, (uint8_t)bad_lengths[_i]};
    int fd = client();
    /* What was asked before it is answered all the same. */
    ask(fd, 3);
    ck_assert_int_eq(send(fd, m, sizeof m, 0), (ssize_t)sizeof m);
    ck_assert_int_eq(answer(fd, &rcode), 3);
    double t = closed_after(fd);
    ck_assert(t >= 0 && t < 0.5);
    wait_count(STAT_TCP_CLOSED_LENGTH, 1);
    close(fd);
}
END_TEST

START_TEST(response_gets_no_reply_and_stays)
{
    uint8_t m[2 + SERVING_QUERY_MAX];
    size_t n = framed(4, m);
    m[4] |= 0x80;
    int fd = client();
    ck_assert_int_eq(send(fd, m, n, 0), (ssize_t)n);
    ask_and_see(fd, 5);
    ck_assert_uint_eq(serving_count(STAT_DROPPED), 1);
    close(fd);
}
END_TEST

START_TEST(formerr_stays)
{
    unsigned rcode;
    uint8_t m[2 + SERVING_QUERY_MAX];
    size_t n = framed(4, m);
    m[2 + 5] = 2; /* QDCOUNT */
    int fd = client();
    ck_assert_int_eq(send(fd, m, n, 0), (ssize_t)n);
    ck_assert_int_eq(answer(fd, &rcode), 4);
    ck_assert_uint_eq(rcode, 1);
    ask_and_see(fd, 5);
    close(fd);
}
END_TEST

/* Length and message leave in one segment: the first read of a client has both. */
START_TEST(reply_is_one_segment)
{
    uint8_t r[512];
    int fd = client();
    for (uint16_t i = 0; i < 20; i++) {
        ask(fd, i);
        ssize_t n = recv(fd, r, sizeof r, 0);
        ck_assert_int_gt(n, 14);
        ck_assert_int_eq(n, 2 + (r[0] << 8 | r[1]));
    }
    close(fd);
}
END_TEST

START_TEST(idle_is_closed)
{
    int fd = client();
    double t = closed_after(fd);
    ck_assert_msg(t > IDLE - 0.1 && t < IDLE + 0.5, "closed after %.2f s", t);
    close(fd);
    fd = client();
    nanosleep(&(struct timespec){.tv_nsec = 600000000}, NULL);
    ask_and_see(fd, 1); /* a complete message restarts the limit */
    t = closed_after(fd);
    ck_assert_msg(t > IDLE - 0.1 && t < IDLE + 0.5, "closed %.2f s after the answer", t);
    ck_assert_uint_eq(serving_count(STAT_TCP_CLOSED_IDLE), 2);
    close(fd);
}
END_TEST

/* Half a message, whether it stands still or creeps on, has 2 s. */
START_TEST(partial_is_closed)
{
    uint8_t m[2 + SERVING_QUERY_MAX];
    uint8_t byte;
    (void)framed(1, m);
    int fd = client();
    double begin = serving_clock();
    struct timeval tv = {.tv_usec = 300000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    for (size_t i = 0; i < 20; i++) {
        if (_i == 0 || i == 0)
            (void)send(fd, m + i, 1, MSG_NOSIGNAL);
        ssize_t n = recv(fd, &byte, 1, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            break;
    }
    double t = serving_clock() - begin;
    ck_assert_msg(t > 1.7 && t < 2.1, "closed after %.2f s", t);
    ck_assert_uint_eq(serving_count(STAT_TCP_CLOSED_PARTIAL), 1);
    close(fd);
}
END_TEST

/* Ask on and on without reading; returns the octets sent until the server took no more. */
static size_t flood(int fd)
{
    uint8_t m[2 + SERVING_QUERY_MAX];
    size_t n = framed(1, m), sent = 0;
    double quiet = serving_clock();
    while (serving_clock() - quiet < 0.3) {
        ssize_t k = send(fd, m + sent % n, n - sent % n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k < 0 && errno != EAGAIN)
            break;
        if (k > 0) {
            sent += (size_t)k;
            quiet = serving_clock();
        }
    }
    return sent;
}

START_TEST(client_that_does_not_read_is_closed)
{
    int slow = client(), good = client(), room = 1 << 14;
    /* Left alone, the kernel's buffers on both sides grow to megabytes each before anybody waits.
     */
    ck_assert_int_eq(setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)), 0);
    size_t sent = flood(slow);
    double begin = serving_clock();
    ck_assert_uint_lt(sent, 32 << 20);
    /* Others are served meanwhile. */
    while (serving_count(STAT_TCP_CLOSED_WRITE) == 0 && serving_clock() - begin < 3) {
        ask_and_see(good, 1);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    ck_assert_uint_eq(serving_count(STAT_TCP_CLOSED_WRITE), 1);
    ck_assert_double_lt(serving_clock() - begin, 2.1);
    close(slow);
    close(good);
}
END_TEST

/* One that reads late, but reads, gets every answer. */
START_TEST(slow_reader_gets_all)
{
    unsigned rcode;
    uint8_t m[2 + SERVING_QUERY_MAX];
    size_t n = framed(1, m);
    int fd = client();
    size_t sent = flood(fd);
    unsigned whole = (unsigned)(sent / n);
    ck_assert_uint_gt(whole, 1000);
    for (unsigned i = 0; i < whole; i++)
        ck_assert_int_eq(answer(fd, &rcode), 1);
    ck_assert_uint_eq(serving_count(STAT_TCP_CLOSED_WRITE), 0);
    close(fd);
}
END_TEST

START_TEST(full_table_makes_room)
{
    int fd[CONNECTIONS + 1];
    unsigned rcode;
    /* From several addresses: none reaches its own share. */
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        fd[i] = client_from(1 + i / 20);
        ask_and_see(fd[i], (uint16_t)i);
    }
    ask_and_see(fd[0], 99); /* now the second one is the longest idle */
    fd[CONNECTIONS] = client_from(9);
    ask(fd[CONNECTIONS], 7);
    ck_assert_int_eq(answer(fd[CONNECTIONS], &rcode), 7);
    double t = closed_after(fd[1]);
    ck_assert(t >= 0 && t < 0.2);
    ck_assert_uint_eq(serving_count(STAT_TCP_CLOSED_FULL), 1);
    for (unsigned i = 0; i <= CONNECTIONS; i++) {
        ck_assert(i == 1 || is_open(fd[i]));
        close(fd[i]);
    }
}
END_TEST

/* More come at once than there is room for: nobody has to go before he is answered. */
START_TEST(who_asked_is_answered_before_he_goes)
{
    int fd[3 * CONNECTIONS];
    unsigned rcode;
    for (unsigned i = 0; i < 3 * CONNECTIONS; i++) {
        fd[i] = client_from(1 + i / 20);
        ask(fd[i], (uint16_t)i);
    }
    for (unsigned i = 0; i < 3 * CONNECTIONS; i++) {
        ck_assert_int_eq(answer(fd[i], &rcode), (int)i);
        close(fd[i]);
    }
    ck_assert_uint_ge(serving_count(STAT_TCP_CLOSED_FULL), CONNECTIONS);
}
END_TEST

START_TEST(one_address_has_its_share)
{
    int fd[TCP_PER_ADDRESS + 1], other = client_from(2);
    ask_and_see(other, 1);
    for (unsigned i = 0; i <= TCP_PER_ADDRESS; i++) {
        fd[i] = client();
        ask_and_see(fd[i], (uint16_t)i);
    }
    double t = closed_after(fd[0]);
    ck_assert(t >= 0 && t < 0.2);
    ck_assert_uint_eq(serving_count(STAT_TCP_CLOSED_ADDRESS), 1);
    ask_and_see(other, 2);
    for (unsigned i = 0; i <= TCP_PER_ADDRESS; i++)
        close(fd[i]);
    close(other);
}
END_TEST

/* From here on the process may open no more; returns the limit that was. */
static struct rlimit no_more_descriptors(void)
{
    struct rlimit old, low;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = (rlim_t)dup(0); /* the lowest number that is free */
    close((int)low.rlim_cur);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    return old;
}

static void connect_and_ask(int fd, uint16_t id)
{
    struct conf_listen to = serving_address(AF_INET, serving_port(listener));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to.addr, to.addrlen), 0);
    ask_and_see(fd, id);
}

/* Connections that are idle make room, and the thread does not spin. */
START_TEST(descriptors_run_out)
{
    struct rusage before, after;
    int first = client(), second = client(), last = socket(AF_INET, SOCK_STREAM, 0);
    ask_and_see(first, 1);
    ask_and_see(second, 1);
    struct rlimit old = no_more_descriptors();
    getrusage(RUSAGE_SELF, &before);
    connect_and_ask(last, 2);
    getrusage(RUSAGE_SELF, &after);
    setrlimit(RLIMIT_NOFILE, &old);
    ck_assert_uint_ge(serving_count(STAT_TCP_ACCEPT_ERRORS), 1);
    ck_assert_int_lt(after.ru_utime.tv_sec - before.ru_utime.tv_sec, 2);
    close(first);
    close(second);
    close(last);
}
END_TEST

/* Nor a connection to make room: one after the other is served on the number held back. */
START_TEST(descriptors_run_out_when_nobody_is_there)
{
    int fd[3];
    for (size_t i = 0; i < 3; i++)
        fd[i] = socket(AF_INET, SOCK_STREAM, 0);
    struct rlimit old = no_more_descriptors();
    for (size_t i = 0; i < 3; i++)
        connect_and_ask(fd[i], (uint16_t)i);
    setrlimit(RLIMIT_NOFILE, &old);
    ck_assert_uint_ge(serving_count(STAT_TCP_ACCEPT_ERRORS), 3);
    for (size_t i = 0; i < 3; i++)
        close(fd[i]);
}
END_TEST

/* Publishes bl.test and no zone at all in turn until told to stop. */
static atomic_bool enough;
static void *publish_on(void *image)
{
    struct zoneset_zone zone = {.image = image};
    ck_assert_ptr_null(name_parse("bl.test", 7, &zone.name));
    for (size_t i = 0; !atomic_load(&enough); i++)
        zoneset_publish(&serving_point, zoneset_build(&zone, i % 2));
    return NULL;
}

/*
 * A connection that stays open sees new data, and what is asked in one write, within one turn, is
 * answered from one generation.
 */
START_TEST(p19_publish_under_an_open_connection)
{
    uint8_t m[TCPCONN_TURN * (2 + SERVING_QUERY_MAX)];
    unsigned rcode, first, seen[6] = {0};
    size_t n = 0;
    pthread_t thread;
    struct zoneset_image *image = zoneset_image_new(testzone_build(&testzone_bl));
    int fd = client();
    ck_assert_int_eq(pthread_create(&thread, NULL, publish_on, image), 0);
    for (uint16_t i = 0; i < TCPCONN_TURN; i++)
        n += framed(i, m + n);
    for (unsigned round = 0; round < 2000; round++) {
        ck_assert_int_eq(send(fd, m, n, MSG_NOSIGNAL), (ssize_t)n);
        ck_assert_int_eq(answer(fd, &first), 0);
        for (int i = 1; i < TCPCONN_TURN; i++) {
            ck_assert_int_eq(answer(fd, &rcode), i);
            ck_assert_uint_eq(rcode, first);
        }
        seen[first]++;
    }
    atomic_store(&enough, true);
    pthread_join(thread, NULL);
    ck_assert(seen[0] > 0 && seen[5] > 0);
    zoneset_image_put(image);
    close(fd);
}
END_TEST

START_TEST(stop_answers_what_was_sent)
{
    unsigned rcode;
    int fd = client(), idle = client();
    ask_and_see(fd, 0);
    for (uint16_t i = 1; i <= 100; i++)
        ask(fd, i);
    double begin = serving_clock();
    tcp_ask_stop(tcp);
    tcp_join(tcp);
    tcp = NULL;
    ck_assert_double_lt(serving_clock() - begin, 0.5);
    for (uint16_t i = 1; i <= 100; i++)
        ck_assert_int_eq(answer(fd, &rcode), i);
    ck_assert(closed_after(fd) >= 0 && closed_after(idle) >= 0);
    close(fd);
    close(idle);
}
END_TEST

START_TEST(stop_does_not_wait_for_a_client_that_does_not_read)
{
    int fd = client();
    (void)flood(fd);
    double begin = serving_clock();
    tcp_ask_stop(tcp);
    tcp_join(tcp);
    tcp = NULL;
    ck_assert_double_lt(serving_clock() - begin, 2.5);
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tcp");
    TCase *tc = tcase_create("tcp");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, end);
    tcase_add_test(tc, two_queries_one_connection);
    tcase_add_test(tc, one_octet_per_segment);
    tcase_add_loop_test(tc, pipelined, 0, sizeof pipelines / sizeof pipelines[0]);
    tcase_add_test(tc, half_close_is_answered_then_closed);
    tcase_add_loop_test(tc, bad_length_closes, 0, sizeof bad_lengths / sizeof bad_lengths[0]);
    tcase_add_test(tc, response_gets_no_reply_and_stays);
    tcase_add_test(tc, formerr_stays);
    tcase_add_test(tc, reply_is_one_segment);
    tcase_add_test(tc, idle_is_closed);
    tcase_add_loop_test(tc, partial_is_closed, 0, 2);
    tcase_add_test(tc, client_that_does_not_read_is_closed);
    tcase_add_test(tc, slow_reader_gets_all);
    tcase_add_test(tc, full_table_makes_room);
    tcase_add_test(tc, who_asked_is_answered_before_he_goes);
    tcase_add_test(tc, one_address_has_its_share);
    tcase_add_test(tc, descriptors_run_out);
    tcase_add_test(tc, descriptors_run_out_when_nobody_is_there);
    tcase_add_test(tc, p19_publish_under_an_open_connection);
    tcase_add_test(tc, stop_answers_what_was_sent);
    tcase_add_test(tc, stop_does_not_wait_for_a_client_that_does_not_read);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

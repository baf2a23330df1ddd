/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/dnsd/serving.h"

#include "dnsd/udp.h"

static atomic_bool stop;
static struct udp_worker *worker;
static int server;
static struct conf_listen address;

static void start_worker(const struct conf_listen *l, bool stopped)
{
    atomic_store(&stop, stopped);
    struct udp_config cfg = {.fd = server,
                             .wildcard = listen_is_wildcard(l),
                             .point = &serving_point,
                             .acl = serving_acl,
                             .stats = serving_stats,
                             .stop = &stop};
    worker = udp_start(&cfg);
    ck_assert_ptr_nonnull(worker);
}

static void start_on(const struct conf_listen *l)
{
    char why[LISTEN_WHY_MAX] = "";
    server = listen_udp(l, why);
    ck_assert_msg(server >= 0, "%s", why);
    start_worker(l, false);
}

static void end(void)
{
    atomic_store(&stop, true);
    udp_join(worker);
    close(server);
    serving_teardown();
}

static void setup(void)
{
    serving_setup("127.0.0.0/8");
    address = serving_address(AF_INET, 0);
    start_on(&address);
}

/* A client socket connected to the server; replies from elsewhere are not received. */
static int client(const struct conf_listen *to)
{
    struct timeval tv = {.tv_sec = 2};
    int fd = socket(to->addr.ss_family, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&to->addr, to->addrlen), 0);
    return fd;
}

static int local_client(void)
{
    struct conf_listen to = serving_address(AF_INET, serving_port(server));
    return client(&to);
}

static void ask(int fd, uint16_t id)
{
    uint8_t q[SERVING_QUERY_MAX];
    size_t n = serving_query(id, q);
    ck_assert_int_eq(send(fd, q, n, 0), (ssize_t)n);
}

/* The next reply: its id, with the rcode stored; -1 when none comes. */
static int answer(int fd, unsigned *rcode)
{
    uint8_t r[2048];
    ssize_t n = recv(fd, r, sizeof r, 0);
    if (n < 12)
        return -1;
    *rcode = r[3] & 15;
    return r[0] << 8 | r[1];
}

START_TEST(answers)
{
    unsigned rcode;
    int fd = local_client();
    ask(fd, 0x1234);
    ck_assert_int_eq(answer(fd, &rcode), 0x1234);
    ck_assert_uint_eq(rcode, 0);
    close(fd);
}
END_TEST

START_TEST(answers_many)
{
    unsigned rcode;
    int fd = local_client();
    /* No more at once than the client's own buffer takes. */
    for (uint16_t i = 0; i < 1000; i += 200) {
        for (uint16_t k = 0; k < 200; k++)
            ask(fd, (uint16_t)(i + k));
        for (uint16_t k = 0; k < 200; k++)
            ck_assert_int_eq(answer(fd, &rcode), i + k);
    }
    ck_assert_uint_eq(serving_count(STAT_UDP_QUERIES), 1000);
    ck_assert_uint_eq(serving_count(STAT_LISTED), 1000);
    ck_assert_uint_le(serving_count(STAT_UDP_BATCHES), 1000);
    close(fd);
}
END_TEST

/* Datagrams that get no reply; the control query behind them must. */
static const struct {
    size_t len;
    uint8_t fill;
    enum stats_counter counter;
} silent[] = {
    {0, 0, STAT_DROPPED},
    {1, 0, STAT_DROPPED},
    {11, 0, STAT_DROPPED},
    {300, 0xff, STAT_DROPPED}, /* QR=1 */
    {2049, 0, STAT_UDP_DROP_TOO_LONG},
    {65507, 0, STAT_UDP_DROP_TOO_LONG},
    {65507, 0xff, STAT_UDP_DROP_TOO_LONG},
    {65507, 0xc0, STAT_UDP_DROP_TOO_LONG},
};

START_TEST(drops)
{
    unsigned rcode;
    uint8_t *datagram = malloc(65507);
    int fd = local_client();
    memset(datagram, silent[_i].fill, 65507);
    ck_assert_int_eq(send(fd, datagram, silent[_i].len, 0), (ssize_t)silent[_i].len);
    ask(fd, 77);
    ck_assert_int_eq(answer(fd, &rcode), 77);
    ck_assert_uint_eq(serving_count(silent[_i].counter), 1);
    close(fd);
    free(datagram);
}
END_TEST

/* Several batches with everything in them: what is dropped must not shift the others' replies. */
START_TEST(mixture)
{
    unsigned rcode;
    int fd = local_client(), other = local_client();
    uint8_t junk[3000] = {0};
    for (uint16_t i = 0; i < 200; i++) {
        ask(i % 2 ? fd : other, i);
        send(i % 3 ? fd : other, junk, i % 5 ? 5 : sizeof junk, 0);
    }
    for (uint16_t i = 0; i < 200; i++)
        ck_assert_int_eq(answer(i % 2 ? fd : other, &rcode), i);
    close(fd);
    close(other);
}
END_TEST

/* Source port 0 can be made with a raw socket only. */
START_TEST(port_0_is_dropped)
{
    unsigned rcode;
    int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    if (raw < 0)
        return; /* not root */
    uint8_t p[8 + SERVING_QUERY_MAX] = {0};
    size_t n = 8 + serving_query(1, p + 8);
    uint16_t port = htons(serving_port(server));
    memcpy(p + 2, &port, 2);
    p[5] = (uint8_t)n; /* checksum 0: none */
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(sendto(raw, p, n, 0, (struct sockaddr *)&to, sizeof to), (ssize_t)n);
    int fd = local_client();
    ask(fd, 5);
    ck_assert_int_eq(answer(fd, &rcode), 5);
    ck_assert_uint_eq(serving_count(STAT_UDP_DROP_PORT0), 1);
    close(fd);
    close(raw);
}
END_TEST

START_TEST(strangers_are_refused)
{
    unsigned rcode;
    serving_setup("192.0.2.0/24");
    address = serving_address(AF_INET, 0);
    start_on(&address);
    int fd = local_client();
    ask(fd, 9);
    ck_assert_int_eq(answer(fd, &rcode), 9);
    ck_assert_uint_eq(rcode, 5);
    ck_assert_uint_eq(serving_count(STAT_REFUSED), 1);
    close(fd);
    end();
}
END_TEST

/* Bound to every address, the reply must come from the one that was asked: a connected client
 * socket sees no other.  127.0.0.77 is not the address routing would choose. */
static void wildcard(int family, const char *text)
{
    unsigned rcode;
    serving_setup(family == AF_INET ? "127.0.0.0/8" : "::1/128");
    address = serving_address(family, 0);
    if (family == AF_INET)
        ((struct sockaddr_in *)(void *)&address.addr)->sin_addr.s_addr = htonl(INADDR_ANY);
    else
        ((struct sockaddr_in6 *)(void *)&address.addr)->sin6_addr = in6addr_any;
    start_on(&address);
    struct conf_listen to = serving_address(family, serving_port(server));
    if (family == AF_INET)
        inet_pton(AF_INET, text, &((struct sockaddr_in *)(void *)&to.addr)->sin_addr);
    int fd = client(&to);
    for (uint16_t i = 0; i < 100; i++)
        ask(fd, i);
    for (uint16_t i = 0; i < 100; i++)
        ck_assert_int_eq(answer(fd, &rcode), i);
    ck_assert_uint_eq(rcode, 0);
    close(fd);
    end();
}

START_TEST(wildcard_v4)
{
    wildcard(AF_INET, "127.0.0.77");
}
END_TEST

START_TEST(wildcard_v6)
{
    wildcard(AF_INET6, "::1");
}
END_TEST

/* What the kernel has taken before the stop is answered after it, batch by batch. */
START_TEST(stop_drains)
{
    unsigned rcode;
    char why[LISTEN_WHY_MAX] = "";
    serving_setup("127.0.0.0/8");
    address = serving_address(AF_INET, 0);
    server = listen_udp(&address, why);
    int fd = local_client();
    for (uint16_t i = 0; i < 200; i++)
        ask(fd, i);
    start_worker(&address, true);
    udp_join(worker);
    worker = NULL;
    for (uint16_t i = 0; i < 200; i++)
        ck_assert_int_eq(answer(fd, &rcode), i);
    ck_assert_uint_eq(serving_count(STAT_UDP_QUERIES), 200);
    close(fd);
    end();
}
END_TEST

/* An idle worker does not hold up a publication. */
START_TEST(idle_worker_is_offline)
{
    double begin = serving_clock();
    for (int i = 0; i < 20; i++)
        zoneset_publish(&serving_point, zoneset_build(NULL, 0));
    ck_assert_double_lt(serving_clock() - begin, 0.4);
}
END_TEST

START_TEST(new_set_is_served_at_once)
{
    unsigned rcode;
    int fd = local_client();
    ask(fd, 1);
    ck_assert_int_eq(answer(fd, &rcode), 1);
    ck_assert_uint_eq(rcode, 0);
    zoneset_publish(&serving_point, zoneset_build(NULL, 0));
    ask(fd, 2);
    ck_assert_int_eq(answer(fd, &rcode), 2);
    ck_assert_uint_eq(rcode, 5);
    close(fd);
}
END_TEST

START_TEST(bind_error_names_the_address)
{
    char why[LISTEN_WHY_MAX] = "";
    struct conf_listen l = serving_address(AF_INET, 53);
    struct sockaddr_in *sin = (struct sockaddr_in *)(void *)&l.addr;
    inet_pton(AF_INET, "192.0.2.99", &sin->sin_addr);
    snprintf(l.text, sizeof l.text, "192.0.2.99:53");
    ck_assert_int_eq(listen_udp(&l, why), -1);
    ck_assert_msg(strstr(why, "192.0.2.99:53") && strstr(why, "UDP"), "%s", why);
    ck_assert_int_eq(listen_tcp(&l, why), -1);
    ck_assert_msg(strstr(why, "192.0.2.99:53") && strstr(why, "TCP"), "%s", why);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("udp");
    TCase *served = tcase_create("served");
    TCase *own = tcase_create("own server");
    tcase_add_checked_fixture(served, setup, end);
    tcase_add_test(served, answers);
    tcase_add_test(served, answers_many);
    tcase_add_loop_test(served, drops, 0, sizeof silent / sizeof silent[0]);
    tcase_add_test(served, mixture);
    tcase_add_test(served, port_0_is_dropped);
    tcase_add_test(served, idle_worker_is_offline);
    tcase_add_test(served, new_set_is_served_at_once);
    tcase_add_test(own, strangers_are_refused);
    tcase_add_test(own, stop_drains);
    tcase_add_test(own, wildcard_v4);
    tcase_add_test(own, wildcard_v6);
    tcase_add_test(own, bind_error_names_the_address);
    suite_add_tcase(suite, served);
    suite_add_tcase(suite, own);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

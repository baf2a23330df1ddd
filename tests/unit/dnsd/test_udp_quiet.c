/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a UDP worker asks of the C library while it answers: one receive and one send a batch, no
 * memory, no lock.  The linker sends these calls of the program's own code here (--wrap, see the
 * Makefile); the kernel's side is counted by tests/e2e/test_syscalls.sh.
 */
#include "tests/unit/dnsd/serving.h"

#include <pthread.h>

#include "dnsd/udp.h"

#define QUERIES 2000
#define AT_ONCE 100 /* no more than the client's own buffer takes */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
int __real_pthread_mutex_lock(pthread_mutex_t *m);
int __real_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout);
int __real_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);
int __wrap_pthread_mutex_lock(pthread_mutex_t *m);
int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout);
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);

/* Of the worker, which is the thread that receives; read after it has ended. */
static _Thread_local bool is_worker;
static unsigned long memory_calls, locks, receives, sends;

void *__wrap_malloc(size_t n)
{
    memory_calls += is_worker;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    memory_calls += is_worker;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    memory_calls += is_worker;
    return __real_realloc(p, n);
}

void __wrap_free(void *p)
{
    memory_calls += is_worker;
    __real_free(p);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *m)
{
    locks += is_worker;
    return __real_pthread_mutex_lock(m);
}

int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout)
{
    is_worker = true;
    int got = __real_recvmmsg(fd, m, n, flags, timeout);
    receives += got > 0;
    return got;
}

int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
    sends++;
    return __real_sendmmsg(fd, m, n, flags);
}

static void ask_all(int fd)
{
    uint8_t q[SERVING_QUERY_MAX], r[2048];
    for (uint16_t i = 0; i < QUERIES; i++) {
        size_t n = serving_query(i, q);
        if (i % 3 == 1)
            q[13] = '9'; /* not listed */
        if (i % 3 == 2)
            q[n - 3] = 255; /* ANY */
        ck_assert_int_eq(send(fd, q, n, 0), (ssize_t)n);
        for (int k = 0; i % AT_ONCE == AT_ONCE - 1 && k < AT_ONCE; k++)
            ck_assert_int_ge(recv(fd, r, sizeof r, 0), 12);
    }
}

START_TEST(two_calls_a_batch)
{
    char why[LISTEN_WHY_MAX] = "";
    struct timeval tv = {.tv_sec = 2};
    atomic_bool stop = false;
    serving_setup("127.0.0.0/8");
    struct conf_listen at = serving_address(AF_INET, 0);
    int server = listen_udp(&at, why), fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_msg(server >= 0, "%s", why);
    struct udp_config cfg = {.fd = server,
                             .point = &serving_point,
                             .acl = serving_acl,
                             .stats = serving_stats,
                             .stop = &stop};
    struct udp_worker *worker = udp_start(&cfg);
    ck_assert_ptr_nonnull(worker);
    at = serving_address(AF_INET, serving_port(server));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&at.addr, at.addrlen), 0);
    ask_all(fd);
    atomic_store(&stop, true);
    udp_join(worker);

    ck_assert_uint_eq(serving_count(STAT_UDP_QUERIES), QUERIES);
    ck_assert_uint_gt(receives, 0);
    ck_assert_uint_eq(receives, serving_count(STAT_UDP_BATCHES));
    ck_assert_uint_eq(sends, receives);
    ck_assert_uint_eq(memory_calls, 0);
    ck_assert_uint_eq(locks, 0);
    close(fd);
    close(server);
    serving_teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("udp quiet");
    TCase *tc = tcase_create("worker");
    tcase_add_test(tc, two_calls_a_batch);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

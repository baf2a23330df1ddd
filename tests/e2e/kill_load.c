/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A supervisor whose server is killed: kill_load PORT ZONE KILLS COMMAND...
 *
 * Starts the command, asks for the SOA of the zone until it is answered, kills the command after a
 * random time below 50 ms, and starts it again as soon as its end is known.  Prints the
 * milliseconds from the kill to the first answer that half, 99 % and all of them stayed below, and
 * those that half and all of the starts of COMMAND --version in between took to their end: what any
 * start costs on this machine now.
 * Status 0 when each start came to an answer, octet for octet the first one: the same serial.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/common/ask.h"

#define SERVED_NS 30000000000LL
#define REPLY_MAX 512
#define SOA       6

static uint8_t query[ASK_MAX], first[REPLY_MAX];
static size_t query_len, first_len;

static int open_socket(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_usec = 1000};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0)
        bench_die("kill_load");
    return fd;
}

static pid_t spawn(char **command)
{
    pid_t pid = fork();
    if (pid < 0)
        bench_die("kill_load");
    if (pid > 0)
        return pid;
    /* The command's log is not what this program prints. */
    if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
        execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

/* Ask until there is an answer: NULL when it is the one that is wanted. */
static const char *await_answer(int fd)
{
    uint8_t reply[REPLY_MAX];
    int64_t end = bench_now() + SERVED_NS;
    ssize_t n = -1;
    while (n < 12 && bench_now() < end) {
        /* Refused while nobody has the port. */
        if (send(fd, query, query_len, 0) < 0 || (n = recv(fd, reply, sizeof reply, 0)) < 0)
            usleep(500);
    }
    if (n < 12)
        return "no answer";
    if ((reply[3] & 0xf) != 0 || reply[7] != 1)
        return "an answer without the SOA";
    if (first_len == 0) {
        first_len = (size_t)n;
        memcpy(first, reply, first_len);
    }
    return (size_t)n == first_len && memcmp(reply, first, first_len) == 0 ? NULL : "another SOA";
}

/* Late answers to the server that is gone. */
static void drain(int fd)
{
    uint8_t reply[REPLY_MAX];
    while (recv(fd, reply, sizeof reply, MSG_DONTWAIT) >= 0 || errno == ECONNREFUSED)
        continue;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Milliseconds that a start costs which does nothing. */
static double plain_start(char *program)
{
    char *command[] = {program, "--version", NULL};
    int64_t begin = bench_now();
    pid_t pid = spawn(command);
    waitpid(pid, NULL, 0);
    return (double)(bench_now() - begin) / 1e6;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fputs("usage: kill_load PORT ZONE KILLS COMMAND...\n", stderr);
        return 2;
    }
    struct ask a = {.name = argv[2], .type = SOA};
    query_len = ask_build(&a, query);
    int fd = open_socket((uint16_t)bench_number(argv[1], 65535));
    size_t kills = (size_t)bench_number(argv[3], 100000);
    double *ms = calloc(2 * kills + 1, sizeof *ms), *plain = ms + kills;
    uint64_t seed = 1;
    pid_t pid = spawn(argv + 4);
    const char *why = ms ? await_answer(fd) : "out of memory";
    for (size_t i = 0; i < kills && !why; i++) {
        usleep((useconds_t)(bench_random(&seed) % 50000));
        int64_t begin = bench_now();
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        drain(fd);
        pid = spawn(argv + 4);
        why = await_answer(fd);
        ms[i] = (double)(bench_now() - begin) / 1e6;
        plain[i] = plain_start(argv[4]);
        if (why)
            fprintf(stderr, "kill_load: after %zu kills: %s\n", i + 1, why);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (why)
        return 1;
    qsort(ms, kills, sizeof *ms, by_size);
    qsort(plain, kills, sizeof *plain, by_size);
    printf("%.0f %.0f %.0f %.0f %.0f\n", ms[kills / 2], ms[kills * 99 / 100], ms[kills - 1],
           plain[kills / 2], plain[kills - 1]);
    free(ms);
    return 0;
}

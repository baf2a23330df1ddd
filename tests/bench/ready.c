/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long until a listed name below the zone is answered: ready PORT ZONE NAME SECONDS COMMAND...
 *
 * Starts the command, asks every half millisecond, and prints the milliseconds from the start to
 * the first answer that holds a record, the command's process number, and the largest resident
 * size of a command that has ended by itself (kB; 0 when it goes on running).  Leaves the command
 * running.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

static int open_socket(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)bench_number(port, 65535)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_usec = 500};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0)
        bench_die("ready");
    return fd;
}

/* One question; true when the answer lists the name. */
static bool ask(int fd, const uint8_t *query, size_t len)
{
    uint8_t reply[1500];
    if (send(fd, query, len, 0) < 0) {
        usleep(500); /* nobody has the port yet */
        return false;
    }
    ssize_t n = recv(fd, reply, sizeof reply, 0);
    if (n < 0 && errno == ECONNREFUSED)
        usleep(500);
    return n >= 12 && (reply[3] & 0xf) == 0 && (reply[6] || reply[7]);
}

static pid_t spawn(char **command)
{
    pid_t pid = fork();
    if (pid < 0)
        bench_die("ready");
    if (pid == 0) {
        /* Whoever reads what this program prints must not wait for the command's end. */
        if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
            _exit(127);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    return pid;
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fputs("usage: ready PORT ZONE NAME SECONDS COMMAND...\n", stderr);
        return 2;
    }
    uint8_t query[BENCH_MSG_MAX];
    size_t len = bench_query_name(query, argv[3], argv[2]);
    int fd = open_socket(argv[1]);
    int64_t start = bench_now(), end = start + bench_number(argv[4], 3600) * 1000000000;
    pid_t pid = spawn(argv + 5), ended = 0;
    struct rusage used = {0};
    int status = 0;
    while (!ask(fd, query, len)) {
        if (ended == 0)
            ended = wait4(pid, &status, WNOHANG, &used);
        if (bench_now() <= end && status == 0)
            continue;
        fprintf(stderr, "ready: %s\n", status == 0 ? "no answer in time" : "the command failed");
        kill(pid, SIGTERM);
        return 1;
    }
    double ms = (double)(bench_now() - start) / 1e6;
    /* A loader still has to tidy up behind its publication; a server stays. */
    for (int i = 0; i < 100 && ended == 0; i++) {
        ended = wait4(pid, NULL, WNOHANG, &used);
        usleep(ended ? 0 : 2000);
    }
    printf("%.2f %ld %ld\n", ms, (long)pid, ended == pid ? used.ru_maxrss : 0L);
    return 0;
}

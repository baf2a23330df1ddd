/* SPDX-License-Identifier: BSD-2-Clause */
/* Options, and the parent of a daemon. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dnsd/rbldnsd.h"
#include "dnsd/rbldnsd_log.h"
#include "lib/log.h"

bool rbldnsd_is_name(const char *argv0)
{
    const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
    const char *base = slash ? slash + 1 : argv0;
    return base && strcmp(base, "rbldnsd") == 0;
}

/* Each line of a message is one of the log's. */
static void complain(char *why)
{
    for (char *line = why, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        log_error("%s", line);
    }
}

static void no_release(void *context)
{
    (void)context;
}

static void release(void *context)
{
    int *fd = context;
    if (write(*fd, "", 1) < 0)
        return;
    close(*fd);
    *fd = -1;
}

/* The exit status of the parent: 0 when the child said that it serves. */
static int wait_for_child(int fd, pid_t child)
{
    char byte;
    ssize_t n;
    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1)
        return EXIT_SUCCESS;
    (void)waitpid(child, NULL, 0);
    return EXIT_FAILURE;
}

static int become_daemon(const struct rbldnsd_opt *o)
{
    int fd[2];
    if (pipe(fd) < 0) {
        log_error("pipe: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    pid_t child = fork();
    if (child < 0) {
        log_error("fork: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    if (child > 0) {
        close(fd[1]);
        return wait_for_child(fd[0], child);
    }
    close(fd[0]);
    (void)setsid();
    rbldnsd_log_open(RBLDNSD_LOG_STD | RBLDNSD_LOG_SYSLOG, o->facility_code, true);
    return rbldnsd_serve(o, release, &fd[1]);
}

static int run(const struct rbldnsd_opt *o)
{
    if (o->dump) {
        rbldnsd_log_open(RBLDNSD_LOG_STD, o->facility_code, false);
        return rbldnsd_dump(o);
    }
    if (o->foreground)
        return rbldnsd_serve(o, no_release, NULL);
    if (!getenv("NOTIFY_SOCKET"))
        return become_daemon(o);
    rbldnsd_log_open(RBLDNSD_LOG_SYSLOG, o->facility_code, true);
    return rbldnsd_serve(o, no_release, NULL);
}

int rbldnsd_main(int argc, char **argv)
{
    struct rbldnsd_opt o;
    char why[RBLDNSD_WHY_MAX];
    int rc = EXIT_FAILURE;
    rbldnsd_log_open(RBLDNSD_LOG_STD, 0, true);
    (void)umask(022);
    enum rbldnsd_verdict verdict = rbldnsd_opt_parse(&o, argc, argv, false, why);
    if (verdict == RBLDNSD_HELP || verdict == RBLDNSD_USAGE) {
        rbldnsd_usage();
        rc = verdict == RBLDNSD_HELP ? EXIT_SUCCESS : EXIT_FAILURE;
    } else if (verdict == RBLDNSD_WRONG || !rbldnsd_opt_specs(&o, why)) {
        complain(why);
    } else {
        rc = run(&o);
    }
    rbldnsd_opt_free(&o);
    return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_log.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "dnsd/rbldnsd_link.h"

#define PROGRAM "rbldnsd"

static unsigned targets;
static int relay = -1, facility = LOG_DAEMON;
static bool use_stdout;

static void put_std(enum log_level level, const char *text)
{
    char line[2100];
    bool trouble = level == LOG_LVL_ERROR || level == LOG_LVL_WARN;
    int fd = trouble || !use_stdout ? STDERR_FILENO : STDOUT_FILENO;
    int n = snprintf(line, sizeof line, PROGRAM ": %s\n", text);
    if (n < 0)
        return;
    size_t len = (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
    while (write(fd, line, len) < 0 && errno == EINTR)
        ;
}

static void sink(enum log_level level, const char *text)
{
    if (targets & RBLDNSD_LOG_STD)
        put_std(level, text);
    if (!(targets & RBLDNSD_LOG_SYSLOG))
        return;
    if (relay >= 0)
        (void)link_send(relay, LINK_LOG, (uint8_t)level, text);
    else
        syslog(facility | (int)level, "%s", text); /* the numbers are those of syslog(3) */
}

void rbldnsd_log_open(unsigned to, int code, bool stdout_too)
{
    targets = to;
    facility = code;
    use_stdout = stdout_too;
    if (to & RBLDNSD_LOG_SYSLOG)
        openlog(PROGRAM, LOG_PID | LOG_NDELAY, code);
    log_to(sink);
}

void rbldnsd_log_relay(int fd)
{
    relay = fd;
}

void rbldnsd_log_relayed(enum log_level level, const char *text)
{
    syslog(facility | (int)level, "%s", text);
}

void rbldnsd_log_detach(int null)
{
    targets = RBLDNSD_LOG_SYSLOG;
    for (int fd = 0; null >= 0 && fd < 3; fd++)
        (void)dup2(null, fd);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log lines as rbldnsd writes them: information on standard output, trouble on standard error,
 * syslog for a daemon.  Behind lib/log.h, so that the server's own lines go the same way.
 */
#ifndef DNSD_RBLDNSD_LOG_H
#define DNSD_RBLDNSD_LOG_H

#include <stdbool.h>

#include "lib/log.h"

enum rbldnsd_log_target { RBLDNSD_LOG_STD = 1, RBLDNSD_LOG_SYSLOG = 2 };

/* Where lines go from now on.  stdout_too: information need not go to standard error. */
void rbldnsd_log_open(unsigned targets, int facility, bool stdout_too);

/*
 * Lines for syslog go to the process at the other end of this socket instead: a confined process
 * cannot make a socket when syslogd is started anew.  -1: to syslog itself.
 */
void rbldnsd_log_relay(int fd);

/* A line that came over the relay: to syslog, the other end has seen to the rest. */
void rbldnsd_log_relayed(enum log_level level, const char *text);

/*
 * The start is over: standard input, output and error become null, an open /dev/null (a confined
 * process cannot open it any more), and syslog remains.
 */
void rbldnsd_log_detach(int null);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question to the running server over its control socket, a local stream socket: a line goes
 * out, text comes back until the server closes.  Whoever holds the other end is not trusted: the
 * reply is bounded in size and the exchange in time.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stddef.h>

#define CLIENT_SOCKET    "rbl-dnsd.sock"
#define CLIENT_MS        5000               /* from connect to the end of the reply */
#define CLIENT_REPLY_MAX ((size_t)16 << 20) /* bytes: some 30,000 zones with long names */
#define CLIENT_WHY_MAX   256

enum client_result {
    CLIENT_GOOD,
    CLIENT_NOT_RUNNING, /* nobody listens */
    CLIENT_FAILED       /* somebody may, but no usable answer came */
};

/*
 * Ask "status", "stats" or "reload" in the directory of paths.run.  GOOD: *reply is text of whole
 * lines, NUL-terminated, without NUL inside, malloc'd, and at least one line long.  Otherwise
 * *reply is NULL and why says what happened.
 */
enum client_result client_ask(const char *dir, const char *request, char **reply,
                              char why[static CLIENT_WHY_MAX]);

#endif

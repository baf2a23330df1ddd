/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket, a local stream socket.  A client sends one line and reads to the end:
 *
 *   status    "KEY=VALUE" lines: version, pid, uptime (seconds), workers, generation; then one line
 *             per zone of tab-separated fields
 *               zone=NAME serial=N entries=N built=UNIXTIME bytes=N state=STATE
 *             STATE is "serving", "serving old: REASON" or "not loaded" with ": REASON" when there
 *             is one; the numbers are 0 when nothing is loaded
 *   stats     "NAME VALUE" lines, one per counter (dnsd/stats.h)
 *   reload    looks at the images directory, then "ok", or "failed" where status says why
 *
 * Anything else is answered by one line "error=REASON".
 *
 * Clients are served by the control thread between its other work and cannot hold it up: there
 * are at most CONTROL_CLIENTS, each has CONTROL_MS from connect to close, and no call blocks.  One
 * descriptor is held back, so that somebody can ask when the process has no other.
 */
#ifndef DNSD_CONTROL_H
#define DNSD_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONTROL_CLIENTS  8
#define CONTROL_LINE_MAX 32 /* longest request with its line feed is shorter */
#define CONTROL_MS       2000
#define CONTROL_WHY_MAX  200
#define CONTROL_SOCKET   "rbl-dnsd.sock"

enum control_request { CONTROL_MORE, CONTROL_STATUS, CONTROL_STATS, CONTROL_RELOAD, CONTROL_BAD };

/* What len bytes received so far ask for; MORE: no whole line yet. */
enum control_request control_parse(const char *line, size_t len);

/* Who answers: writes the text for STATUS, STATS or RELOAD to out. */
struct control_handler {
    void (*answer)(void *context, enum control_request request, FILE *out);
    void *context;
};

struct control;

/*
 * Startup, before privileges are dropped: makes DIR if it is missing and DIR/rbl-dnsd.sock with
 * mode 0660, owned by uid and gid unless these are -1.  A socket that another server left behind
 * is replaced, one that a living server answers is not.  NULL: the reason is in why.
 */
struct control *control_open(const char *dir, uint32_t uid, uint32_t gid,
                             char why[static CONTROL_WHY_MAX]);

/* Handler is copied; what its context points to must outlive the control. */
void control_set_handler(struct control *c, const struct control_handler *h);

/* Add what to wait for to fds (room for CONTROL_CLIENTS + 1); returns how many were added. */
size_t control_poll(struct control *c, struct pollfd *fds);

/* Serve what poll() reported on those n; now is ms of CLOCK_MONOTONIC. */
void control_serve(struct control *c, const struct pollfd *fds, size_t n, int64_t now);

/* ms until a client's time is up or a descriptor is tried for again, -1 when there is neither. */
int control_timeout(const struct control *c, int64_t now);

/* The socket file stays: a confined server cannot remove it, the next start does. */
void control_close(struct control *c);

#endif

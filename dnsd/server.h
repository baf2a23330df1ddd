/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running server: its sockets and threads, and the control thread's loop over them.
 *
 * The order is that of the functions below; main() follows it.  Everything here is called by the
 * main thread, which becomes the control thread.
 */
#ifndef DNSD_SERVER_H
#define DNSD_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "dnsd/account.h"
#include "dnsd/acl.h"
#include "dnsd/control.h"
#include "dnsd/notify.h"
#include "dnsd/priv.h"
#include "dnsd/reload.h"
#include "dnsd/stats.h"
#include "dnsd/tcp.h"
#include "dnsd/udp.h"
#include "dnsd/watch.h"
#include "dnsd/zoneset.h"
#include "lib/conf.h"

#define SERVER_WHY_MAX 256

/* What the server does beside its own under another name.  The control thread calls. */
struct server_mode {
    void *context;
    const struct priv_account *account;  /* to become when root, instead of server.user; or NULL */
    const struct account_book *accounts; /* of the TCP thread and the UDP workers, or NULL */
    int fd;                              /* another one to wait for, or -1; may change */
    void (*readable)(void *context);     /* something is to be read from fd */
    bool (*signal)(void *context, int signo); /* all of them; true: end */
};

struct server {
    const struct conf *conf;        /* borrowed */
    const struct server_mode *mode; /* borrowed, NULL: none */
    struct timespec started;        /* CLOCK_MONOTONIC */
    unsigned connections;           /* TCP limit that the descriptor limit leaves */

    const struct conf_listen *listen[TCP_LISTENERS_MAX]; /* ntcp of them, those that exist here */

    int *tcp_fd; /* one per listen address */
    int *udp_fd; /* one per worker and listen address, worker by worker */
    size_t ntcp, nudp;
    int signals; /* signalfd */
    struct control *control;
    struct watch watch;
    struct notify notify;

    struct acl *acl;
    struct cookie_secrets secrets;
    struct query_config query;
    struct acl *unlimited, *proxies;
    bool proxied[TCP_LISTENERS_MAX]; /* for each listen address */
    struct rrl_config rrl;
    struct stats *stats; /* one block for each: control thread, TCP thread, UDP workers */
    size_t nstats;
    struct zoneset_point point;
    struct reload *reload;

    struct udp_worker **udp; /* nudp of them, NULL where not started */
    struct tcp *tcp;
    atomic_bool stop;
};

/* Zero memory and what needs no privilege.  Blocks the signals the loop handles.  0 or -1. */
int server_init(struct server *s, const struct conf *conf, const struct server_mode *mode,
                char why[static SERVER_WHY_MAX]);

/* Bind every address, make the control socket, find the service manager.  While privileged. */
int server_bind(struct server *s, char why[static SERVER_WHY_MAX]);

/* Become server.user when root, and confine the process.  No thread may run yet. */
int server_confine(struct server *s, char why[static SERVER_WHY_MAX]);

/* Read the images, publish the first set, start the threads.  -1: some may run, server_stop(). */
int server_start(struct server *s, char why[static SERVER_WHY_MAX]);

/* Serve until SIGTERM or SIGINT: dnsd/loop.c. */
void server_loop(struct server *s);

/* Answer what has arrived and end the threads.  Also after a failed server_start(). */
void server_stop(struct server *s);

/* Free everything; after server_stop(), or after any failure before server_start(). */
void server_free(struct server *s);

#endif

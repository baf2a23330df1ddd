/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the server and its helper say to each other: datagrams on a pair of SOCK_SEQPACKET sockets.
 *
 * The helper (dnsd/rbldnsd_helper.h) is what may still start programs and write files; the server,
 * which reads from the network, may not.  The server therefore only ever asks for things without
 * arguments, or for a line to be written where the command line said.
 */
#ifndef DNSD_RBLDNSD_LINK_H
#define DNSD_RBLDNSD_LINK_H

#include <stdint.h>

#define LINK_TEXT_MAX 2048

enum link_kind {
    LINK_LOAD,   /* to the helper: look at the files, compile what changed, answer LINK_LOADED */
    LINK_HUP,    /* to the helper: LINK_LOAD, and open the log files anew */
    LINK_LOG,    /* to the helper: a line for syslog, detail is its level */
    LINK_DETACH, /* to the helper: rbldnsd_log_detach() */
    LINK_STATS,  /* to the helper: a piece of a line for the statistics file; detail 1: the first */
    LINK_LOADED, /* to the server: detail is enum link_loaded, text "ELAPSED USER" in seconds */
    LINK_TICK,   /* to the server: the check interval is over */
    LINK_LOGFILE /* to the server: comes with the descriptor of the query log, just opened */
};

enum link_loaded { LINK_SAME, LINK_GOOD, LINK_BAD };

struct link_message {
    uint8_t kind;   /* enum link_kind */
    uint8_t detail; /* as said above, else 0 */
    char text[LINK_TEXT_MAX];
};

/* Never waits.  0, or -1 with errno. */
int link_send(int fd, enum link_kind kind, uint8_t detail, const char *text);
int link_send_fd(int fd, enum link_kind kind, int passed);

/*
 * One message that is there; text is NUL-terminated.  *passed gets a descriptor that came with it,
 * or -1; with passed NULL none is taken.  1: a message, 0: none now, -1: the other end is gone.
 */
int link_receive(int fd, struct link_message *m, int *passed);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages in a TCP byte stream: two octets of length before each (RFC 1035 section 4.2.2).
 *
 * Pure state machine: bytes in, messages out, however the stream is cut into segments.  Between
 * calls it keeps only an unfinished message, in a block of the size that is announced and looked
 * at; a connection between two messages holds no memory.
 *
 * No query needs more than TCPFRAME_MSG_MAX octets.  A longer message is passed over, and its
 * header alone comes out, which makes it malformed: a client must not have us hold 64 KiB for it.
 */
#ifndef DNSD_TCPFRAME_H
#define DNSD_TCPFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCPFRAME_PREFIX  2
#define TCPFRAME_MSG_MIN 12 /* a DNS header; a shorter message is no message */
#define TCPFRAME_MSG_MAX 4096

/* Zeroed is the initial state. */
struct tcpframe {
    uint8_t *body; /* unfinished message, NULL while none was begun or it is in one piece */
    size_t have;   /* octets of the current message seen so far, prefix included */
    size_t len;    /* announced length, valid once have >= TCPFRAME_PREFIX */
    bool finished; /* the last call returned a message held in body */
};

enum tcpframe_result {
    TCPFRAME_MORE,    /* all input used up, no message complete */
    TCPFRAME_MESSAGE, /* *msg and *msg_len are set; more may follow in the rest of the input */
    TCPFRAME_BAD,     /* announced length below TCPFRAME_MSG_MIN: close the connection */
    TCPFRAME_NOMEM    /* likewise */
};

/* A piece of input and what tcpframe_next() has used of it. */
struct tcpframe_input {
    const uint8_t *data;
    size_t len, used;
};

/*
 * Find the next message.  *msg is borrowed: it points into the input or into f, and is valid until
 * the next call with the same f.  After BAD or NOMEM only tcpframe_reset() may follow.
 */
enum tcpframe_result tcpframe_next(struct tcpframe *f, struct tcpframe_input *in,
                                   const uint8_t **msg, size_t *msg_len);

/* Has a message begun that is not complete? */
bool tcpframe_partial(const struct tcpframe *f);

/* Free what f holds; f is as new. */
void tcpframe_reset(struct tcpframe *f);

#endif

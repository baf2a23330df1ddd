/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a child tells the parent what it found: lines of text through a pipe.
 *
 * A line is a word and its fields, separated by tabs, at most MSG_LINE_MAX bytes with the line
 * feed.  The first line is "hello" with MSG_VERSION, the last is "end"; nothing may follow it.
 * The child has handled hostile bytes and may be theirs by now, so the reader accepts only known
 * words with exactly their fields, numbers in range and printable ASCII; anything else breaks the
 * stream for good.  What the numbers mean is for the receiver to check (an index, above all).
 */
#ifndef LOADER_MSG_H
#define LOADER_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSG_VERSION   1
#define MSG_LINE_MAX  2048
#define MSG_NUMS_MAX  8
#define MSG_TEXTS_MAX 3
#define MSG_TEXT_MAX  512 /* bytes of one text field; longer ones are cut by the writer */

enum msg_kind {
    MSG_HELLO,     /* version */
    MSG_DOING,     /* text: what comes next, to be named should the child die of it */
    MSG_PROGRESS,  /* bytes, lines, entries */
    MSG_UNCHANGED, /* text: how it was seen */
    MSG_NEW,       /* bytes, source size, inode, seconds, nanoseconds; etag, last-modified */
    MSG_FAILED,    /* seconds to wait; why */
    MSG_BADLINE,   /* list, line; file, text, why */
    MSG_LIST,      /* list, verdict, entries, lines, bad, digest, covered, made; why, counts */
    MSG_ZONE,      /* zone, verdict, entries, serial, microseconds; why */
    MSG_PREVIEW,   /* list; a line about it */
    MSG_END,
    MSG_NKINDS
};

struct msg {
    enum msg_kind kind;
    uint64_t num[MSG_NUMS_MAX];
    const char *text[MSG_TEXTS_MAX]; /* read: valid during the callback; written: NULL is "" */
};

/* 0, or -1 with errno.  Bytes that the reader would not take are written as "?". */
int msg_write(int fd, const struct msg *m);

struct msg_reader {
    char line[MSG_LINE_MAX];
    size_t len;
    bool greeted, ended, broken;
};

/*
 * Take bytes as they come.  fn is called for each message but hello and end; false from it breaks
 * the stream as a malformed line does.  Returns false when the stream is broken.
 */
typedef bool (*msg_fn)(void *ctx, const struct msg *m);
bool msg_feed(struct msg_reader *r, const char *bytes, size_t len, msg_fn fn, void *ctx);

#endif

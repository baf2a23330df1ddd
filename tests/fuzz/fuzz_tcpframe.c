/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP framing: the messages of a stream must not depend on how it is cut into segments.  The first
 * octet chooses the cuts; the rest is the stream, once in one piece and once in segments.
 */
#include <stdlib.h>
#include <string.h>

#include "dnsd/tcpframe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What came out of a stream, folded into a few numbers. */
struct outcome {
    enum tcpframe_result end;
    size_t messages, octets;
    uint64_t digest;
};

static void fold(struct outcome *o, const uint8_t *msg, size_t len)
{
    if (len < TCPFRAME_MSG_MIN)
        abort();
    o->messages++;
    o->octets += len;
    for (size_t i = 0; i < len; i++)
        o->digest = (o->digest ^ msg[i]) * UINT64_C(0x100000001b3);
    o->digest += len;
}

/* One segment, from a block of its exact size. */
static void feed(struct tcpframe *f, struct outcome *o, const uint8_t *data, size_t len)
{
    uint8_t *block = malloc(len ? len : 1);
    const uint8_t *msg;
    size_t msg_len;
    if (!block)
        abort();
    memcpy(block, data, len);
    struct tcpframe_input in = {.data = block, .len = len};
    while ((o->end = tcpframe_next(f, &in, &msg, &msg_len)) == TCPFRAME_MESSAGE)
        fold(o, msg, msg_len);
    if (in.used > len || (o->end == TCPFRAME_MORE && in.used != len))
        abort();
    free(block);
}

static struct outcome run(const uint8_t *data, size_t len, unsigned seed)
{
    struct outcome o = {.end = TCPFRAME_MORE};
    struct tcpframe f = {0};
    for (size_t at = 0; at < len && o.end == TCPFRAME_MORE;) {
        seed = seed * 1103515245 + 12345;
        size_t n = 1 + (seed >> 16) % 40;
        if (n > len - at)
            n = len - at;
        feed(&f, &o, data + at, n);
        at += n;
    }
    tcpframe_reset(&f);
    return o;
}

static struct outcome run_whole(const uint8_t *data, size_t len)
{
    struct outcome o = {.end = TCPFRAME_MORE};
    struct tcpframe f = {0};
    feed(&f, &o, data, len);
    tcpframe_reset(&f);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct outcome whole = run_whole(data + 1, size - 1);
    struct outcome cut = run(data + 1, size - 1, data[0]);
    if (whole.end != cut.end || whole.messages != cut.messages || whole.octets != cut.octets ||
        whole.digest != cut.digest)
        abort();
    return 0;
}

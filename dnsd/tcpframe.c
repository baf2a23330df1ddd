/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/tcpframe.h"

#include <stdlib.h>
#include <string.h>

void tcpframe_reset(struct tcpframe *f)
{
    free(f->body);
    *f = (struct tcpframe){0};
}

bool tcpframe_partial(const struct tcpframe *f)
{
    return f->have > 0 && !f->finished;
}

/* Take the octets of the length that are still missing; false when the input ends first. */
static bool tcpframe_prefix(struct tcpframe *f, struct tcpframe_input *in)
{
    while (f->have < TCPFRAME_PREFIX && in->used < in->len) {
        f->len = f->len << 8 | in->data[in->used++];
        f->have++;
    }
    return f->have == TCPFRAME_PREFIX;
}

/* Octets of the message that are looked at. */
static size_t tcpframe_kept(const struct tcpframe *f)
{
    return f->len > TCPFRAME_MSG_MAX ? TCPFRAME_MSG_MIN : f->len;
}

/* Append input to a message that does not lie in it whole. */
static enum tcpframe_result tcpframe_append(struct tcpframe *f, struct tcpframe_input *in,
                                            const uint8_t **msg, size_t *msg_len)
{
    size_t kept = tcpframe_kept(f), at = f->have - TCPFRAME_PREFIX;
    if (!f->body && !(f->body = malloc(kept)))
        return TCPFRAME_NOMEM;
    size_t n = in->len - in->used;
    if (n > f->len - at)
        n = f->len - at;
    if (at < kept)
        memcpy(f->body + at, in->data + in->used, n < kept - at ? n : kept - at);
    in->used += n;
    f->have += n;
    if (at + n < f->len)
        return TCPFRAME_MORE;
    f->finished = true;
    *msg = f->body;
    *msg_len = kept;
    return TCPFRAME_MESSAGE;
}

enum tcpframe_result tcpframe_next(struct tcpframe *f, struct tcpframe_input *in,
                                   const uint8_t **msg, size_t *msg_len)
{
    if (f->finished)
        tcpframe_reset(f);
    if (f->have < TCPFRAME_PREFIX && !tcpframe_prefix(f, in))
        return TCPFRAME_MORE;
    if (f->len < TCPFRAME_MSG_MIN)
        return TCPFRAME_BAD;
    /* The usual case, a message inside one segment, is answered where it lies. */
    if (!f->body && in->len - in->used >= f->len) {
        *msg = in->data + in->used;
        *msg_len = tcpframe_kept(f);
        in->used += f->len;
        *f = (struct tcpframe){0};
        return TCPFRAME_MESSAGE;
    }
    if (in->used == in->len)
        return TCPFRAME_MORE;
    return tcpframe_append(f, in, msg, msg_len);
}

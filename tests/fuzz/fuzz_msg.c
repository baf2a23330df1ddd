/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages of a child that has gone over to the enemy: however they are cut, the reader makes
 * the same of them, and hands on nothing but printable text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on_message(void *ctx, const struct msg *m)
{
    uint64_t *sum = ctx;
    *sum = *sum * 31 + (uint64_t)m->kind;
    for (unsigned i = 0; i < MSG_NUMS_MAX; i++)
        *sum = *sum * 31 + m->num[i];
    for (unsigned i = 0; i < MSG_TEXTS_MAX && m->text[i] != NULL; i++) {
        if (strlen(m->text[i]) > MSG_TEXT_MAX)
            abort();
        for (const char *p = m->text[i]; *p != '\0'; p++) {
            if (*p < 0x20 || *p > 0x7e)
                abort();
            *sum = *sum * 31 + (uint64_t)*p;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct msg_reader whole = {.len = 0}, pieces = {.len = 0};
    uint64_t a = 0, b = 0;
    size_t step = size > 0 ? data[0] % 13 + 1u : 1;
    (void)msg_feed(&whole, (const char *)data, size, on_message, &a);
    for (size_t at = 0; at < size; at += step)
        (void)msg_feed(&pieces, (const char *)data + at, size - at < step ? size - at : step,
                       on_message, &b);
    if (a != b || whole.ended != pieces.ended || whole.broken != pieces.broken)
        abort();
    return 0;
}

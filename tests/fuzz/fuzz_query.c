/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message -> reply.  The first octet chooses how it is asked: bit 0 over TCP, bit 1 client refused,
 * bits 2 and 3 the zones; the rest is the message.  What comes back must end where it says, hold
 * no more than it may, and be the same alone, in a batch and in whatever buffer.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/common/dnswalk.h"
#include "tests/common/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NFIXTURES 4
#define HEADER    12

/* Everything at once under the root, where no name is outside. */
static const struct testzone root = {
    .name = ".",
    .list = {{.name = "v", .txt = "$ is listed", .entries = "1.0.0.0/8\n2a00::/29\n"},
             {.name = "n", .format = "domains", .txt = "$$ $", .entries = ".test\n*.org\n"}},
    .ns = {{.name = "ns.example.net", .a = "192.0.2.1", .aaaa = "::1"}},
};

/* Replies that do not fit. */
#define LONG_TEXT                                                                                  \
    "$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$"
#define LONGER_TEXT LONG_TEXT LONG_TEXT LONG_TEXT LONG_TEXT LONG_TEXT LONG_TEXT
static const struct testzone large = {
    .name = "bl.test",
    .list = {{.name = "a", .a = "127.0.0.3", .txt = LONGER_TEXT, .entries = "1.2.3.4\n"},
             {.name = "b", .a = "127.0.0.4", .txt = LONGER_TEXT " $", .entries = "1.2.3.4\n"},
             {.name = "c", .a = "127.0.0.5", .txt = "$", .entries = "1.2.3.4\n", .sub = "c"}},
    .ns = {{.name = "ns1.bl.test", .a = "192.0.2.1"}},
};

static struct fixture *fixtures(void)
{
    static struct fixture f[NFIXTURES];
    static const struct testzone *const zones[] = {&root, &large, &testzone_dbl, &testzone_bl};
    if (f[0].zones)
        return f;
    fixture_standard(&f[0]);
    fixture_open(&f[1], zones, 1, "unloaded.test");
    fixture_open(&f[2], zones + 1, 2, ".");
    fixture_open(&f[3], zones, 3, "a.bl.test");
    return f;
}

static void need(bool ok)
{
    if (!ok)
        abort();
}

/* The reply alone, then beside the query it answers. */
static void check_reply(const struct heard *h, bool tcp, const uint8_t *msg, size_t len)
{
    static struct walk w;
    need(walk_message(&w, h->p, h->len));
    need(h->len <= (tcp ? QUERY_TCP_MAX : walk_udp_limit(msg, len)));
    need(h->p[2] & 0x80 && (h->p[3] & 0xf0) == 0);
    need(w.nopt <= 1);
    if (w.nopt && w.last_opt < WALK_RR_MAX)
        need(walk_options(&w.rr[w.last_opt]));
    need(memcmp(h->p, msg, 2) == 0 && (h->p[2] & 0x78) == (msg[2] & 0x78));
    if (w.count[WALK_QUESTION] == 0) {
        need(h->len == HEADER && h->p[2] == (0x80 | (msg[2] & 0x78)));
        return;
    }
    need(w.count[WALK_QUESTION] == 1 && w.question_end <= len);
    need(memcmp(h->p + HEADER, msg + HEADER, w.question_end - HEADER) == 0);
    need((h->p[2] & 1) == (msg[2] & 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct fixture *f = &fixtures()[data[0] >> 2 & 3];
    struct query_options opt = {.tcp = data[0] & 1, .refused = data[0] >> 1 & 1};
    const uint8_t *msg = data + 1;
    size_t len = size - 1;
    struct heard h = fixture_hear(f, &opt, msg, len);
    need(h.result < QUERY_NRESULTS);
    need((h.len == 0) == (h.result == QUERY_DROPPED));
    need((h.len == 0) == (len < HEADER || msg[2] & 0x80));
    if (h.len)
        check_reply(&h, opt.tcp, msg, len);
    free(h.p);
    return 0;
}

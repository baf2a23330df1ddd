/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each /16 of IPv4 has a node of its own that refers to no other, so that stretches of them can be
 * built apart.  The first goes where all go, the others into cells of their own, which are appended
 * in order: octet for octet what one thread would have written.
 */
#include "loader/build_tree.h"
#include "loader/threads.h"

#define WORTH ((size_t)1 << 17) /* addresses a part; a thread is nothing beside them */

struct stretch {
    const uint32_t *addr;
    size_t n;
    uint32_t set;
    struct buf cells; /* but for the first */
    struct tree_builder *b;
};

/* Where the /16 of addr[i] begins. */
static size_t block_start(const uint32_t *addr, size_t i)
{
    while (i > 0 && addr[i - 1] >> 16 == addr[i] >> 16)
        i--;
    return i;
}

static void build_stretch(void *arg)
{
    const struct stretch *s = arg;
    if (s->b)
        tree_builder_points4(s->b, s->addr, s->n, s->set);
}

static void join_stretch(struct tree_builder *b, struct stretch *s)
{
    if (s->b)
        tree_builder_join4(b, s->b);
    else /* there was no memory for a builder; perhaps there is for the rest */
        tree_builder_points4(b, s->addr, s->n, s->set);
    tree_builder_free(s->b);
    buf_free(&s->cells);
}

void tree_builder_points4_beside(void *arg, const uint32_t *addr, size_t n, uint32_t set)
{
    struct tree_builder *b = arg;
    struct stretch stretch[THREADS_MAX];
    size_t most = threads_usable(), parts = n / WORTH < most ? n / WORTH : most, from = 0;
    for (size_t k = 0; k < parts; k++) {
        /* What comes behind may belong to the last /16. */
        size_t end = block_start(addr, k + 1 < parts ? n * (k + 1) / parts : n - 1);
        stretch[k] = (struct stretch){.addr = addr + from, .n = end - from, .set = set, .b = b};
        from = end;
        if (k == 0)
            continue;
        stretch[k].b = tree_builder_new(&stretch[k].cells);
        /* About what it takes at most, so that nothing moves. */
        if (stretch[k].b)
            buf_reserve(&stretch[k].cells, stretch[k].n * 2);
    }
    if (parts > 0)
        threads_run(build_stretch, stretch, sizeof *stretch, parts);
    for (size_t k = 1; k < parts; k++)
        join_stretch(b, &stretch[k]);
    tree_builder_points4(b, addr + from, n - from, set);
}

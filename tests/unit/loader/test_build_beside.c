/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "loader/build_tree.h"

#define POINTS 700000 /* enough for several threads */

/* Ascending addresses from first on, with gaps up to most. */
static uint32_t *make_points(uint32_t first, uint32_t most)
{
    uint32_t *p = malloc(POINTS * sizeof(*p)), at = first;
    ck_assert_ptr_nonnull(p);
    for (size_t i = 0; i < POINTS; i++) {
        p[i] = at;
        at += 1 + (uint32_t)random() % most;
    }
    return p;
}

/* A tree of some addresses in front, the points, and some behind, in the same /16 as the last. */
static struct buf build(sweep_points add, const uint32_t *p, uint32_t *root)
{
    struct buf cells = {.p = NULL};
    struct tree_builder *b = tree_builder_new(&cells);
    ck_assert_ptr_nonnull(b);
    buf_align(&cells, 8);
    ck_assert_ptr_nonnull(buf_grow(&cells, 64));
    memset(cells.p, 0, cells.len);
    tree_builder_add4(b, p[0] - 3, p[0] - 2, 7);
    add(b, p, POINTS, 5);
    uint32_t last = p[POINTS - 1];
    if (last >> 16 == (last + 9) >> 16)
        tree_builder_add4(b, last + 2, last + 9, 7);
    tree_builder_add4(b, (last | 0xffff) + 5, (last | 0xffff) + 70000, 5);
    ck_assert(tree_builder_finish(b, root));
    tree_builder_free(b);
    return cells;
}

static const uint32_t gaps[] = {1, 2, 9, 200, 5000};

/* The same octets as from one thread. */
START_TEST(same_cells)
{
    unsigned seed = (unsigned)time(NULL);
    uint32_t root[2];
    srandom(seed);
    uint32_t *p = make_points(0x01020304, gaps[_i]);
    struct buf one = build(tree_builder_points4, p, &root[0]);
    struct buf many = build(tree_builder_points4_beside, p, &root[1]);
    ck_assert_msg(root[0] == root[1] && one.len == many.len && memcmp(one.p, many.p, one.len) == 0,
                  "gaps up to %u, seed %u: the trees differ", gaps[_i], seed);
    buf_free(&one);
    buf_free(&many);
    free(p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("build_beside");
    TCase *c = tcase_create("build_beside");
    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, same_cells, 0, sizeof(gaps) / sizeof(gaps[0]));
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

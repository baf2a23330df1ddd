/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lists themselves say of an address or name: their entries as the publisher wrote them, from
 * the mirror and the index that rbl-loader(8) keeps of each list (lib/where.h).  The files may be
 * replaced while they are read; what does not belong together is noticed and said.
 */
#ifndef CTL_WHY_H
#define CTL_WHY_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/liststate.h"
#include "ctl/what.h"
#include "lib/conf.h"
#include "lib/where.h"

/* The lists of a configuration, which must outlive it; opened as they are asked. */
struct why;

struct why *why_new(const struct conf *c); /* NULL: no memory */
void why_free(struct why *y);

/* What one list says. */
struct why_list {
    const struct conf_list *conf;
    struct liststate state;
    const char *state_word;      /* as in lists_state(), or "unknown" */
    uint64_t digest;             /* of the data whose entries these are; 0: none */
    char problem[WHERE_WHY_MAX]; /* why entries are not known; "": they are */
    size_t n;
    struct where_hit hit[WHERE_HITS_MAX];
    struct where_line line[WHERE_HITS_MAX];
    uint64_t more; /* entries that are not shown */
};

/*
 * Ask list number i.  sub: the sub-name of where the list stands that was asked; NULL: wherever its
 * entries stand.
 */
void why_ask(struct why *y, size_t i, const struct question *q, const struct name *sub,
             struct why_list *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/dataset.h"

#include <stdlib.h>

#include "loader/nested.h"
#include "loader/points.h"

/* Values whose texts are on their way while one is looked for: each is a cache miss. */
#define AHEAD 8

static bool make_values(struct dataset *d, const struct conf_list *list, struct sets *sets)
{
    d->value_set = calloc(d->e->nvalue + 1, sizeof *d->value_set);
    if (!d->value_set)
        return false;
    struct set_value v = {.has_a = 1,
                          .a = list->a,
                          .ttl = d->ttl,
                          .text = sets_template(sets, list->txt),
                          .other = SETS_NONE,
                          .source = d->source};
    d->value_set[0] = sets_single(sets, &v);
    size_t octets = 0;
    for (size_t i = 0; i < d->e->nvalue; i++)
        octets += d->e->value[i].text_len;
    sets_expect(sets, d->e->nvalue, octets);
    for (size_t i = 0; i < d->e->nvalue; i++) {
        const struct entry_value *own = &d->e->value[i];
        if (i + AHEAD < d->e->nvalue && own[AHEAD].text_len > 0)
            sets_segments_ahead(sets, d->e->bytes + own[AHEAD].text, own[AHEAD].text_len);
        v.has_a = own->has_a;
        v.action = own->action;
        v.a = own->a;
        v.text = SETS_NONE;
        bool fresh = false;
        if (own->text_len > 0) {
            uint32_t known = sets_ntexts(sets);
            v.text = sets_segments(sets, d->e->bytes + own->text, own->text_len);
            fresh = v.text >= known;
        }
        d->value_set[i + 1] = fresh ? sets_single_new(sets, &v) : sets_single(sets, &v);
    }
    return !sets->oom;
}

/* Ranges that all say the same need no sweep: entries_resolve() has joined them. */
static bool copy_spans(struct dataset *d)
{
    const struct entries *e = d->e;
    d->spans4 = calloc(e->nrange4 + 1, sizeof *d->spans4);
    d->spans6 = calloc(e->nrange6 + 1, sizeof *d->spans6);
    if (!d->spans4 || !d->spans6)
        return false;
    d->nspans4 = e->nrange4;
    d->nspans6 = e->nrange6;
    for (size_t i = 0; i < e->nrange4; i++)
        d->spans4[i] = (struct span4){e->range4[i].first, e->range4[i].last, d->value_set[0]};
    for (size_t i = 0; i < e->nrange6; i++)
        d->spans6[i] = (struct span6){e->range6[i].first, e->range6[i].last, d->value_set[0]};
    return true;
}

bool dataset_prepare(struct dataset *d, const struct conf_list *list, struct sets *sets)
{
    if (!make_values(d, list, sets))
        return false;
    if (d->e->rule == RULE_UNION)
        return entries_resolve(d->e) && copy_spans(d);
    return points_settle(d->e) &&
           nested_resolve4(d->e, d->value_set, sets, &d->spans4, &d->nspans4) &&
           nested_resolve6(d->e, d->value_set, sets, &d->spans6, &d->nspans6);
}

void dataset_free(struct dataset *d)
{
    free(d->value_set);
    free(d->spans4);
    free(d->spans6);
}

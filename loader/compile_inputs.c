/* SPDX-License-Identifier: BSD-2-Clause */
/* What an image depends on, as one number. */
#include <string.h>

#include "lib/image.h"
#include "loader/compile.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define FORMAT_SALT 2u /* raised when the same input is to give other bytes */

static void add_number(XXH3_state_t *x, uint64_t v)
{
    XXH3_64bits_update(x, &v, sizeof v);
}

static void add_string(XXH3_state_t *x, const char *s)
{
    if (!s) /* an option that is not set */
        s = "";
    XXH3_64bits_update(x, s, strlen(s) + 1);
}

static void add_name(XXH3_state_t *x, const struct name *n)
{
    XXH3_64bits_update(x, n->wire, n->len);
}

static void add_options(XXH3_state_t *x, const struct conf_list *l)
{
    const uint64_t options[] = {
        l->column, (uint8_t)l->separator, l->subdomains, l->widest4, l->widest6, l->expire};
    add_string(x, l->name);
    add_string(x, l->format);
    add_string(x, l->txt);
    add_number(x, l->a);
    add_number(x, l->host_bits);
    add_number(x, l->special_purpose);
    add_string(x, l->a_text);
    add_string(x, l->prefix);
    add_string(x, l->field);
    XXH3_64bits_update(x, options, sizeof options);
}

uint64_t compile_options(const struct conf_list *list)
{
    XXH3_state_t x;
    XXH3_64bits_reset(&x);
    add_number(&x, FORMAT_SALT);
    add_options(&x, list);
    return XXH3_64bits_digest(&x);
}

static void add_lists(XXH3_state_t *x, const struct compile_job *job, const size_t *lists, size_t n,
                      bool listed)
{
    add_number(x, n);
    for (size_t i = 0; i < n; i++) {
        const struct list_data *d = listed ? compile_listed(job, lists[i]) : job->lists[lists[i]];
        add_options(x, &job->conf->lists[lists[i]]);
        add_number(x, d != NULL);
        add_number(x, d ? d->digest : 0);
    }
}

static void add_zone(XXH3_state_t *x, const struct conf_zone *z)
{
    const uint64_t numbers[] = {z->combine,    z->soa_ttl, z->soa_refresh,  z->soa_retry,
                                z->soa_expire, z->ttl,     z->negative_ttl, z->test_points,
                                z->test_a,     z->nns,     z->nsub,         z->own_soa,
                                z->min_ttl,    z->max_ttl, z->expired};
    XXH3_64bits_update(x, numbers, sizeof numbers);
    add_name(x, &z->name);
    add_name(x, &z->mname);
    add_name(x, &z->rname);
    add_string(x, z->test_txt);
    /* Not for the image, but a new canary is to be looked up. */
    for (size_t i = 0; i < z->ncanary; i++)
        add_string(x, z->canary[i].text);
    for (size_t i = 0; i < z->nns; i++) {
        add_name(x, &z->ns[i].name);
        add_number(x, z->ns[i].has_a ? z->ns[i].a : UINT64_MAX);
        add_number(x, z->ns[i].has_aaaa);
        add_number(x, z->ns[i].aaaa.hi);
        add_number(x, z->ns[i].aaaa.lo);
    }
}

uint64_t compile_inputs(const struct compile_job *job)
{
    XXH3_state_t x;
    XXH3_64bits_reset(&x);
    add_number(&x, IMAGE_VERSION);
    add_number(&x, FORMAT_SALT);
    add_zone(&x, job->zone);
    add_lists(&x, job, job->zone->lists, job->zone->nlists, true);
    add_lists(&x, job, job->zone->exclude, job->zone->nexclude, false);
    add_lists(&x, job, job->zone->acl, job->zone->nacl, false);
    for (size_t i = 0; i < job->zone->nsub; i++) {
        add_name(&x, &job->zone->sub[i].name);
        add_lists(&x, job, job->zone->sub[i].lists, job->zone->sub[i].nlists, true);
    }
    return XXH3_64bits_digest(&x);
}

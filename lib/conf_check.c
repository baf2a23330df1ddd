/* SPDX-License-Identifier: BSD-2-Clause */
/* What only a whole section, or all of them, can show; and the life after that. */
#include "lib/conf_internal.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

unsigned conf_cpus(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : (unsigned)n;
}

static void check_unique(struct conf_reader *r, const struct conf_zone *z,
                         const struct conf_where *w)
{
    for (const struct conf_zone *other = r->conf->zones; other < z; other++)
        if (other->text && strcmp(other->text, z->text) == 0) {
            conf_complain(r, w, "there are two of that name, the first at line %u; allowed: one",
                          other->line);
            return;
        }
}

static void default_soa(struct conf_zone *z)
{
    struct name hostmaster;

    z->own_soa = z->mname.len > 0 || z->nns > 0;
    if (z->mname.len == 0 && z->nns > 0)
        z->mname = z->ns[0].name;
    else if (z->mname.len == 0)
        name_parse("localhost", 9, &z->mname);
    if (z->rname.len == 0) {
        name_parse("hostmaster", 10, &hostmaster);
        name_join(&hostmaster, &z->name, &z->rname); /* fits: CONF_ZONE_MAX leaves room */
    }
}

void conf_check_list(struct conf_reader *r, const struct conf_list *l, const struct conf_where *w)
{
    /* One failed attempt must not take a list out of its zones. */
    if (l->expire && l->expire / 3 < l->refresh)
        conf_complain(r, w, "expire: is too short; allowed: three times refresh or more");
}

void conf_check_zone(struct conf_reader *r, struct conf_zone *z, const struct conf_where *w)
{
    if (!z->text)
        return;
    check_unique(r, z, w);
    default_soa(z);
}

static void free_lists(struct conf *c)
{
    for (size_t i = 0; i < c->nlists; i++) {
        struct conf_list *l = &c->lists[i];
        free(l->name);
        free(l->url);
        free(l->format);
        free(l->txt);
        free(l->a_text);
        free(l->prefix);
        free(l->field);
    }
    free(c->lists);
}

static void free_zones(struct conf *c)
{
    for (size_t i = 0; i < c->nzones; i++) {
        struct conf_zone *z = &c->zones[i];
        for (size_t k = 0; k < z->nsub; k++)
            free(z->sub[k].lists);
        free(z->sub);
        free(z->text);
        free(z->lists);
        free(z->exclude);
        free(z->acl);
        free(z->ns);
        for (size_t k = 0; k < z->ncanary; k++)
            free(z->canary[k].text);
        free(z->canary);
        free(z->test_txt);
    }
    free(c->zones);
}

void conf_free(struct conf *c)
{
    if (!c)
        return;
    free(c->server.listen);
    free(c->server.user);
    free(c->server.nsid);
    free(c->server.proxy_from);
    free(c->server.rate_limit_allow);
    free(c->server.version);
    free(c->server.cookie_secrets);
    free(c->server.allow_query);
    free(c->paths.mirror);
    free(c->paths.images);
    free(c->paths.run);
    free_lists(c);
    free_zones(c);
    free(c);
}

long conf_find_list(const struct conf *c, const char *name)
{
    for (size_t i = 0; i < c->nlists; i++)
        if (c->lists[i].name && strcmp(c->lists[i].name, name) == 0)
            return (long)i;
    return -1;
}

long conf_find_zone(const struct conf *c, const char *name)
{
    struct name wanted;

    if (name_parse(name, strlen(name), &wanted))
        return -1;
    for (size_t i = 0; i < c->nzones; i++)
        if (name_equal(&c->zones[i].name, &wanted))
            return (long)i;
    return -1;
}

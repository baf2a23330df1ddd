/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int64_t plan_wait(const struct conf_list *conf, uint64_t failures, uint64_t asked, uint64_t random,
                  int64_t now)
{
    uint64_t pause = conf->refresh / 4;
    if (pause < PLAN_PAUSE_MIN)
        pause = PLAN_PAUSE_MIN;
    for (; failures > 1 && pause < PLAN_PAUSE_MAX; failures--)
        pause *= 2;
    if (pause > PLAN_PAUSE_MAX)
        pause = PLAN_PAUSE_MAX;
    pause -= random % (pause / 4);
    if (asked > PLAN_PAUSE_MAX)
        asked = PLAN_PAUSE_MAX;
    return now + (int64_t)(asked > pause ? asked : pause);
}

bool plan_allowed(const struct list_run *list, int64_t now)
{
    const struct list_state *s = &list->state;
    bool same = s->origin == state_origin(list->conf->url);
    return !same || s->tried == 0 || s->tried > now ||
           now - s->tried >= (int64_t)list->conf->min_refresh;
}

bool plan_due(const struct list_run *list, size_t i, const struct run_options *o, int64_t now)
{
    const struct list_state *s = &list->state;
    if (o->accept != NULL && o->accept[i])
        return true;
    if (o->no_fetch || (o->only != NULL && !o->only[i]))
        return false;
    if (!plan_allowed(list, now))
        return false;
    if (o->force || s->tried == 0 || strncmp(list->conf->url, "file:", 5) == 0)
        return true;
    /* The URL was changed, or the data are not those that the state speaks of. */
    if (s->origin != state_origin(list->conf->url) || (s->data.inode != 0 && !list->trusted))
        return true;
    /* No more than a day from now, or the clock was set back. */
    if (s->wait > now && s->wait - now <= PLAN_PAUSE_MAX)
        return false;
    /* A clock that was set back must not keep a list from being fetched for years. */
    if (s->tried > now || s->wait != 0)
        return true;
    int64_t slack = list->conf->refresh / 10;
    if (slack > PLAN_SLACK)
        slack = PLAN_SLACK;
    return now - s->tried >= (int64_t)list->conf->refresh - slack;
}

/* Without user, password and port; its length, 0 when the URL names no host. */
static size_t host_of(const char *url, const char **host)
{
    const char *at = strstr(url, "://");
    *host = url;
    if (at == NULL)
        return 0;
    at += 3;
    const char *end = at + strcspn(at, "/?#");
    for (const char *p = at; p < end; p++)
        if (*p == '@')
            at = p + 1;
    *host = at;
    if (*at == '[')
        return strcspn(at, "]");
    return strcspn(at, ":/?#");
}

bool plan_same_publisher(const char *a, const char *b)
{
    const char *left, *right;
    size_t len = host_of(a, &left);
    return len > 0 && len == host_of(b, &right) && strncasecmp(left, right, len) == 0;
}

static void mark(bool *used, const size_t *lists, size_t n)
{
    for (size_t i = 0; i < n; i++)
        used[lists[i]] = true;
}

void plan_zone_lists(const struct conf *conf, const struct conf_zone *zone, bool *used)
{
    memset(used, 0, conf->nlists * sizeof(*used));
    mark(used, zone->lists, zone->nlists);
    mark(used, zone->exclude, zone->nexclude);
    mark(used, zone->acl, zone->nacl);
    for (size_t i = 0; i < zone->nsub; i++)
        mark(used, zone->sub[i].lists, zone->sub[i].nlists);
}

/* Does the image hold data of that list? */
static bool image_holds(const struct image *img, const char *list)
{
    for (uint32_t i = 0; i < img->nsources; i++)
        if (strncmp(img->sources[i].name, list, IMAGE_NAME_MAX) == 0)
            return img->sources[i].missing == 0;
    return false;
}

static size_t append(char why[static RUN_WHY_MAX], size_t len, const char *name)
{
    int n = snprintf(why + len, RUN_WHY_MAX - len, "%s%s", len == 0 ? "" : ", ", name);
    return len + (size_t)n < RUN_WHY_MAX ? len + (size_t)n : RUN_WHY_MAX - 1;
}

static bool is_listed(const struct conf_zone *zone, const struct compile_job *job)
{
    bool any = false;
    for (size_t i = 0; i < zone->nlists; i++)
        any = any || job->lists[zone->lists[i]] != NULL;
    for (size_t s = 0; s < zone->nsub; s++)
        for (size_t i = 0; i < zone->sub[s].nlists; i++)
            any = any || job->lists[zone->sub[s].lists[i]] != NULL;
    return any;
}

enum zone_verdict plan_zone(const struct compile_job *job, const struct image *published,
                            char why[static RUN_WHY_MAX])
{
    const struct conf *conf = job->conf;
    bool *used = calloc(conf->nlists + 1, sizeof(*used));
    bool lost = false;
    size_t len = 0, configured = 0;
    why[0] = '\0';
    if (used == NULL) {
        (void)snprintf(why, RUN_WHY_MAX, "out of memory");
        return ZONE_FAILED;
    }
    plan_zone_lists(conf, job->zone, used);
    for (size_t i = 0; i < conf->nlists; i++) {
        configured += used[i];
        if (!used[i] || job->lists[i] != NULL)
            continue;
        len = append(why, len, conf->lists[i].name);
        lost = lost || (published != NULL && image_holds(published, conf->lists[i].name));
    }
    free(used);
    if (lost)
        return ZONE_KEPT;
    if (published != NULL && image_inputs(published) == compile_inputs(job))
        return ZONE_CURRENT;
    /* A zone without lists has its test points; one whose lists are all empty-handed would answer
     * "not listed" for everything, which nobody asked for. */
    if (configured > 0 && !is_listed(job->zone, job))
        return ZONE_NO_DATA;
    return ZONE_BUILT;
}

uint32_t plan_serial(int64_t now, const struct image *published)
{
    uint32_t clock = (uint32_t)now;
    if (published == NULL)
        return clock;
    /* RFC 1982 section 3.2 comparison, so that it holds beyond 2106 and through any clock. */
    uint32_t next = published->h->serial + 1;
    return (int32_t)(clock - next) >= 0 ? clock : next;
}

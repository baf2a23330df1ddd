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

int64_t plan_early(const struct list_run *list)
{
    uint64_t mixed = (list->state.origin ^ (uint64_t)list->state.tried) * 0x9e3779b97f4a7c15;
    int64_t most = list->conf->refresh / 10, least = most < PLAN_SLACK ? most : PLAN_SLACK;
    return least + (int64_t)(mixed >> 40) % (most - least + 1);
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
    return now - s->tried >= (int64_t)list->conf->refresh - plan_early(list);
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

/* Does a zone list anything of list i? */
static bool zone_lists(const struct conf_zone *zone, size_t i)
{
    bool any = false;
    for (size_t k = 0; k < zone->nlists; k++)
        any = any || zone->lists[k] == i;
    for (size_t s = 0; s < zone->nsub; s++)
        for (size_t k = 0; k < zone->sub[s].nlists; k++)
            any = any || zone->sub[s].lists[k] == i;
    return any;
}

/*
 * The end of an image was set when it was made.  Its lists were found to be current since then, so
 * it moves, but not at every pass: when half of the time to it is over.  One that was made by a
 * clock ahead of ours is put right at once.
 */
static bool is_renewal_due(const struct compile_job *job, const struct image *img)
{
    for (uint32_t i = 0; i < img->nsources; i++) {
        const struct image_source *s = &img->sources[i];
        long k = s->exclude != 0 || s->missing != 0 ? -1 : conf_find_list(job->conf, s->name);
        const struct list_data *d = k < 0 ? NULL : compile_listed(job, (size_t)k);
        if (d == NULL || d->expires == s->expires)
            continue;
        int64_t half = (int64_t)job->conf->lists[k].expire / 2;
        if (d->expires < s->expires || job->now > s->expires - half)
            return true;
    }
    return false;
}

struct absent {
    size_t configured, listed, expired; /* lists the zone reads; of these: lists, would list */
    bool lost;                          /* the published image holds data of one that has none */
};

/* Names in why the lists of a zone that have nothing for it. */
static struct absent find_absent(const struct compile_job *job, const bool *used,
                                 const struct image *published, char why[static RUN_WHY_MAX])
{
    struct absent a = {.configured = 0};
    size_t len = 0;
    why[0] = '\0';
    for (size_t i = 0; i < job->conf->nlists; i++) {
        const struct list_data *d = job->lists[i];
        a.configured += used[i];
        bool listed = used[i] && d != NULL && zone_lists(job->zone, i);
        a.listed += listed && !d->expired;
        a.expired += listed && d->expired;
        if (!used[i] || (d != NULL && !(listed && d->expired)))
            continue;
        len = append(why, len, job->conf->lists[i].name);
        a.lost = a.lost || (d == NULL && published != NULL &&
                            image_holds(published, job->conf->lists[i].name));
    }
    return a;
}

enum zone_verdict plan_zone(const struct compile_job *job, const struct image *published,
                            char why[static RUN_WHY_MAX])
{
    bool *used = calloc(job->conf->nlists + 1, sizeof(*used));
    if (used == NULL) {
        (void)snprintf(why, RUN_WHY_MAX, "out of memory");
        return ZONE_FAILED;
    }
    plan_zone_lists(job->conf, job->zone, used);
    struct absent absent = find_absent(job, used, published, why);
    free(used);
    if (absent.lost)
        return ZONE_KEPT;
    /* A zone without lists has its test points; one whose lists are all empty-handed would answer
     * "not listed" for everything, which nobody asked for. */
    bool listed = absent.configured == 0 || absent.listed > 0;
    if (!listed && published != NULL && absent.expired > 0)
        return ZONE_EXPIRED;
    if (published != NULL && image_inputs(published) == compile_inputs(job))
        return is_renewal_due(job, published) ? ZONE_BUILT : ZONE_CURRENT;
    return listed ? ZONE_BUILT : ZONE_NO_DATA;
}

int64_t plan_expires(const struct conf_list *conf, int64_t fetched, int64_t made, int64_t written)
{
    int64_t age = made != 0 ? made : written != 0 ? written : fetched;
    if (conf->expire == 0 || fetched == 0)
        return 0;
    /* A time ahead of the clock proves nothing but that one of them is wrong. */
    return (age < fetched ? age : fetched) + (int64_t)conf->expire;
}

int64_t plan_written(const struct list_run *list)
{
    if (strncmp(list->conf->url, "file:", 5) != 0)
        return 0;
    return list->fetch.outcome == FETCH_NEW ? list->fetch.source.sec : list->state.source.sec;
}

bool plan_is_expired(const struct list_state *s, int64_t expires, int64_t now)
{
    return expires != 0 && now > expires && s->stale_since != 0 && s->stale_since <= now &&
           now - s->stale_since >= CONF_STALE_TIME;
}

uint32_t plan_serial(int64_t now, const struct image *published)
{
    uint32_t clock = (uint32_t)now;
    if (published == NULL)
        return clock;
    /* RFC 1982 section 3.2 comparison, so that it holds beyond 2106 and through any clock; two
     * serials half the circle apart are neither greater nor less. */
    uint32_t last = published->h->serial;
    return (int32_t)(clock - last) > 0 ? clock : last + 1;
}

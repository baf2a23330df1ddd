/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has to be done: which lists are due, which zones need compiling.  Pure.
 */
#ifndef LOADER_PLAN_H
#define LOADER_PLAN_H

#include "lib/image.h"
#include "loader/compile.h"
#include "loader/run.h"

/* A list may be fetched so many seconds before its time, or a tenth of refresh if that is less:
 * cron does not start us on the second, and an hourly cron must not find an hourly list two seconds
 * too young. */
#define PLAN_SLACK 60

/* Seconds: the first pause behind a failure is a quarter of refresh, each further one twice the
 * last; none is shorter or longer than these. */
#define PLAN_PAUSE_MIN (5 * 60)
#define PLAN_PAUSE_MAX (24 * 3600)

/*
 * When a list may be tried again after its failures-th failure in a row.  asked: what the publisher
 * said (Retry-After), in seconds.  A quarter of the pause depends on random, so that the clients of
 * a publisher who was down do not all come back at once.
 */
int64_t plan_wait(const struct conf_list *conf, uint64_t failures, uint64_t asked, uint64_t random,
                  int64_t now);

/* Would the publisher have it fetched now?  False before min-refresh has passed. */
bool plan_allowed(const struct list_run *list, int64_t now);

/*
 * So many seconds before refresh has passed it is due: PLAN_SLACK up to a tenth of refresh, another
 * number after each attempt, so that the minute in which a publisher is asked wanders and not all
 * his clients come in the same one.
 */
int64_t plan_early(const struct list_run *list);

/* Is list i due?  Looks at conf, state, has_data and trusted. */
bool plan_due(const struct list_run *list, size_t i, const struct run_options *o, int64_t now);

/* Do two URLs name the same host?  Never true of files of this machine. */
bool plan_same_publisher(const char *a, const char *b);

/* Mark in used[conf->nlists] every list that a zone reads, exclusions and sub-names included. */
void plan_zone_lists(const struct conf *conf, const struct conf_zone *zone, bool *used);

/*
 * What a zone needs, given the lists that have data (job->lists) and its published image (NULL:
 * none, or a bad one).  ZONE_BUILT means "to be built".  why names the lists without data for
 * every verdict, "" when all have.
 */
enum zone_verdict plan_zone(const struct compile_job *job, const struct image *published,
                            char why[static RUN_WHY_MAX]);

/*
 * When a list gets older than its expire; 0: never.  Its age counts from the time that the data
 * state (made), else from that of the file where it is one of this machine (written), else from
 * when they were last found to be current; 0: not known.
 */
int64_t plan_expires(const struct conf_list *conf, int64_t fetched, int64_t made, int64_t written);

/* Modification time of the file behind a "file:" URL; 0: not known, or no such list. */
int64_t plan_written(const struct list_run *list);

/* Is it to be left out now?  s->stale_since is what the pass before left. */
bool plan_is_expired(const struct list_state *s, int64_t expires, int64_t now);

/* Serial of the next image: the clock, but always after the last one (RFC 1982). */
uint32_t plan_serial(int64_t now, const struct image *published);

#endif

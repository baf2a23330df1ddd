/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the grace period of zoneset_publish() one?
 *
 * A writer publishes sets as fast as it can.  Readers take the current set, do as a busy worker
 * does, and, still holding it, ask how many publications have begun since.  The set they hold is
 * "current" (age 0) or "previous" (age 1): publication of generation g + 1 has begun, but it cannot
 * return, and so g + 2 cannot begin, while a reader holds g.  Age 2 or more is a set whose memory
 * may be gone: failure.
 *
 * One kind of reader announces quiescent states, the other goes offline and online as the UDP
 * workers do.  The verdict is printed; TORTURE_SECONDS sets the time, default 3.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dnsd/rcu.h"
#include "dnsd/zoneset.h"

#define READERS  4
#define AGES     8
#define HOLD_MAX 4000 /* turns of an empty loop: from "at once" to several publications long */

static struct zoneset_point point;
static _Atomic uint64_t begun; /* generation of the last publication begun */
static atomic_bool stop;

struct reader {
    pthread_t thread;
    bool offline;       /* goes offline between its looks */
    uint64_t age[AGES]; /* histogram, the last column holds all that is older */
    uint64_t torn;      /* sets that changed while held */
    uint64_t backwards; /* sets older than one seen before */
    uint64_t seed;
};

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void look(struct reader *r, uint64_t *last)
{
    const struct zoneset *set = zoneset_current(&point);
    uint64_t generation = set->generation;
    for (volatile uint64_t turns = next_random(&r->seed) % HOLD_MAX; turns > 0; turns--)
        continue;
    /* Now and then it is preempted while it holds the set: the writer runs, and must wait. */
    if (next_random(&r->seed) % 8 == 0)
        sched_yield();
    /* The count first: with it in hand, the set is looked at again to see that it still is one. */
    uint64_t age = atomic_load(&begun) - generation;
    r->age[age < AGES - 1 ? age : AGES - 1]++;
    r->torn += set->generation != generation || zonetab_count(set->tab) != 0;
    r->backwards += generation < *last;
    *last = generation;
}

static void *read_on(void *arg)
{
    struct reader *r = arg;
    uint64_t last = 0;
    rcu_reader_enter();
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        if (r->offline) {
            rcu_reader_offline();
            rcu_reader_online();
        } else {
            rcu_reader_quiescent();
        }
        look(r, &last);
    }
    rcu_reader_leave();
    return NULL;
}

static uint64_t publish_for(double seconds)
{
    struct timespec begin, now;
    uint64_t g = 1;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        struct zoneset *set = zoneset_build(NULL, 0);
        if (!set)
            abort();
        atomic_store(&begun, ++g);
        zoneset_publish(&point, set);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9 <
             seconds);
    return g;
}

static void start(struct reader *readers)
{
    struct zoneset *first = zoneset_build(NULL, 0);
    if (!first)
        abort();
    zoneset_publish(&point, first);
    atomic_store(&begun, 1);
    for (unsigned i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.offline = i % 2, .seed = 0x9e3779b97f4a7c15 * (i + 1)};
        if (pthread_create(&readers[i].thread, NULL, read_on, &readers[i]) != 0)
            abort();
    }
}

/* Adds up what the readers saw, prints it; true when it was good. */
static bool judge(struct reader *readers, uint64_t generations)
{
    uint64_t age[AGES] = {0}, bad = 0, total = 0;
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        for (unsigned a = 0; a < AGES; a++)
            age[a] += readers[i].age[a];
        bad += readers[i].torn + readers[i].backwards;
    }
    printf("%" PRIu64 " publications; age of the set held:", generations);
    for (unsigned a = 0; a < AGES; a++) {
        printf(" %" PRIu64, age[a]);
        total += age[a];
        bad += a > 1 ? age[a] : 0;
    }
    printf("\n%" PRIu64 " violations\n", bad);
    /* Readers that never met a swap have tested nothing. */
    bool met = age[1] > 0 && total > generations / 100;
    if (!met)
        printf("no reader ever held a set that was being replaced\n");
    return bad == 0 && met;
}

int main(void)
{
    struct reader readers[READERS];
    const char *text = getenv("TORTURE_SECONDS");
    double seconds = text ? strtod(text, NULL) : 3;
    start(readers);
    uint64_t generations = publish_for(seconds);
    atomic_store(&stop, true);
    bool good = judge(readers, generations);
    zoneset_publish(&point, NULL);
    printf("verdict: %s\n", good ? "good" : "BAD");
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

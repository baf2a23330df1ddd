/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

struct job {
    void (*fn)(void *part);
    void *part;
};

size_t threads_usable(void)
{
    cpu_set_t set;
    size_t n = sched_getaffinity(0, sizeof(set), &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
    return n < THREADS_MAX ? n : THREADS_MAX;
}

static void *run_job(void *arg)
{
    const struct job *job = arg;
    job->fn(job->part);
    return NULL;
}

void threads_run(void (*fn)(void *part), void *parts, size_t size, size_t n)
{
    pthread_t thread[THREADS_MAX];
    struct job job[THREADS_MAX];
    bool started[THREADS_MAX] = {false};
    for (size_t k = 0; k < n; k++)
        job[k] = (struct job){fn, (uint8_t *)parts + k * size};
    for (size_t k = 1; k < n; k++)
        started[k] = pthread_create(&thread[k], NULL, run_job, &job[k]) == 0;
    for (size_t k = 0; k < n; k++)
        if (!started[k])
            run_job(&job[k]);
    for (size_t k = 1; k < n; k++)
        if (started[k])
            (void)pthread_join(thread[k], NULL);
}

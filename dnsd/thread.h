/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of the server are all started alike.
 */
#ifndef DNSD_THREAD_H
#define DNSD_THREAD_H

#include <pthread.h>

/*
 * Workers keep their buffers on the heap and call nothing deep: the largest frame is that of
 * query_answer_batch().  Sanitizers multiply frames, hence not less.  Only touched pages count.
 */
#define THREAD_STACK (512 * 1024)

/* Start run(arg) with the caller's signal mask.  Returns 0 or an errno value. */
static inline int thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;
    int err = pthread_attr_init(&attr);
    if (err)
        return err;
    err = pthread_attr_setstacksize(&attr, THREAD_STACK);
    if (!err)
        err = pthread_create(thread, &attr, run, arg);
    pthread_attr_destroy(&attr);
    return err;
}

#endif

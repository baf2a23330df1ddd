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
int thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

/*
 * By a thread that answers queries, about itself: it runs as soon as there is a query and not when
 * whoever has the processor ends a turn of some milliseconds, which may be the control thread that
 * verifies an image.  Its share of the processor stays the same, so no privilege is needed.  Linux
 * takes it as a hint since 6.12; before that, and where it is refused, nothing changes.
 */
void thread_take_short_turns(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/thread.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The shortest turn that can be asked for. */
#define THREAD_TURN_NS 100000

/* As in sched_setattr(2), first version; glibc has neither it nor the call, and the kernel's header
 * goes with no other that has struct sched_param. */
struct thread_sched {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
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

void thread_take_short_turns(void)
{
    struct thread_sched a = {.size = sizeof a};
    /* Policy and niceness stay as the operator chose them. */
    if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) < 0 || a.policy != SCHED_OTHER)
        return;
    a.runtime = THREAD_TURN_NS;
    (void)syscall(SYS_sched_setattr, 0, &a, 0);
}

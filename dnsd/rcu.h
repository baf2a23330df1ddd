/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one seam to liburcu, QSBR flavour (quiescent-state-based reclamation).
 *
 * A reader thread is offline or online.  Online, it may load a published pointer with
 * rcu_reader_load() and use what it points to until it goes offline or announces a quiescent
 * state; nothing it loaded before is valid after.  A reader that blocks must be offline, else it
 * holds up every publication.  Readers never wait for the writer.
 *
 * The writer swaps with rcu_writer_swap() and, before it frees what came back, waits with
 * rcu_writer_wait() until every reader that was online has been through one of those states.
 * Only dnsd/zoneset.c does; dnsd/loop.c waits for no more than to see that all readers are alive.
 *
 * liburcu 0.13 orders memory with inline assembly and code of its own that ThreadSanitizer cannot
 * see, so under TSan the same ordering is spelt with compiler atomics and annotations.
 */
#ifndef DNSD_RCU_H
#define DNSD_RCU_H

/* Without it rcu_dereference() passes its argument by value: a plain load, which may be torn. */
#ifndef URCU_INLINE_SMALL_FUNCTIONS
#define URCU_INLINE_SMALL_FUNCTIONS
#endif
#include <urcu/urcu-qsbr.h>
/* Bodies of less than ten lines, which that file lets any code use: beside a call into a library
 * they save a batch four pages of code and data to find again after a system call. */
#include <urcu/static/urcu-qsbr.h>

#if defined(__SANITIZE_THREAD__)
#define RCU_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TSAN 1
#endif
#endif

#ifdef RCU_TSAN
extern void __tsan_acquire(void *addr);
extern void __tsan_release(void *addr);
/* Stands for "a grace period": released by readers that leave, acquired by the writer after it. */
extern char rcu_grace_period;
#define rcu_reader_load(p)     __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_writer_swap(pp, v) __atomic_exchange_n((pp), (v), __ATOMIC_ACQ_REL)
#else
/* Load a published pointer; reader online. */
#define rcu_reader_load(p)     rcu_dereference(p)
/* Publish v and return what was published before; writer. */
#define rcu_writer_swap(pp, v) rcu_xchg_pointer((pp), (v))
#endif

/* Once per reader thread, before anything else here; the thread is online afterwards. */
static inline void rcu_reader_enter(void)
{
    urcu_qsbr_register_thread();
}

static inline void rcu_reader_offline(void)
{
#ifdef RCU_TSAN
    __tsan_release(&rcu_grace_period);
    urcu_qsbr_thread_offline();
#else
    _urcu_qsbr_thread_offline();
#endif
}

static inline void rcu_reader_online(void)
{
#ifdef RCU_TSAN
    urcu_qsbr_thread_online();
#else
    _urcu_qsbr_thread_online();
#endif
}

/* Offline and online in one step, for a reader that does not block in between. */
static inline void rcu_reader_quiescent(void)
{
#ifdef RCU_TSAN
    __tsan_release(&rcu_grace_period);
#endif
    urcu_qsbr_quiescent_state();
}

/* Once per reader thread, last. */
static inline void rcu_reader_leave(void)
{
    rcu_reader_offline();
    urcu_qsbr_unregister_thread();
}

/* Wait until no reader holds anything it loaded before this call.  The caller is no reader. */
static inline void rcu_writer_wait(void)
{
    urcu_qsbr_synchronize_rcu();
#ifdef RCU_TSAN
    __tsan_acquire(&rcu_grace_period);
#endif
}

#endif

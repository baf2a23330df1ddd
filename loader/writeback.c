/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sync_file_range() and not fsync(): an error that this one were told of would not be told again to
 * the one that counts.
 */
#include "loader/writeback.h"

#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#include "loader/mirror.h"

static void *write_out(void *arg)
{
    const struct run *run = arg;
    for (size_t i = 0; i < run->conf->nlists; i++) {
        if (run->lists[i].fetch.outcome != FETCH_NEW)
            continue;
        int fd = openat(run->lists[i].dir, MIRROR_INCOMING,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            continue;
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        (void)close(fd);
    }
    return NULL;
}

void writeback_start(const struct run *run)
{
    pthread_t thread;
    bool any = false;
    for (size_t i = 0; i < run->conf->nlists && !any; i++)
        any = run->lists[i].fetch.outcome == FETCH_NEW;
    if (any && !run->dry && pthread_create(&thread, NULL, write_out, (void *)(uintptr_t)run) == 0)
        (void)pthread_detach(thread);
}

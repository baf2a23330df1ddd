/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/watch.h"

#include <stdint.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define WATCH_EVENTS                                                                               \
    (IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF |    \
     IN_ONLYDIR)

/* After these the watch no longer stands for the path, or events are missing. */
#define WATCH_LOST (IN_IGNORED | IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)

void watch_renew(struct watch *w)
{
    if (w->fd >= 0 && w->wd < 0)
        w->wd = inotify_add_watch(w->fd, w->dir, WATCH_EVENTS);
}

void watch_open(struct watch *w, const char *dir)
{
    *w = (struct watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .wd = -1, .dir = dir};
    watch_renew(w);
}

static void watch_forget(struct watch *w)
{
    if (w->wd >= 0)
        (void)inotify_rm_watch(w->fd, w->wd);
    w->wd = -1;
}

bool watch_drain(struct watch *w)
{
    _Alignas(struct inotify_event) uint8_t buf[4096];
    bool any = false, lost = false;
    ssize_t n;
    while (w->fd >= 0 && (n = read(w->fd, buf, sizeof buf)) > 0) {
        struct inotify_event ev;
        for (size_t at = 0; at < (size_t)n; at += sizeof ev + ev.len) {
            memcpy(&ev, buf + at, sizeof ev);
            /* A name, where there is one, follows, with at least one NUL. */
            any |= ev.len == 0 || buf[at + sizeof ev] != '.';
            /* IGNORED also follows our own rm_watch of an earlier watch; that one is no loss. */
            if (ev.mask & WATCH_LOST && (ev.wd == w->wd || ev.mask & IN_Q_OVERFLOW))
                lost = true;
        }
    }
    if (lost) {
        watch_forget(w);
        watch_renew(w);
    }
    return any;
}

void watch_close(struct watch *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = w->wd = -1;
}

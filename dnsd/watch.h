/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hears when files come to or leave the images directory (inotify).  Control thread only.
 *
 * What exactly happened does not matter: any event means "look at the directory again".  When the
 * directory does not exist, is replaced, or the kernel drops events, watch_renew() starts anew, so
 * a caller that looks every WATCH_RESCAN_MS anyway misses nothing for longer than that.
 */
#ifndef DNSD_WATCH_H
#define DNSD_WATCH_H

#include <stdbool.h>

/*
 * The safety net under inotify, which some network file systems do not feed: new data is served a
 * minute late at worst, for one stat() per image and minute.
 */
#define WATCH_RESCAN_MS 60000

/*
 * The first event is followed at once; after that look, events are left to gather for so long: a
 * loader pass renames its images within milliseconds of each other, and one more swap then serves
 * all the others.
 */
#define WATCH_GATHER_MS 20

struct watch {
    int fd; /* for poll(); -1 when the system has no inotify to give */
    int wd; /* -1: not watching now */
    const char *dir;
};

/* Borrows dir.  Never fails: without inotify there is the rescan. */
void watch_open(struct watch *w, const char *dir);

/* Drain pending events; true when there was any but of hidden files, which are no images (yet). */
bool watch_drain(struct watch *w);

/* Watch the directory if it is not watched: before each look at it. */
void watch_renew(struct watch *w);

void watch_close(struct watch *w);

#endif

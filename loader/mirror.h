/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mirror directory, where the loader alone writes:
 *
 *   .lock            held (flock) by a loader and by everything it has started
 *   NAME/data        the last good file of list NAME
 *   NAME/incoming    a candidate, between fetch and verdict
 *   NAME/refused     the last candidate, while it was refused, for a look at it
 *   NAME/state       loader/state.h
 *   NAME/where       lib/where.h
 *
 * Whoever holds the lock may take "incoming" and hidden files for leftovers of a killed run.
 */
#ifndef LOADER_MIRROR_H
#define LOADER_MIRROR_H

#include <stdbool.h>

#include "lib/conf.h"
#include "loader/state.h"

#define MIRROR_PATH_MAX (CONF_NAME_MAX + 16) /* NAME/incoming */
#define MIRROR_WHY_MAX  256

#define MIRROR_DATA     "data"
#define MIRROR_INCOMING "incoming"
#define MIRROR_REFUSED  "refused"

#define MIRROR_WHERE_TEMP ".where.tmp" /* where, while it is written */

struct mirror {
    int dir;
    int lock;
};

enum mirror_opened { MIRROR_OPENED, MIRROR_BUSY, MIRROR_FAILED };

/* Make the directory if it is missing and lock it.  why is filled unless it was opened. */
enum mirror_opened mirror_open(const char *path, struct mirror *m, char why[static MIRROR_WHY_MAX]);
void mirror_close(struct mirror *m);

/*
 * The directory of a list, made if it is missing and cleared of leftovers.  A descriptor for the
 * functions below, or -1 with errno.
 */
int mirror_list_dir(const struct mirror *m, const char *name);

/* Remove what a fetch, or a pass that ended early, left behind. */
void mirror_sweep(int dir);

/* Remove the directory of a list if it is empty. */
void mirror_drop_empty(const struct mirror *m, const char *name);

/*
 * False: there is none, or it cannot be used (then why says so, else why is empty); *s is zeroed.
 */
bool mirror_read_state(int dir, struct list_state *s, char why[static MIRROR_WHY_MAX]);
int mirror_write_state(int dir, const struct list_state *s);

/* Candidate -> data, synced; the old data and a refused file go.  *id is that of the new data. */
int mirror_accept(int dir, struct file_id *id);
/* Candidate -> refused. */
void mirror_refuse(int dir);
/* Candidate -> nothing. */
void mirror_discard(int dir);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock, landlock(7), by its system calls: Debian 12 has no library for it, and its kernel
 * header knows version 2 of seven.
 */
#ifndef LIB_LANDLOCK_H
#define LIB_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

enum landlock_use {
    LANDLOCK_USE_READ,  /* read files, list directories */
    LANDLOCK_USE_RUN,   /* that, and execute */
    LANDLOCK_USE_WRITE, /* read, write, make, rename and remove plain files; no new directories */
};

struct landlock_rule {
    const char *path; /* what lies below it too; a file or a directory */
    enum landlock_use use;
};

/*
 * From now on this thread, and those it starts, can open only what the rules name.  What is open
 * stays open, but a directory's descriptor leads no further than its path.  A path for
 * reading that does not exist yet gives its place to its nearest parent there is; to write to, it
 * must exist.  With network false no TCP address can
 * be bound or connected either, where this kernel knows how.  Needs no_new_privs.  Returns 0 or an
 * errno value (ENOSYS, EOPNOTSUPP: this kernel has none).
 */
int landlock_confine(const struct landlock_rule *rules, size_t n, bool network);

#endif

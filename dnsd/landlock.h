/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock, landlock(7), by its system calls: Debian 12 has no library for it, and its kernel
 * header knows version 2 of seven.
 */
#ifndef DNSD_LANDLOCK_H
#define DNSD_LANDLOCK_H

/*
 * From now on this thread, and those it starts, can open only what lies below dir, and only for
 * reading.  What is open stays open.  When dir does not exist yet, its nearest existing parent
 * takes its place.  Needs no_new_privs.  Returns 0 or an errno value (ENOSYS, EOPNOTSUPP: this
 * kernel has none).
 */
int landlock_read_only(const char *dir);

#endif

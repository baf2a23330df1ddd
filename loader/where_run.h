/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of each list (lib/where.h), made behind everything else of a run, so that it delays no
 * answer: in a child of low priority for each list whose data or whose way of being read changed.
 * Nothing depends on an index; one that cannot be made costs a line in the log.
 */
#ifndef LOADER_WHERE_RUN_H
#define LOADER_WHERE_RUN_H

#include "loader/run.h"
#include "loader/where_note.h"

/* After the commit.  mirror: the directory, for lists that are no longer configured. */
void where_run(const struct run *run, int mirror);

/* Parse text as the list's format does and note where its entries stand.  NULL, or what is wrong
 * (static).  *notes is the caller's to free either way. */
const char *where_scan(const struct conf_list *conf, const char *text, size_t len,
                       struct where_notes *notes);

#endif

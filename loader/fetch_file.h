/* SPDX-License-Identifier: BSD-2-Clause */
/* What copying one file and reading several have in common. */
#ifndef LOADER_FETCH_FILE_H
#define LOADER_FETCH_FILE_H

#include <stdbool.h>

#include "loader/fetch.h"

/* Open a regular file of at most max-size; *id is its identity.  -1 with r->detail. */
int fetch_file_open(const struct fetch_job *job, const char *path, struct file_id *id,
                    struct fetch_result *r);
/* Neither written to nor replaced since *before was taken? */
bool fetch_file_is_still(int fd, const char *path, const struct file_id *before);
/* Keep of an identity that is too young to tell of any later change the time alone. */
void fetch_file_settle(struct file_id *id);

/*
 * "A,B,C" behind "file:", for the formats of rbldnsd, whose data sets may be of several files: they
 * go into "incoming" one behind the other, decompressed, each behind a line "$FILE LENGTH NAME" and
 * with a line feed at its end.  Changed when any of them is.
 */
bool fetch_files_wanted(const struct fetch_job *job, const char *paths);
void fetch_files(const struct fetch_job *job, const char *paths, struct fetch_result *r);

#endif

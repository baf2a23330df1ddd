/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of -l and -s, in the helper: whatever account and directory the data files have. */
#ifndef DNSD_RBLDNSD_FILES_H
#define DNSD_RBLDNSD_FILES_H

#include "dnsd/rbldnsd_link.h"
#include "lib/rbldnsd_opt.h"

/* Open the query log, made when it is missing, and send it over the link; says what is wrong. */
void rbldnsd_files_log(const struct rbldnsd_opt *o, int link);

/* A piece of a line for the statistics file; the file is opened anew for each line. */
struct rbldnsd_files_line {
    char *text;
    size_t len;
};
void rbldnsd_files_stats(const struct rbldnsd_opt *o, struct rbldnsd_files_line *l,
                         const struct link_message *m);

#endif

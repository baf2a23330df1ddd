/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of rsync, for the fetcher and its test.
 */
#ifndef LOADER_FETCH_RSYNC_H
#define LOADER_FETCH_RSYNC_H

#include <stdbool.h>

#include "lib/conf.h"

#define RSYNC_ARGS_MAX   32
#define RSYNC_OPTION_MAX 48

struct rsync_command {
    const char *argv[RSYNC_ARGS_MAX]; /* NULL-terminated; borrows conf and the buffers below */
    char stall[RSYNC_OPTION_MAX], connect[RSYNC_OPTION_MAX], max_size[RSYNC_OPTION_MAX];
};

/*
 * known: "data" are what the last transfer left, so that equal size and time mean equal bytes;
 * otherwise rsync compares the contents.  False: the URL is not one that rsync may be given
 * (rsync://HOST[:PORT]/MODULE/FILE).
 */
bool rsync_command(struct rsync_command *c, const struct conf_list *conf, bool known);

/* What an exit status of rsync(1) means, in a few words. */
const char *rsync_exit_text(int status);

#endif

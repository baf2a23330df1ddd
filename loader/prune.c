/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/prune.h"

#include <stdlib.h>

#include "lib/allow.h"
#include "lib/allowfile.h"
#include "lib/log.h"

static bool is_current(void *arg, const char *line, size_t len)
{
    const int64_t *now = arg;
    struct allow_entry e;
    /* A line that cannot be read is the parser's to report. */
    if (allow_parse(line, len, &e) != NULL || e.kind == ALLOW_BLANK || !allow_is_over(&e, *now))
        return true;
    log_notice("list " ALLOW_LIST ": over: %.*s", len < 200 ? (int)len : 200, line);
    return false;
}

void prune_allowed(const struct conf *conf, int64_t now)
{
    char why[ALLOWFILE_WHY_MAX];
    if (conf_find_list(conf, ALLOW_LIST) < 0)
        return;
    /* As comments: a clock that ran ahead for a moment must not cost what an operator wrote. */
    struct allowfile_change over = {.keep = is_current, .arg = &now, .mark = "# over: "};
    char *path = conf_allow_path(conf);
    if (path == NULL || allowfile_edit(path, &over, why) < 0)
        log_warn("list " ALLOW_LIST ": %s", path == NULL ? "out of memory" : why);
    free(path);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * allow: the local allow list that rblctl(1) keeps, lib/allow.h.  Entries that are over count as
 * comments; the loader takes them out of the file before each pass, so that its bytes change then.
 */
#include "lib/allow.h"
#include "loader/format.h"
#include "loader/lines.h"

static enum line_kind allow_line(struct parse *p, const char *line, size_t len, const char **reason)
{
    struct allow_entry e;
    *reason = allow_parse(line, len, &e);
    if (*reason != NULL)
        return LINE_BAD;
    if (e.kind == ALLOW_BLANK || (p->now != 0 && allow_is_over(&e, p->now)))
        return LINE_COMMENT;
    bool added = e.kind == ALLOW_PREFIX ? entries_add_prefix(p->out, &e.prefix)
                                        : entries_add_name(p->out, &e.name, NAME_TREE, false);
    return added ? LINE_GOOD : LINE_NO_MEMORY;
}

static bool allow_file(struct parse *p, const char *text, size_t len)
{
    return parse_lines(p, text, len, allow_line);
}

const struct format format_allow = {
    .name = "allow",
    .about = "rblctl's allow list: ENTRY [until TIME] [# REASON]",
    .parse = allow_file,
};

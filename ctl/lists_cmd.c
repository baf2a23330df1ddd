/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/lists_cmd.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ctl/jsonout.h"
#include "ctl/table.h"
#include "ctl/text.h"

#define OLD_AFTER 3 /* refreshes without success */

/* One list as it is shown. */
struct shown {
    const char *name, *state;
    struct liststate s;
    int64_t next;
    char error[LISTSTATE_TEXT_MAX];
};

const char *lists_state(const struct conf_list *list, const struct liststate *s, int64_t now)
{
    if (s->fetched == 0)
        return "never";
    if (s->stale_since != 0 && now - s->stale_since >= CONF_STALE_TIME)
        return "expired";
    if (s->held_times > 0)
        return "held";
    if (s->failure[0] != '\0')
        return "failing";
    return now - s->fetched > (int64_t)list->refresh * OLD_AFTER ? "old" : "current";
}

int64_t lists_next(const struct conf_list *list, const struct liststate *s, int64_t now)
{
    bool file = strncmp(list->url, "file:", 5) == 0;
    int64_t next = s->wait > 0 ? s->wait : s->tried + (int64_t)list->refresh;
    return file || s->tried == 0 || next <= now ? 0 : next;
}

static void look(const struct conf *c, size_t i, int64_t now, struct shown *l)
{
    char why[LISTSTATE_WHY_MAX] = "";
    const struct conf_list *list = &c->lists[i];
    bool bad = liststate_read(c->paths.mirror, list->name, &l->s, why) == LISTSTATE_BAD;
    l->name = list->name;
    l->state = bad ? "unknown" : lists_state(list, &l->s, now);
    l->next = lists_next(list, &l->s, now);
    (void)snprintf(l->error, sizeof(l->error), "%s", bad ? why : l->s.failure);
}

static void add_row(struct table *t, const struct shown *l, int64_t now)
{
    char fetched[TEXT_AGE_MAX], changed[TEXT_AGE_MAX], next[TEXT_AGE_MAX];
    text_age(fetched, now, l->s.fetched);
    text_age(changed, now, l->s.modified);
    text_span(next, l->next - now);
    table_cell(t, "%s", l->name);
    table_cell(t, "%s", l->state);
    table_cell(t, "%" PRIu64, l->s.entries);
    table_cell(t, "%s", fetched);
    table_cell(t, "%s", changed);
    table_cell(t, "%s%s", l->next == 0 ? "next run" : "in ", l->next == 0 ? "" : next);
    table_cell(t, "%s", l->error[0] != '\0' ? l->error : "-");
}

static json_t *as_object(const struct shown *l)
{
    /* Strings are of the configuration and of messages in ASCII; times are unix times, 0: none. */
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "name", l->name, "state",
                     l->state, "entries", (json_int_t)l->s.entries, "fetched",
                     (json_int_t)l->s.fetched, "modified", (json_int_t)l->s.modified, "tried",
                     (json_int_t)l->s.tried, "next", (json_int_t)l->next, "failures",
                     (json_int_t)l->s.failures, "error", l->error);
}

int lists_command(FILE *out, const struct conf *c, bool json)
{
    static const char *const heads[] = {"LIST",    "STATE",    "ENTRIES",   "FETCHED",
                                        "CHANGED", "NEXT TRY", "LAST ERROR"};
    int64_t now = (int64_t)time(NULL);
    json_t *array = json ? json_array() : NULL;
    struct table t;
    bool all = true, good = !json || array != NULL;
    if (!json)
        table_init(&t, 7, 4, heads);
    for (size_t i = 0; i < c->nlists; i++) {
        struct shown l;
        look(c, i, now, &l);
        all = all && strcmp(l.state, "current") == 0;
        if (json)
            good = good && json_array_append_new(array, as_object(&l)) == 0;
        else
            add_row(&t, &l, now);
    }
    if (json)
        return jsonout_print(out, array, !good) && all ? 0 : 1;
    good = table_print(&t, 0, out);
    if (!good)
        text_error("out of memory");
    return good && all ? 0 : 1;
}

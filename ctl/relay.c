/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/relay.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/jsonout.h"
#include "ctl/reply.h"
#include "ctl/text.h"

/* The reply, or NULL when there is none; what was wrong has been said then. */
static char *ask(const struct conf *c, const char *request)
{
    char why[CLIENT_WHY_MAX];
    char *reply;
    enum client_result r = client_ask(c->paths.run, request, &reply, why);
    if (r != CLIENT_GOOD) {
        text_error("%s: %s", r == CLIENT_NOT_RUNNING ? "rbl-dnsd is not running" : "no answer",
                   why);
        return NULL;
    }
    const char *refused = reply_error(reply);
    if (!refused)
        return reply;
    text_error("rbl-dnsd says: %s", refused);
    free(reply);
    return NULL;
}

int reload_command(FILE *out, const struct conf *c)
{
    char *reply = ask(c, "reload");
    if (!reply)
        return 1;
    int status = 1;
    if (strcmp(reply, "ok\n") == 0) {
        fputs(reply, out);
        status = 0;
    } else if (strcmp(reply, "failed\n") == 0) {
        fputs("failed; what was served before still is, \"rblctl status\" says why\n", out);
    } else {
        text_error("reload: unexpected answer: %.*s", (int)strcspn(reply, "\n"), reply);
    }
    free(reply);
    return status;
}

/* Lines of a name and a number, as stats_check() has found them. */
static bool put_counters(FILE *out, const char *text)
{
    json_t *v = json_object();
    bool bad = false;
    for (const char *end; *text; text = end + 1) {
        const char *blank = strchr(text, ' ');
        char name[64];
        uint64_t value = 0;
        end = strchr(text, '\n');
        snprintf(name, sizeof name, "%.*s", (int)(blank - text), text);
        (void)text_number(blank + 1, (size_t)(end - blank) - 1, UINT64_MAX, &value);
        bad |= json_object_set_new(v, name, json_integer((json_int_t)value)) != 0;
    }
    return jsonout_print(out, v, bad);
}

int stats_command(FILE *out, const struct conf *c, bool json)
{
    size_t line;
    char *reply = ask(c, "stats");
    if (!reply)
        return 1;
    const char *why = stats_check(reply, &line);
    bool good = why == NULL;
    if (!good)
        text_error("stats: unexpected answer: line %zu: %s", line, why);
    else if (json)
        good = put_counters(out, reply);
    else
        fputs(reply, out);
    free(reply);
    return good ? 0 : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/relay.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/client.h"
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

int stats_command(FILE *out, const struct conf *c)
{
    size_t line;
    char *reply = ask(c, "stats");
    if (!reply)
        return 1;
    const char *why = stats_check(reply, &line);
    if (why)
        text_error("stats: unexpected answer: line %zu: %s", line, why);
    else
        fputs(reply, out);
    free(reply);
    return why ? 1 : 0;
}

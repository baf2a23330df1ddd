/* SPDX-License-Identifier: BSD-2-Clause */
/* rblctl(1): options and the table of commands. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/allow_cmd.h"
#include "ctl/dump_cmd.h"
#include "ctl/image_cmd.h"
#include "ctl/lists_cmd.h"
#include "ctl/loader_cmd.h"
#include "ctl/lookup_cmd.h"
#include "ctl/migrate_cmd.h"
#include "ctl/relay.h"
#include "ctl/status.h"
#include "ctl/text.h"
#include "lib/conf.h"
#include "lib/version.h"

#define MAIN_CONF "/etc/rblmirror/rbldnsd.conf"

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "usage: rblctl [-c FILE] COMMAND\n"
    "\n"
    "  status [--json]     the server, its zones, the age of every list\n"
    "  lists [--json]      every list: state, age, next try, last error\n"
    "  lookup WHAT [ZONE] [--json]\n"
    "                      is this address or name listed, where, and why\n"
    "  allow [--json]      the local allow list, which wins over all lists\n"
    "  allow WHAT [--until TIME] [--why TEXT] [--json]\n"
    "                      put an address, prefix or name into it, and publish\n"
    "  allow WHAT --remove [--json]\n"
    "                      take it out, and publish\n"
    "  rollback ZONE       have the loader publish the image before the last one again\n"
    "  rollback ZONE --undo\n"
    "                      and compile and publish that zone as usual again\n"
    "  accept LIST         have the loader take a list that it holds for its size\n"
    "  reload              have the server look at the images directory now\n"
    "  stats [--json]      the server's counters\n"
    "  image FILE          verify an image and show what is in it\n"
    "  dump ZONE [--as plain|rbldnsd|bind|rpz]\n"
    "                      write a compiled zone as text\n"
    "  migrate -- ARGUMENTS...\n"
    "                      rbldnsd's arguments as a configuration\n"
    "\n"
    "  -c, --config FILE   configuration, default " MAIN_CONF "\n"
    "  -h, --help          this text\n"
    "  -V, --version       version\n"
    "\n"
    "Exit status: 0 good, or listed; 1 not so, or no server; 2 usage or configuration.\n";

/* Options of commands, as bits. */
enum { OPT_AS = 1, OPT_JSON = 2, OPT_UNTIL = 4, OPT_WHY = 8, OPT_REMOVE = 16, OPT_UNDO = 32 };

static const struct {
    const char *name;
    unsigned bit;
} command_options[] = {
    {"--as", OPT_AS},   {"--json", OPT_JSON},     {"--until", OPT_UNTIL},
    {"--why", OPT_WHY}, {"--remove", OPT_REMOVE}, {"--undo", OPT_UNDO},
};

struct call {
    const struct conf *conf; /* NULL for a command without one */
    const char *conf_path;
    char *const *arg; /* NULL behind the last */
    unsigned given;   /* options */
    const char *as, *until, *why;
};

struct command {
    const char *name;
    int min, max; /* arguments */
    bool no_conf;
    unsigned options; /* it takes */
    int (*run)(const struct call *c);
};

static int run_status(const struct call *c)
{
    return status_command(stdout, c->conf, c->given & OPT_JSON);
}

static int run_lists(const struct call *c)
{
    return lists_command(stdout, c->conf, c->given & OPT_JSON);
}

static int run_rollback(const struct call *c)
{
    return rollback_command(c->conf, c->conf_path, c->arg[0], c->given & OPT_UNDO);
}

static int run_accept(const struct call *c)
{
    return accept_command(c->conf, c->conf_path, c->arg[0]);
}

static int run_allow(const struct call *c)
{
    struct allow_options o = {.what = c->arg[0],
                              .until = c->until,
                              .why = c->why,
                              .remove = c->given & OPT_REMOVE,
                              .json = c->given & OPT_JSON};
    return allow_command(stdout, c->conf, c->conf_path, &o);
}

static int run_lookup(const struct call *c)
{
    return lookup_command(stdout, c->conf, c->arg[0], c->arg[1], c->given & OPT_JSON);
}

static int run_reload(const struct call *c)
{
    return reload_command(stdout, c->conf);
}

static int run_stats(const struct call *c)
{
    return stats_command(stdout, c->conf, c->given & OPT_JSON);
}

static int run_image(const struct call *c)
{
    return image_command(stdout, c->arg[0]);
}

static int run_dump(const struct call *c)
{
    return dump_command(stdout, c->conf, c->arg[0], c->as);
}

static int run_migrate(const struct call *c)
{
    return migrate_command(stdout, c->arg);
}

static const struct command commands[] = {
    {.name = "status", .options = OPT_JSON, .run = run_status},
    {.name = "lists", .options = OPT_JSON, .run = run_lists},
    {.name = "lookup", .min = 1, .max = 2, .options = OPT_JSON, .run = run_lookup},
    {.name = "allow",
     .max = 1,
     .options = OPT_JSON | OPT_UNTIL | OPT_WHY | OPT_REMOVE,
     .run = run_allow},
    {.name = "accept", .min = 1, .max = 1, .run = run_accept},
    {.name = "rollback", .min = 1, .max = 1, .options = OPT_UNDO, .run = run_rollback},
    {.name = "reload", .run = run_reload},
    {.name = "stats", .options = OPT_JSON, .run = run_stats},
    {.name = "image", .min = 1, .max = 1, .no_conf = true, .run = run_image},
    {.name = "dump", .min = 1, .max = 1, .options = OPT_AS, .run = run_dump},
    {.name = "migrate", .min = 1, .max = INT_MAX, .no_conf = true, .run = run_migrate},
};

static int run_command(const struct command *cmd, const char *conf_path, struct call *call)
{
    struct conf *conf = NULL;
    if (!cmd->no_conf && !(conf = conf_load(conf_path, NULL, stderr)))
        return EXIT_USAGE;
    call->conf = conf;
    call->conf_path = conf_path;
    int status = cmd->run(call);
    conf_free(conf);
    /* A report that was cut short by a full disk must not look like a whole one. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        text_error("standard output: %s", strerror(errno));
        return EXIT_USAGE;
    }
    return status;
}

static int find_command(int argc, char **argv, const char *conf_path, struct call *call)
{
    if (argc == 0) {
        text_error("which command?");
        return -1;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct command *cmd = &commands[i];
        if (strcmp(cmd->name, argv[0]) != 0)
            continue;
        for (size_t k = 0; k < sizeof command_options / sizeof command_options[0]; k++) {
            if (!(call->given & ~cmd->options & command_options[k].bit))
                continue;
            text_error("%s: %s is for another command", cmd->name, command_options[k].name);
            return -1;
        }
        call->arg = argv + 1;
        if (argc - 1 >= cmd->min && argc - 1 <= cmd->max)
            return run_command(cmd, conf_path, call);
        text_error("%s: too %s arguments", cmd->name, argc - 1 < cmd->min ? "few" : "many");
        return -1;
    }
    text_error("%s: no such command", argv[0]);
    return -1;
}

int main(int argc, char **argv)
{
    static const struct option longopts[] = {
        {"as", required_argument, NULL, 'a'},  {"config", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},      {"json", no_argument, NULL, 'j'},
        {"version", no_argument, NULL, 'V'},   {"until", required_argument, NULL, 'u'},
        {"why", required_argument, NULL, 'w'}, {"remove", no_argument, NULL, 'r'},
        {"undo", no_argument, NULL, 'U'},      {NULL, 0, NULL, 0},
    };
    const char *conf_path = MAIN_CONF;
    struct call call = {.given = 0};
    int c, status = -1;
    while ((c = getopt_long(argc, argv, "c:hV", longopts, NULL)) != -1) {
        switch (c) {
        case 'a':
            call.given |= OPT_AS;
            call.as = optarg;
            break;
        case 'c':
            conf_path = optarg;
            break;
        case 'u':
            call.given |= OPT_UNTIL;
            call.until = optarg;
            break;
        case 'w':
            call.given |= OPT_WHY;
            call.why = optarg;
            break;
        case 'U':
            call.given |= OPT_UNDO;
            break;
        case 'r':
            call.given |= OPT_REMOVE;
            break;
        case 'j':
            call.given |= OPT_JSON;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        case 'V':
            puts("rblctl " RBL_VERSION);
            return EXIT_SUCCESS;
        default:
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    status = find_command(argc - optind, argv + optind, conf_path, &call);
    if (status < 0) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return status;
}

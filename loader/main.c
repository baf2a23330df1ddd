/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/conf.h"
#include "lib/log.h"
#include "lib/version.h"
#include "loader/child.h"
#include "loader/format.h"
#include "loader/retired.h"
#include "loader/rollback.h"
#include "loader/run.h"

#define PROGRAM        "rbl-loader"
#define DEFAULT_CONFIG "/etc/rblmirror/rbldnsd.conf"

struct arguments {
    const char *config;
    const char **lists, **accepted; /* --list, --accept as given; room for argc of each */
    size_t nlists, naccepted;
    const char *rollback, *undo; /* zones, or NULL */
    bool force, no_fetch, check, dry_run;
};

enum parsed { PARSED_RUN, PARSED_DONE, PARSED_WRONG };

static void print_usage(FILE *to)
{
    (void)fputs(
        "usage: " PROGRAM " [-c FILE] [--list NAME]... [--force] [--no-fetch] [--accept NAME]...\n"
        "       [--dry-run] [--check]\n"
        "\n"
        "One pass: fetch the lists that are due, compile the zones that changed, publish.\n"
        "\n"
        "  -c, --config FILE  configuration (default " DEFAULT_CONFIG ")\n"
        "  -l, --list NAME    fetch only this list; may be given several times\n"
        "  -f, --force        fetch now, whatever refresh says\n"
        "  -n, --no-fetch     fetch nothing, compile from what is here\n"
        "  -a, --accept NAME  fetch this list and take it, however much its size changed\n"
        "      --rollback ZONE       publish the image before the last one again, and no new one\n"
        "      --undo-rollback ZONE  compile and publish that zone as usual again\n"
        "      --check        read the configuration and exit\n"
        "  -h, --help         this text\n"
        "  -V, --version      the version\n"
        "\n"
        "Exit status: 0 all current; 1 some list kept its old data or a zone could not be\n"
        "compiled; 2 usage or configuration; 75 another loader is at work.\n",
        to);
}

static enum parsed parse_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"list", required_argument, NULL, 'l'},
        {"force", no_argument, NULL, 'f'},
        {"no-fetch", no_argument, NULL, 'n'},
        {"check", no_argument, NULL, 'k'},
        {"accept", required_argument, NULL, 'a'},
        {"dry-run", no_argument, NULL, 'd'},
        {"rollback", required_argument, NULL, 'r'},
        {"undo-rollback", required_argument, NULL, 'u'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    for (int c; (c = getopt_long(argc, argv, "c:l:a:fndhV", options, NULL)) != -1;) {
        switch (c) {
        case 'c':
            a->config = optarg;
            break;
        case 'l':
            a->lists[a->nlists++] = optarg;
            break;
        case 'a':
            a->accepted[a->naccepted++] = optarg;
            break;
        case 'f':
            a->force = true;
            break;
        case 'n':
            a->no_fetch = true;
            break;
        case 'd':
            a->dry_run = true;
            break;
        case 'r':
            a->rollback = optarg;
            break;
        case 'u':
            a->undo = optarg;
            break;
        case 'k':
            a->check = true;
            break;
        case 'h':
            print_usage(stdout);
            return PARSED_DONE;
        case 'V':
            (void)puts(PROGRAM " " RBL_VERSION);
            return PARSED_DONE;
        default:
            print_usage(stderr);
            return PARSED_WRONG;
        }
    }
    if (optind == argc)
        return PARSED_RUN;
    (void)fprintf(stderr, PROGRAM ": unexpected argument: %s\n", argv[optind]);
    print_usage(stderr);
    return PARSED_WRONG;
}

/* Mark n lists by name in picked[conf->nlists]; false: one is not configured. */
static bool pick_lists(const struct conf *conf, const char *const *names, size_t n, bool *picked)
{
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        long k = conf_find_list(conf, names[i]);
        if (k >= 0)
            picked[k] = true;
        else
            log_error("%s: no such list in the configuration", names[i]);
        good = good && k >= 0;
    }
    return good;
}

static int run(const struct arguments *a)
{
    int status = RUN_UNUSABLE;
    bool *only = NULL, *accept = NULL;
    struct conf *conf = conf_load(a->config, format_known, stderr);
    if (conf == NULL)
        return status;
    only = calloc(conf->nlists + 1, sizeof(*only));
    accept = calloc(conf->nlists + 1, sizeof(*accept));
    if (only == NULL || accept == NULL) {
        log_error("out of memory");
        goto out;
    }
    if (!pick_lists(conf, a->lists, a->nlists, only) ||
        !pick_lists(conf, a->accepted, a->naccepted, accept))
        goto out;
    retired_warn(conf);
    if (a->check) {
        (void)printf("%s: good, %zu lists, %zu zones\n", a->config, conf->nlists, conf->nzones);
        status = 0;
        goto out;
    }
    struct run_options options = {.only = a->nlists > 0 ? only : NULL,
                                  .accept = accept,
                                  .force = a->force,
                                  .no_fetch = a->no_fetch || a->undo != NULL,
                                  .dry_run = a->dry_run};
    if (a->rollback != NULL)
        status = (int)rollback_zone(conf, a->rollback);
    else if (a->undo == NULL || (status = (int)rollback_undo(conf, a->undo)) == RUN_CURRENT)
        status = (int)run_loader(conf, &options);
out:
    free(accept);
    free(only);
    conf_free(conf);
    return status;
}

int main(int argc, char **argv)
{
    struct arguments a = {.config = DEFAULT_CONFIG};
    log_open(PROGRAM);
    /* The server, another user, reads what is written here. */
    (void)umask(022);
    a.lists = calloc((size_t)argc + 1, sizeof(*a.lists));
    a.accepted = calloc((size_t)argc + 1, sizeof(*a.accepted));
    if (a.lists == NULL || a.accepted == NULL) {
        log_error("out of memory");
        return RUN_UNUSABLE;
    }
    enum parsed parsed = parse_arguments(argc, argv, &a);
    int status = parsed == PARSED_WRONG ? RUN_UNUSABLE : 0;
    if (parsed == PARSED_RUN) {
        child_setup();
        status = run(&a);
    }
    free(a.lists);
    free(a.accepted);
    return status;
}

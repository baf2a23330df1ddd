/* SPDX-License-Identifier: BSD-2-Clause */
/* rbl-dnsd(8): options, and the steps of a server's life. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "dnsd/rbldnsd.h"
#include "dnsd/server.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/version.h"

#define MAIN_CONF "/etc/rblmirror/rbldnsd.conf"

enum { EXIT_STARTUP = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: rbl-dnsd [-c FILE] [--check]\n"
    "\n"
    "Serves the images of rbl-loader(8) over DNS, in the foreground, until SIGTERM.\n"
    "\n"
    "  -c, --config FILE   configuration, default " MAIN_CONF "\n"
    "      --check         check the configuration and exit\n"
    "  -h, --help          this text\n"
    "  -V, --version       version\n";

struct options {
    const char *conf;
    bool check;
};

enum { OPT_CHECK = 256 };

/* Exit status to end with, or -1 to go on. */
static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option longopts[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, OPT_CHECK},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    int c;
    *o = (struct options){.conf = MAIN_CONF};
    while ((c = getopt_long(argc, argv, "c:hV", longopts, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->conf = optarg;
            break;
        case OPT_CHECK:
            o->check = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        case 'V':
            puts("rbl-dnsd " RBL_VERSION);
            return EXIT_SUCCESS;
        default:
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind == argc)
        return -1;
    fprintf(stderr, "rbl-dnsd: unexpected argument: %s\n%s", argv[optind], usage);
    return EXIT_USAGE;
}

/* The server's life; false with the reason in why when it did not come to serving. */
static bool serve(struct server *s, char *why)
{
    if (server_bind(s, why) < 0 || server_confine(s, why) < 0)
        return false;
    bool started = server_start(s, why) == 0;
    if (started) {
        for (size_t i = 0; i < s->ntcp; i++)
            log_notice("answering on %s (UDP, TCP)", s->listen[i]->text);
        server_loop(s);
    }
    server_stop(s);
    return started;
}

int main(int argc, char **argv)
{
    struct options o;
    if (rbldnsd_is_name(argv[0]))
        return rbldnsd_main(argc, argv);
    int rc = parse_options(argc, argv, &o);
    if (rc >= 0)
        return rc;
    log_open("rbl-dnsd");
    struct conf *conf = conf_load(o.conf, NULL, stderr);
    if (!conf)
        return EXIT_USAGE;
    rc = EXIT_SUCCESS;
    if (!o.check) {
        struct server s;
        char why[SERVER_WHY_MAX];
        if (server_init(&s, conf, NULL, why) < 0 || !serve(&s, why)) {
            log_error("%s", why);
            rc = EXIT_STARTUP;
        }
        server_free(&s);
    }
    conf_free(conf);
    return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/migrate_cmd.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/text.h"
#include "lib/conf.h"
#include "lib/rbldnsd_opt.h"

enum { MIGRATE_DONE = 0, MIGRATE_REFUSED = 1, MIGRATE_USAGE = 2 };

#define LISTEN_MAX 64 /* addresses; a host with more is listed as far as that */

struct listen {
    char *text[LISTEN_MAX];
    size_t n;
};

/* One address as "ADDRESS:PORT", unless it is there already. */
static void add_listen(struct listen *l, const struct addrinfo *ai)
{
    char host[NI_MAXHOST], port[8], *text = NULL;

    if (l->n == LISTEN_MAX || getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host), port,
                                          sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
        return;
    if (asprintf(&text, ai->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port) < 0)
        return;
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->text[i], text) == 0) {
            free(text);
            return;
        }
    l->text[l->n++] = text;
}

/* rbldnsd listens on every address of a name, and so must the configuration. */
static bool resolve(const struct rbldnsd_opt *o, struct listen *l)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *all;
    char host[NI_MAXHOST];
    const char *service;

    hints.ai_family = o->family == 4 ? AF_INET : o->family == 6 ? AF_INET6 : AF_UNSPEC;
    for (size_t i = 0; i < o->nbind; i++) {
        if (!rbldnsd_opt_bind(o->bind[i], host, sizeof(host), &service)) {
            text_error("-b %s: no host, or its name is too long", o->bind[i]);
            return false;
        }
        int rc = getaddrinfo(host, service, &hints, &all);
        if (rc) {
            text_error("-b %s: %s", o->bind[i], gai_strerror(rc));
            return false;
        }
        for (const struct addrinfo *ai = all; ai; ai = ai->ai_next)
            add_listen(l, ai);
        freeaddrinfo(all);
    }
    return true;
}

/* Nothing is printed unless all of it can be. */
static int write_conf(FILE *out, const struct rbldnsd_opt *o, const struct listen *l)
{
    const char *listen[LISTEN_MAX];
    struct rbldnsd_conf c = {.listen = listen, .nlisten = l->n, .comments = true, .guards = true};
    char why[RBLDNSD_WHY_MAX] = "out of memory", *text = NULL;
    size_t len = 0;

    for (size_t i = 0; i < l->n; i++)
        listen[i] = l->text[i];
    FILE *to = open_memstream(&text, &len);
    bool good = to && rbldnsd_opt_conf(o, &c, to, why);
    if (to && fclose(to) != 0)
        good = false;
    if (good)
        fwrite(text, 1, len, out);
    else
        text_error("%s", why);
    free(text);
    return good ? MIGRATE_DONE : MIGRATE_REFUSED;
}

static int migrate(FILE *out, int argc, char *const *argv)
{
    struct rbldnsd_opt o;
    struct listen l = {.n = 0};
    char why[RBLDNSD_WHY_MAX];
    int status = MIGRATE_USAGE;

    /* Sockets may come from a service manager, so -b may be absent. */
    switch (rbldnsd_opt_parse(&o, argc, argv, true, why)) {
    case RBLDNSD_HELP:
    case RBLDNSD_USAGE:
        text_error("migrate: give rbldnsd's options and zones after --");
        break;
    case RBLDNSD_WRONG:
        text_error("%.*s", (int)strcspn(why, "\n"), why);
        break;
    case RBLDNSD_RUN:
        if (!rbldnsd_opt_specs(&o, why))
            text_error("%s", why);
        else if (resolve(&o, &l))
            status = write_conf(out, &o, &l);
        break;
    }
    for (size_t i = 0; i < l.n; i++)
        free(l.text[i]);
    rbldnsd_opt_free(&o);
    return status;
}

int migrate_command(FILE *out, char *const *args)
{
    size_t n = 0;

    while (args[n])
        n++;
    char **argv = calloc(n + 2, sizeof(*argv));
    if (!argv) {
        text_error("out of memory");
        return MIGRATE_REFUSED;
    }
    char name[] = "rbldnsd";
    argv[0] = name;
    memcpy(argv + 1, args, n * sizeof(*argv));
    int status = migrate(out, (int)n + 1, argv);
    free(argv);
    return status;
}

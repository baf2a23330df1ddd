/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/accept_cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/text.h"

#define LOADER "rbl-loader"

/* The loader that belongs to this program stands beside it, or in sbin where it is in bin. */
static void try_beside(char *const argv[])
{
    static const char *const places[] = {"/" LOADER, "/../sbin/" LOADER};
    char self[PATH_MAX], path[PATH_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n <= 0)
        return;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash)
        return;
    *slash = '\0';
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", self, places[i]);
        (void)execv(path, argv);
    }
}

int accept_command(const struct conf *c, const char *conf_path, const char *list)
{
    char name[] = LOADER, config[] = "--config", accept[] = "--accept";
    /* execv() takes char *, and changes none. */
    char *argv[] = {name, config, (char *)(uintptr_t)conf_path, accept, (char *)(uintptr_t)list,
                    NULL};
    if (conf_find_list(c, list) < 0) {
        text_error("accept: %s: no such list in the configuration", list);
        return 2;
    }
    try_beside(argv);
    (void)execvp(LOADER, argv);
    text_error("accept: " LOADER ": %s", strerror(errno));
    return 2;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/loader_cmd.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* What root left in the mirror its owner could not replace in the next pass. */
static bool become_owner(const char *dir)
{
    struct stat st;
    if (geteuid() != 0 || stat(dir, &st) != 0 || st.st_uid == 0)
        return true;
    const struct passwd *pw = getpwuid(st.st_uid);
    int groups = pw ? initgroups(pw->pw_name, pw->pw_gid) : setgroups(0, NULL);
    return groups == 0 && setgid(pw ? pw->pw_gid : st.st_gid) == 0 && setuid(st.st_uid) == 0;
}

int loader_become(const struct conf *c, const char *conf_path, const char *option, const char *arg)
{
    char name[] = LOADER, config[] = "--config";
    /* execv() takes char *, and changes none. */
    char *argv[] = {name,
                    config,
                    (char *)(uintptr_t)conf_path,
                    (char *)(uintptr_t)option,
                    (char *)(uintptr_t)arg,
                    NULL};
    if (become_owner(c->paths.mirror)) {
        try_beside(argv);
        (void)execvp(LOADER, argv);
    }
    text_error(LOADER ": %s", strerror(errno));
    return 2;
}

int rollback_command(const struct conf *c, const char *conf_path, const char *zone, bool undo)
{
    if (conf_find_zone(c, zone) < 0) {
        text_error("rollback: %s: no such zone in the configuration", zone);
        return 2;
    }
    return loader_become(c, conf_path, undo ? "--undo-rollback" : "--rollback", zone);
}

int accept_command(const struct conf *c, const char *conf_path, const char *list)
{
    if (conf_find_list(c, list) < 0) {
        text_error("accept: %s: no such list in the configuration", list);
        return 2;
    }
    return loader_become(c, conf_path, "--accept", list);
}

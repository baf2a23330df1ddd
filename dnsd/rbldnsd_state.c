/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_state.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOADER "rbl-loader"

static bool fail(char *why, const char *what)
{
    snprintf(why, RBLDNSD_WHY_MAX, "%.180s: %s", what, strerror(errno));
    return false;
}

/* O_PATH: only to be executed, which the account that will do it need not find by its path. */
static int open_program(const char *dir, size_t len)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%.*s/" LOADER, (int)len, dir);
    if (len == 0 || n < 0 || (size_t)n >= sizeof path || access(path, X_OK) != 0)
        return -1;
    return open(path, O_PATH | O_CLOEXEC);
}

static int find_loader(void)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    int fd = -1;
    if (n > 0) {
        self[n] = '\0';
        const char *slash = strrchr(self, '/');
        fd = slash ? open_program(self, (size_t)(slash - self)) : -1;
    }
    const char *path = getenv("PATH");
    while (fd < 0 && path) {
        size_t len = strcspn(path, ":");
        fd = open_program(path, len);
        path = path[len] ? path + len + 1 : NULL;
    }
    return fd;
}

bool rbldnsd_state_path(const struct rbldnsd_state *s, const char *name, char out[static PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s/%s", s->dir, name);
    return n > 0 && n < PATH_MAX;
}

/* Of several directories systemd(1) names, the first. */
static const char *place(size_t *len)
{
    static const char *const names[] = {"RUNTIME_DIRECTORY", "TMPDIR"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *dir = getenv(names[i]);
        if (!dir || dir[0] != '/')
            continue;
        *len = strcspn(dir, i == 0 ? ":" : "");
        return dir;
    }
    *len = sizeof "/tmp" - 1;
    return "/tmp";
}

bool rbldnsd_state_make(struct rbldnsd_state *s, char why[static RBLDNSD_WHY_MAX])
{
    size_t len;
    const char *dir = place(&len);
    s->dir[0] = '\0';
    s->loader = find_loader();
    if (s->loader < 0) {
        snprintf(why, RBLDNSD_WHY_MAX,
                 "cannot find " LOADER " beside this program or in PATH: it reads the data files");
        return false;
    }
    int n = snprintf(s->dir, sizeof s->dir, "%.*s/rbldnsd.XXXXXX", (int)len, dir);
    errno = ENAMETOOLONG;
    if (n < 0 || (size_t)n >= sizeof s->dir || !mkdtemp(s->dir)) {
        s->dir[0] = '\0';
        return fail(why, "cannot make a directory for compiled zones");
    }
    return rbldnsd_state_path(s, "rbldnsd.conf", s->conf) ? true : fail(why, s->dir);
}

bool rbldnsd_state_conf(const struct rbldnsd_state *s, const struct rbldnsd_opt *o,
                        const char *const *listen, size_t nlisten, char why[static RBLDNSD_WHY_MAX])
{
    char mirror[PATH_MAX], images[PATH_MAX];
    struct rbldnsd_conf c = {
        .mirror = mirror, .images = images, .run = s->dir, .listen = listen, .nlisten = nlisten};
    if (!rbldnsd_state_path(s, "mirror", mirror) || !rbldnsd_state_path(s, "images", images)) {
        errno = ENAMETOOLONG;
        return fail(why, s->dir);
    }
    FILE *out = fopen(s->conf, "wxe");
    if (!out || mkdir(mirror, 0755) < 0 || mkdir(images, 0755) < 0) {
        bool made = fail(why, s->conf);
        if (out)
            fclose(out);
        return made;
    }
    bool good = rbldnsd_opt_conf(o, &c, out, why);
    if (fclose(out) != 0 && good)
        good = fail(why, s->conf);
    return good;
}

bool rbldnsd_state_give(const struct rbldnsd_state *s, uid_t uid, gid_t gid,
                        char why[static RBLDNSD_WHY_MAX])
{
    static const char *const names[] = {"mirror", "images", "rbldnsd.conf", "."};
    char path[PATH_MAX];
    /* The directory itself last: until then nobody else can put a link in the way. */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!rbldnsd_state_path(s, names[i], path) || lchown(path, uid, gid) < 0)
            return fail(why, s->dir);
    return true;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    (void)remove(path);
    return 0; /* what cannot be removed must not keep the rest */
}

void rbldnsd_state_remove(struct rbldnsd_state *s)
{
    if (s->dir[0])
        (void)nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    s->dir[0] = '\0';
}

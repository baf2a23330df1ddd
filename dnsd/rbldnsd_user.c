/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_USER "rbldns"

static bool number(const char *s, unsigned *out)
{
    if (!*s || s[strspn(s, "0123456789")])
        return false;
    errno = 0;
    unsigned long n = strtoul(s, NULL, 10);
    /* The largest one means "leave it" to setresuid(2). */
    if (errno || n >= UINT32_MAX)
        return false;
    *out = (unsigned)n;
    return true;
}

static bool find_user(const char *name, struct priv_account *out, char *why)
{
    unsigned n;
    if (number(name, &n)) {
        *out = (struct priv_account){.uid = n, .gid = n};
        return true;
    }
    const struct passwd *pw = getpwnam(name);
    if (!pw) {
        snprintf(why, RBLDNSD_WHY_MAX, "unknown user `%.50s'", name);
        return false;
    }
    *out = (struct priv_account){.uid = pw->pw_uid, .gid = pw->pw_gid};
    return true;
}

static bool find_group(const char *name, struct priv_account *out, char *why)
{
    unsigned n;
    if (number(name, &n)) {
        out->gid = n;
        return true;
    }
    const struct group *gr = getgrnam(name);
    if (!gr) {
        snprintf(why, RBLDNSD_WHY_MAX, "unknown group `%.50s'", name);
        return false;
    }
    out->gid = gr->gr_gid;
    return true;
}

bool rbldnsd_user(const char *user, struct priv_account *out, char why[static RBLDNSD_WHY_MAX])
{
    char name[128];
    bool root = priv_is_root();
    *out = (struct priv_account){.uid = geteuid(), .gid = getegid()};
    if (!user && !root)
        return true;
    if (!user)
        user = DEFAULT_USER;
    size_t len = strcspn(user, ":");
    snprintf(name, sizeof name, "%.*s", len < sizeof name ? (int)len : (int)sizeof name - 1, user);
    if (!find_user(name, out, why) || (user[len] && !find_group(user + len + 1, out, why)))
        return false;
    if (out->uid == 0) {
        snprintf(why, RBLDNSD_WHY_MAX, "daemon should not run as root, specify -u option");
        return false;
    }
    if (!root && out->uid != geteuid()) {
        snprintf(why, RBLDNSD_WHY_MAX, "unable to setuid(%u:%u): %s", (unsigned)out->uid,
                 (unsigned)out->gid, strerror(EPERM));
        return false;
    }
    return true;
}

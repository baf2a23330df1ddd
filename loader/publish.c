/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/image.h"
#include "loader/fileio.h"

#define TEMP_SUFFIX  IMAGE_SUFFIX ".tmp"
#define OLDER_SUFFIX IMAGE_SUFFIX ".old"
#define BAD_SUFFIX   IMAGE_SUFFIX ".bad"
/* Under which the older image waits; no zone's name has a tilde. */
#define KEPT_SUFFIX "~" TEMP_SUFFIX

static bool ends_with(const char *s, const char *end)
{
    size_t len = strlen(s), elen = strlen(end);
    return len > elen && strcmp(s + len - elen, end) == 0;
}

static bool is_leftover(const char *name, void *arg)
{
    (void)arg;
    return name[0] == '.' && ends_with(name, TEMP_SUFFIX);
}

int publish_open(const char *path)
{
    if (dir_make(path) != 0)
        return -1;
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0)
        publish_sweep(dir);
    return dir;
}

void publish_sweep(int dir)
{
    (void)dir_sweep(dir, is_leftover, NULL);
}

/* A zone may be called anything, a file may not: classless reverse zones hold a slash. */
static bool zone_fits(const char *zone)
{
    size_t len = strlen(zone);
    return len > 0 && len + sizeof("." KEPT_SUFFIX) <= PUBLISH_NAME_MAX && zone[0] != '.' &&
           strchr(zone, '/') == NULL;
}

static bool name_with(char name[static PUBLISH_NAME_MAX], const char *dot, const char *zone,
                      const char *suffix)
{
    if (!zone_fits(zone))
        return false;
    (void)snprintf(name, PUBLISH_NAME_MAX, "%s%s%s", dot, zone, suffix);
    return true;
}

bool publish_name(char name[static PUBLISH_NAME_MAX], const char *zone)
{
    return name_with(name, "", zone, IMAGE_SUFFIX);
}

bool publish_older_name(char name[static PUBLISH_NAME_MAX], const char *zone)
{
    return name_with(name, "", zone, OLDER_SUFFIX);
}

static bool temp_name(char name[static PUBLISH_NAME_MAX], const char *zone)
{
    return name_with(name, ".", zone, TEMP_SUFFIX);
}

const char *publish_stage(int dir, const char *zone, const struct iovec *piece, size_t n,
                          char why[static PUBLISH_WHY_MAX])
{
    char temp[PUBLISH_NAME_MAX];
    if (!temp_name(temp, zone)) {
        (void)snprintf(why, PUBLISH_WHY_MAX, "the zone's name cannot be a file name");
        return why;
    }
    if (file_create_pieces(dir, temp, piece, n) == 0)
        return NULL;
    (void)snprintf(why, PUBLISH_WHY_MAX, "cannot write %.128s: %s", temp, strerror(errno));
    return why;
}

const char *publish_commit(int dir, const char *zone, char why[static PUBLISH_WHY_MAX])
{
    char temp[PUBLISH_NAME_MAX], name[PUBLISH_NAME_MAX], kept[PUBLISH_NAME_MAX],
        older[PUBLISH_NAME_MAX];
    if (!temp_name(temp, zone) || !publish_name(name, zone) ||
        !name_with(kept, ".", zone, KEPT_SUFFIX) || !publish_older_name(older, zone)) {
        (void)snprintf(why, PUBLISH_WHY_MAX, "the zone's name cannot be a file name");
        return why;
    }
    /* A file system without links has no older image; the new one matters more. */
    bool keep = linkat(dir, name, dir, kept, 0) == 0;
    if (file_replace(dir, temp, name) == 0) {
        if (keep)
            (void)renameat(dir, kept, dir, older);
        return NULL;
    }
    (void)snprintf(why, PUBLISH_WHY_MAX, "cannot rename to %.128s: %s", name, strerror(errno));
    return why;
}

bool publish_is_rolled_back(int dir, const char *zone)
{
    char bad[PUBLISH_NAME_MAX];
    return name_with(bad, "", zone, BAD_SUFFIX) &&
           faccessat(dir, bad, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int publish_roll_back(int dir, const char *zone)
{
    char name[PUBLISH_NAME_MAX], older[PUBLISH_NAME_MAX], bad[PUBLISH_NAME_MAX];
    if (!publish_name(name, zone) || !publish_older_name(older, zone) ||
        !name_with(bad, "", zone, BAD_SUFFIX)) {
        errno = EINVAL;
        return -1;
    }
    /* First the mark: a pass that found the old image without it would compile a new one. */
    if (linkat(dir, name, dir, bad, 0) != 0)
        return -1;
    if (file_replace(dir, older, name) == 0)
        return 0;
    int saved = errno;
    (void)unlinkat(dir, bad, 0);
    errno = saved;
    return -1;
}

int publish_roll_forward(int dir, const char *zone)
{
    char bad[PUBLISH_NAME_MAX];
    if (!name_with(bad, "", zone, BAD_SUFFIX)) {
        errno = EINVAL;
        return -1;
    }
    return unlinkat(dir, bad, 0) == 0 ? fsync(dir) : -1;
}

struct retire {
    const struct conf *conf;
    void (*gone)(const char *zone);
};

static bool is_retired(const char *name, void *arg)
{
    const struct retire *r = arg;
    char zone[PUBLISH_NAME_MAX];
    static const char *const suffixes[] = {IMAGE_SUFFIX, OLDER_SUFFIX, BAD_SUFFIX};
    size_t k = 0, n = sizeof(suffixes) / sizeof(suffixes[0]);
    while (k < n && !ends_with(name, suffixes[k]))
        k++;
    if (name[0] == '.' || k == n)
        return false;
    (void)snprintf(zone, sizeof(zone), "%.*s", (int)(strlen(name) - strlen(suffixes[k])), name);
    /* Exact text, not conf_find_zone(): "Zone.rbl" is not the image of "zone". */
    for (size_t i = 0; i < r->conf->nzones; i++)
        if (strcmp(r->conf->zones[i].text, zone) == 0)
            return false;
    if (k == 0)
        r->gone(zone);
    return true;
}

void publish_retire(int dir, const struct conf *conf, void (*gone)(const char *zone))
{
    struct retire r = {conf, gone};
    if (dir_sweep(dir, is_retired, &r) > 0)
        (void)fsync(dir);
}

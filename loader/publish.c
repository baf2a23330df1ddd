/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/image.h"
#include "loader/fileio.h"

#define TEMP_SUFFIX IMAGE_SUFFIX ".tmp"

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
    return len > 0 && len + sizeof("." TEMP_SUFFIX) <= PUBLISH_NAME_MAX && zone[0] != '.' &&
           strchr(zone, '/') == NULL;
}

bool publish_name(char name[static PUBLISH_NAME_MAX], const char *zone)
{
    if (!zone_fits(zone))
        return false;
    (void)snprintf(name, PUBLISH_NAME_MAX, "%s%s", zone, IMAGE_SUFFIX);
    return true;
}

static bool temp_name(char name[static PUBLISH_NAME_MAX], const char *zone)
{
    if (!zone_fits(zone))
        return false;
    (void)snprintf(name, PUBLISH_NAME_MAX, ".%s%s", zone, TEMP_SUFFIX);
    return true;
}

const char *publish_stage(int dir, const char *zone, const uint8_t *bytes, size_t len,
                          char why[static PUBLISH_WHY_MAX])
{
    char temp[PUBLISH_NAME_MAX];
    if (!temp_name(temp, zone)) {
        (void)snprintf(why, PUBLISH_WHY_MAX, "the zone's name cannot be a file name");
        return why;
    }
    if (file_create_synced(dir, temp, bytes, len) == 0)
        return NULL;
    (void)snprintf(why, PUBLISH_WHY_MAX, "cannot write %.128s: %s", temp, strerror(errno));
    return why;
}

const char *publish_commit(int dir, const char *zone, char why[static PUBLISH_WHY_MAX])
{
    char temp[PUBLISH_NAME_MAX], name[PUBLISH_NAME_MAX];
    if (!temp_name(temp, zone) || !publish_name(name, zone)) {
        (void)snprintf(why, PUBLISH_WHY_MAX, "the zone's name cannot be a file name");
        return why;
    }
    if (file_replace(dir, temp, name) == 0)
        return NULL;
    (void)snprintf(why, PUBLISH_WHY_MAX, "cannot rename to %.128s: %s", name, strerror(errno));
    return why;
}

struct retire {
    const struct conf *conf;
    void (*gone)(const char *zone);
};

static bool is_retired(const char *name, void *arg)
{
    const struct retire *r = arg;
    char zone[PUBLISH_NAME_MAX];
    if (name[0] == '.' || !ends_with(name, IMAGE_SUFFIX))
        return false;
    (void)snprintf(zone, sizeof(zone), "%.*s", (int)(strlen(name) - strlen(IMAGE_SUFFIX)), name);
    /* Exact text, not conf_find_zone(): "Zone.rbl" is not the image of "zone". */
    for (size_t i = 0; i < r->conf->nzones; i++)
        if (strcmp(r->conf->zones[i].text, zone) == 0)
            return false;
    r->gone(zone);
    return true;
}

void publish_retire(int dir, const struct conf *conf, void (*gone)(const char *zone))
{
    struct retire r = {conf, gone};
    if (dir_sweep(dir, is_retired, &r) > 0)
        (void)fsync(dir);
}

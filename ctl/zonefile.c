/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/zonefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/name.h"

struct image *zonefile_read(const char *path, char why[static IMAGE_WHY_MAX])
{
    /* NONBLOCK: a FIFO must not hold us up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        snprintf(why, IMAGE_WHY_MAX, "%.160s: %s", path, strerror(errno));
        return NULL;
    }
    struct image *img = image_read(fd, path, why);
    close(fd);
    return img;
}

struct image *zonefile_open(const struct conf *c, const char *zone, char why[static IMAGE_WHY_MAX])
{
    char *path = NULL, inside[NAME_TEXT_MAX];
    if (asprintf(&path, "%s/%s" IMAGE_SUFFIX, c->paths.images, zone) < 0) {
        snprintf(why, IMAGE_WHY_MAX, "out of memory");
        return NULL;
    }
    struct image *img = zonefile_read(path, why);
    if (img) {
        name_format(inside, img->h->zone, img->h->zone_len);
        if (strcmp(inside, zone) != 0) {
            snprintf(why, IMAGE_WHY_MAX, "%.160s: holds another zone", path);
            image_close(img);
            img = NULL;
        }
    }
    free(path);
    return img;
}

bool zonefile_rolled_back(const struct conf *c, const char *zone)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s" IMAGE_SUFFIX ".bad", c->paths.images, zone) < 0)
        return false;
    bool back = access(path, F_OK) == 0;
    free(path);
    return back;
}

bool zonefile_expired(const struct image *img, int64_t now)
{
    return img->h->expires != 0 && now > img->h->expires;
}

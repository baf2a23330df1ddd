/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/rollback.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/image.h"
#include "lib/log.h"
#include "loader/mirror.h"
#include "loader/publish.h"

/* An image that the server would refuse is nothing to go back to. */
static bool older_is_good(int images, const char *zone, uint32_t *serial)
{
    char name[PUBLISH_NAME_MAX], why[IMAGE_WHY_MAX];
    if (!publish_older_name(name, zone))
        return false;
    int fd = openat(images, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        log_error("zone %s: no older image is kept: %s", zone, strerror(errno));
        return false;
    }
    struct image *img = image_read(fd, name, why);
    (void)close(fd);
    if (img == NULL) {
        log_error("zone %s: the older image cannot be used: %s", zone, why);
        return false;
    }
    *serial = img->h->serial;
    image_close(img);
    return true;
}

static enum run_status go_back(int images, const char *zone)
{
    uint32_t serial;
    if (publish_is_rolled_back(images, zone)) {
        log_error("zone %s: is rolled back already", zone);
        return RUN_PARTIAL;
    }
    if (!older_is_good(images, zone, &serial))
        return RUN_PARTIAL;
    if (publish_roll_back(images, zone) != 0) {
        log_error("zone %s: cannot be rolled back: %s", zone, strerror(errno));
        return RUN_PARTIAL;
    }
    log_notice("zone %s: rolled back to serial %" PRIu32, zone, serial);
    return RUN_CURRENT;
}

static enum run_status go_forward(int images, const char *zone)
{
    if (!publish_is_rolled_back(images, zone)) {
        log_error("zone %s: is not rolled back", zone);
        return RUN_PARTIAL;
    }
    if (publish_roll_forward(images, zone) == 0)
        return RUN_CURRENT;
    log_error("zone %s: %s", zone, strerror(errno));
    return RUN_PARTIAL;
}

static enum run_status with_images(const struct conf *conf, const char *zone,
                                   enum run_status (*act)(int images, const char *zone))
{
    char why[MIRROR_WHY_MAX];
    struct mirror mirror;
    long i = conf_find_zone(conf, zone);
    if (i < 0) {
        log_error("%s: no such zone in the configuration", zone);
        return RUN_UNUSABLE;
    }
    enum mirror_opened opened = mirror_open(conf->paths.mirror, &mirror, why);
    if (opened != MIRROR_OPENED) {
        log_error("%s", why);
        return opened == MIRROR_BUSY ? RUN_BUSY : RUN_UNUSABLE;
    }
    enum run_status status = RUN_UNUSABLE;
    int images = publish_open(conf->paths.images);
    if (images < 0) {
        log_error("%s: %s", conf->paths.images, strerror(errno));
    } else {
        status = act(images, conf->zones[i].text);
        (void)close(images);
    }
    mirror_close(&mirror);
    return status;
}

enum run_status rollback_zone(const struct conf *conf, const char *zone)
{
    return with_images(conf, zone, go_back);
}

enum run_status rollback_undo(const struct conf *conf, const char *zone)
{
    return with_images(conf, zone, go_forward);
}

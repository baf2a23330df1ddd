/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/reload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

/* What must be equal for a file to count as unchanged.  A rename gives a new inode; the change
 * time catches what is written in place with the old size and a copied modification time. */
struct reload_id {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime, ctime;
};

/* One zone: a file seen, a configured zone, or both. */
struct reload_zone {
    char *text; /* file name without the suffix */
    struct zoneset_image *image;
    struct reload_id id; /* of the file last tried */
    char problem[IMAGE_WHY_MAX];
    bool configured;
    bool seen;    /* in the scan under way */
    bool expired; /* its data say that they may no longer be served */
};

struct reload {
    struct reload_config cfg;
    struct reload_zone *zone;
    size_t n, cap;
    bool dirty;                  /* what is published is not what zone[] says */
    bool dir_problem;            /* said already */
    bool asked;                  /* the scan under way was asked for */
    bool refused;                /* something was refused in it */
    int64_t began, began_uptime; /* clocks at the start */
};

static struct reload_zone *reload_find(struct reload *r, const char *text, size_t len)
{
    for (size_t i = 0; i < r->n; i++)
        if (strlen(r->zone[i].text) == len && memcmp(r->zone[i].text, text, len) == 0)
            return &r->zone[i];
    return NULL;
}

static struct reload_zone *reload_add(struct reload *r, const char *text, size_t len)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 16;
        struct reload_zone *grown = realloc(r->zone, cap * sizeof *grown);
        if (!grown)
            return NULL;
        r->zone = grown;
        r->cap = cap;
    }
    char *copy = strndup(text, len);
    if (!copy)
        return NULL;
    struct reload_zone *z = &r->zone[r->n++];
    *z = (struct reload_zone){.text = copy};
    return z;
}

static void reload_remove(struct reload *r, size_t i)
{
    zoneset_image_put(r->zone[i].image);
    free(r->zone[i].text);
    r->zone[i] = r->zone[--r->n];
}

/* Seconds that no one sets, sleep of the machine included. */
static int64_t reload_uptime(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec;
}

struct reload *reload_new(const struct reload_config *cfg)
{
    struct reload *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->cfg = *cfg;
    r->dirty = true;
    r->began = (int64_t)time(NULL);
    r->began_uptime = reload_uptime();
    for (size_t i = 0; i < cfg->conf->nzones; i++) {
        const char *text = cfg->conf->zones[i].text;
        struct reload_zone *z = reload_add(r, text, strlen(text));
        if (!z) {
            reload_free(r);
            return NULL;
        }
        z->configured = true;
    }
    return r;
}

void reload_free(struct reload *r)
{
    if (!r)
        return;
    while (r->n > 0)
        reload_remove(r, r->n - 1);
    free(r->zone);
    free(r);
}

static struct reload_id reload_id_of(const struct stat *st)
{
    return (struct reload_id){.dev = st->st_dev,
                              .ino = st->st_ino,
                              .size = st->st_size,
                              .mtime = st->st_mtim,
                              .ctime = st->st_ctim};
}

static bool reload_time_equal(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool reload_id_equal(const struct reload_id *a, const struct reload_id *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           reload_time_equal(a->mtime, b->mtime) && reload_time_equal(a->ctime, b->ctime);
}

/* The zone inside must be the one the file name promises: else two files could claim one zone. */
static bool reload_name_fits(const struct reload_zone *z, const struct image *img)
{
    char text[NAME_TEXT_MAX];
    name_format(text, img->h->zone, img->h->zone_len);
    return strcmp(text, z->text) == 0;
}

static void reload_log_loaded(const struct reload_zone *z, const struct timespec *begin)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    int64_t ms = (end.tv_sec - begin->tv_sec) * 1000 + (end.tv_nsec - begin->tv_nsec) / 1000000;
    const struct image_header *h = z->image->img->h;
    log_info("zone %s: serial %" PRIu32 ", %" PRIu64 " entries, %.1f MB, loaded in %" PRId64 " ms",
             z->text, h->serial, h->entries, (double)h->file_len / 1e6, ms);
}

/* Refuse the file: the reason is kept for reports and logged. */
static void reload_refuse(struct reload *r, struct reload_zone *z, const char *why)
{
    snprintf(z->problem, sizeof z->problem, "%s", why);
    r->refused = true;
    stats_add(r->cfg.stats, STAT_IMAGES_REFUSED, 1);
    log_error("zone %s: image refused: %s; %s", z->text, why,
              z->image ? "the old one is still served" : "not served");
}

/* Read the file open at fd for z, replacing its image when it is good. */
static void reload_read(struct reload *r, struct reload_zone *z, int fd, const char *file)
{
    char why[IMAGE_WHY_MAX];
    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    struct image *img = image_read(fd, file, why);
    if (!img) {
        reload_refuse(r, z, why);
        return;
    }
    if (!reload_name_fits(z, img)) {
        image_close(img);
        snprintf(why, sizeof why, "%.120s: holds another zone", file);
        reload_refuse(r, z, why);
        return;
    }
    struct zoneset_image *zi = zoneset_image_new(img);
    if (!zi) {
        reload_refuse(r, z, "out of memory");
        return;
    }
    zoneset_image_put(z->image);
    z->image = zi;
    z->problem[0] = '\0';
    r->dirty = true;
    stats_add(r->cfg.stats, STAT_IMAGES_LOADED, 1);
    reload_log_loaded(z, &begin);
}

/* A file that cannot even be tried; said once, and tried again at the next look. */
static void reload_unusable(struct reload *r, struct reload_zone *z, const char *why)
{
    z->id = (struct reload_id){0};
    if (strcmp(z->problem, why) != 0)
        reload_refuse(r, z, why);
}

static void reload_try(struct reload *r, struct reload_zone *z, int dir, const char *file)
{
    struct stat st;
    /* NONBLOCK: should a FIFO take the file's place just now, it must not hold us up. */
    int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        reload_unusable(r, z, strerror(errno));
    } else {
        z->id = reload_id_of(&st);
        reload_read(r, z, fd, file);
    }
    if (fd >= 0)
        close(fd);
}

/* Look at one ZONE.rbl; text_len is its length without the suffix. */
static void reload_file(struct reload *r, int dir, const char *file, size_t text_len)
{
    struct stat st;
    int err = fstatat(dir, file, &st, 0) < 0 ? errno : 0;
    if (err == ENOENT)
        return; /* gone again, or a dangling link */
    struct reload_zone *z = reload_find(r, file, text_len);
    if (!z)
        z = reload_add(r, file, text_len);
    if (!z) {
        log_error("zone %.*s: out of memory", (int)text_len, file);
        r->refused = true;
        return;
    }
    z->seen = true;
    if (err) {
        /* It is there, and the disk or the link is bad: no reason to retire the zone. */
        reload_unusable(r, z, strerror(err));
        return;
    }
    struct reload_id id = reload_id_of(&st);
    if (!S_ISREG(st.st_mode))
        reload_unusable(r, z, "not a regular file");
    else if (!reload_id_equal(&id, &z->id) || (r->asked && z->problem[0]))
        reload_try(r, z, dir, file);
}

/* Length of the name in front of the suffix, 0 when this is no image. */
static size_t reload_stem(const char *file)
{
    size_t len = strlen(file), suffix = strlen(IMAGE_SUFFIX);
    if (file[0] == '.' || len <= suffix || strcmp(file + len - suffix, IMAGE_SUFFIX) != 0)
        return 0;
    return len - suffix;
}

/* Visit every image in the directory; false with errno when it could not be read to its end. */
static bool reload_directory(struct reload *r)
{
    DIR *d = opendir(r->cfg.conf->paths.images);
    if (!d)
        return false;
    for (size_t i = 0; i < r->n; i++)
        r->zone[i].seen = false;
    const struct dirent *e;
    while ((errno = 0, e = readdir(d)) != NULL) {
        size_t stem = reload_stem(e->d_name);
        if (stem > 0)
            reload_file(r, dirfd(d), e->d_name, stem);
    }
    int err = errno;
    closedir(d);
    errno = err;
    return err == 0;
}

/* Zones whose file is gone. */
static void reload_retire(struct reload *r)
{
    for (size_t i = r->n; i-- > 0;) {
        struct reload_zone *z = &r->zone[i];
        if (z->seen)
            continue;
        if (z->image) {
            log_notice("zone %s: image is gone, zone retired", z->text);
            stats_add(r->cfg.stats, STAT_IMAGES_RETIRED, 1);
            r->dirty = true;
        }
        zoneset_image_put(z->image);
        z->image = NULL;
        z->problem[0] = '\0';
        z->id = (struct reload_id){0};
        if (!z->configured)
            reload_remove(r, i);
    }
}

/* Put zone[] into a set and publish it. */
static bool reload_publish(struct reload *r)
{
    struct zoneset_zone *rows = calloc(r->n ? r->n : 1, sizeof *rows);
    struct zoneset *set = NULL;
    size_t n = 0;
    for (size_t i = 0; rows && i < r->n; i++) {
        const struct reload_zone *z = &r->zone[i];
        /* A file that never verified names no zone we know of. */
        if (!z->image && !z->configured)
            continue;
        if (name_parse(z->text, strlen(z->text), &rows[n].name) != NULL)
            continue;
        rows[n].expired = z->expired;
        rows[n++].image = z->image;
    }
    if (rows)
        set = zoneset_build(rows, n);
    free(rows);
    if (!set) {
        log_error("out of memory: the zones served stay as they were");
        return false;
    }
    zoneset_publish(r->cfg.point, set);
    stats_add(r->cfg.stats, STAT_PUBLISHED, 1);
    r->dirty = false;
    return true;
}

/*
 * The time, but no further ahead than the seconds that have passed since the start: a clock that
 * jumps must not take every zone out of service at once.
 */
static int64_t reload_now(const struct reload *r)
{
    int64_t wall = (int64_t)time(NULL), steady = r->began + reload_uptime() - r->began_uptime;
    return wall < steady ? wall : steady;
}

/* Data that ran out since the last look, or were replaced by such that have not. */
static void reload_expire(struct reload *r)
{
    int64_t now = reload_now(r);
    for (size_t i = 0; i < r->n; i++) {
        struct reload_zone *z = &r->zone[i];
        const struct image_header *h = z->image ? z->image->img->h : NULL;
        bool expired = h && h->expires != 0 && now > h->expires;
        if (expired && !z->expired)
            log_warn("zone %s: zone data expired, %s", z->text,
                     h->expired_empty ? "nothing is listed any more" : "zone will not be serviced");
        if (expired != z->expired)
            r->dirty = true;
        z->expired = expired;
    }
}

/* Is all well?  With say, name what is not. */
static bool reload_judge(const struct reload *r, bool say)
{
    bool good = true;
    for (size_t i = 0; i < r->n; i++) {
        const struct reload_zone *z = &r->zone[i];
        if (z->image && !z->problem[0])
            continue;
        good = false;
        if (say)
            log_warn("zone %s: %s: %s", z->text, z->image ? "serving old image" : "not loaded",
                     z->problem[0] ? z->problem : "no image in the images directory");
    }
    return good;
}

bool reload_scan(struct reload *r, enum reload_why why)
{
    bool first = !zoneset_peek(r->cfg.point);
    r->asked = why == RELOAD_ASKED;
    r->refused = false;
    bool good = reload_directory(r);
    if (!good && (!r->dir_problem || r->asked))
        log_error("%s: %s; the zones served stay as they are%s", r->cfg.conf->paths.images,
                  strerror(errno),
                  errno == EACCES ? "; was it replaced? Then restart the server" : "");
    r->dir_problem = !good;
    if (good)
        reload_retire(r);
    reload_expire(r);
    if (r->dirty && !reload_publish(r))
        good = false;
    stats_add(r->cfg.stats, STAT_RELOADS, 1);
    if (!good || r->refused)
        stats_add(r->cfg.stats, STAT_RELOAD_FAILURES, 1);
    return reload_judge(r, first || r->asked) && good;
}

size_t reload_count(const struct reload *r)
{
    return r->n;
}

void reload_get(const struct reload *r, size_t i, struct reload_status *out)
{
    const struct reload_zone *z = &r->zone[i];
    *out = (struct reload_status){
        .zone = z->text, .img = z->image ? z->image->img : NULL, .problem = z->problem};
}

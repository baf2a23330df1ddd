/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STATE_NAME "state"
#define STATE_TEMP ".state.tmp"

enum mirror_opened mirror_open(const char *path, struct mirror *m, char why[static MIRROR_WHY_MAX])
{
    *m = (struct mirror){.dir = -1, .lock = -1};
    if (dir_make(path) != 0)
        goto fail;
    m->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m->dir < 0)
        goto fail;
    /*
     * Not close-on-exec: an rsync that outlives a killed loader for a moment still holds the lock,
     * so that the next loader cannot find it writing below its feet.
     */
    m->lock = openat(m->dir, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0644); /* NOLINT */
    if (m->lock < 0)
        goto fail;
    if (flock(m->lock, LOCK_EX | LOCK_NB) == 0)
        return MIRROR_OPENED;
    if (errno != EWOULDBLOCK)
        goto fail;
    (void)snprintf(why, MIRROR_WHY_MAX, "%s: another loader is at work", path);
    mirror_close(m);
    return MIRROR_BUSY;
fail:
    (void)snprintf(why, MIRROR_WHY_MAX, "%s: %s", path, strerror(errno));
    mirror_close(m);
    return MIRROR_FAILED;
}

void mirror_close(struct mirror *m)
{
    if (m->lock >= 0)
        (void)close(m->lock);
    if (m->dir >= 0)
        (void)close(m->dir);
    *m = (struct mirror){.dir = -1, .lock = -1};
}

/* rsync writes to .incoming.XXXXXX, the state is written to .state.tmp. */
static bool is_leftover(const char *name, void *arg)
{
    (void)arg;
    return strcmp(name, MIRROR_INCOMING) == 0 || strcmp(name, STATE_TEMP) == 0 ||
           strcmp(name, MIRROR_WHERE_TEMP) == 0 ||
           strncmp(name, "." MIRROR_INCOMING ".", sizeof("." MIRROR_INCOMING ".") - 1) == 0;
}

int mirror_list_dir(const struct mirror *m, const char *name)
{
    if (mkdirat(m->dir, name, 0755) != 0 && errno != EEXIST)
        return -1;
    int dir = openat(m->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir >= 0)
        mirror_sweep(dir);
    return dir;
}

void mirror_sweep(int dir)
{
    (void)dir_sweep(dir, is_leftover, NULL);
}

void mirror_drop_empty(const struct mirror *m, const char *name)
{
    (void)unlinkat(m->dir, name, AT_REMOVEDIR);
}

bool mirror_read_state(int dir, struct list_state *s, char why[static MIRROR_WHY_MAX])
{
    char text[STATE_FILE_MAX + 1];
    size_t len = 0, line = 0;
    ssize_t n = 1;
    *s = (struct list_state){0};
    why[0] = '\0';
    int fd = openat(dir, STATE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            (void)snprintf(why, MIRROR_WHY_MAX, "state: %s", strerror(errno));
        return false;
    }
    while (len < sizeof(text) && (n = read(fd, text + len, sizeof(text) - len)) > 0)
        len += (size_t)n;
    (void)close(fd);
    const char *fault = n < 0 ? "cannot be read" : state_parse(text, len, s, &line);
    if (fault != NULL)
        (void)snprintf(why, MIRROR_WHY_MAX, "state:%zu: %s", line, fault);
    return fault == NULL;
}

int mirror_write_state(int dir, const struct list_state *s)
{
    char text[STATE_FILE_MAX];
    size_t len = state_format(text, s);
    if (file_create_synced(dir, STATE_TEMP, text, len) != 0)
        return -1;
    return file_replace(dir, STATE_TEMP, STATE_NAME);
}

int mirror_accept(int dir, struct file_id *id)
{
    int fd = openat(dir, MIRROR_INCOMING, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    /* Its bytes before its name: after a crash "data" must be whole or the old one. */
    int rc = fchmod(fd, 0644) == 0 && fsync(fd) == 0 ? 0 : -1;
    int saved = errno;
    (void)close(fd);
    errno = saved;
    if (rc != 0 || file_replace(dir, MIRROR_INCOMING, MIRROR_DATA) != 0)
        return -1;
    (void)unlinkat(dir, MIRROR_REFUSED, 0);
    return file_id_at(dir, MIRROR_DATA, id) ? 0 : -1;
}

void mirror_refuse(int dir)
{
    (void)renameat(dir, MIRROR_INCOMING, dir, MIRROR_REFUSED);
}

void mirror_discard(int dir)
{
    (void)unlinkat(dir, MIRROR_INCOMING, 0);
}

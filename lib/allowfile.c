/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/allowfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP ".allow.tmp"

/* Where a path's last component starts. */
static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The directory of path; with make it is made, for the owner of the one above.  -1 with errno. */
static int open_dir(const char *path, bool make)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    char name[PATH_MAX], above[PATH_MAX + 4];
    struct stat st;
    int n = snprintf(name, sizeof name, "%.*s", (int)(base_of(path) - path), path);
    if (n < 0 || (size_t)n >= sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (n > 1)
        name[n - 1] = '\0'; /* a slash at the end would follow a link */
    const char *dir = n > 0 ? name : ".";
    bool made = make && mkdir(dir, 0755) == 0;
    int fd = open(dir, flags);
    if (fd < 0 || !made || geteuid() != 0)
        return fd;
    snprintf(above, sizeof above, "%s/..", dir);
    if (stat(above, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0)
        return fd;
    close(fd);
    return -1;
}

/* All of a small regular file; NULL with errno. */
static char *read_at(int dir, const char *name, size_t *len)
{
    struct stat st;
    char *text = NULL;
    ssize_t n = 0;
    *len = 0;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) != 0)
        goto fail;
    errno = !S_ISREG(st.st_mode) ? EINVAL : st.st_size > ALLOWFILE_MAX ? EFBIG : 0;
    if (errno != 0 || !(text = malloc((size_t)st.st_size + 1)))
        goto fail;
    while (*len < (size_t)st.st_size && (n = read(fd, text + *len, (size_t)st.st_size - *len)) > 0)
        *len += (size_t)n;
    if (n < 0)
        goto fail;
    text[*len] = '\0';
    close(fd);
    return text;
fail:
    n = errno;
    close(fd);
    free(text);
    errno = (int)n;
    return NULL;
}

static bool write_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

/* The new text takes the place of the old, owner of the directory and all. */
static bool replace(int dir, const char *name, const char *text, size_t len)
{
    struct stat st;
    (void)unlinkat(dir, TEMP, 0);
    int fd = openat(dir, TEMP, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool good = fchmod(fd, 0644) == 0 && write_all(fd, text, len) && fstat(dir, &st) == 0 &&
                (geteuid() != 0 || fchown(fd, st.st_uid, st.st_gid) == 0) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (good && renameat(dir, TEMP, dir, name) == 0)
        return fsync(dir) == 0;
    int saved = errno;
    (void)unlinkat(dir, TEMP, 0);
    errno = saved;
    return false;
}

/* The changed text into *out; number of lines that went, -1 without memory. */
static long change(const char *text, size_t len, const struct allowfile_change *c, char **out,
                   size_t *outlen)
{
    long gone = 0;
    FILE *f = open_memstream(out, outlen);
    if (!f)
        return -1;
    for (size_t at = 0; at < len;) {
        const char *nl = memchr(text + at, '\n', len - at);
        size_t n = nl ? (size_t)(nl - (text + at)) : len - at;
        bool stays = !c->keep || c->keep(c->arg, text + at, n);
        gone += !stays;
        if (stays || c->mark)
            fprintf(f, "%s%.*s\n", stays ? "" : c->mark, (int)n, text + at);
        at += n + 1;
    }
    if (c->add)
        fprintf(f, "%s\n", c->add);
    return fclose(f) == 0 ? gone : -1;
}

long allowfile_edit(const char *path, const struct allowfile_change *c,
                    char why[static ALLOWFILE_WHY_MAX])
{
    char *text = NULL, *changed = NULL;
    size_t len = 0, newlen = 0;
    long gone = -1;
    const char *name = base_of(path);
    int dir = open_dir(path, c->add != NULL);
    if (dir < 0 && errno == ENOENT && !c->add)
        return 0;
    if (dir < 0 || flock(dir, LOCK_EX) != 0)
        goto out;
    text = read_at(dir, name, &len);
    if (!text && errno != ENOENT)
        goto out;
    gone = change(text, len, c, &changed, &newlen);
    if ((gone > 0 || c->add) && gone >= 0 && !replace(dir, name, changed, newlen))
        gone = -1;
out:
    if (gone < 0)
        snprintf(why, ALLOWFILE_WHY_MAX, "%.200s: %s", path, strerror(errno));
    if (dir >= 0)
        close(dir);
    free(changed);
    free(text);
    return gone;
}

char *allowfile_read(const char *path, size_t *len, char why[static ALLOWFILE_WHY_MAX])
{
    char *text = NULL;
    int dir = open_dir(path, false);
    why[0] = '\0';
    *len = 0;
    if (dir >= 0)
        text = read_at(dir, base_of(path), len);
    if (!text && errno != ENOENT)
        snprintf(why, ALLOWFILE_WHY_MAX, "%.200s: %s", path, strerror(errno));
    if (dir >= 0)
        close(dir);
    return text;
}

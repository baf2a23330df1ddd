/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/fileio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct file_id file_id_of(const struct stat *st)
{
    return (struct file_id){.size = (uint64_t)st->st_size,
                            .inode = (uint64_t)st->st_ino,
                            .sec = st->st_mtim.tv_sec,
                            .nsec = (uint32_t)st->st_mtim.tv_nsec};
}

bool file_id_equal(const struct file_id *a, const struct file_id *b)
{
    return a->size == b->size && a->inode == b->inode && a->sec == b->sec && a->nsec == b->nsec;
}

bool file_id_at(int dir, const char *path, struct file_id *out)
{
    struct stat st;
    *out = (struct file_id){0};
    if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return false;
    *out = file_id_of(&st);
    return true;
}

int file_write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int file_create_pieces(int dir, const char *path, const struct iovec *piece, size_t n)
{
    int saved;
    /* A leftover of that name may belong to somebody who still holds it open: never reuse it. */
    if (unlinkat(dir, path, 0) != 0 && errno != ENOENT)
        return -1;
    int fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = file_write_all(fd, piece[i].iov_base, piece[i].iov_len);
    if (rc != 0 || fsync(fd) != 0) {
        saved = errno;
        (void)close(fd);
        goto fail;
    }
    if (close(fd) == 0)
        return 0;
    saved = errno;
fail:
    (void)unlinkat(dir, path, 0);
    errno = saved;
    return -1;
}

int file_create_synced(int dir, const char *path, const void *bytes, size_t len)
{
    return file_create_pieces(dir, path, &(struct iovec){(void *)(uintptr_t)bytes, len}, 1);
}

int file_replace(int at, const char *from, const char *to)
{
    if (renameat(at, from, at, to) != 0)
        return -1;
    /* Without this a power cut may bring the old name back after it was reported as new. */
    return fsync(at);
}

int dir_make(const char *path)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof(part)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(part, path, len + 1);
    for (char *p = part + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return -1;
        *p = '/';
    }
    return mkdir(part, 0755) != 0 && errno != EEXIST ? -1 : 0;
}

unsigned dir_sweep(int dir, bool (*unwanted)(const char *name, void *arg), void *arg)
{
    unsigned removed = 0;
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (d == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return 0;
    }
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (unwanted(e->d_name, arg) && unlinkat(dir, e->d_name, 0) == 0)
            removed++;
    (void)closedir(d);
    return removed;
}

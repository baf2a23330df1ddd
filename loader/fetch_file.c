/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loader/fetch_file.h"

#define COPY_STEP (4u << 20) /* large enough that the calls cost nothing, small for progress */

/* file:/abs, file:///abs, file:relative; taken as it stands, without percent decoding. */
static const char *url_path(const char *url)
{
    const char *path = url + sizeof("file:") - 1;
    if (strncmp(path, "//", 2) != 0)
        return *path == '\0' ? NULL : path;
    /* A host between the second and third slash is not this machine's to read. */
    return path[2] == '/' ? path + 2 : NULL;
}

/* Bytes moved, 0 at the end, -1 with errno.  *slow: the kernel cannot copy between these files. */
static ssize_t copy_step(int from, int to, bool *slow)
{
    static char buf[1 << 16];
    if (!*slow) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, COPY_STEP, 0);
        if (n > 0)
            return n;
        /* Also on 0: some file systems (procfs, FUSE) have bytes but do not say so here. */
        *slow = true;
    }
    ssize_t n = read(from, buf, sizeof(buf));
    if (n > 0 && file_write_all(to, buf, (size_t)n) != 0)
        return -1;
    return n;
}

static bool copy_all(const struct fetch_job *job, int from, int to, struct fetch_result *r)
{
    bool slow = false;
    for (;;) {
        ssize_t n = copy_step(from, to, &slow);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            fetch_fail(r, "copy: %s", strerror(errno));
            return false;
        }
        if (n == 0)
            return true;
        r->bytes += (uint64_t)n;
        if (r->bytes > job->conf->max_size) {
            fetch_fail(r, "larger than max-size (%ju bytes)", (uintmax_t)job->conf->max_size);
            return false;
        }
        fetch_progress(job, r->bytes);
    }
}

bool fetch_file_is_still(int fd, const char *path, const struct file_id *before)
{
    struct stat st;
    struct file_id id;
    if (fstat(fd, &st) != 0)
        return false;
    id = file_id_of(&st);
    if (!file_id_equal(&id, before) || stat(path, &st) != 0)
        return false;
    id = file_id_of(&st);
    return file_id_equal(&id, before);
}

/*
 * A file written to in the very tick in which it was read keeps its time stamp: of one so young
 * nothing but the time is remembered, so that the next run reads it again (and finds its bytes
 * unchanged, or not).
 */
void fetch_file_settle(struct file_id *id)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec - id->sec < 2)
        *id = (struct file_id){.sec = id->sec}; /* no file has the inode 0 */
}

static void copy_in(const struct fetch_job *job, int from, const char *path, struct fetch_result *r)
{
    int to = fetch_create(job, r);
    if (to < 0)
        return;
    bool copied = copy_all(job, from, to, r);
    if (close(to) != 0 && copied) {
        fetch_fail(r, "close: %s", strerror(errno));
        return;
    }
    if (!copied)
        return;
    if (!fetch_file_is_still(from, path, &r->source) || r->bytes != r->source.size) {
        fetch_fail(r, "%s changed while it was read; it is read again next time", path);
        return;
    }
    fetch_file_settle(&r->source);
    r->outcome = FETCH_NEW;
}

int fetch_file_open(const struct fetch_job *job, const char *path, struct file_id *id,
                    struct fetch_result *r)
{
    struct stat st;
    /* Non-blocking: opening a FIFO would wait for a writer. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        fetch_fail(r, "%s: %s", path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        fetch_fail(r, "%s: not a regular file", path);
    } else if (*id = file_id_of(&st), id->size > job->conf->max_size) {
        fetch_fail(r, "%s: %ju bytes, larger than max-size (%ju)", path, (uintmax_t)id->size,
                   (uintmax_t)job->conf->max_size);
    } else {
        return fd;
    }
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static bool is_known(const struct fetch_job *job, struct fetch_result *r)
{
    if (job->known == NULL || !file_id_equal(&r->source, &job->known->source))
        return false;
    r->outcome = FETCH_UNCHANGED;
    (void)snprintf(r->detail, sizeof(r->detail), "same file");
    return true;
}

static void fetch_one(const struct fetch_job *job, const char *path, struct fetch_result *r)
{
    int fd = fetch_file_open(job, path, &r->source, r);
    if (fd < 0)
        return;
    if (!is_known(job, r))
        copy_in(job, fd, path, r);
    (void)close(fd);
}

void fetch_file(const struct fetch_job *job, struct fetch_result *r)
{
    const char *path = url_path(job->conf->url);
    if (path == NULL)
        fetch_fail(r, "the URL is none of file:/PATH, file:///PATH, file:PATH");
    else if (fetch_files_wanted(job, path))
        fetch_files(job, path, r);
    else
        fetch_one(job, path, r);
}

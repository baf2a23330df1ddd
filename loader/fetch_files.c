/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "loader/decompress.h"
#include "loader/fetch_file.h"

#define FILES_MAX 64
#define PATH_LEN  1024

/* The files of one data set, all open before any is read: together they are one state of it. */
struct files {
    size_t n;
    int fd[FILES_MAX];
    char path[FILES_MAX][PATH_LEN];
    struct file_id id[FILES_MAX];
};

bool fetch_files_wanted(const struct fetch_job *job, const char *paths)
{
    const char *format = job->conf->format;
    return format != NULL && strncmp(format, "rbldnsd:", 8) == 0 && strchr(paths, ',') != NULL;
}

static bool open_all(const struct fetch_job *job, const char *paths, struct files *f,
                     struct fetch_result *r)
{
    for (const char *at = paths; at != NULL;) {
        const char *comma = strchr(at, ',');
        size_t len = comma != NULL ? (size_t)(comma - at) : strlen(at);
        if (f->n == FILES_MAX || len == 0 || len >= PATH_LEN) {
            fetch_fail(r, "the URL names too many files, or an empty or too long name");
            return false;
        }
        memcpy(f->path[f->n], at, len);
        f->path[f->n][len] = '\0';
        f->fd[f->n] = fetch_file_open(job, f->path[f->n], &f->id[f->n], r);
        if (f->fd[f->n] < 0)
            return false;
        f->n++;
        at = comma != NULL ? comma + 1 : NULL;
    }
    return true;
}

/*
 * One identity of all: it differs when that of any file does.  The newest time stands for all, so
 * that a file written a moment ago makes the whole unsettled.
 */
static struct file_id identity(const struct files *f)
{
    struct file_id all = {.size = 0};
    uint64_t hash = f->n;
    for (size_t i = 0; i < f->n; i++) {
        const uint64_t parts[] = {hash, f->id[i].size, f->id[i].inode, (uint64_t)f->id[i].sec,
                                  f->id[i].nsec};
        hash = XXH3_64bits(parts, sizeof(parts));
        all.size += f->id[i].size;
        if (i == 0 || f->id[i].sec > all.sec) {
            all.sec = f->id[i].sec;
            all.nsec = f->id[i].nsec;
        }
    }
    all.inode = hash | 1; /* never "no file" */
    return all;
}

/* The whole of a file in memory; NULL with r->detail. */
static char *slurp(int fd, const char *path, size_t size, struct fetch_result *r)
{
    char *text = malloc(size + 1);
    size_t len = 0;
    while (text != NULL && len < size) {
        ssize_t n = read(fd, text + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    if (text != NULL && len == size)
        return text;
    fetch_fail(r, "%s: %s", path, text == NULL ? "out of memory" : "changed while it was read");
    free(text);
    return NULL;
}

static bool write_frame(const struct fetch_job *job, int to, const char *path, const char *text,
                        size_t len, struct fetch_result *r)
{
    char head[PATH_LEN + 64];
    int n = snprintf(head, sizeof(head), "$FILE %zu %s\n", len, path);
    if (r->bytes + len > job->conf->max_size) {
        fetch_fail(r, "%s: larger than max-size with the files before it (%ju bytes)", path,
                   (uintmax_t)job->conf->max_size);
        return false;
    }
    if (file_write_all(to, head, (size_t)n) != 0 || file_write_all(to, text, len) != 0 ||
        file_write_all(to, "\n", 1) != 0) {
        fetch_fail(r, "copy: %s", strerror(errno));
        return false;
    }
    r->bytes += (uint64_t)n + len + 1;
    fetch_progress(job, r->bytes);
    return true;
}

static bool add_file(const struct fetch_job *job, int to, const struct files *f, size_t i,
                     struct fetch_result *r)
{
    size_t len = f->id[i].size;
    char *text = slurp(f->fd[i], f->path[i], len, r);
    if (text == NULL)
        return false;
    if (is_compressed(text, len)) {
        char *plain = NULL;
        const char *why = decompress(text, len, &plain, &len);
        free(text);
        text = plain;
        if (why != NULL) {
            fetch_fail(r, "%s: %s", f->path[i], why);
            return false;
        }
    }
    bool good = write_frame(job, to, f->path[i], text, len, r);
    free(text);
    return good;
}

static void put_together(const struct fetch_job *job, const struct files *f, struct fetch_result *r)
{
    bool good = true;
    int to = fetch_create(job, r);
    if (to < 0)
        return;
    for (size_t i = 0; good && i < f->n; i++)
        good = add_file(job, to, f, i, r);
    if (close(to) != 0 && good) {
        fetch_fail(r, "close: %s", strerror(errno));
        good = false;
    }
    for (size_t i = 0; good && i < f->n; i++) {
        good = fetch_file_is_still(f->fd[i], f->path[i], &f->id[i]);
        if (!good)
            fetch_fail(r, "%s changed while it was read; it is read again next time", f->path[i]);
    }
    if (!good)
        return;
    fetch_file_settle(&r->source);
    r->outcome = FETCH_NEW;
}

void fetch_files(const struct fetch_job *job, const char *paths, struct fetch_result *r)
{
    struct files *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        fetch_fail(r, "out of memory");
        return;
    }
    if (open_all(job, paths, f, r)) {
        r->source = identity(f);
        if (job->known != NULL && file_id_equal(&r->source, &job->known->source)) {
            r->outcome = FETCH_UNCHANGED;
            (void)snprintf(r->detail, sizeof(r->detail), "same files");
        } else {
            put_together(job, f, r);
        }
    }
    for (size_t i = 0; i < f->n; i++)
        (void)close(f->fd[i]);
    free(f);
}

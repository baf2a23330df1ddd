/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "loader/archive.h"
#include "loader/decompress.h"
#include "loader/format.h"
#include "loader/header.h"
#include "loader/mirror.h"
#include "loader/space.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define DIGEST_STEP   ((size_t)128 << 10) /* within a core's cache */
#define DIGEST_BESIDE ((size_t)1 << 20)   /* what is shorter is not worth a thread */

void examine_prepare(int dir, const struct conf_list *conf)
{
    static const char *const names[] = {MIRROR_INCOMING, MIRROR_DATA};
    const struct format *format = format_find(conf->format);
    if (format != NULL && format->prepare != NULL)
        (void)format->prepare();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char head[512]; /* as far as the magic octets of a tar */
        int fd = openat(dir, names[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
        if (n > 0 && (is_archive(head, (size_t)n) || is_compressed(head, (size_t)n)))
            (void)archive_prepare();
        if (fd >= 0)
            (void)close(fd);
    }
}

int examine_digest(const struct mapped *m, uint64_t *digest)
{
    XXH3_state_t x;
    size_t at = 0;
    int rc = 0;
    char *buf = malloc(DIGEST_STEP);
    if (buf == NULL)
        return -1;
    XXH3_64bits_reset(&x);
    while (rc == 0 && at < m->len) {
        size_t step = DIGEST_STEP < m->len - at ? DIGEST_STEP : m->len - at;
        ssize_t n = pread(m->file.fd, buf, step, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        errno = n == 0 ? EIO : errno; /* it shrank */
        rc = n > 0 ? 0 : -1;
        if (n > 0)
            XXH3_64bits_update(&x, buf, (size_t)n);
        at += n > 0 ? (size_t)n : 0;
    }
    free(buf);
    *digest = XXH3_64bits_digest(&x);
    return rc;
}

int examine_map(int dir, const char *name, struct mapped *m)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    *m = (struct mapped){.file = {.fd = fd}};
    if (fd < 0)
        return -1;
    int rc = fstat(fd, &st);
    if (rc == 0 && !S_ISREG(st.st_mode)) {
        errno = EINVAL;
        rc = -1;
    }
    if (rc == 0 && st.st_size > 0) {
        void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        rc = at == MAP_FAILED ? -1 : 0;
        if (rc == 0)
            *m = (struct mapped){.file = {.fd = fd, .text = at}, .len = (size_t)st.st_size};
    }
    int saved = errno;
    if (rc != 0)
        examine_unmap(m);
    errno = saved;
    return rc;
}

void examine_unmap(struct mapped *m)
{
    if (m->file.text != NULL)
        (void)munmap((void *)(uintptr_t)m->file.text, m->len);
    if (m->file.fd >= 0)
        (void)close(m->file.fd);
    *m = (struct mapped){.file = {.fd = -1}};
}

static void keep_bad_line(void *arg, size_t line, const char *text, const char *reason)
{
    struct examined *x = arg;
    if (x->nshown == PARSE_REPORTS_MAX)
        return;
    struct bad_line *b = &x->shown[x->nshown++];
    b->line = line;
    (void)snprintf(b->text, sizeof(b->text), "%s", text);
    (void)snprintf(b->reason, sizeof(b->reason), "%s", reason);
}

static bool judge_space(const struct conf_list *conf, struct examined *x)
{
    size_t touched = 0, len = strlen(x->counts);
    int percent = conf->max_cover < SPACE_NO_LIMIT ? space_percent(&x->entries) : 0;
    if (percent < 0 || (!conf->special_purpose && !space_strip(&x->entries, &touched))) {
        (void)snprintf(x->why, sizeof(x->why), "out of memory");
        return false;
    }
    if (conf->max_cover < SPACE_NO_LIMIT && (unsigned)percent >= conf->max_cover) {
        (void)snprintf(
            x->why, sizeof(x->why),
            "covers %d %% of the Internet (limit %u %%); if that is meant, set max-cover", percent,
            conf->max_cover);
        return false;
    }
    if (touched == 0)
        return true;
    (void)snprintf(x->counts + len, sizeof(x->counts) - len,
                   "%s%zu special-purpose entries cut or left out", len == 0 ? "" : ", ", touched);
    if (entries_count(&x->entries) > 0 || conf->may_be_empty)
        return true;
    (void)snprintf(x->why, sizeof(x->why),
                   "all %zu entries are special-purpose addresses; if that is meant, set "
                   "special-purpose",
                   touched);
    return false;
}

/*
 * It may be half of another one, but every byte came and many a list made by hand ends so: it is
 * used, and said.
 */
static void note_last_line(const struct parse *p, struct examined *x)
{
    size_t len = strlen(x->counts);
    if (p->unterminated && !p->has_stated)
        (void)snprintf(x->counts + len, sizeof(x->counts) - len, "%slast line without a line end",
                       len == 0 ? "" : ", ");
}

/* text as it is, compressed or not; file: where it stands, NULL when it was compressed. */
static bool examine_text(const struct text_file *file, const char *text, size_t len,
                         const struct conf_list *conf, struct examined *x)
{
    const struct format *format = format_find(conf->format);
    struct parse parse;
    examine_parse(conf, &x->entries, &parse);
    parse.report = keep_bad_line;
    parse.report_arg = x;
    parse.file = file;
    if (format == NULL) {
        (void)snprintf(x->why, sizeof(x->why), "unknown format %s", conf->format);
        return false;
    }
    if (!guard_bytes(text, len, conf->may_be_empty, x->why))
        return false;
    x->entries.bytes_hint = len;
    /* Pages that will be read are cheaper all at once; where that is not possible they come alone.
     */
    if (file != NULL && !format->by_file)
        (void)madvise((void *)(uintptr_t)text, len, MADV_POPULATE_READ);
    if (!format->parse(&parse, text, len)) {
        (void)snprintf(x->why, sizeof(x->why), "out of memory");
        return false;
    }
    x->lines = parse.lines;
    x->bad = parse.bad;
    memcpy(x->counts, parse.counts, sizeof(x->counts));
    if (!guard_parsed(&parse, conf->may_be_empty, conf->max_bad, x->why))
        return false;
    /* Access lists name clients, and these have private addresses. */
    if (format != &format_rbldnsd_acl && !judge_space(conf, x))
        return false;
    note_last_line(&parse, x);
    x->covered = space_covered(&x->entries);
    x->made = x->entries.meta != NULL ? x->entries.meta->made : header_made(text, len);
    return true;
}

/* One container, or a tar in a gzip; what is inside another one again is no list. */
static const char *unpack(const char *data, size_t len, char **text, size_t *textlen)
{
    char *tar = NULL;
    const char *why = is_compressed(data, len) ? decompress(data, len, text, textlen)
                                               : archive_unpack(data, len, text, textlen);
    if (why == NULL && is_compressed(data, len) && is_tar(*text, *textlen)) {
        tar = *text;
        *text = NULL;
        why = archive_unpack(tar, *textlen, text, textlen);
        free(tar);
    }
    if (why == NULL && (is_compressed(*text, *textlen) || is_archive(*text, *textlen)))
        why = "compressed twice";
    return why;
}

const char *examine_open(const struct mapped *m, char **unpacked, const char **text, size_t *len)
{
    *unpacked = NULL;
    const char *data = m->file.text;
    *text = data != NULL ? data : "";
    *len = m->len;
    if (data == NULL || !(is_compressed(data, m->len) || is_archive(data, m->len)))
        return NULL;
    const char *why = unpack(data, m->len, unpacked, len);
    *text = *unpacked != NULL ? *unpacked : "";
    return why;
}

void examine_parse(const struct conf_list *conf, struct entries *out, struct parse *p)
{
    *p = (struct parse){.out = out,
                        .a = conf->a,
                        .txt = conf->txt,
                        .host_bits = conf->host_bits,
                        .list = conf,
                        .now = time(NULL)};
}

/* The digest of a long file, in a thread beside the parser. */
struct digest_job {
    const struct mapped *m;
    uint64_t digest;
    int error;
    pthread_t thread;
    bool started;
};

static void *digest_run(void *arg)
{
    struct digest_job *j = arg;
    j->error = examine_digest(j->m, &j->digest) == 0 ? 0 : errno;
    return NULL;
}

static void digest_start(struct digest_job *j)
{
    j->started = j->m->len >= DIGEST_BESIDE && pthread_create(&j->thread, NULL, digest_run, j) == 0;
    if (!j->started)
        digest_run(j);
}

static int digest_end(struct digest_job *j)
{
    if (j->started)
        (void)pthread_join(j->thread, NULL);
    return j->error;
}

bool examine(const struct mapped *m, const struct conf_list *conf, struct examined *x)
{
    struct digest_job digest = {.m = m};
    char *unpacked;
    const char *text;
    size_t len;
    bool fit = false;
    *x = (struct examined){.nshown = 0};
    entries_init(&x->entries);
    digest_start(&digest);
    const char *why = examine_open(m, &unpacked, &text, &len);
    if (why == NULL)
        fit = examine_text(unpacked == NULL ? &m->file : NULL, text, len, conf, x);
    int error = digest_end(&digest);
    x->digest = digest.digest;
    if (error != 0) {
        fit = false;
        why = strerror(error);
    }
    if (why != NULL)
        (void)snprintf(x->why, sizeof(x->why), "%s", why);
    free(unpacked);
    return fit;
}

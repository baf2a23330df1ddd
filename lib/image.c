/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening images: bytes into memory of our own, header and checksum, then lib/verify.c. */
#include "lib/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/*
 * Images of at least this size ask for huge pages: a lookup then misses the TLB once at most.
 */
#define HUGE_PAGE  ((size_t)2 << 20)
#define READ_PIECE ((size_t)256 << 10) /* fits into a second-level cache */

uint64_t image_checksum(const uint8_t *bytes, size_t len)
{
    size_t from = offsetof(struct image_header, inputs);
    return len < from ? 0 : XXH3_64bits(bytes + from, len - from);
}

uint64_t image_checksum_pieces(const struct iovec *piece, size_t n)
{
    size_t from = offsetof(struct image_header, inputs);
    XXH3_state_t x;
    XXH3_64bits_reset(&x);
    for (size_t i = 0; i < n; i++, from = 0)
        if (piece[i].iov_len > from)
            XXH3_64bits_update(&x, (const uint8_t *)piece[i].iov_base + from,
                               piece[i].iov_len - from);
    return XXH3_64bits_digest(&x);
}

/* --- memory --- */

static uint8_t *memory_get(size_t len, size_t *map_len)
{
    bool huge = len >= HUGE_PAGE;
    size_t want = (len + 4095) / 4096 * 4096;
    size_t slack = huge ? HUGE_PAGE : 0; /* to start on a huge page */
    uint8_t *m =
        mmap(NULL, want + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED)
        return NULL;
    if (huge) {
        size_t head = (HUGE_PAGE - (uintptr_t)m % HUGE_PAGE) % HUGE_PAGE;
        if (head)
            munmap(m, head);
        m += head;
        if (slack > head)
            munmap(m + want, slack - head);
        /* A hint: without it lookups are only slower.  Whole pages only: the rest would take all of
         * one more. */
        (void)madvise(m, want / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
    }
#ifdef MADV_POPULATE_WRITE /* Linux 5.14; the rest at once takes less time than page by page */
    size_t whole = want / HUGE_PAGE * HUGE_PAGE;
    if (whole < want)
        (void)madvise(m + whole, want - whole, MADV_POPULATE_WRITE);
#endif
    *map_len = want;
    return m;
}

/* The checksum is taken of each piece while it is in the cache. */
static const char *read_all(int fd, uint8_t *to, size_t len, uint64_t *checksum)
{
    size_t skip = offsetof(struct image_header, inputs);
    XXH3_state_t x;
    XXH3_64bits_reset(&x);
    for (size_t got = 0; got < len;) {
        size_t want = len - got < READ_PIECE ? len - got : READ_PIECE;
        ssize_t n = pread(fd, to + got, want, (off_t)got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return strerror(errno);
        if (n == 0)
            return "file shrank while it was read";
        size_t from = got < skip ? skip : got;
        got += (size_t)n;
        if (got > from)
            XXH3_64bits_update(&x, to + from, got - from);
    }
    *checksum = XXH3_64bits_digest(&x);
    return NULL;
}

/* --- header and sections --- */

static const char *check_header(const struct image_header *h)
{
    if (memcmp(h->magic, IMAGE_MAGIC, sizeof h->magic) != 0)
        return "not a zone image";
    if (h->version != IMAGE_VERSION)
        return "image version not known to this program";
    return h->header_len == sizeof *h ? NULL : "bad header length";
}

/* The header, and that the file is what it was made for. */
static const char *check_file(const uint8_t *bytes, size_t len, uint64_t checksum)
{
    const struct image_header *h = (const struct image_header *)(const void *)bytes;
    const char *why = len < sizeof *h ? "too short for a header" : check_header(h);
    if (!why && h->file_len != len)
        why = "truncated or longer than its header says";
    if (!why && h->checksum != checksum)
        why = "checksum does not match";
    return why;
}

/* Octets of one unit of each section; a section holds whole units. */
static const size_t section_unit[IMAGE_NSECTIONS] = {
    [IMAGE_SOURCES] = sizeof(struct image_source),
    [IMAGE_VIEWS] = sizeof(struct image_view),
    [IMAGE_CELLS] = sizeof(uint64_t),
    [IMAGE_BUCKETS] = sizeof(uint32_t),
    [IMAGE_RECORDS] = 1,
    [IMAGE_SETS] = sizeof(struct image_set),
    [IMAGE_GROUPS] = 4,
    [IMAGE_TEXTS] = 1,
    [IMAGE_FIXED] = 4,
};

static const char *check_sections(const struct image_header *h)
{
    uint64_t at = sizeof *h;
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++) {
        struct image_span s = h->section[i];
        if (s.off % IMAGE_ALIGN != 0 || s.off < at || s.off > h->file_len)
            return "section out of place";
        if (s.len > h->file_len - s.off || s.len % section_unit[i] != 0)
            return "section of bad length";
        if (s.len / section_unit[i] > UINT32_MAX)
            return "section too large";
        at = s.off + s.len;
    }
    return at <= h->file_len ? NULL : "section out of place";
}

static void set_sections(struct image *img, const void *const section[static IMAGE_NSECTIONS])
{
    const struct image_span *s = img->h->section;
    img->sources = section[IMAGE_SOURCES];
    img->views = section[IMAGE_VIEWS];
    img->cells = section[IMAGE_CELLS];
    img->buckets = section[IMAGE_BUCKETS];
    img->records = section[IMAGE_RECORDS];
    img->sets = section[IMAGE_SETS];
    img->groups = section[IMAGE_GROUPS];
    img->texts = section[IMAGE_TEXTS];
    img->fixed = section[IMAGE_FIXED];
    img->fixed_end = img->fixed + s[IMAGE_FIXED].len;
    img->nsources = (uint32_t)(s[IMAGE_SOURCES].len / sizeof(struct image_source));
    img->nviews = (uint32_t)(s[IMAGE_VIEWS].len / sizeof(struct image_view));
    img->nsets = (uint32_t)(s[IMAGE_SETS].len / sizeof(struct image_set));
}

const char *image_check(struct image *img, const struct image_header *h,
                        const void *const section[static IMAGE_NSECTIONS])
{
    *img = (struct image){.h = h};
    const char *why = check_header(h);
    if (!why)
        why = check_sections(h);
    if (why)
        return why;
    set_sections(img, section);
    return image_verify(img);
}

/* Fill in an image that lies at bytes, and verify all of it; NULL, or what is wrong. */
static const char *look_at(struct image *img, const uint8_t *bytes, size_t len, uint64_t checksum)
{
    const void *section[IMAGE_NSECTIONS];
    const char *why = check_file(bytes, len, checksum);
    if (why)
        return why;
    const struct image_header *h = (const struct image_header *)(const void *)bytes;
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++)
        section[i] = h->section[i].off <= len ? bytes + h->section[i].off : NULL;
    why = image_check(img, h, section);
    img->base = bytes;
    return why;
}

/* Takes over the mapping, also when it fails. */
static struct image *adopt(uint8_t *bytes, size_t len, size_t map_len, uint64_t checksum,
                           const char **why)
{
    struct image *img = calloc(1, sizeof *img);
    *why = img ? look_at(img, bytes, len, checksum) : "out of memory";
    if (*why) {
        munmap(bytes, map_len);
        free(img);
        return NULL;
    }
    img->map_len = map_len;
    (void)mprotect(bytes, map_len, PROT_READ); /* a stray write must not change answers */
    return img;
}

struct image *image_from_bytes(const uint8_t *bytes, size_t len, char why[static IMAGE_WHY_MAX])
{
    size_t map_len;
    const char *reason = "out of memory";
    struct image *img = NULL;
    uint8_t *m = memory_get(len ? len : 1, &map_len);
    if (m) {
        memcpy(m, bytes, len);
        img = adopt(m, len, map_len, image_checksum(m, len), &reason);
    }
    if (!img)
        snprintf(why, IMAGE_WHY_MAX, "%s", reason);
    return img;
}

struct image *image_read(int fd, const char *name, char why[static IMAGE_WHY_MAX])
{
    struct stat st;
    const char *reason = NULL;
    struct image *img = NULL;
    size_t map_len;
    uint64_t checksum = 0;
    uint8_t *m = NULL;
    if (fstat(fd, &st) != 0)
        reason = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        reason = "not a regular file";
    else if (st.st_size < (off_t)sizeof(struct image_header))
        reason = "too short for a header";
    else if (!(m = memory_get((size_t)st.st_size, &map_len)))
        reason = "out of memory";
    else if ((reason = read_all(fd, m, (size_t)st.st_size, &checksum)))
        munmap(m, map_len);
    else
        img = adopt(m, (size_t)st.st_size, map_len, checksum, &reason);
    if (!img)
        snprintf(why, IMAGE_WHY_MAX, "%.160s: %s", name, reason);
    return img;
}

struct image *image_open(const char *path, char why[static IMAGE_WHY_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        snprintf(why, IMAGE_WHY_MAX, "%.160s: %s", path, strerror(errno));
        return NULL;
    }
    struct image *img = image_read(fd, path, why);
    close(fd);
    return img;
}

void image_close(struct image *img)
{
    if (!img)
        return;
    munmap((void *)(uintptr_t)img->base, img->map_len);
    free(img);
}

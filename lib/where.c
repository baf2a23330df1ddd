/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/where.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define CHUNK 4096 /* octets of text read at once */

static const char DAMAGED[] = "the index is damaged; rbl-loader makes it again";
static const char NO_MEMORY[] = "out of memory";

struct where {
    int fd;
    struct where_header h;
    struct where_fence *fences[WHERE_NTABLES]; /* NULL: not read yet */
};

/* --- layout --- */

size_t where_width(enum where_table t)
{
    static const uint16_t width[WHERE_NTABLES] = {
        [WHERE_ADDR4] = sizeof(struct where_addr4),   [WHERE_RANGE4] = sizeof(struct where_range4),
        [WHERE_RANGE6] = sizeof(struct where_range6), [WHERE_NAMES] = sizeof(struct where_name),
        [WHERE_LINES] = sizeof(struct where_lines),   [WHERE_FILES] = sizeof(struct where_part),
        [WHERE_SUBS] = sizeof(struct where_sub),
    };
    return width[t];
}

size_t where_per_block(enum where_table t)
{
    return WHERE_BLOCK / where_width(t);
}

static struct where_fence small(uint64_t first, uint64_t last)
{
    return (struct where_fence){.first = {0, first}, .last = {0, last}};
}

struct where_fence where_bounds(enum where_table t, const void *record)
{
    const struct where_range4 *r4 = record;
    const struct where_range6 *r6 = record;
    const struct where_lines *lines = record;
    switch (t) {
    case WHERE_ADDR4:
        return small(((const struct where_addr4 *)record)->addr,
                     ((const struct where_addr4 *)record)->addr);
    case WHERE_RANGE4:
        return small(r4->first, r4->last);
    case WHERE_RANGE6:
        return (struct where_fence){.first = r6->first, .last = r6->last};
    case WHERE_NAMES:
        return small(((const struct where_name *)record)->hash,
                     ((const struct where_name *)record)->hash);
    default: /* the others start with two line numbers */
        return small(lines->first, lines->last);
    }
}

uint64_t where_hash(const uint8_t *wire, size_t len)
{
    return XXH3_64bits(wire, len);
}

uint64_t where_checksum(const struct where_header *h)
{
    const size_t from = offsetof(struct where_header, file_len);
    return XXH3_64bits((const uint8_t *)h + from, sizeof(*h) - from);
}

/* --- opening --- */

static bool read_at(int fd, void *to, size_t n, uint64_t off)
{
    uint8_t *at = to;
    while (n > 0) {
        ssize_t got = pread(fd, at, n, (off_t)off);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        off += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

static uint64_t nfences(const struct where_header *h, enum where_table t)
{
    return (h->table[t].count + where_per_block(t) - 1) / where_per_block(t);
}

static uint64_t fences_at(const struct where_header *h, enum where_table t)
{
    return h->table[t].off + h->table[t].count * where_width(t);
}

static bool fits(const struct where_header *h, enum where_table t)
{
    const struct where_place *p = &h->table[t];
    /* Lines are numbered in 32 bits, and no table has more records than some times that. */
    if (p->count > (uint64_t)UINT32_MAX * 8 || p->off > h->file_len)
        return false;
    uint64_t at = fences_at(h, t);
    return at <= h->file_len && nfences(h, t) <= (h->file_len - at) / sizeof(struct where_fence);
}

static const char *check(const struct where_header *h, uint64_t size)
{
    if (memcmp(h->magic, WHERE_MAGIC, sizeof(h->magic)) != 0)
        return "not an index";
    if (h->version != WHERE_VERSION || h->header_len != sizeof(*h))
        return "an index of another version; rbl-loader makes it again";
    if (h->checksum != where_checksum(h) || h->file_len != size)
        return DAMAGED;
    if (h->text != 0 && (h->text > size || h->text_len > size - h->text))
        return DAMAGED;
    for (unsigned t = 0; t < WHERE_NTABLES; t++)
        if (!fits(h, (enum where_table)t))
            return DAMAGED;
    return NULL;
}

struct where *where_read(int fd, char why[static WHERE_WHY_MAX])
{
    struct stat st;
    struct where *w = calloc(1, sizeof(*w));
    const char *reason = NULL;
    if (w == NULL) {
        (void)close(fd);
        (void)snprintf(why, WHERE_WHY_MAX, "%s", NO_MEMORY);
        return NULL;
    }
    w->fd = fd;
    if (fstat(fd, &st) != 0)
        reason = strerror(errno);
    else if (!S_ISREG(st.st_mode) || !read_at(fd, &w->h, sizeof(w->h), 0))
        reason = "not an index";
    else
        reason = check(&w->h, (uint64_t)st.st_size);
    if (reason == NULL)
        return w;
    (void)snprintf(why, WHERE_WHY_MAX, "%s", reason);
    where_close(w);
    return NULL;
}

struct where *where_open(int dir, char why[static WHERE_WHY_MAX])
{
    int fd = openat(dir, WHERE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    why[0] = '\0';
    if (fd >= 0)
        return where_read(fd, why);
    if (errno != ENOENT)
        (void)snprintf(why, WHERE_WHY_MAX, "%s", strerror(errno));
    return NULL;
}

void where_close(struct where *w)
{
    if (w == NULL)
        return;
    for (unsigned t = 0; t < WHERE_NTABLES; t++)
        free(w->fences[t]);
    (void)close(w->fd);
    free(w);
}

const struct where_header *where_header(const struct where *w)
{
    return &w->h;
}

/* --- the one question --- */

static bool before(struct addr6 a, struct addr6 b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

static bool holds(const struct where_fence *f, struct addr6 key)
{
    return !before(key, f->first) && !before(f->last, key);
}

static const char *load_fences(struct where *w, enum where_table t)
{
    uint64_t n = nfences(&w->h, t);
    if (w->fences[t] != NULL || n == 0)
        return NULL;
    struct where_fence *f = malloc((size_t)n * sizeof(*f));
    if (f == NULL)
        return NO_MEMORY;
    if (!read_at(w->fd, f, (size_t)n * sizeof(*f), fences_at(&w->h, t)) ||
        XXH3_64bits(f, (size_t)n * sizeof(*f)) != w->h.table[t].fences) {
        free(f);
        return DAMAGED;
    }
    w->fences[t] = f;
    return NULL;
}

typedef void (*record_fn)(void *arg, const void *record);

/* Every record of the table that holds the key to fn. */
static const char *find(struct where *w, enum where_table t, struct addr6 key, record_fn fn,
                        void *arg)
{
    uint64_t block[WHERE_BLOCK / sizeof(uint64_t)];
    const char *why = load_fences(w, t);
    uint64_t n = nfences(&w->h, t), per = where_per_block(t);
    for (uint64_t i = 0; why == NULL && i < n; i++) {
        const struct where_fence *f = &w->fences[t][i];
        if (!holds(f, key))
            continue;
        uint64_t left = w->h.table[t].count - i * per, count = left < per ? left : per;
        size_t len = (size_t)count * where_width(t);
        if (!read_at(w->fd, block, len, w->h.table[t].off + i * per * where_width(t)) ||
            XXH3_64bits(block, len) != f->sum)
            return DAMAGED;
        for (size_t k = 0; k < count; k++) {
            const void *record = (const uint8_t *)block + k * where_width(t);
            struct where_fence bounds = where_bounds(t, record);
            if (holds(&bounds, key))
                fn(arg, record);
        }
    }
    return why;
}

/* --- entries --- */

struct search {
    struct where_hits *out;
    enum where_table table;
    struct addr6 depth; /* of the name that is being looked for, as a size */
};

static void add_hit(struct search *s, struct where_hit hit, struct addr6 size)
{
    struct where_hits *o = s->out;
    size_t at = o->n;
    for (; at > 0; at--) {
        const struct addr6 *above = &o->size[at - 1];
        if (before(*above, size) || (!before(size, *above) && o->hit[at - 1].line <= hit.line))
            break;
    }
    /* A line may say a thing twice, with several values. */
    if (at > 0 && o->hit[at - 1].line == hit.line)
        return;
    o->all++;
    if (at == WHERE_HITS_MAX)
        return;
    o->n -= o->n == WHERE_HITS_MAX;
    memmove(&o->hit[at + 1], &o->hit[at], (o->n - at) * sizeof(hit));
    memmove(&o->size[at + 1], &o->size[at], (o->n - at) * sizeof(size));
    o->hit[at] = hit;
    o->size[at] = size;
    o->n++;
}

static void take_address(void *arg, const void *record)
{
    struct search *s = arg;
    struct where_fence b = where_bounds(s->table, record);
    struct addr6 size = {b.last.hi - b.first.hi - (b.last.lo < b.first.lo), b.last.lo - b.first.lo};
    struct where_hit hit;
    if (s->table == WHERE_ADDR4)
        hit = (struct where_hit){((const struct where_addr4 *)record)->line, false};
    else if (s->table == WHERE_RANGE4)
        hit = (struct where_hit){((const struct where_range4 *)record)->line,
                                 ((const struct where_range4 *)record)->exclude != 0};
    else
        hit = (struct where_hit){((const struct where_range6 *)record)->line,
                                 ((const struct where_range6 *)record)->exclude != 0};
    add_hit(s, hit, size);
}

const char *where_address(struct where *w, unsigned family, struct addr6 addr,
                          struct where_hits *out)
{
    struct search s = {.out = out, .table = family == 4 ? WHERE_ADDR4 : WHERE_RANGE6};
    const char *why = find(w, s.table, addr, take_address, &s);
    if (why != NULL || family != 4)
        return why;
    s.table = WHERE_RANGE4;
    return find(w, s.table, addr, take_address, &s);
}

static void take_name(void *arg, const void *record)
{
    struct search *s = arg;
    const struct where_name *n = record;
    bool whole = s->depth.lo == 0;
    if (whole ? n->self : n->below)
        add_hit(s, (struct where_hit){n->line, n->exclude != 0}, s->depth);
}

const char *where_name(struct where *w, const struct name *name, struct where_hits *out)
{
    struct search s = {.out = out};
    const char *why = NULL;
    for (size_t at = 0; why == NULL && name->wire[at] != 0; at += name->wire[at] + 1u) {
        struct addr6 key = {0, where_hash(name->wire + at, name->len - at)};
        why = find(w, WHERE_NAMES, key, take_name, &s);
        s.depth.lo++;
    }
    return why;
}

/* --- text --- */

static void take_lines(void *arg, const void *record)
{
    *(struct where_lines *)arg = *(const struct where_lines *)record;
}

static void take_part(void *arg, const void *record)
{
    *(struct where_part *)arg = *(const struct where_part *)record;
}

/* The text of a list, piece by piece. */
struct reader {
    int fd;
    uint64_t base, at, len; /* of the text: its start in the file, the next piece, its end */
    char piece[CHUNK];
    size_t n, pos;
};

static int next_octet(struct reader *r)
{
    if (r->pos == r->n) {
        uint64_t left = r->len - r->at;
        r->n = left < sizeof(r->piece) ? (size_t)left : sizeof(r->piece);
        r->pos = 0;
        if (r->n == 0 || !read_at(r->fd, r->piece, r->n, r->base + r->at))
            return r->n = 0, -1;
        r->at += r->n;
    }
    return (unsigned char)r->piece[r->pos++];
}

/* The next line: as much as there is room for.  It ends at LF, CR or CRLF; false: no more text. */
static bool next_line(struct reader *r, char *to, size_t room, size_t *len)
{
    int c = next_octet(r);
    *len = 0;
    if (c < 0)
        return false;
    for (; c >= 0 && c != '\n' && c != '\r'; c = next_octet(r))
        if (*len < room)
            to[(*len)++] = (char)c;
    if (c == '\r' && next_octet(r) != '\n' && r->pos > 0)
        r->pos--;
    return true;
}

static void show(char *to, size_t size, const char *text, size_t len)
{
    while (len > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        len--;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    size_t n = len < size - 4 ? len : size - 4;
    for (size_t i = 0; i < n; i++)
        to[i] = text[i] == '\0' ? '?' : text[i];
    (void)snprintf(to + n, 4, "%s", n < len ? "..." : "");
}

const char *where_text(struct where *w, int data, uint32_t line, struct where_line *out)
{
    char text[2 * WHERE_TEXT_MAX];
    struct where_lines near = {.first = 0};
    struct where_part part = {.first = 0};
    struct reader r = {.fd = w->h.text != 0 ? w->fd : data, .base = w->h.text};
    size_t len = 0;
    *out = (struct where_line){.number = line};
    const char *why = find(w, WHERE_LINES, (struct addr6){0, line}, take_lines, &near);
    if (why == NULL)
        why = find(w, WHERE_FILES, (struct addr6){0, line}, take_part, &part);
    if (why != NULL)
        return why;
    r.len = w->h.text_len;
    if (near.first == 0 || near.off > r.len)
        return DAMAGED;
    r.at = near.off;
    for (uint32_t i = near.first; i <= line; i++)
        if (!next_line(&r, text, sizeof(text), &len))
            return "the list is shorter than its index says";
    show(out->text, sizeof(out->text), text, len);
    if (part.first == 0)
        return NULL;
    out->number = line - part.first + 1;
    if (part.name > r.len || part.name_len > r.len - part.name)
        return DAMAGED;
    len = part.name_len < sizeof(text) ? part.name_len : sizeof(text);
    if (!read_at(r.fd, text, len, r.base + part.name))
        return "the list is shorter than its index says";
    show(out->file, sizeof(out->file), text, len);
    return NULL;
}

struct under {
    const struct name *sub;
    bool found;
};

static void take_sub(void *arg, const void *record)
{
    struct under *u = arg;
    const struct where_sub *s = record;
    u->found |= s->len == u->sub->len && memcmp(s->wire, u->sub->wire, s->len) == 0;
}

const char *where_under(struct where *w, uint32_t line, const struct name *sub, bool *under)
{
    struct under u = {.sub = sub};
    *under = sub->len <= 1;
    if (w->h.table[WHERE_SUBS].count == 0)
        return NULL;
    const char *why = find(w, WHERE_SUBS, (struct addr6){0, line}, take_sub, &u);
    *under = u.found;
    return why;
}

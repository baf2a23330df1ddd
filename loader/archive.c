/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/decompress.h"
#include "loader/library.h"

#define BLOCK ((size_t)256 << 10)

/* Of libarchive, loaded when there is something to unpack. */
static struct {
    __typeof__(archive_entry_filetype) *entry_filetype;
    __typeof__(archive_entry_is_encrypted) *entry_is_encrypted;
    __typeof__(archive_filter_bytes) *filter_bytes;
    __typeof__(archive_filter_count) *filter_count;
    __typeof__(archive_format) *format;
    __typeof__(archive_read_data) *read_data;
    __typeof__(archive_read_free) *read_free;
    __typeof__(archive_read_new) *read_new;
    __typeof__(archive_read_next_header) *read_next_header;
    __typeof__(archive_read_open_memory) *read_open_memory;
    __typeof__(archive_read_support_filter_bzip2) *read_support_filter_bzip2;
    __typeof__(archive_read_support_filter_xz) *read_support_filter_xz;
    __typeof__(archive_read_support_filter_zstd) *read_support_filter_zstd;
    __typeof__(archive_read_support_format_raw) *read_support_format_raw;
    __typeof__(archive_read_support_format_tar) *read_support_format_tar;
    __typeof__(archive_read_support_format_zip) *read_support_format_zip;
} lib;

#define SYMBOL(name)                                                                               \
    {                                                                                              \
        "archive_" #name, &lib.name                                                                \
    }
static const struct library_symbol symbols[] = {
    SYMBOL(entry_filetype),
    SYMBOL(entry_is_encrypted),
    SYMBOL(filter_bytes),
    SYMBOL(filter_count),
    SYMBOL(format),
    SYMBOL(read_data),
    SYMBOL(read_free),
    SYMBOL(read_new),
    SYMBOL(read_next_header),
    SYMBOL(read_open_memory),
    SYMBOL(read_support_filter_bzip2),
    SYMBOL(read_support_filter_xz),
    SYMBOL(read_support_filter_zstd),
    SYMBOL(read_support_format_raw),
    SYMBOL(read_support_format_tar),
    SYMBOL(read_support_format_zip),
};
static struct library archive = {SONAME_ARCHIVE, symbols, sizeof(symbols) / sizeof(symbols[0]),
                                 false};

static const char CORRUPT[] = "corrupt or truncated archive";

#define ZIP_END     "PK\5\6"
#define ZIP_END_LEN 22 /* octets of the record, before its comment */

struct magic {
    const char *octets;
    size_t len, at;
};

static const struct magic magics[] = {
    {"BZh", 3, 0},
    {"\xfd"
     "7zXZ\0",
     6, 0},
    {"\x28\xb5\x2f\xfd", 4, 0},
    {"PK\3\4", 4, 0},
    {ZIP_END, 4, 0}, /* of one without files */
    {"ustar", 5, 257},
};

bool is_tar(const char *data, size_t len)
{
    return len >= 262 && memcmp(data + 257, "ustar", 5) == 0;
}

bool is_archive(const char *data, size_t len)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        const struct magic *m = &magics[i];
        if (len >= m->at + m->len && memcmp(data + m->at, m->octets, m->len) == 0)
            return true;
    }
    return false;
}

struct output {
    char *text;
    size_t len, cap, limit;
};

static const char *grow(struct output *o)
{
    if (o->len < o->cap)
        return NULL;
    if (o->cap >= o->limit)
        return o->limit < DECOMPRESS_MAX ? "expands more than a hundredfold"
                                         : "larger than 2 GiB when decompressed";
    size_t cap = o->cap == 0 ? BLOCK : 2 * o->cap;
    if (cap > o->limit)
        cap = o->limit;
    char *bigger = realloc(o->text, cap);
    if (bigger == NULL)
        return "out of memory";
    o->text = bigger;
    o->cap = cap;
    return NULL;
}

static const char *read_file(struct archive *a, struct output *o)
{
    for (;;) {
        const char *why = grow(o);
        if (why != NULL)
            return why;
        la_ssize_t n = lib.read_data(a, o->text + o->len, o->cap - o->len);
        if (n < 0)
            return CORRUPT;
        if (n == 0)
            return NULL;
        o->len += (size_t)n;
    }
}

/* How it is packed is known with the first header.  What no filter knows comes through as it is,
 * and filters stand behind one another as the data want it. */
static const char *complain_of_packing(struct archive *a)
{
    int filters = lib.filter_count(a) - 1; /* the last one is the memory read from */
    if (filters == 0 && lib.format(a) == ARCHIVE_FORMAT_RAW)
        return CORRUPT;
    return filters > 1 ? "compressed twice" : NULL;
}

/* Exactly one file with data; directories do not count. */
static const char *read_all(struct archive *a, size_t len, struct output *o)
{
    struct archive_entry *entry;
    bool found = false;
    int rc;
    while ((rc = lib.read_next_header(a, &entry)) == ARCHIVE_OK) {
        const char *why = complain_of_packing(a);
        if (why != NULL)
            return why;
        if (lib.entry_filetype(entry) == AE_IFDIR)
            continue;
        if (lib.entry_is_encrypted(entry))
            return "encrypted archive";
        if (found)
            return "archive of several files";
        if (lib.entry_filetype(entry) != AE_IFREG && lib.entry_filetype(entry) != 0)
            return "archive of something that is no file";
        found = true;
        why = read_file(a, o);
        if (why != NULL)
            return why;
    }
    if (rc != ARCHIVE_EOF)
        return CORRUPT;
    /* The filter for bzip2 ends at what is no further stream; a tar ends before its padding. */
    if (lib.format(a) == ARCHIVE_FORMAT_RAW && (size_t)lib.filter_bytes(a, -1) < len)
        return "something else behind the compressed data";
    return found ? NULL : "archive without a file";
}

/* A zip is read from its front, where a cut one looks whole up to the last file that came. */
static bool is_cut_zip(const char *data, size_t len)
{
    if (len < 4 || memcmp(data, "PK", 2) != 0)
        return false;
    for (size_t at = len; at-- > 0 && len - at <= ZIP_END_LEN + UINT16_MAX;)
        if (len - at >= ZIP_END_LEN && memcmp(data + at, ZIP_END, 4) == 0)
            return false;
    return true;
}

static struct archive *open_archive(const char *data, size_t len)
{
    struct archive *a = lib.read_new();
    if (a == NULL)
        return NULL;
    bool ok = lib.read_support_filter_bzip2(a) == ARCHIVE_OK &&
              lib.read_support_filter_xz(a) == ARCHIVE_OK &&
              lib.read_support_filter_zstd(a) == ARCHIVE_OK &&
              lib.read_support_format_zip(a) == ARCHIVE_OK &&
              lib.read_support_format_tar(a) == ARCHIVE_OK &&
              lib.read_support_format_raw(a) == ARCHIVE_OK &&
              lib.read_open_memory(a, data, len) == ARCHIVE_OK;
    if (ok)
        return a;
    (void)lib.read_free(a);
    return NULL;
}

bool archive_prepare(void)
{
    return library_load(&archive);
}

const char *archive_unpack(const char *data, size_t len, char **text, size_t *textlen)
{
    struct output o = {.limit = decompress_limit(len)};
    if (!archive_prepare())
        return "libarchive is missing, which unpacks it";
    struct archive *a = is_cut_zip(data, len) ? NULL : open_archive(data, len);
    if (a == NULL)
        return CORRUPT;
    const char *why = read_all(a, len, &o);
    (void)lib.read_free(a);
    if (why != NULL) {
        free(o.text);
        return why;
    }
    *text = o.text;
    *textlen = o.len;
    return NULL;
}

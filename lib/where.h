/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the entries of a list stand in its file: the index mirror/NAME/where, written by
 * rbl-loader(8) behind what it publishes, read by rblctl(1) alone.
 *
 * Little-endian: a header, tables, and for a list that is fetched packed its text as it is inside.
 * A record of a table is about a closed range of keys (addresses, name hashes, line numbers);
 * records are sorted by the first key and cut into blocks, and each block has a fence: the least
 * and the greatest key in it, and a checksum.  The one question there is, which records hold a key,
 * is answered from the blocks whose fences hold it.
 *
 * The reader takes nothing for granted: whatever the file holds and whatever is done to it
 * meanwhile, a question ends with an answer or with a reason.  A struct where is used by one
 * thread.
 */
#ifndef LIB_WHERE_H
#define LIB_WHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/name.h"

#define WHERE_FILE     "where"
#define WHERE_MAGIC    "RBLWHERE"
#define WHERE_VERSION  1u
#define WHERE_BLOCK    4096u /* octets of the records of one block, at most */
#define WHERE_TEXT_MAX 400   /* octets of a line that are shown */
#define WHERE_FILE_MAX 128   /* and of a file name, with NUL */
#define WHERE_HITS_MAX 16
#define WHERE_WHY_MAX  256

enum where_table {
    WHERE_ADDR4,  /* struct where_addr4: single addresses */
    WHERE_RANGE4, /* struct where_range4 */
    WHERE_RANGE6, /* struct where_range6 */
    WHERE_NAMES,  /* struct where_name, key: where_hash() */
    WHERE_LINES,  /* struct where_lines, key: line */
    WHERE_FILES,  /* struct where_part: of a list made of several files */
    WHERE_SUBS,   /* struct where_sub: of a list with sub-names of its own */
    WHERE_NTABLES
};

/* The first octets of the number are the line: records sort as the number does. */
struct where_addr4 {
    uint32_t line; /* of the whole text, from 1 */
    uint32_t addr;
};

struct where_range4 {
    uint32_t first, last;
    uint32_t line;
    uint32_t exclude; /* 1: the entry takes out */
};

struct where_range6 {
    struct addr6 first, last;
    uint32_t line;
    uint32_t exclude;
};

struct where_name {
    uint64_t hash;
    uint32_t line;
    uint16_t self, below; /* 1: lists the name itself, names below it */
    uint32_t exclude, zero;
};

struct where_lines {
    uint32_t first, last;
    uint64_t off; /* of the first one's text */
};

/* Lines of the text that are one file's; its name stands in the text too. */
struct where_part {
    uint32_t first, last;
    uint64_t name;
    uint32_t name_len, zero;
};

/* Lines whose entries stand under a sub-name (the root: under none); lower case, wire form. */
struct where_sub {
    uint32_t first, last;
    uint8_t len;
    uint8_t wire[255];
};

struct where_fence {
    struct addr6 first, last; /* smaller keys in lo */
    uint64_t sum;             /* XXH3-64 of the block */
};

struct where_place {
    uint64_t off;    /* of the records, behind which their fences follow */
    uint64_t count;  /* records */
    uint64_t fences; /* XXH3-64 of all fences */
};

struct where_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t header_len;
    uint64_t checksum; /* XXH3-64 of the rest of the header */
    uint64_t file_len;
    uint64_t digest;  /* of the data, as the list's state and the image have it */
    uint64_t options; /* digest of how they were read */
    uint64_t text;    /* where the text stands in this file, 0: it is the data themselves */
    uint64_t text_len;
    struct where_place table[WHERE_NTABLES];
};

/* Octets of a record, and how many make a block. */
size_t where_width(enum where_table t);
size_t where_per_block(enum where_table t);
/* Key range of a record. */
struct where_fence where_bounds(enum where_table t, const void *record);
uint64_t where_hash(const uint8_t *wire, size_t len);
/* Checksum of a header as it should be. */
uint64_t where_checksum(const struct where_header *h);

struct where;

/* The index in an open directory of a list (borrowed until this returns).  NULL: why says what is
 * wrong with it, or is empty when there is none. */
struct where *where_open(int dir, char why[static WHERE_WHY_MAX]);
/* The same from an open file, which is closed with it, or at once. */
struct where *where_read(int fd, char why[static WHERE_WHY_MAX]);
void where_close(struct where *w);

const struct where_header *where_header(const struct where *w);

/* An entry that holds what was looked for. */
struct where_hit {
    uint32_t line;
    bool exclude;
};

/* The WHERE_HITS_MAX closest ones, the closest first; zero-initialise. */
struct where_hits {
    struct where_hit hit[WHERE_HITS_MAX];
    struct addr6 size[WHERE_HITS_MAX]; /* addresses that each holds, one less; or labels above */
    size_t n;
    uint64_t all; /* how many there are */
};

/* Add the entries that hold an address (family 4: in the low half), or say something of a name.
 * NULL, or what is wrong (static). */
const char *where_address(struct where *w, unsigned family, struct addr6 addr,
                          struct where_hits *out);
const char *where_name(struct where *w, const struct name *name, struct where_hits *out);

/* A line as it stands in the list, for people. */
struct where_line {
    char text[WHERE_TEXT_MAX + 4]; /* blanks at its ends left out; "..." behind what was cut */
    char file[WHERE_FILE_MAX];     /* of several; "": the list is one file */
    uint32_t number;               /* in that file */
};

/* data: the list's file, of which the index was made; -1 will do when the index has the text. */
const char *where_text(struct where *w, int data, uint32_t line, struct where_line *out);

/* Do the entries of the line stand under this sub-name of where the list stands?  (The root: there
 * itself, as all entries of a list without sub-names do.) */
const char *where_under(struct where *w, uint32_t line, const struct name *sub, bool *under);

#endif

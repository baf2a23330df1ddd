/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A compiled zone in one file: layout on disk, opening, verification.
 *
 * Little-endian, position-independent: everything is reached by offset or index, nothing points.
 * image_open() reads the file into memory of its own and verifies every index, count and order
 * once, so that lookups (lib/tree.h, lib/names.h, lib/lookup.h) need no bounds check.  A struct
 * image is immutable; any number of threads may read it.  Whoever opened it closes it, after the
 * last reader is gone.
 */
#ifndef LIB_IMAGE_H
#define LIB_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/name.h"

#define IMAGE_MAGIC    "RBLIMG\r\n"
#define IMAGE_VERSION  5u
#define IMAGE_SUFFIX   ".rbl"
#define IMAGE_WHY_MAX  256
#define IMAGE_ALIGN    64 /* sections start on cache lines */
#define IMAGE_NAME_MAX 64 /* list name and NUL */

/* What a zone's lists can list at all; only an access list's "always" asks. */
enum image_kind {
    IMAGE_HAS_ADDR4 = 1,
    IMAGE_HAS_ADDR6 = 2,
    IMAGE_HAS_NAMES = 4,
    IMAGE_HAS_NAMES_ABOVE = 8 /* of lists that stand above the view; its own name is one too */
};

/* Sections, in file order. */
enum image_section {
    IMAGE_SOURCES, /* struct image_source[] */
    IMAGE_VIEWS,   /* struct image_view[] : [0] is the zone itself, others are its sub-names */
    IMAGE_CELLS,   /* uint64_t[] : address trees of all views, lib/tree.h */
    IMAGE_BUCKETS, /* uint32_t[] : name buckets of all views, lib/names.h */
    IMAGE_RECORDS, /* name records */
    IMAGE_SETS,    /* struct image_set[], [0] is "not listed" */
    IMAGE_GROUPS,  /* struct image_group and its records, 4-byte aligned */
    IMAGE_TEXTS,   /* texts of sets, lib/answerset.h */
    IMAGE_FIXED,   /* SOA and NS data with compression holes */
    IMAGE_NSECTIONS
};

struct image_span {
    uint64_t off; /* from the start of the file */
    uint64_t len; /* bytes */
};

struct image_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t header_len; /* sizeof(struct image_header) */
    uint64_t file_len;
    uint64_t checksum;     /* XXH3-64 of the file from the next field to its end */
    uint64_t inputs;       /* digest of configuration and data that made this image */
    int64_t built;         /* unix time */
    uint32_t serial;       /* SOA serial, RFC 1982 */
    uint32_t ttl;          /* answers whose set does not say otherwise; informative */
    uint32_t negative_ttl; /* of the SOA in negative answers: min(SOA TTL, MINIMUM), RFC 2308 */
    uint32_t soa_ttl;
    uint64_t entries;       /* sum over sources */
    uint32_t acl_view;      /* index of the view that holds clients instead of entries, 0: none */
    uint32_t expired_empty; /* 1: after that nothing is listed; 0: SERVFAIL */
    int64_t expires;        /* unix time after which the data must not be served, 0: never */
    struct image_span section[IMAGE_NSECTIONS];
    uint8_t zone_len;
    uint8_t zone[NAME_WIRE_MAX];
};

/* A list that went into the image. */
struct image_source {
    char name[IMAGE_NAME_MAX];
    uint64_t digest;
    int64_t fetched, modified; /* unix times, 0 unknown */
    int64_t expires;           /* unix time at which the zone does without it, 0: never */
    uint64_t entries, bad;
    uint32_t exclude; /* 1: its entries are taken out, 2: they are clients (an access list) */
    uint32_t missing; /* 1: configured, no data */
};

/* Names and addresses answered under one sub-name of the zone ("" for the zone itself). */
struct image_view {
    uint32_t tree4; /* cell index of the root directory, 0 when empty */
    uint32_t tree6;
    uint32_t bucket0;  /* first of nbuckets + 1 offsets in IMAGE_BUCKETS */
    uint32_t nbuckets; /* power of two, or 0: no names */
    uint64_t seed;     /* of the label hash */
    uint32_t uniform;  /* set of every listed name, or 0: each record carries its own */
    uint32_t nparents; /* nodes that have children, the view's own apex included */
    uint32_t apex;     /* set of the view's own name, 0: none */
    uint32_t kinds;    /* enum image_kind bits: what the lists here could hold */
    uint8_t sub_len;   /* wire length of the sub-name, 1 for the zone itself */
    uint8_t sub[NAME_WIRE_MAX];
};

/* The answer of a match.  Offsets are into IMAGE_GROUPS and IMAGE_TEXTS. */
struct image_set {
    uint32_t group; /* struct image_group */
    uint32_t texts; /* see lib/answerset.h */
};

/* What an access list does with a client.  Of several that match one client the first here rules.
 */
enum image_action {
    IMAGE_PASS,   /* answer as usual */
    IMAGE_IGNORE, /* no reply */
    IMAGE_REFUSE, /* REFUSED to everything in the zone */
    IMAGE_EMPTY,  /* nothing is listed; records at names are answered */
    IMAGE_ALWAYS, /* every address or name is listed, with the A and TXT of this set */
    IMAGE_RECORD, /* not of a client: a set of records at a name, which EMPTY and ALWAYS leave alone
                   */
    IMAGE_NACTIONS
};

/*
 * Records in wire form, owner 0xC00C (the question), ready to be copied: first the A records, then
 * records of other types, then the lists they came from (u16 indexes into the sources, unaligned).
 * Shared by all sets with the same records of the same lists.
 */
struct image_group {
    uint32_t txt_ttl;
    uint16_t action; /* enum image_action */
    uint16_t nsources;
    uint16_t na, a_len;         /* number and bytes of A records */
    uint16_t nother, other_len; /* and of the rest */
    uint8_t rr[];
};

/*
 * One fixed record in IMAGE_FIXED: the SOA first, then the NS records, then addresses of name
 * servers inside the zone.  Owner and data may end at the zone's apex: a hole is the offset in the
 * data where a compression pointer to it goes (IMAGE_NO_HOLE: none).  Items are 4-byte aligned.
 */
#define IMAGE_NO_HOLE 0xffffu
struct image_rr {
    uint16_t type;
    uint16_t owner_len; /* octets of labels in front of the apex; they come first in data */
    uint16_t rdlen;     /* octets of data that follow them, holes included */
    uint16_t hole[2];
    uint16_t zero;
    uint32_t ttl;
    uint8_t data[];
};

static inline size_t image_rr_size(const struct image_rr *rr)
{
    return (sizeof *rr + rr->owner_len + rr->rdlen + 3u) & ~(size_t)3;
}

struct image {
    const struct image_header *h;
    const uint8_t *base; /* the whole file, in memory of its own */
    size_t map_len;      /* bytes of the mapping that holds it */
    const struct image_source *sources;
    const struct image_view *views;
    const uint64_t *cells;
    const uint32_t *buckets;
    const uint8_t *records;
    const struct image_set *sets;
    const uint8_t *groups;
    const uint8_t *texts;
    const uint8_t *fixed;
    const uint8_t *fixed_end;
    uint32_t nsources, nviews, nsets;
    /* Set by image_verify(): */
    bool address_names; /* some name in it may also read as an address */
    bool plain; /* what it says of an IPv4 address is what views[0].tree4 does, to anybody */
};

/*
 * Open and verify a file.  NULL with a reason in why ("FILE: truncated: 120 of 4096 bytes") on any
 * fault; the file is not needed once this returns.
 */
struct image *image_open(const char *path, char why[static IMAGE_WHY_MAX]);

/* The same from an open descriptor, which stays open; name is for messages. */
struct image *image_read(int fd, const char *name, char why[static IMAGE_WHY_MAX]);

/* The same from bytes, which are copied. */
struct image *image_from_bytes(const uint8_t *bytes, size_t len, char why[static IMAGE_WHY_MAX]);

/*
 * Would a file of this header and these sections be taken?  NULL, or why not; when it would, *img
 * is that image, lying where its parts lie, for lookups but not for image_close().  The checksum is
 * the caller's to get right.
 */
const char *image_check(struct image *img, const struct image_header *h,
                        const void *const section[static IMAGE_NSECTIONS]);

void image_close(struct image *img);

/*
 * Prove every index and count of an image whose sections are set up, and set what it finds out of
 * it; NULL when good.
 */
const char *image_verify(struct image *img);

/* The checksum a header should carry: over bytes[..len), the whole file. */
uint64_t image_checksum(const uint8_t *bytes, size_t len);
/* The same of a file in n pieces, the header being the first. */
uint64_t image_checksum_pieces(const struct iovec *piece, size_t n);

static inline uint64_t image_inputs(const struct image *img)
{
    return img->h->inputs;
}

#endif

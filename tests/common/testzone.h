/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zones for tests from simple tables: lists as text in, compile job, image bytes or open image out.
 *
 *   struct image *img = testzone_build(&(struct testzone){
 *       .name = "bl.test",
 *       .list = {{.name = "one", .a = "127.0.0.3", .entries = "192.0.2.0/24\n"}}});
 *   struct lookup_result r;
 *   testzone_lookup(img, "7.2.0.192.bl.test", &r);
 *   image_close(img);
 *
 * Anything that cannot be (bad text, no memory, an image that does not open) is printed and ends
 * the test by abort(): tests need no error paths of their own for it.
 */
#ifndef TESTS_TESTZONE_H
#define TESTS_TESTZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/image.h"
#include "lib/lookup.h"
#include "loader/compile.h"

#define TESTZONE_LISTS 24
#define TESTZONE_NS    4

struct testlist {
    const char *name;    /* NULL ends the table */
    const char *format;  /* NULL: "plain" */
    const char *entries; /* text in that format; NULL: the list has no data */
    const char *a;       /* NULL: 127.0.0.2 */
    const char *txt;     /* NULL: none */
    const char *sub;     /* sub-name of the zone it stands under; NULL: the zone itself */
    bool exclude;
    bool acl; /* of clients */
};

struct testns {
    const char *name; /* NULL ends the table */
    const char *a;    /* NULL: none */
    const char *aaaa;
};

struct testzone {
    const char *name;
    struct testlist list[TESTZONE_LISTS];
    struct testns ns[TESTZONE_NS];
    bool bitmask;
    bool no_test_points;
    const char *test_txt;  /* NULL: "Test entry" */
    uint32_t serial;       /* 0: 1 */
    uint32_t ttl;          /* 0: 300 */
    uint32_t soa_ttl;      /* 0: 3600 */
    uint32_t negative_ttl; /* 0: 150 */
};

/* bl.test and dbl.test: lists, ranges, exclusions and names of every kind, with name servers. */
extern const struct testzone testzone_bl;
extern const struct testzone testzone_dbl;

/* Everything compile_zone() reads, for tests that change some of it first. */
struct testjob {
    struct conf conf;
    struct conf_zone zone;
    struct conf_list list[TESTZONE_LISTS];
    struct list_data data[TESTZONE_LISTS];
    struct list_data *have[TESTZONE_LISTS];
    struct conf_ns ns[TESTZONE_NS];
    struct conf_sub sub[TESTZONE_LISTS];
    size_t index[TESTZONE_LISTS], exclude[TESTZONE_LISTS], sub_index[TESTZONE_LISTS];
    size_t acl[TESTZONE_LISTS];
    struct compile_job job;
};

struct testjob *testjob_new(const struct testzone *z);
void testjob_free(struct testjob *j);
/* The file, malloc'd; frees *c. */
uint8_t *testzone_join(struct compiled *c, size_t *len);
/* compile_zone(), and the image in one malloc'd piece; *bytes is left alone on failure. */
const char *testzone_compile(const struct compile_job *job, uint8_t **bytes, size_t *len,
                             char why[static COMPILE_WHY_MAX]);
/* Image bytes, malloc'd. */
uint8_t *testjob_compile(const struct testjob *j, size_t *len);

uint8_t *testzone_bytes(const struct testzone *z, size_t *len);
struct image *testzone_build(const struct testzone *z);
struct image *testzone_open(const uint8_t *bytes, size_t len);

/* Look up a whole name given as text, in any case; it must lie in the image's zone. */
void testzone_lookup(const struct image *img, const char *name, struct lookup_result *r);
/* The same from lower-case wire form. */
void testzone_lookup_wire(const struct image *img, const struct name *name,
                          struct lookup_result *r);

/* Addresses as names spell them: "2.0.0.192", 32 nibbles. */
#define TESTZONE_REVERSED4 16
#define TESTZONE_REVERSED6 64
void testzone_reverse4(char out[static TESTZONE_REVERSED4], uint32_t addr);
void testzone_reverse6(char out[static TESTZONE_REVERSED6], struct addr6 addr);

/* xorshift64*: the same numbers on every machine. */
static inline uint64_t testzone_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1du;
}

#endif

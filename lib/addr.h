/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP addresses and prefixes: one module for both spellings, text (as lists and the configuration
 * write them) and nothing else; the reversed DNS spelling is decoded by lib/lookup.c.
 *
 * IPv4 addresses are uint32_t in host order, IPv6 addresses are struct addr6 (two host-order
 * words).  All functions are pure and reentrant; none allocates.  Input text need not be
 * NUL-terminated: every parser takes a length and never reads past it.
 */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr6 {
    uint64_t hi; /* bits 0..63, the first eight octets of the address */
    uint64_t lo; /* bits 64..127 */
};

/* A prefix of either family.  An IPv4 prefix keeps its address in the low 32 bits of addr.lo. */
struct prefix {
    struct addr6 addr;
    uint8_t len;    /* 0..32 or 0..128 */
    uint8_t family; /* 4 or 6 */
};

/* What a parser found odd in otherwise acceptable text (bits; the caller counts warnings). */
enum addr_note {
    ADDR_NOTE_LEADING_ZERO = 1, /* 192.000.002.007: read as decimal, never octal */
    ADDR_NOTE_HOST_BITS = 2,    /* 192.0.2.77/24: masked to the prefix */
    ADDR_NOTE_MAPPED = 4,       /* ::ffff:192.0.2.1: stored as IPv4 (RFC 4291 section 2.5.5.2) */
};

#define ADDR4_TEXT_MAX  16 /* "255.255.255.255" and NUL */
#define ADDR6_TEXT_MAX  40 /* eight groups of four digits, seven colons and NUL */
#define PREFIX_TEXT_MAX 44 /* an IPv6 address, "/128" and NUL */

/*
 * Dotted quad, exactly four decimal octets of 1 to 3 digits.  Returns the number of bytes that form
 * the address at the start of s (so that a caller can look at what follows), or 0 when s does not
 * start with an address; a digit or dot directly after the fourth octet also makes it 0.
 */
size_t addr4_scan(const char *s, size_t len, uint32_t *out, unsigned *notes);

/* RFC 4291 section 2.2 text, all three forms; no zone identifier.  Whole text must match. */
bool addr6_parse(const char *s, size_t len, struct addr6 *out);

/*
 * An address or ADDRESS/LEN of either family, the whole of s.  Host bits are masked and noted,
 * IPv4-mapped addresses (prefix of at least /96) become IPv4 and are noted.  Returns NULL when
 * good, else a static message saying what is wrong ("invalid address", "invalid prefix length").
 */
const char *prefix_parse(const char *s, size_t len, struct prefix *out, unsigned *notes);

/* Write text and a NUL; return its length.  IPv6 in the form of RFC 5952. */
size_t addr4_format(char buf[static ADDR4_TEXT_MAX], uint32_t addr);
size_t addr6_format(char buf[static ADDR6_TEXT_MAX], struct addr6 addr);
/* As above with "/len" unless the prefix is a single address. */
size_t prefix_format(char buf[static PREFIX_TEXT_MAX], const struct prefix *p);

/* First and last address of a prefix length around addr; len 0..32 / 0..128. */
static inline uint32_t addr4_mask(unsigned len)
{
    return len == 0 ? 0 : (uint32_t)(UINT32_MAX << (32 - len));
}

static inline struct addr6 addr6_mask(unsigned len)
{
    struct addr6 m;
    m.hi = len == 0 ? 0 : len >= 64 ? UINT64_MAX : UINT64_MAX << (64 - len);
    m.lo = len <= 64 ? 0 : len >= 128 ? UINT64_MAX : UINT64_MAX << (128 - len);
    return m;
}

/* Does the prefix hold the address?  family is that of the address: 4 (in addr.lo) or 6. */
bool prefix_contains(const struct prefix *p, unsigned family, struct addr6 addr);

#endif

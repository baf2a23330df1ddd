/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS queries for tests, good ones and broken ones, from a few words each. */
#ifndef TESTS_ASK_H
#define TESTS_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsd/parse.h"
#include "dnsd/query.h"

#define ASK_MAX 4096
#define ASK_ID  0x1234

/* Header flags, RFC 1035 section 4.1.1 and RFC 4035 section 3.1.6. */
enum ask_flag {
    ASK_QR = 0x8000,
    ASK_AA = 0x0400,
    ASK_TC = 0x0200,
    ASK_RD = 0x0100,
    ASK_RA = 0x0080,
    ASK_Z = 0x0040,
    ASK_AD = 0x0020,
    ASK_CD = 0x0010,
};

/* Class 0 in a table means IN; this is the class whose number is 0. */
#define ASK_CLASS_ZERO (-1)

struct ask {
    const char *name; /* text, case kept, \DDD for any octet; NULL: no question octets at all */
    uint16_t type;
    int class;
    unsigned opcode;
    unsigned flags; /* enum ask_flag */
    bool edns;
    uint16_t size, oflags;
    uint8_t version, xrcode;
    const char *options; /* octets of the OPT's data */
    size_t options_len;
    const char *tail; /* octets behind everything else */
    size_t tail_len;
    uint16_t more[4]; /* added to the true counts, modulo 65536 */
    size_t cut;       /* octets missing at the end */
    bool tcp, refused;
    const char *client;               /* address that asks; NULL: not known */
    const struct query_options *with; /* configuration, time and keepalive; NULL: none */
};

#define ASK_EDNS(octets)   .edns = true, .size = (octets)
#define ASK_OPTIONS(bytes) .options = (bytes), .options_len = sizeof(bytes) - 1
#define ASK_TAIL(bytes)    .tail = (bytes), .tail_len = sizeof(bytes) - 1

/* The message in wire form; a name that is not one aborts. */
size_t ask_build(const struct ask *a, uint8_t out[static ASK_MAX]);

#endif

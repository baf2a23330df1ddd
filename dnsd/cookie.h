/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS cookies, RFC 7873 with the server cookies of RFC 9018: SipHash-2-4 over the client's cookie,
 * the time and the client's address.  The only user of libsodium.  Checking and making are pure
 * and allocate nothing.
 */
#ifndef DNSD_COOKIE_H
#define DNSD_COOKIE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define COOKIE_CLIENT_LEN 8
#define COOKIE_LEN        24 /* client and server part */
#define COOKIE_SECRET_LEN 16
#define COOKIE_SECRETS    2
#define COOKIE_WHY_MAX    256

/* The first makes cookies, each is accepted (RFC 9018 section 5).  Immutable while served from. */
struct cookie_secrets {
    uint8_t secret[COOKIE_SECRETS][COOKIE_SECRET_LEN];
    unsigned n;
};

enum cookie_verdict {
    COOKIE_CLIENT, /* no server part, or one that is too old, too new or not ours */
    COOKIE_GOOD,   /* the client owns its address */
};

/* A secret nobody knows. */
void cookie_random(struct cookie_secrets *s);

/*
 * One or two lines of 32 hexadecimal digits, the one to use first; "#" starts a comment line.
 * NULL when good, else what is wrong.  The text of a secret is never in the message.
 */
const char *cookie_parse(struct cookie_secrets *s, const char *text, size_t len);

/* The same from a file; 0 or -1 with the reason, which names the file. */
int cookie_read(struct cookie_secrets *s, const char *path, char why[static COOKIE_WHY_MAX]);

/* len octets of a COOKIE option, at least COOKIE_CLIENT_LEN; now: seconds since 1970, modulo 2^32.
 */
enum cookie_verdict cookie_check(const struct cookie_secrets *s, const uint8_t *cookie, size_t len,
                                 const struct sockaddr *client, uint32_t now);

/* What to return for the client's part. */
void cookie_make(const struct cookie_secrets *s, const uint8_t client_part[COOKIE_CLIENT_LEN],
                 const struct sockaddr *client, uint32_t now, uint8_t out[static COOKIE_LEN]);

/* The time of day as both want it. */
uint32_t cookie_now(void);

#endif

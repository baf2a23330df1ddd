/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/cookie.h"

#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

_Static_assert(crypto_shorthash_siphash24_KEYBYTES == COOKIE_SECRET_LEN, "RFC 9018 section 4.4");

#define VERSION    1
#define HASH_LEN   8
#define SIGNED_MAX (COOKIE_LEN - HASH_LEN + 16)

/* RFC 9018 section 4.3: an hour old, five minutes ahead of us. */
#define OLDEST (60 * 60)
#define NEWEST (5 * 60)

/* Lines and comments of a file with two secrets; more is another file. */
#define FILE_MAX 4096

void cookie_random(struct cookie_secrets *s)
{
    *s = (struct cookie_secrets){.n = 1};
    randombytes_buf(s->secret[0], sizeof s->secret[0]);
}

static size_t address(const struct sockaddr *from, uint8_t out[static 16])
{
    if (from->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        memcpy(out, &in.sin_addr, 4);
        return 4;
    }
    struct sockaddr_in6 in6;
    memcpy(&in6, from, sizeof in6);
    memcpy(out, &in6.sin6_addr, 16);
    return 16;
}

/* The hash of the first 16 octets of a cookie and the address. */
static void hash(const uint8_t secret[COOKIE_SECRET_LEN], const uint8_t *cookie,
                 const struct sockaddr *client, uint8_t out[static HASH_LEN])
{
    uint8_t in[SIGNED_MAX];
    memcpy(in, cookie, COOKIE_LEN - HASH_LEN);
    size_t n = COOKIE_LEN - HASH_LEN + address(client, in + COOKIE_LEN - HASH_LEN);
    crypto_shorthash_siphash24(out, in, n, secret);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

enum cookie_verdict cookie_check(const struct cookie_secrets *s, const uint8_t *cookie, size_t len,
                                 const struct sockaddr *client, uint32_t now)
{
    uint8_t want[HASH_LEN];
    /* The reserved octets are hashed, and need not be zero: RFC 9018 section 4.2. */
    if (len != COOKIE_LEN || cookie[COOKIE_CLIENT_LEN] != VERSION)
        return COOKIE_CLIENT;
    int32_t age = (int32_t)(now - get32(cookie + COOKIE_CLIENT_LEN + 4)); /* RFC 1982 */
    if (age > OLDEST || age < -NEWEST)
        return COOKIE_CLIENT;
    for (unsigned i = 0; i < s->n; i++) {
        hash(s->secret[i], cookie, client, want);
        if (sodium_memcmp(want, cookie + COOKIE_LEN - HASH_LEN, HASH_LEN) == 0)
            return COOKIE_GOOD;
    }
    return COOKIE_CLIENT;
}

void cookie_make(const struct cookie_secrets *s, const uint8_t client_part[COOKIE_CLIENT_LEN],
                 const struct sockaddr *client, uint32_t now, uint8_t out[static COOKIE_LEN])
{
    memcpy(out, client_part, COOKIE_CLIENT_LEN);
    memcpy(out + COOKIE_CLIENT_LEN, "\1\0\0\0", 4);
    for (unsigned i = 0; i < 4; i++)
        out[COOKIE_CLIENT_LEN + 4 + i] = (uint8_t)(now >> (24 - 8 * i));
    hash(s->secret[0], out, client, out + COOKIE_LEN - HASH_LEN);
}

uint32_t cookie_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (uint32_t)now.tv_sec;
}

/* --- the file --- */

static const char *parse_line(struct cookie_secrets *s, const char *line, size_t len)
{
    size_t n = 0;
    const char *end = NULL;
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\r' || line[len - 1] == '\t'))
        len--;
    if (len == 0 || line[0] == '#')
        return NULL;
    if (s->n == COOKIE_SECRETS)
        return "more than two secrets";
    uint8_t *to = s->secret[s->n];
    if (len != 2 * COOKIE_SECRET_LEN ||
        sodium_hex2bin(to, COOKIE_SECRET_LEN, line, len, NULL, &n, &end) != 0 ||
        n != COOKIE_SECRET_LEN)
        return "a line is not 32 hexadecimal digits";
    s->n++;
    return NULL;
}

const char *cookie_parse(struct cookie_secrets *s, const char *text, size_t len)
{
    const char *why = NULL;
    *s = (struct cookie_secrets){.n = 0};
    while (len > 0 && !why) {
        const char *nl = memchr(text, '\n', len);
        size_t n = nl ? (size_t)(nl - text) : len;
        why = parse_line(s, text, n);
        n += nl != NULL;
        text += n;
        len -= n;
    }
    return why || s->n > 0 ? why : "there is no secret in it";
}

int cookie_read(struct cookie_secrets *s, const char *path, char why[static COOKIE_WHY_MAX])
{
    char text[FILE_MAX];
    const char *reason = NULL;
    FILE *in = fopen(path, "re");
    size_t n = in ? fread(text, 1, sizeof text, in) : 0;
    if (!in || ferror(in))
        reason = strerror(errno);
    else
        reason = n == sizeof text ? "it is too large" : cookie_parse(s, text, n);
    if (in)
        fclose(in);
    sodium_memzero(text, sizeof text);
    if (!reason)
        return 0;
    snprintf(why, COOKIE_WHY_MAX,
             "cookie secrets %.120s: %s; allowed: one or two lines of 32 hexadecimal digits", path,
             reason);
    return -1;
}

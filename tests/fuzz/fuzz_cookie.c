/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of secrets, and COOKIE options: only what cookie_make() made may be good.  The first
 * octet is the length of the option that follows; the rest is a file.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1559731985u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cookie_secrets ours = {.secret = {"0123456789abcde"}, .n = 1};
    struct sockaddr_in client = {.sin_family = AF_INET, .sin_addr.s_addr = 0x010200c0};
    const struct sockaddr *from = (const struct sockaddr *)&client;
    struct cookie_secrets s;
    uint8_t made[COOKIE_LEN];
    size_t n = size ? data[0] : 0;
    if (size == 0 || n > size - 1)
        return 0;
    if (!cookie_parse(&s, (const char *)data + 1 + n, size - 1 - n) &&
        (s.n < 1 || s.n > COOKIE_SECRETS))
        abort();
    if (n < COOKIE_CLIENT_LEN)
        return 0;
    cookie_make(&ours, data + 1, from, NOW, made);
    if (cookie_check(&ours, made, COOKIE_LEN, from, NOW) != COOKIE_GOOD)
        abort();
    if (cookie_check(&ours, data + 1, n, from, NOW) == COOKIE_GOOD && n != COOKIE_LEN)
        abort();
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/proxy.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";

#define FIXED     16 /* signature, version and command, family and protocol, length */
#define TLV_HEAD  3
#define VERSION_2 0x20

enum { COMMAND_LOCAL = 0, COMMAND_PROXY = 1 };
enum { FAMILY_NONE = 0, FAMILY_INET = 1, FAMILY_INET6 = 2 };
enum { PROTOCOL_NONE = 0, PROTOCOL_STREAM = 1, PROTOCOL_DATAGRAM = 2 };

static bool good_values(const uint8_t *p, size_t len)
{
    while (len > 0) {
        if (len < TLV_HEAD)
            return false;
        size_t n = TLV_HEAD + ((size_t)p[1] << 8 | p[2]);
        if (n > len)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

/* Source and destination address, then both ports.  Returns the octets they take. */
static size_t take_client(unsigned family, const uint8_t *p, struct sockaddr_storage *client)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    memset(client, 0, sizeof *client);
    if (family == FAMILY_INET) {
        memcpy(&in.sin_addr, p, 4);
        memcpy(&in.sin_port, p + 8, 2);
        memcpy(client, &in, sizeof in);
        return 12;
    }
    memcpy(&in6.sin6_addr, p, 16);
    memcpy(&in6.sin6_port, p + 32, 2);
    memcpy(client, &in6, sizeof in6);
    return 36;
}

/* Balancers say how the client came to them, which need not be how they come to us. */
static bool known(unsigned command, unsigned family, unsigned protocol)
{
    if (command > COMMAND_PROXY || family > FAMILY_INET6 || protocol > PROTOCOL_DATAGRAM)
        return false;
    return command == COMMAND_LOCAL || (family == FAMILY_NONE) == (protocol == PROTOCOL_NONE);
}

enum proxy_verdict proxy_parse(const uint8_t *p, size_t len, struct sockaddr_storage *client,
                               size_t *used)
{
    size_t n = len < sizeof signature ? len : sizeof signature;
    if (memcmp(p, signature, n) != 0)
        return PROXY_BAD;
    if (len < FIXED)
        return PROXY_MORE;
    unsigned command = p[12] & 15u, family = p[13] >> 4, protocol = p[13] & 15u;
    if ((p[12] & 0xf0) != VERSION_2 || !known(command, family, protocol))
        return PROXY_BAD;
    size_t rest = (size_t)p[14] << 8 | p[15];
    size_t need = family == FAMILY_INET ? 12 : family == FAMILY_INET6 ? 36 : 0;
    if (rest > PROXY_HEADER_MAX - FIXED || (command == COMMAND_PROXY && rest < need))
        return PROXY_BAD;
    if (len - FIXED < rest)
        return PROXY_MORE;
    bool self = command == COMMAND_LOCAL || family == FAMILY_NONE; /* the rest is skipped */
    size_t addresses = self ? 0 : take_client(family, p + FIXED, client);
    if (!self && !good_values(p + FIXED + addresses, rest - addresses))
        return PROXY_BAD;
    *used = FIXED + rest;
    return self ? PROXY_SELF : PROXY_CLIENT;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* PROXY headers: whole, and the same octets in pieces, which must end in the same verdict. */
#include <stdlib.h>
#include <string.h>

#include "dnsd/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum proxy_verdict parse(const uint8_t *data, size_t size, struct sockaddr_storage *client,
                                size_t *used)
{
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        abort();
    if (size > 0)
        memcpy(exact, data, size);
    enum proxy_verdict v = proxy_parse(exact, size, client, used);
    free(exact);
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sockaddr_storage whole, part;
    size_t used = 0, used_part = 0, n = 0;
    enum proxy_verdict v = parse(data, size, &whole, &used), p = PROXY_MORE;
    if ((v == PROXY_SELF || v == PROXY_CLIENT) && (used > size || used > PROXY_HEADER_MAX))
        abort();
    if (v == PROXY_MORE && size >= PROXY_HEADER_MAX)
        abort();
    if (v == PROXY_CLIENT && whole.ss_family != AF_INET && whole.ss_family != AF_INET6)
        abort();
    while (n <= size && p == PROXY_MORE)
        p = parse(data, n++, &part, &used_part);
    if (p != v || used != used_part)
        abort();
    return 0;
}

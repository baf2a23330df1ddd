/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of -b.  Startup only: names are looked up. */
#ifndef DNSD_RBLDNSD_BIND_H
#define DNSD_RBLDNSD_BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/rbldnsd_opt.h"

/* As the configuration writes it ("127.0.0.1:53", "[::1]:53") and as rbldnsd logs it. */
struct rbldnsd_bind {
    char listen[64];
    char shown[64];
};

/*
 * All addresses that the names stand for, each once, into b[RBLDNSD_BINDS_MAX]; false with a
 * message in why.
 */
bool rbldnsd_bind_resolve(const struct rbldnsd_opt *o, struct rbldnsd_bind *b, size_t *n,
                          char why[static RBLDNSD_WHY_MAX]);

/* A reason of server_bind(), in rbldnsd's words when it is about one of the addresses. */
void rbldnsd_bind_failed(const struct rbldnsd_bind *b, size_t n, char why[static RBLDNSD_WHY_MAX]);

#endif

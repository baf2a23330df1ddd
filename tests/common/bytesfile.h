/* SPDX-License-Identifier: BSD-2-Clause */
/* A file without a name that holds some octets. */
#ifndef TESTS_BYTESFILE_H
#define TESTS_BYTESFILE_H

#include <stddef.h>

/* Its descriptor, the caller's to close; fails the test. */
int bytesfile(const void *data, size_t len);

#endif

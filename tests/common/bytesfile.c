/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/bytesfile.h"

#include <check.h>
#include <sys/mman.h>
#include <unistd.h>

int bytesfile(const void *data, size_t len)
{
    const char *at = data;
    int fd = memfd_create("test", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        ck_assert_int_gt(n, 0);
        at += n;
        len -= (size_t)n;
    }
    return fd;
}

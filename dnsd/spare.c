/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/spare.h"

#include <sys/eventfd.h>
#include <unistd.h>

void spare_keep(int *spare)
{
    if (*spare < 0)
        *spare = eventfd(0, EFD_CLOEXEC);
}

bool spare_give(int *spare)
{
    if (*spare < 0)
        return false;
    close(*spare);
    *spare = -1;
    return true;
}

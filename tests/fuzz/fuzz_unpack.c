/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers of any bytes: text within the limits, or a reason. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/archive.h"
#include "loader/decompress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why, *bytes = (const char *)data;
    char *text = NULL;
    size_t len = 0;
    if (is_compressed(bytes, size))
        why = decompress(bytes, size, &text, &len);
    else if (is_archive(bytes, size))
        why = archive_unpack(bytes, size, &text, &len);
    else
        return 0;
    require(why == NULL || *why != '\0');
    require(why != NULL || len <= decompress_limit(size));
    if (why == NULL)
        free(text);
    return 0;
}

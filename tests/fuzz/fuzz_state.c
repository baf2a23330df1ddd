/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state file of a list: any bytes are refused or read; what was read is written and read back
 * as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char first[STATE_FILE_MAX], second[STATE_FILE_MAX];
    struct list_state s, back;
    size_t line;
    if (state_parse((const char *)data, size, &s, &line) != NULL)
        return 0;
    size_t len = state_format(first, &s);
    if (state_parse(first, len, &back, &line) != NULL)
        abort();
    if (state_format(second, &back) != len || memcmp(first, second, len) != 0)
        abort();
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/procio.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 512

static bool slurp(const char *path, char text[static TEXT_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_MAX - 1);
    if (fd >= 0)
        (void)close(fd);
    text[n < 0 ? 0 : n] = '\0';
    return n > 0;
}

static bool add_bytes(pid_t pid, uint64_t *bytes)
{
    char path[64], text[TEXT_MAX];
    unsigned long long n;
    (void)snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
    if (!slurp(path, text) || sscanf(text, "rchar: %llu", &n) != 1)
        return false;
    *bytes += n;
    return true;
}

bool procio_read_by(pid_t pid, uint64_t *bytes)
{
    char path[64], text[TEXT_MAX];
    *bytes = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    if (!slurp(path, text) || !add_bytes(pid, bytes))
        return false;
    for (char *at = text, *end; *at != '\0'; at = end) {
        long child = strtol(at, &end, 10);
        if (end == at || child <= 0)
            break;
        (void)add_bytes((pid_t)child, bytes);
    }
    return true;
}

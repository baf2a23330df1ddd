/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The attribute as later kernels have it; an older one is given the part it knows. */
struct landlock_attr {
    uint64_t fs;
    uint64_t net;    /* from version 4 */
    uint64_t scoped; /* from version 6 */
};

/* Bits that came after the header of Debian 12 (Linux uapi, linux/landlock.h). */
#define LANDLOCK_FS_TRUNCATE  (UINT64_C(1) << 14) /* version 3 */
#define LANDLOCK_FS_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define LANDLOCK_NET_ALL      (UINT64_C(3))       /* bind, connect TCP */
#define LANDLOCK_SCOPE_ALL    (UINT64_C(3))       /* abstract sockets, signals */

#define LANDLOCK_FS_V1 (LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1) /* the last bit of version 1 */

#define LANDLOCK_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* Everything this version can restrict; returns the size of the attribute it knows. */
static size_t landlock_everything(long version, struct landlock_attr *a)
{
    *a = (struct landlock_attr){.fs = LANDLOCK_FS_V1};
    if (version >= 2)
        a->fs |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        a->fs |= LANDLOCK_FS_TRUNCATE;
    if (version >= 5)
        a->fs |= LANDLOCK_FS_IOCTL_DEV;
    if (version < 4)
        return offsetof(struct landlock_attr, net);
    a->net = LANDLOCK_NET_ALL;
    if (version < 6)
        return offsetof(struct landlock_attr, scoped);
    a->scoped = LANDLOCK_SCOPE_ALL;
    return sizeof *a;
}

/* A descriptor of dir or of its nearest parent there is. */
static int landlock_open(const char *dir)
{
    char *copy = strdup(dir);
    if (!copy)
        return -1;
    const char *at = copy;
    int fd = open(at, O_PATH | O_CLOEXEC | O_DIRECTORY);
    while (fd < 0 && errno == ENOENT && strcmp(at, "/") != 0 && strcmp(at, ".") != 0) {
        at = dirname(copy);
        fd = open(at, O_PATH | O_CLOEXEC | O_DIRECTORY);
    }
    free(copy);
    return fd;
}

static int landlock_apply(int rules, int parent)
{
    struct landlock_path_beneath_attr path = {.allowed_access = LANDLOCK_READ, .parent_fd = parent};
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &path, 0) < 0 ||
        syscall(SYS_landlock_restrict_self, rules, 0) < 0)
        return errno;
    return 0;
}

int landlock_read_only(const char *dir)
{
    struct landlock_attr attr;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 0)
        return errno;
    size_t size = landlock_everything(version, &attr);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (rules < 0)
        return errno;
    int parent = landlock_open(dir);
    int err = parent < 0 ? errno : landlock_apply(rules, parent);
    if (parent >= 0)
        close(parent);
    close(rules);
    return err;
}

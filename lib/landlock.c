/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
#define LANDLOCK_WRITE                                                                             \
    (LANDLOCK_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                 \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_FS_TRUNCATE)

/* What may be granted on something that is no directory. */
#define LANDLOCK_FILE                                                                              \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |   \
     LANDLOCK_FS_TRUNCATE)

static const uint64_t landlock_access[] = {
    [LANDLOCK_USE_READ] = LANDLOCK_READ,
    [LANDLOCK_USE_RUN] = LANDLOCK_READ | LANDLOCK_ACCESS_FS_EXECUTE,
    [LANDLOCK_USE_WRITE] = LANDLOCK_WRITE,
};

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

/* A descriptor of the path or, if that will do, of its nearest parent there is. */
static int landlock_open(const char *path, bool parent)
{
    char *copy = strdup(path);
    if (!copy)
        return -1;
    const char *at = copy;
    int fd = open(at, O_PATH | O_CLOEXEC);
    while (parent && fd < 0 && errno == ENOENT && strcmp(at, "/") != 0 && strcmp(at, ".") != 0) {
        at = dirname(copy);
        fd = open(at, O_PATH | O_CLOEXEC);
    }
    free(copy);
    return fd;
}

/* known: the rights this kernel can tell apart. */
static int landlock_add(int rules, const struct landlock_rule *rule, uint64_t known)
{
    struct stat st;
    struct landlock_path_beneath_attr path = {
        .allowed_access = landlock_access[rule->use] & known,
        .parent_fd = landlock_open(rule->path, rule->use == LANDLOCK_USE_READ)};
    if (path.parent_fd < 0)
        return errno;
    int err = fstat(path.parent_fd, &st) < 0 ? errno : 0;
    if (!err && !S_ISDIR(st.st_mode))
        path.allowed_access &= LANDLOCK_FILE;
    if (!err && syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &path, 0) < 0)
        err = errno;
    close(path.parent_fd);
    return err;
}

int landlock_confine(const struct landlock_rule *rules, size_t n, bool network)
{
    struct landlock_attr attr;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 0)
        return errno;
    size_t size = landlock_everything(version, &attr);
    if (network)
        attr.net = 0;
    int set = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (set < 0)
        return errno;
    int err = 0;
    for (size_t i = 0; !err && i < n; i++)
        err = landlock_add(set, &rules[i], attr.fs);
    if (!err && syscall(SYS_landlock_restrict_self, set, 0) < 0)
        err = errno;
    close(set);
    return err;
}

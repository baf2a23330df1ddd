/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into a program under test: a wall clock that is wrong, and memory that runs out.
 *
 * FAULT_FILE names a file of five 64-bit numbers, struct fault, which the test changes while the
 * program runs: it is mapped before the program confines itself.  Without it nothing is changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct fault {
    _Atomic int64_t shift;   /* seconds the wall clock is ahead */
    _Atomic int64_t until;   /* the n-th allocation from now on fails; 0 or less: none does */
    _Atomic int64_t lasting; /* not 0: and all that come after it */
    _Atomic int64_t own;     /* not 0: only what the program itself asks for counts */
    _Atomic int64_t count;   /* allocations so far */
};

static struct fault none;
static struct fault *fault = &none;
static uintptr_t program, program_end; /* its code */

/* The C library's own, without a search by name, which allocates. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

/* The first object is the program. */
static int find_program(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_X))
            continue;
        program = info->dlpi_addr + ph->p_vaddr;
        program_end = program + ph->p_memsz;
    }
    return 1;
}

__attribute__((constructor)) static void fault_open(void)
{
    const char *path = getenv("FAULT_FILE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    dl_iterate_phdr(find_program, NULL);
    long p = syscall(SYS_mmap, NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (p != -1)
        fault = (struct fault *)p;
}

static bool fails(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    if (atomic_load(&fault->own) && (at < program || at >= program_end))
        return false;
    atomic_fetch_add(&fault->count, 1);
    if (atomic_load(&fault->until) <= 0)
        return false;
    if (atomic_fetch_sub(&fault->until, 1) != 1)
        return false;
    if (atomic_load(&fault->lasting))
        atomic_store(&fault->until, 1);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}

char *strndup(const char *s, size_t max)
{
    size_t len = strnlen(s, max);
    char *p = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(len + 1);
    if (p) {
        memcpy(p, s, len);
        p[len] = '\0';
    }
    return p;
}

char *strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
    return p ? memcpy(p, s, n) : NULL;
}

void *aligned_alloc(size_t align, size_t n)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
    *p = fails(__builtin_return_address(0)) ? NULL : __libc_memalign(align, n);
    return *p ? 0 : ENOMEM;
}

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    if (fails(__builtin_return_address(0)))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, len, prot, flags, fd, offset);
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, ts);
    if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        ts->tv_sec += atomic_load(&fault->shift);
    return rc;
}

time_t time(time_t *out)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    if (out)
        *out = ts.tv_sec;
    return ts.tv_sec;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec ts;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &ts);
    *tv = (struct timeval){.tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000};
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/shortage.h"

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
void __wrap_free(void *p);

unsigned long shortage_at;
long shortage_live;

static bool fails(void)
{
    return shortage_at > 0 && --shortage_at == 0;
}

void *__wrap_malloc(size_t n)
{
    void *p = fails() ? NULL : __real_malloc(n);
    shortage_live += p != NULL;
    return p;
}

void *__wrap_calloc(size_t n, size_t size)
{
    void *p = fails() ? NULL : __real_calloc(n, size);
    shortage_live += p != NULL;
    return p;
}

void *__wrap_realloc(void *old, size_t n)
{
    void *p = fails() ? NULL : __real_realloc(old, n);
    shortage_live += p != NULL && old == NULL;
    return p;
}

char *__wrap_strdup(const char *s)
{
    char *p = fails() ? NULL : __real_strdup(s);
    shortage_live += p != NULL;
    return p;
}

void __wrap_free(void *p)
{
    shortage_live -= p != NULL;
    __real_free(p);
}

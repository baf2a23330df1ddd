/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/library.h"

#include <dlfcn.h>
#include <string.h>

#include "lib/log.h"

bool library_load(struct library *l)
{
    if (l->loaded)
        return true;
    /* Never closed: most libraries of this size cannot be. */
    void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL);
    bool good = handle != NULL;
    for (size_t i = 0; good && i < l->n; i++) {
        void *at = dlsym(handle, l->symbol[i].name);
        memcpy(l->symbol[i].function, &at, sizeof(at));
        good = at != NULL;
    }
    if (!good)
        log_error("cannot load %s: %s", l->file, dlerror());
    l->loaded = good;
    return good;
}

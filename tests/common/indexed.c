/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/indexed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/conf_internal.h"
#include "loader/format.h"
#include "loader/where_run.h"
#include "loader/where_write.h"

static void die(const char *what)
{
    fprintf(stderr, "indexed: %s\n", what);
    abort();
}

int indexed_file(const void *bytes, size_t len)
{
    int fd = memfd_create("indexed", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
        die("memfd");
    return fd;
}

static struct conf *read_conf(const char *options)
{
    char text[512];
    snprintf(text, sizeof(text), "list l { url = 'file:/l' %s }\nzone z.t { lists = l }", options);
    struct conf *c = conf_load_text("t", text, strlen(text), format_known, stderr);
    if (c == NULL)
        die(options);
    return c;
}

void indexed_make(struct indexed *x, const char *options, const char *text, size_t len, int packed)
{
    struct where_about about = {.digest = 1, .options = 2, .packed = packed};
    struct where_notes notes = {.text = NULL};
    char why[WHERE_WHY_MAX], *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL)
        die("memory");
    memcpy(copy, text, len);
    *x = (struct indexed){.conf = read_conf(options), .data = -1};
    const char *bad = where_scan(&x->conf->lists[0], copy, len, &notes);
    int fd = indexed_file("", 0);
    if (bad != NULL || where_write(fd, &notes, &about) != 0)
        die(bad != NULL ? bad : "where_write");
    where_notes_free(&notes);
    off_t end = lseek(fd, 0, SEEK_END);
    x->len = (size_t)end;
    x->bytes = malloc(x->len);
    if (x->bytes == NULL || pread(fd, x->bytes, x->len, 0) != (ssize_t)end)
        die("pread");
    x->where = where_read(fd, why);
    if (x->where == NULL)
        die(why);
    if (!packed)
        x->data = indexed_file(text, len);
    free(copy);
}

void indexed_free(struct indexed *x)
{
    where_close(x->where);
    if (x->data >= 0)
        (void)close(x->data);
    free(x->bytes);
    conf_free(x->conf);
}

void indexed_ask(struct where *w, const char *what, char out[static 256])
{
    struct where_hits hits = {.n = 0};
    struct addr6 addr = {0, 0};
    struct name name;
    uint32_t addr4;
    unsigned notes = 0;
    size_t n = 0;
    const char *why;
    if (addr4_scan(what, strlen(what), &addr4, &notes) == strlen(what))
        why = where_address(w, 4, (struct addr6){0, addr4}, &hits);
    else if (addr6_parse(what, strlen(what), &addr))
        why = where_address(w, 6, addr, &hits);
    else if ((why = name_parse(what, strlen(what), &name)) == NULL)
        why = where_name(w, &name, &hits);
    out[0] = '\0';
    if (why != NULL)
        snprintf(out, 256, "? %s", why);
    for (size_t i = 0; why == NULL && i < hits.n && n < 240; i++)
        n += (size_t)snprintf(out + n, 256 - n, "%s%s%u", n > 0 ? " " : "",
                              hits.hit[i].exclude ? "!" : "", hits.hit[i].line);
}

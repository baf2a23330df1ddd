/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

/* Not blocking, so that a FIFO works: without a reader it cannot be opened, and that is said. */
static int open_append(const struct rbldnsd_opt *o, const char *name)
{
    char *path = rbldnsd_opt_path(o, name, true);
    int fd =
        path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644)
             : -1;
    free(path);
    return fd;
}

void rbldnsd_files_log(const struct rbldnsd_opt *o, int link)
{
    if (!o->logfile || strcmp(o->logfile, "-") == 0)
        return;
    int fd = open_append(o, o->logfile);
    if (fd < 0) {
        log_warn("error (re)opening logfile `%s': %s", o->logfile, strerror(errno));
        return;
    }
    (void)link_send_fd(link, LINK_LOGFILE, fd);
    close(fd);
}

static void write_line(const struct rbldnsd_opt *o, const struct rbldnsd_files_line *l)
{
    int fd = open_append(o, o->statsfile);
    if (fd < 0 || write(fd, l->text, l->len) < 0)
        log_warn("unable to write statistics file `%s': %s", o->statsfile, strerror(errno));
    if (fd >= 0)
        close(fd);
}

void rbldnsd_files_stats(const struct rbldnsd_opt *o, struct rbldnsd_files_line *l,
                         const struct link_message *m)
{
    size_t len = strlen(m->text);
    if (!o->statsfile || len == 0)
        return;
    if (m->detail == 1)
        l->len = 0;
    char *grown = realloc(l->text, l->len + len);
    if (!grown)
        return;
    l->text = grown;
    memcpy(l->text + l->len, m->text, len);
    l->len += len;
    if (l->text[l->len - 1] != '\n')
        return;
    write_line(o, l);
    l->len = 0;
}

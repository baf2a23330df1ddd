/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dnsd/spare.h"

/* While the process has no descriptor for a client, whoever connects would wake it for ever. */
#define CONTROL_REST_MS 100

/* One exchange: first line fills up, then reply is sent. */
struct control_client {
    int fd;        /* -1: free */
    int64_t until; /* ms */
    size_t line_len;
    char *reply; /* NULL while the request is incomplete */
    size_t reply_len, sent;
    char line[CONTROL_LINE_MAX];
};

struct control {
    int listener;
    int spare; /* for a client when the process has no other; without it nobody is let in */
    struct control_handler handler;
    struct control_client client[CONTROL_CLIENTS];
};

enum control_request control_parse(const char *line, size_t len)
{
    static const struct {
        const char *text;
        enum control_request request;
    } table[] = {
        {"status", CONTROL_STATUS},
        {"stats", CONTROL_STATS},
        {"reload", CONTROL_RELOAD},
    };
    const char *end = memchr(line, '\n', len);
    if (!end)
        return len < CONTROL_LINE_MAX ? CONTROL_MORE : CONTROL_BAD;
    /* One request per connection: what follows the line would never be looked at. */
    if (end + 1 != line + len)
        return CONTROL_BAD;
    size_t n = (size_t)(end - line);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strlen(table[i].text) == n && memcmp(table[i].text, line, n) == 0)
            return table[i].request;
    return CONTROL_BAD;
}

static void control_drop(struct control_client *k)
{
    close(k->fd);
    free(k->reply);
    *k = (struct control_client){.fd = -1};
}

static void control_answer(struct control *c, struct control_client *k, enum control_request req)
{
    FILE *out = open_memstream(&k->reply, &k->reply_len);
    if (!out) {
        control_drop(k);
        return;
    }
    if (req == CONTROL_BAD)
        fputs("error=unknown request; known are status, stats, reload\n", out);
    else
        c->handler.answer(c->handler.context, req, out);
    if (fclose(out) != 0)
        control_drop(k);
}

static void control_read(struct control *c, struct control_client *k)
{
    ssize_t n = recv(k->fd, k->line + k->line_len, CONTROL_LINE_MAX - k->line_len, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        control_drop(k);
        return;
    }
    k->line_len += (size_t)n;
    enum control_request req = control_parse(k->line, k->line_len);
    if (req != CONTROL_MORE)
        control_answer(c, k, req);
}

static void control_write(struct control_client *k)
{
    ssize_t n =
        send(k->fd, k->reply + k->sent, k->reply_len - k->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        k->sent += (size_t)n;
    if (n < 0 || k->sent == k->reply_len)
        control_drop(k);
}

static void control_accept(struct control *c, int64_t now)
{
    struct control_client *k = NULL;
    for (size_t i = 0; i < CONTROL_CLIENTS && !k; i++)
        if (c->client[i].fd < 0)
            k = &c->client[i];
    int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE) && spare_give(&c->spare))
        fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    if (k)
        *k = (struct control_client){.fd = fd, .until = now + CONTROL_MS};
    else
        close(fd);
}

size_t control_poll(struct control *c, struct pollfd *fds)
{
    size_t n = 0;
    spare_keep(&c->spare);
    fds[n++] = (struct pollfd){.fd = c->spare < 0 ? -1 : c->listener, .events = POLLIN};
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        const struct control_client *k = &c->client[i];
        if (k->fd >= 0)
            fds[n++] = (struct pollfd){.fd = k->fd, .events = k->reply ? POLLOUT : POLLIN};
    }
    return n;
}

static struct control_client *control_by_fd(struct control *c, int fd)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (c->client[i].fd == fd)
            return &c->client[i];
    return NULL;
}

void control_serve(struct control *c, const struct pollfd *fds, size_t n, int64_t now)
{
    /* Clients before the listener, so that a descriptor number is not reused within one round. */
    for (size_t i = n; i-- > 0;) {
        if (fds[i].revents == 0)
            continue;
        struct control_client *k = fds[i].fd == c->listener ? NULL : control_by_fd(c, fds[i].fd);
        if (k && !k->reply)
            control_read(c, k);
        else if (k)
            control_write(k);
        else
            control_accept(c, now);
    }
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (c->client[i].fd >= 0 && now >= c->client[i].until)
            control_drop(&c->client[i]);
}

int control_timeout(const struct control *c, int64_t now)
{
    int64_t next = c->spare < 0 ? CONTROL_REST_MS : -1;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        const struct control_client *k = &c->client[i];
        if (k->fd < 0)
            continue;
        int64_t left = k->until > now ? k->until - now : 0;
        if (next < 0 || left < next)
            next = left;
    }
    return (int)next;
}

void control_set_handler(struct control *c, const struct control_handler *h)
{
    c->handler = *h;
}

void control_close(struct control *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (c->client[i].fd >= 0)
            control_drop(&c->client[i]);
    (void)spare_give(&c->spare);
    close(c->listener);
    free(c);
}

/* Remove what is at the path if it is a socket nobody listens on. */
static const char *control_clear(const struct sockaddr_un *sun)
{
    struct stat st;
    if (lstat(sun->sun_path, &st) < 0)
        return errno == ENOENT ? NULL : strerror(errno);
    if (!S_ISSOCK(st.st_mode))
        return "exists and is not a socket";
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return strerror(errno);
    bool alive = connect(fd, (const struct sockaddr *)sun, sizeof *sun) == 0;
    close(fd);
    if (alive)
        return "another rbl-dnsd is running and listens there";
    return unlink(sun->sun_path) < 0 ? strerror(errno) : NULL;
}

static const char *control_bind(int fd, const struct sockaddr_un *sun, uint32_t uid, uint32_t gid)
{
    /* The mode must be right from the first instant; no other thread runs yet. */
    mode_t old = umask(0117);
    int rc = bind(fd, (const struct sockaddr *)sun, sizeof *sun);
    umask(old);
    if (rc < 0)
        return strerror(errno);
    if ((uid != UINT32_MAX || gid != UINT32_MAX) && lchown(sun->sun_path, uid, gid) < 0)
        return strerror(errno);
    return listen(fd, CONTROL_CLIENTS) < 0 ? strerror(errno) : NULL;
}

struct control *control_open(const char *dir, uint32_t uid, uint32_t gid,
                             char why[static CONTROL_WHY_MAX])
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    const char *reason = "out of memory";
    int n = snprintf(sun.sun_path, sizeof sun.sun_path, "%s/%s", dir, CONTROL_SOCKET);
    struct control *c = calloc(1, sizeof *c);
    if (!c)
        goto fail;
    c->spare = -1;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        c->client[i].fd = -1;
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n < 0 || (size_t)n >= sizeof sun.sun_path)
        reason = "path too long for a socket";
    else if (c->listener < 0 || (mkdir(dir, 0755) < 0 && errno != EEXIST))
        reason = strerror(errno);
    else if (!(reason = control_clear(&sun)))
        reason = control_bind(c->listener, &sun, uid, gid);
    if (!reason)
        return c;
fail:
    snprintf(why, CONTROL_WHY_MAX, "%.100s/" CONTROL_SOCKET ": %s", dir, reason);
    if (c && c->listener >= 0)
        close(c->listener);
    free(c);
    return NULL;
}

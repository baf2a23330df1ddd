/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_link.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK_HEAD offsetof(struct link_message, text)

int link_send(int fd, enum link_kind kind, uint8_t detail, const char *text)
{
    struct link_message m = {.kind = (uint8_t)kind, .detail = detail};
    size_t len = strnlen(text, LINK_TEXT_MAX - 1);
    memcpy(m.text, text, len);
    ssize_t n;
    do
        n = send(fd, &m, LINK_HEAD + len, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 0;
}

/* Room for one descriptor beside a message. */
union link_control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

int link_send_fd(int fd, enum link_kind kind, int passed)
{
    uint8_t head[LINK_HEAD] = {(uint8_t)kind, 0};
    union link_control control = {.room = {0}};
    struct iovec iov = {.iov_base = head, .iov_len = sizeof head};
    struct msghdr h = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control.room};
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof passed);
    memcpy(CMSG_DATA(c), &passed, sizeof passed);
    return sendmsg(fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int link_passed(struct msghdr *h)
{
    int fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(h);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

int link_receive(int fd, struct link_message *m, int *passed)
{
    union link_control control;
    struct iovec iov = {.iov_base = m, .iov_len = sizeof *m - 1};
    struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
    if (passed) {
        *passed = -1;
        h.msg_control = &control;
        h.msg_controllen = sizeof control.room;
    }
    ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if ((size_t)n < LINK_HEAD)
        return -1; /* the end, or nothing either side sends */
    m->text[(size_t)n - LINK_HEAD] = '\0';
    if (passed)
        *passed = link_passed(&h);
    return 1;
}

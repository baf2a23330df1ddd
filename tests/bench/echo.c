/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor: a responder that receives and sends as dnsd/udp.c does, in batches of the same size,
 * and in between only sets the QR bit.  echo PORT
 */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "dnsd/query.h"
#include "tests/bench/bench.h"

#define ECHO_MSG_MAX 2048

static struct mmsghdr batch[QUERY_BATCH];
static struct iovec iov[QUERY_BATCH];
static struct sockaddr_storage from[QUERY_BATCH];
static uint8_t msg[QUERY_BATCH][ECHO_MSG_MAX];

static int open_socket(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = 4 << 20, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        bench_die("echo");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return fd;
}

static void arm(unsigned i)
{
    iov[i] = (struct iovec){.iov_base = msg[i], .iov_len = ECHO_MSG_MAX};
    batch[i].msg_hdr = (struct msghdr){
        .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &iov[i], .msg_iovlen = 1};
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: echo PORT\n", stderr);
        return 2;
    }
    int fd = open_socket((uint16_t)bench_number(argv[1], 65535));
    for (unsigned i = 0; i < QUERY_BATCH; i++)
        arm(i);
    for (;;) {
        int n = recvmmsg(fd, batch, QUERY_BATCH, MSG_WAITFORONE, NULL);
        if (n <= 0)
            continue;
        for (int i = 0; i < n; i++) {
            msg[i][2] |= 0x80;
            iov[i].iov_len = batch[i].msg_len;
        }
        for (int done = 0, sent; done<n; done += sent> 0 ? sent : 1)
            sent = sendmmsg(fd, batch + done, (unsigned)(n - done), MSG_DONTWAIT);
        for (int i = 0; i < n; i++)
            arm((unsigned)i);
    }
}

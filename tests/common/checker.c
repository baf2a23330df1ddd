/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/checker.h"

#define APEX      .name = "bl.test"
#define SOA       APEX, .type = DNS_TYPE_SOA
#define DNSKEY    APEX, .type = 48
#define DO        .oflags = 0x8000
#define VERSION_1 ASK_EDNS(4096), .version = 1
#define GOOD      SAYS(CHECKER_SOA)
#define BAD       ECHOES(BADVERS)
#define NOT_IMPL  BARE(NOTIMP)

#define UNKNOWN "\0\144\0\0"                             /* option 100 */
#define NSID    "\0\003\0\0"                             /* RFC 5001 */
#define SUBNET  "\0\010\0\4\0\1\0\0"                     /* RFC 7871: 0.0.0.0/0 */
#define EXPIRE  "\0\011\0\0"                             /* RFC 7314 */
#define COOKIE  "\0\012\0\010\001\2\003\004\5\006\007\1" /* RFC 7873: client part */

const struct row checker_rows[CHECKER_ROWS] = {
    {"dns", {SOA}, GOOD},
    {"aa", {SOA, .flags = ASK_AA}, GOOD},
    {"ad", {SOA, .flags = ASK_AD}, GOOD},
    {"cd", {SOA, .flags = ASK_CD}, GOOD},
    {"ra", {SOA, .flags = ASK_RA}, GOOD},
    {"rd", {SOA, .flags = ASK_RD}, GOOD},
    {"tc", {SOA, .flags = ASK_TC}, GOOD},
    {"zflag", {SOA, .flags = ASK_Z}, GOOD},
    {"opcode", {.opcode = 15}, NOT_IMPL},
    {"opcodeflg",
     {.opcode = 15, .flags = ASK_AA | ASK_TC | ASK_RD | ASK_RA | ASK_Z | ASK_AD | ASK_CD},
     NOT_IMPL},
    {"type666", {APEX, .type = 666}, IS(NODATA)},
    {"tcp", {SOA, .tcp = true}, GOOD},
    {"edns", {SOA, ASK_EDNS(4096)}, GOOD},
    {"edns1", {SOA, VERSION_1}, BAD},
    {"edns@512", {DNSKEY, ASK_EDNS(512), DO}, IS(NODATA)},
    {"ednsopt", {SOA, ASK_EDNS(4096), ASK_OPTIONS(UNKNOWN)}, GOOD},
    {"edns1opt", {SOA, VERSION_1, ASK_OPTIONS(UNKNOWN)}, BAD},
    {"do", {SOA, ASK_EDNS(4096), DO}, GOOD},
    {"docd", {SOA, ASK_EDNS(4096), DO, .flags = ASK_CD}, GOOD},
    {"edns1do", {SOA, VERSION_1, DO}, BAD},
    {"ednsflags", {SOA, ASK_EDNS(4096), .oflags = 0x0080}, GOOD},
    {"optlist", {SOA, ASK_EDNS(4096), ASK_OPTIONS(NSID SUBNET EXPIRE COOKIE)}, GOOD},
    {"ednsnsid", {SOA, ASK_EDNS(4096), ASK_OPTIONS(NSID)}, GOOD},
    {"ednscookie", {SOA, ASK_EDNS(4096), ASK_OPTIONS(COOKIE)}, GOOD},
    {"ednsexpire", {SOA, ASK_EDNS(4096), ASK_OPTIONS(EXPIRE)}, GOOD},
    {"ednssubnet", {SOA, ASK_EDNS(4096), ASK_OPTIONS(SUBNET)}, GOOD},
    {"edns1nsid", {SOA, VERSION_1, ASK_OPTIONS(NSID)}, BAD},
    {"edns1cookie", {SOA, VERSION_1, ASK_OPTIONS(COOKIE)}, BAD},
    {"edns1expire", {SOA, VERSION_1, ASK_OPTIONS(EXPIRE)}, BAD},
    {"edns1subnet", {SOA, VERSION_1, ASK_OPTIONS(SUBNET)}, BAD},
    {"ednstcp", {DNSKEY, ASK_EDNS(512), DO, .tcp = true}, IS(NODATA)},
    {"bind11", {SOA, ASK_EDNS(4096), DO, ASK_OPTIONS(COOKIE)}, GOOD},
    {"dig11", {SOA, ASK_EDNS(4096), .flags = ASK_RD | ASK_AD, ASK_OPTIONS(COOKIE)}, GOOD},
};

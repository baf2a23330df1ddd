/* SPDX-License-Identifier: BSD-2-Clause */
/* What ISC's compliance checker asks: the EDNS tests and one query for each type. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/common/checker.h"

static struct fixture fixture;

START_TEST(edns)
{
    expect_row(&fixture, &checker_rows[_i]);
}
END_TEST

/* A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR
 * SIG KEY PX GPOS AAAA LOC NXT SRV NAPTR KX CERT A6 DNAME APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY
 * DHCID NSEC3 NSEC3PARAM TLSA SMIMEA HIP CDS CDNSKEY OPENPGPKEY SPF NID L32 L64 LP EUI48 EUI64 URI
 * CAA AVC DOA DLV TYPE1000 */
static const uint16_t types[] = {
    1,  2,  3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  13,    14,   15, 16, 17,
    18, 19, 20,  21,  22,  23,  24,  25,  26,  27,  28,  29,  30,    33,   35, 36, 37,
    38, 39, 42,  43,  44,  45,  46,  47,  48,  49,  50,  51,  52,    53,   55, 59, 60,
    61, 99, 104, 105, 106, 107, 108, 109, 256, 257, 258, 259, 32769, 1000,
};
_Static_assert(sizeof types / sizeof types[0] == 65, "as many as the checker has");

#define NS_BOTH "3600 NS ns1.bl.test.; 3600 NS ns2.example.net."

START_TEST(type)
{
    char id[16];
    snprintf(id, sizeof id, "T%d", _i + 1);
    struct row row = {.id = id, .ask = {.name = "bl.test", .type = types[_i]}};
    row.shape = SHAPE_NODATA;
    if (types[_i] == DNS_TYPE_SOA || types[_i] == DNS_TYPE_NS)
        row.shape = SHAPE_LISTED;
    row.answer = types[_i] == DNS_TYPE_SOA ? CHECKER_SOA : NS_BOTH;
    row.additional = types[_i] == DNS_TYPE_NS ? "300 A 127.0.0.1" : NULL;
    expect_row(&fixture, &row);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query_checker");
    TCase *tc = tcase_create("checker");
    fixture_standard(&fixture);
    tcase_add_loop_test(tc, edns, 0, CHECKER_ROWS);
    tcase_add_loop_test(tc, type, 0, (int)(sizeof types / sizeof types[0]));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fixture_close(&fixture);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

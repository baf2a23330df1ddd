/* SPDX-License-Identifier: BSD-2-Clause */
/* The queries of ISC's EDNS compliance tests (genreport -e -f -c), put to bl.test. */
#ifndef TESTS_CHECKER_H
#define TESTS_CHECKER_H

#include "tests/common/expect.h"

#define CHECKER_ROWS 33
extern const struct row checker_rows[CHECKER_ROWS];

#define CHECKER_SOA "3600 SOA ns1.bl.test. hostmaster.bl.test. 1 7200 1800 604800 150"

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* More files of odd_files.h: NULs in them. */
#ifndef TESTS_ODD_NUL_H
#define TESTS_ODD_NUL_H

#include "tests/unit/loader/odd_files.h"

static const struct row nul_rows[] = {
    {"NUL and binary",
     "",
     F("192.0.2.1\n\0\x01\x02\n"),
     NO("1 of 2 lines are bad (limit 1 %)"),
     {{0}}},
    {"a NUL among good lines",
     "txt='' max-bad=34",
     F("192.0.2.1\n192.0.2.2\0\n192.0.2.3\n"),
     OK(1, 0),
     {{"192.0.2.1", "127.0.0.2"}, {"192.0.2.2", "-"}, {"192.0.2.3", "127.0.0.2"}}},
    {"a NUL ends a line of rbldnsd's",
     "format='rbldnsd:ip4set'",
     F("192.0.2.1 one\0two\n192.0.2.2\0\n\0 192.0.2.3\n"),
     OK(0, 0),
     {{"192.0.2.1", "127.0.0.2|one"}, {"192.0.2.2", "127.0.0.2"}, {"192.0.2.3", "-"}}},
    {"a NUL in an unfinished last line of rbldnsd's",
     "format='rbldnsd:ip4set'",
     F("192.0.2.1\n192.0.2.2\0"),
     OK(0, 0),
     {{"192.0.2.1", "127.0.0.2"}, {"192.0.2.2", "-"}}},
    {"a NUL in a JSON document",
     "format=json",
     F("[\"192.0.2.1\",\"192.0.2.2\0\"]\n"),
     NO(""),
     {{0}}},
    {"a NUL in a master file",
     "format=rpz max-bad=100",
     F("@ SOA a. b. 1 1 1 1 1\nx.example CNAME .\ny CNAME .\0\n"),
     NO("contains NUL bytes"),
     {{0}}},
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* More files of odd_files.h: NULs, and zone files. */
#ifndef TESTS_ODD_MORE_H
#define TESTS_ODD_MORE_H

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

#define STAR(text) text text text text text text text text text text
#define LONG       STAR(STAR("0123456789012345678901234567890123456789 "))

static const struct row zone_rows[] = {
    {"several codes and texts in BIND's form",
     "format=bind txt=no",
     F("$TTL 60\n$ORIGIN bl.example.\n@ IN SOA ns h 1 1 1 1 1\n7.2.0.192 A 127.0.0.3\n"
       " A 127.0.0.4\n TXT three\n TXT \"four\" \"ty\"\n8.2.0.192 TXT one\n TXT two\n"
       "n A 127.0.0.3\n TXT one\n A 127.0.0.4\n*.m TXT a\n TXT b\n A 127.0.0.9\n"),
     OK(0, 0),
     {{"192.0.2.7", "127.0.0.3 127.0.0.4|three|fourty"},
      {"192.0.2.8", "|one|two"},
      {"n", "127.0.0.3 127.0.0.4|one"},
      {"x.m", "127.0.0.9|a|b"}}},
    {"records at the own name in BIND's form",
     "format=bind max-bad=0",
     F("$TTL 60\n$ORIGIN bl.example.\n@ IN SOA ns h 1 1 1 1 1\n A 192.0.2.80\n A 127.0.0.2\n"
       " TXT \"v=spf1 -all\"\n MX 0 .\n7.2.0.192 A 127.0.0.3\n"),
     OK(0, 0),
     {{"192.0.2.7", "127.0.0.3"}}},
    {"exclusions in BIND's form",
     "format=bind max-bad=0",
     F("$TTL 60\n$ORIGIN bl.example.\n@ IN SOA ns h 1 1 1 1 1\n*.0.10 A 127.0.0.3\n"
       "7.1.0.10 CNAME excluded\nalias CNAME other\n*.both A 127.0.0.4\nok.both CNAME Excluded\n"
       "*.sub.both CNAME excluded\n8.2.0.192 CNAME excluded.\n"),
     OK(0, 0),
     {{"10.0.1.6", "127.0.0.3"},
      {"10.0.1.7", "-"},
      {"x.both", "127.0.0.4"},
      {"ok.both", "-"},
      {"a.ok.both", "127.0.0.4"},
      {"sub.both", "127.0.0.4"},
      {"a.sub.both", "-"},
      {"192.0.2.8", "-"}}},
    {"a bad line among the records of an owner in BIND's form",
     "format=bind max-bad=50",
     F("$TTL 60\n$ORIGIN bl.example.\n@ IN SOA ns h 1 1 1 1 1\n7.2.0.192 A 127.0.0.3\n A "
       "127.0.0.4\n"
       " A oops\n8.2.0.192 A 127.0.0.5\n"),
     OK(1, 0),
     {{"192.0.2.7", "127.0.0.3 127.0.0.4"}, {"192.0.2.8", "127.0.0.5"}}},
    {"a long text in BIND's form",
     "format=bind max-bad=50",
     F("$TTL 60\n$ORIGIN bl.example.\n@ IN SOA ns h 1 1 1 1 1\n7.2.0.192 A 127.0.0.3\n TXT " LONG
       "\n@ TXT " LONG "\n"),
     OK(1, 0),
     {{"192.0.2.8", "-"}}},
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "dnsd/rbldnsd.h"
#include "lib/version.h"

/* A test suite of rbldnsd looks for the line that begins with "-6". */
static const char options[] = "Usage is: rbldnsd options zonespec...\n"
                              "where options are:\n"
                              " -u user[:group] - run as this user:group (rbldns)\n"
                              " -r rootdir - data files are below this directory\n"
                              " -w workdir - working directory with zone files\n"
                              " -b address[/port] - bind to (listen on) this address (required)\n"
                              " -4 - use IPv4 socket type\n"
                              " -6 - use IPv6 socket type\n"
                              " -t ttl[:min[:max]] - default TTL of answers (35m), and limits\n"
                              " -v - accepted: the version is never told\n"
                              " -e - take address ranges with host bits set\n"
                              " -c check - time interval to check for data file updates (1m)\n"
                              " -p pidfile - write pid to specified file\n"
                              " -n - do not become a daemon\n"
                              " -f - accepted: a reload never stops the answers\n"
                              " -q - quick start, load zones after backgrounding\n"
                              " -l [+]logfile - log queries and answers to this file\n"
                              " -s [+]statsfile - write a line with statistics into this file\n"
                              "  every check (-c) interval (+: counters since the last line)\n"
                              " -a, -A - accepted: answers are always minimal\n"
                              " -F facility - syslog facility, daemon by default\n"
                              " -C - accepted: compressed data files are always read\n"
                              " -x extension, -X argument - refused: there are no extensions\n"
                              " -d - dump all zones in BIND format to standard output and exit\n"
                              " -h - this text\n"
                              "each zone is specified as name:type:file,file...\n"
                              "repeated names are the same zone.  Types of data sets:\n";

void rbldnsd_usage(void)
{
    fputs("rbldnsd: " RBL_VERSION " of rbl-dnsd under the name of rbldnsd, see rbldnsd(8)\n",
          stdout);
    fputs(options, stdout);
    for (const char *const *t = rbldnsd_opt_types; *t; t++)
        printf(" %s\n", *t);
}

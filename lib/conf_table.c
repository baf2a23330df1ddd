/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/conf_internal.h"

#include <string.h>

#define KIB    1024u
#define MIB    (1024u * KIB)
#define GIB    (1024ull * MIB)
#define MINUTE 60u
#define HOUR   (60u * MINUTE)
#define DAY    (24u * HOUR)
#define TXT_MAX                                                                                    \
    2000 /* with names, SOA and options the answer still fits a TCP message many times */

#define A_TIME    "a number with s, m, h, d or w, "
#define A_SIZE    "a number with K, M or G, "
#define A_VALUE   "an IPv4 address in 127.0.0.0/8 (RFC 5782)"
#define A_TEXT    "at most 2000 bytes; $ stands for the address or name asked for"
#define A_LIST    "names of list sections, each once"
#define A_PATH    "a directory"
#define A_HOST    "a host name"
#define A_USER    "the name of an account"
#define A_LISTEN  "\"ADDRESS:PORT\", an IPv6 address in brackets, port 1 to 65535, each once"
#define A_VISIBLE "at most 100 characters of printable ASCII, or none"
#define A_COOKIES "\"off\", \"on\" or \"demand\""
#define A_FILE    "a file name of at most 1024 bytes, or none"
#define A_PREFIX  "IPv4 or IPv6 prefixes without host bits, such as \"192.0.2.0/24\""
#define A_URL     "rsync://HOST/PATH, http://HOST/PATH, https://HOST/PATH, file:///PATH or file:PATH"
#define A_FORMAT  "a format that rbl-loader(8) names, such as \"plain\" or \"domains\""
#define A_COMBINE "\"union\" or \"bitmask\""
#define A_SEPAR   "one printable character, \"tab\", or \"blank\" for any blanks"
#define A_WORD    "the word that lines with entries start with"
#define A_FIELD   "names of fields, with dots between them"
#define A_BOOLEAN "true or false"
#define A_CANARY  "an address or name that must be listed, with '!' in front one that must not"
#define A_NS      "\"NAME [ADDRESS]...\", with addresses when, and only when, NAME lies in the zone"
#define A_RNAME   "a mail address, \"user@host\" or \"user.host\""
#define A_CLIENTS "a list of format rbldnsd:acl"
#define A_EXCLUDE "names of list sections, each once, none that the zone also answers"
#define AT(s, f)  offsetof(struct s, f)

const struct conf_option conf_options[] = {
    {"server", "listen", "strings", "{ \"127.0.0.1:53\", \"[::1]:53\" }", A_LISTEN, 0, 0,
     conf_set_listen, 0},
    {"server", "workers", "integer", "0", "0 to 256; 0: one per CPU", 0, 256, conf_set_integer,
     AT(conf_server, workers)},
    {"server", "user", "string", "rbl-dnsd", A_USER, 0, 32, conf_set_user, AT(conf_server, user)},
    {"server", "allow-query", "strings", "{ \"127.0.0.0/8\", \"::1/128\" }", A_PREFIX, 0, 0,
     conf_set_allow, 0},
    {"server", "tcp-connections", "integer", "150", "1 to 10000", 1, 10000, conf_set_integer,
     AT(conf_server, tcp_connections)},
    {"server", "tcp-idle", "time", "10s", A_TIME "1s to 10m", 1, 10 * MINUTE, conf_set_time,
     AT(conf_server, tcp_idle)},
    {"server", "proxy-listen", "strings", "{}", A_LISTEN, 0, 0, conf_set_proxy_listen, 0},
    {"server", "proxy-from", "strings", "{}", A_PREFIX, 0, 0, conf_set_proxy_from, 0},
    {"server", "deny", "string", "refuse", "\"refuse\" or \"drop\"", 0, 0, conf_set_deny, 0},
    {"server", "rate-limit-on", "string", "public", "\"public\", \"all\" or \"none\"", 0, 0,
     conf_set_rate_on, 0},
    {"server", "rate-limit", "integer", "500", "1 to 1000000", 1, 1000000, conf_set_integer,
     AT(conf_server, rate_limit)},
    {"server", "rate-limit-slip", "integer", "2", "0 to 100", 0, 100, conf_set_integer,
     AT(conf_server, rate_limit_slip)},
    {"server", "rate-limit-allow", "strings", "{}", A_PREFIX, 0, 0, conf_set_rate_allow, 0},
    {"server", "nsid", "string", "", A_VISIBLE, 0, 100, conf_set_visible, AT(conf_server, nsid)},
    {"server", "version", "string", "rblmirror", A_VISIBLE, 0, 100, conf_set_visible,
     AT(conf_server, version)},
    {"server", "cookies", "string", "on", A_COOKIES, 0, 0, conf_set_cookies, 0},
    {"server", "cookie-secrets", "string", "", A_FILE, 0, 1024, conf_set_text,
     AT(conf_server, cookie_secrets)},

    {"paths", "mirror", "string", "/var/lib/rblmirror/mirror", A_PATH, 0, 1024, conf_set_path,
     AT(conf_paths, mirror)},
    {"paths", "images", "string", "/var/lib/rblmirror/images", A_PATH, 0, 1024, conf_set_path,
     AT(conf_paths, images)},
    {"paths", "run", "string", "/run/rblmirror", A_PATH, 0, 1024, conf_set_path,
     AT(conf_paths, run)},

    {"loader", "fetch-parallel", "integer", "4", "1 to 64", 1, CONF_FETCHES_MAX, conf_set_integer,
     AT(conf_loader, fetch_parallel)},

    {"list", "url", "string", NULL, A_URL, 0, 2000, conf_set_url, AT(conf_list, url)},
    {"list", "format", "string", "plain", A_FORMAT, 0, 32, conf_set_format, AT(conf_list, format)},
    {"list", "refresh", "time", "1h", A_TIME "1m to 30d", MINUTE, 30 * DAY, conf_set_time,
     AT(conf_list, refresh)},
    {"list", "expire", "time", "0", A_TIME "0 to 365d", 0, 365 * DAY, conf_set_time,
     AT(conf_list, expire)},
    {"list", "min-refresh", "time", "0", A_TIME "0 to 30d", 0, 30 * DAY, conf_set_time,
     AT(conf_list, min_refresh)},
    {"list", "a", "address", "127.0.0.2", A_VALUE ", or one with %{...} for its octets", 0, 0,
     conf_set_list_a, AT(conf_list, a)},
    {"list", "txt", "string", "$ is listed in NAME", A_TEXT, 0, TXT_MAX, conf_set_list_txt,
     AT(conf_list, txt)},
    {"list", "max-size", "size", "256M", A_SIZE "1K to 16G", KIB, 16 * GIB, conf_set_size,
     AT(conf_list, max_size)},
    {"list", "connect-timeout", "time", "10s", A_TIME "1s to 10m", 1, 10 * MINUTE, conf_set_time,
     AT(conf_list, connect_timeout)},
    {"list", "stall-timeout", "time", "30s", A_TIME "1s to 1h", 1, HOUR, conf_set_time,
     AT(conf_list, stall_timeout)},
    {"list", "timeout", "time", "10m", A_TIME "1s to 1d", 1, DAY, conf_set_time,
     AT(conf_list, timeout)},
    {"list", "max-bad", "integer", "1", "0 to 100", 0, 100, conf_set_integer,
     AT(conf_list, max_bad)},
    {"list", "may-be-empty", "boolean", "false", A_BOOLEAN, 0, 0, conf_set_boolean,
     AT(conf_list, may_be_empty)},
    {"list", "special-purpose", "boolean", "false", A_BOOLEAN, 0, 0, conf_set_boolean,
     AT(conf_list, special_purpose)},
    {"list", "max-cover", "integer", "50", "1 to 100; 100: no limit", 1, 100, conf_set_integer,
     AT(conf_list, max_cover)},
    {"list", "hold-below", "integer", "50", "0 to 99; 0: never", 0, 99, conf_set_integer,
     AT(conf_list, hold_below)},
    {"list", "hold-above", "integer", "300", "0 to 100000; 0: never", 0, 100000, conf_set_integer,
     AT(conf_list, hold_above)},
    {"list", "column", "integer", "0", "0 to 64; 0: what the format has by itself", 0, 64,
     conf_set_integer, AT(conf_list, column)},
    {"list", "separator", "string", "", A_SEPAR, 0, 0, conf_set_separator,
     AT(conf_list, separator)},
    {"list", "prefix", "string", "", A_WORD, 0, 60, conf_set_text, AT(conf_list, prefix)},
    {"list", "field", "string", "", A_FIELD, 0, 200, conf_set_text, AT(conf_list, field)},
    {"list", "subdomains", "boolean", "false", A_BOOLEAN, 0, 0, conf_set_boolean,
     AT(conf_list, subdomains)},
    {"list", "widest4", "integer", "8", "1 to 32", 1, 32, conf_set_integer, AT(conf_list, widest4)},
    {"list", "widest6", "integer", "16", "1 to 128", 1, 128, conf_set_integer,
     AT(conf_list, widest6)},
    {"list", "lookup-index", "boolean", "true", A_BOOLEAN, 0, 0, conf_set_boolean,
     AT(conf_list, lookup_index)},
    {"list", "rbldnsd-host-bits", "boolean", "false", A_BOOLEAN, 0, 0, conf_set_boolean,
     AT(conf_list, host_bits)},

    {"zone", "lists", "strings", NULL, A_LIST, 0, 0, conf_set_lists, 0},
    {"zone", "exclude", "strings", "{}", A_EXCLUDE, 0, 0, conf_set_exclude, 0},
    {"zone", "acl", "strings", "{}", A_CLIENTS, 0, 0, conf_set_acl, 0},
    {"zone", "combine", "string", "union", A_COMBINE, 0, 0, conf_set_combine, 0},
    {"zone", "kind", "string", "block", "\"block\" or \"allow\"", 0, 0, conf_set_kind, 0},
    {"zone", "expired", "string", "servfail", "\"servfail\" or \"empty\"", 0, 0, conf_set_expired,
     0},
    {"zone", "canary", "strings", "{}", A_CANARY, 0, 0, conf_set_canary, 0},
    {"zone", "ns", "strings", "{}", A_NS, 0, 0, conf_set_ns, 0},
    {"zone", "soa-mname", "string", "", A_HOST, 0, 0, conf_set_mname, 0},
    {"zone", "soa-rname", "string", "", A_RNAME, 0, 0, conf_set_rname, 0},
    {"zone", "soa-ttl", "time", "1h", A_TIME "1s to 7d", 1, 7 * DAY, conf_set_time,
     AT(conf_zone, soa_ttl)},
    {"zone", "soa-refresh", "time", "1h", A_TIME "1s to 7d", 1, 7 * DAY, conf_set_time,
     AT(conf_zone, soa_refresh)},
    {"zone", "soa-retry", "time", "10m", A_TIME "1s to 7d", 1, 7 * DAY, conf_set_time,
     AT(conf_zone, soa_retry)},
    {"zone", "soa-expire", "time", "7d", A_TIME "1m to 90d", MINUTE, 90 * DAY, conf_set_time,
     AT(conf_zone, soa_expire)},
    {"zone", "ttl", "time", "15m", A_TIME "1s to 7d", 1, 7 * DAY, conf_set_time,
     AT(conf_zone, ttl)},
    {"zone", "negative-ttl", "time", "5m", A_TIME "1s to 7d", 1, 7 * DAY, conf_set_time,
     AT(conf_zone, negative_ttl)},
    {"zone", "min-ttl", "time", "0", A_TIME "0 to 7d", 0, 7 * DAY, conf_set_time,
     AT(conf_zone, min_ttl)},
    {"zone", "max-ttl", "time", "0", A_TIME "0 to 7d", 0, 7 * DAY, conf_set_time,
     AT(conf_zone, max_ttl)},
    {"zone", "test-points", "boolean", "true", A_BOOLEAN, 0, 0, conf_set_boolean,
     AT(conf_zone, test_points)},
    {"zone", "test-a", "address", "127.0.0.2", A_VALUE, 0, 0, conf_set_value,
     AT(conf_zone, test_a)},
    {"zone", "test-txt", "string", "Test entry, see RFC 5782", A_TEXT, 0, TXT_MAX, conf_set_text,
     AT(conf_zone, test_txt)},

    {"sub", "lists", "strings", NULL, A_LIST, 0, 0, conf_set_sub_lists, 0},
};
_Static_assert(sizeof(conf_options) / sizeof(conf_options[0]) <= CONF_OPTIONS_MAX,
               "the parser has no room for so many options");
const size_t conf_noptions = sizeof(conf_options) / sizeof(conf_options[0]);

const struct conf_option *conf_option_find(const char *section, const char *key)
{
    for (size_t i = 0; i < conf_noptions; i++)
        if (strcmp(conf_options[i].section, section) == 0 && strcmp(conf_options[i].key, key) == 0)
            return &conf_options[i];
    return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rbldnsd.conf: read, checked, and turned into plain structs (rbldnsd.conf(5) describes the file).
 *
 * A struct conf is immutable after conf_load() and owns everything it points to; conf_free() frees
 * it.  Nothing here is thread-safe to create (libconfuse keeps state while it scans); a loaded
 * struct may be read from any thread.  Times are seconds, sizes are bytes.
 */
#ifndef LIB_CONF_H
#define LIB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "lib/addr.h"
#include "lib/name.h"

#define CONF_NAME_MAX                                                                              \
    63 /* bytes of a list name: it becomes a directory name and an image field                     \
        */

struct conf_listen {
    struct sockaddr_storage addr; /* AF_INET or AF_INET6, port set */
    socklen_t addrlen;
    char text[64]; /* as written, for logs */
    bool proxy;    /* clients come by way of a PROXY protocol sender */
};

/* DNS cookies: whether they are answered, and whether UDP clients that know them must have one. */
enum conf_cookies { CONF_COOKIES_OFF, CONF_COOKIES_ON, CONF_COOKIES_DEMAND };

/* What happens to queries of clients outside allow-query, and where replies are limited. */
enum conf_deny { CONF_DENY_REFUSE, CONF_DENY_DROP };
enum conf_rate { CONF_RATE_NONE, CONF_RATE_PUBLIC, CONF_RATE_ALL };

struct conf_server {
    struct conf_listen *listen;
    size_t nlisten;
    unsigned workers; /* 0 in the file became the number of CPUs here */
    char *user;       /* account to become when started as root */
    struct prefix *allow_query;
    size_t nallow_query;
    unsigned tcp_connections; /* total limit */
    unsigned tcp_idle;        /* seconds */
    char *nsid;               /* "": none */
    char *version;            /* "": none */
    enum conf_cookies cookies;
    enum conf_deny deny;
    enum conf_rate rate_limit_on;
    unsigned rate_limit; /* replies per second and prefix */
    unsigned rate_limit_slip;
    struct prefix *rate_limit_allow;
    size_t nrate_limit_allow;
    struct prefix *proxy_from;
    size_t nproxy_from;
    char *cookie_secrets; /* file, "": a secret of its own for each run */
};

struct conf_paths {
    char *mirror; /* directories, absolute or relative to the working directory */
    char *images;
    char *run;
};

#define CONF_FETCHES_MAX 64

struct conf_loader {
    unsigned fetch_parallel; /* lists fetched at the same time */
};

/* One upstream data file and how to fetch it. */
struct conf_list {
    char *name; /* [A-Za-z0-9._-], not starting with a dot; at most CONF_NAME_MAX bytes */
    char *url;  /* rsync: http: https: file: */
    char *format;
    unsigned refresh;
    unsigned expire;      /* age at which zones do without the list, 0: never */
    unsigned min_refresh; /* what the publisher asks for, 0: nothing; --force keeps to it too */
    uint32_t a;           /* IPv4 address answered, host order */
    char *a_text;         /* the same with places for what stands beside an entry; NULL: none */
    char *txt;            /* template, "$" is the queried address or name; "" means no TXT */
    uint64_t max_size;    /* bytes of the file as fetched */
    unsigned connect_timeout;
    unsigned stall_timeout; /* no byte for so long */
    unsigned timeout;       /* whole transfer */
    bool may_be_empty;
    bool special_purpose; /* addresses of RFC 6890 may be listed */
    unsigned max_cover;   /* percent of the Internet a file must not cover; 100: no limit */
    unsigned hold_below, hold_above; /* percent of the entries before; 0: never held */
    bool host_bits; /* rbldnsd: formats take prefixes with host bits set, as rbldnsd -e does */
    /* Of formats that have columns or fields, names, or lines of several kinds. */
    unsigned column;   /* that holds the entry, from 1; 0: the format's own */
    char separator;    /* of columns; ' ': blanks, any number; 0: the format's own */
    char *prefix;      /* word that lines of entries start with; "": all lines are */
    char *field;       /* of JSON that holds the entry, names with dots between; "": those known */
    bool subdomains;   /* a bare name lists all names below it too */
    bool lookup_index; /* note where entries stand, for rblctl lookup */
    unsigned widest4, widest6; /* shortest prefix that is no mistake */
    unsigned max_bad;          /* percent of lines that may be bad in a file that is accepted */
    unsigned line;             /* where the section starts, for messages */
};

/* Seconds between the first pass that finds a list older than its expire and the pass that does
 * without it: a clock that jumps ahead is usually set right again by then. */
#define CONF_STALE_TIME 3600

/* A name server of a zone, with the addresses that are answered as glue when it lies in the zone.
 */
struct conf_ns {
    struct name name;
    uint32_t a;
    struct addr6 aaaa;
    bool has_a, has_aaaa;
};

/* What being listed means to those who ask. */
enum conf_kind { CONF_KIND_BLOCK, CONF_KIND_ALLOW };

/* What a zone answers when all its lists are older than their expire. */
enum conf_expired { CONF_EXPIRED_SERVFAIL, CONF_EXPIRED_EMPTY };

/* An address or name whose answer is looked at before an image is published. */
struct conf_canary {
    struct prefix addr; /* family 0: it is a name */
    struct name name;
    bool listed; /* it must be; false: it must not be */
    char *text;  /* as written */
};

enum conf_combine { CONF_COMBINE_UNION, CONF_COMBINE_BITMASK };

/* Lists under a sub-name of a zone; lists are indexes into conf.lists. */
struct conf_sub {
    struct name name; /* relative to the zone, e.g. "usa" */
    size_t *lists;
    size_t nlists;
};

struct conf_zone {
    struct name name;
    char *text; /* lower case, no trailing dot: the image is images/TEXT.rbl */
    size_t *lists;
    size_t nlists;
    size_t *exclude;
    size_t nexclude;
    size_t *acl; /* lists of clients, format rbldnsd:acl */
    size_t nacl;
    struct conf_sub *sub;
    size_t nsub;
    enum conf_combine combine;
    enum conf_kind kind;
    enum conf_expired expired; /* CONF_EXPIRED_EMPTY for an allow zone */
    struct conf_canary *canary;
    size_t ncanary;
    struct conf_ns *ns;
    size_t nns;
    bool own_soa;             /* the file names a server or an mname: $SOA in lists is not used */
    struct name mname, rname; /* SOA; default: first ns (else "localhost"), "hostmaster.ZONE" */
    uint32_t soa_ttl, soa_refresh, soa_retry, soa_expire;
    uint32_t ttl;              /* of answers */
    uint32_t negative_ttl;     /* SOA MINIMUM, RFC 2308 */
    uint32_t min_ttl, max_ttl; /* bounds of the TTLs that lists state; 0: none */
    bool test_points;          /* the RFC 5782 section 5 entries, whatever the data say */
    uint32_t test_a;           /* what they answer when no list of the zone names them */
    char *test_txt;
    unsigned line;
};

struct conf {
    struct conf_server server;
    struct conf_paths paths;
    struct conf_loader loader;
    struct conf_list *lists;
    size_t nlists;
    struct conf_zone *zones;
    size_t nzones;
};

/*
 * Read FILE.  Every mistake is written to err as "FILE:LINE: SECTION: KEY: what is wrong; allowed:
 * what is right" (one line each, as many as can be found); then NULL is returned.  known_format
 * says whether a list format exists (the loader passes its table; NULL accepts any word).
 */
struct conf *conf_load(const char *path, bool (*known_format)(const char *), FILE *err);

void conf_free(struct conf *c);

/* Path of the file that holds the local allow list (lib/allow.h), whether there is one or not; NULL
 * without memory.  The caller frees. */
char *conf_allow_path(const struct conf *c);

/* Index of the list or zone with that name (zones: any case, optional trailing dot), or -1. */
long conf_find_list(const struct conf *c, const char *name);
long conf_find_zone(const struct conf *c, const char *name);

struct conf_reader; /* private to lib/conf*.c */

/*
 * The table of options, one row each: parser, defaults, --check, the manual and the example file
 * are all made from or checked against it.
 */
struct conf_option {
    const char *section; /* "server", "paths", "loader", "list", "zone", "sub" */
    const char *key;
    const char *kind;    /* "string", "strings", "integer", "boolean", "time", "size", "address" */
    const char *dflt;    /* "strings" with their braces, others without quotes; NULL: required */
    const char *allowed; /* what a message says is allowed */
    uint64_t min, max;   /* of an integer, time or size; max of a string's bytes, 0: none */
    /* Store one value into its section's struct at offset; NULL when good, else what is wrong. */
    const char *(*set)(struct conf_reader *r, const struct conf_option *o, const char *text,
                       void *section);
    size_t offset; /* unused by setters that know their struct */
};
extern const struct conf_option conf_options[];
extern const size_t conf_noptions;

/* "15m", "1h", "7d", "90" (seconds), "64M": true and the value, false when malformed or too big. */
bool conf_parse_time(const char *s, unsigned *out);
bool conf_parse_size(const char *s, uint64_t *out);

#endif

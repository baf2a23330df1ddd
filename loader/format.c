/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/format.h"

#include <string.h>

const struct format *const formats[] = {
    &format_plain,
    &format_domains,
    &format_rbldnsd_ip4set,
    &format_rbldnsd_ip4tset,
    &format_rbldnsd_ip4trie,
    &format_rbldnsd_ip6tset,
    &format_rbldnsd_ip6trie,
    &format_rbldnsd_dnset,
    &format_rbldnsd_dnhash,
    &format_rbldnsd_generic,
    &format_rbldnsd_combined,
    &format_rbldnsd_acl,
    &format_hosts,
    &format_columns,
    &format_ranges,
    &format_json,
    &format_bind,
    &format_rpz,
    &format_djb,
    &format_extract,
    &format_allow,
};

const size_t nformats = sizeof(formats) / sizeof(formats[0]);

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < nformats; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

bool format_known(const char *name)
{
    return format_find(name) != NULL;
}

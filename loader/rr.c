/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/rr.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/library.h"

#define RDATA_MAX 65535

/* Of ldns, loaded when a list is in the form of a zone. */
static struct {
    __typeof__(ldns_dname_new_frm_str) *dname_new_frm_str;
    __typeof__(ldns_get_errorstr_by_id) *get_errorstr_by_id;
    __typeof__(ldns_rdf_data) *rdf_data;
    __typeof__(ldns_rdf_deep_free) *rdf_deep_free;
    __typeof__(ldns_rdf_size) *rdf_size;
    __typeof__(ldns_rr_free) *rr_free;
    __typeof__(ldns_rr_get_type) *rr_get_type;
    __typeof__(ldns_rr_new_frm_fp_l) *rr_new_frm_fp_l;
    __typeof__(ldns_rr_owner) *rr_owner;
    __typeof__(ldns_rr_rd_count) *rr_rd_count;
    __typeof__(ldns_rr_rdf) *rr_rdf;
    __typeof__(ldns_rr_ttl) *rr_ttl;
} lib;

#define SYMBOL(name)                                                                               \
    {                                                                                              \
        "ldns_" #name, &lib.name                                                                   \
    }
static const struct library_symbol symbols[] = {
    SYMBOL(dname_new_frm_str),
    SYMBOL(get_errorstr_by_id),
    SYMBOL(rdf_data),
    SYMBOL(rdf_deep_free),
    SYMBOL(rdf_size),
    SYMBOL(rr_free),
    SYMBOL(rr_get_type),
    SYMBOL(rr_new_frm_fp_l),
    SYMBOL(rr_owner),
    SYMBOL(rr_rd_count),
    SYMBOL(rr_rdf),
    SYMBOL(rr_ttl),
};
static struct library ldns = {SONAME_LDNS, symbols, sizeof(symbols) / sizeof(symbols[0]), false};

/* The origin until the file says otherwise: one label, as names relative to a zone need some. */
struct state {
    ldns_rdf *origin, *prev;
    uint32_t ttl;
};

static bool owner_name(const ldns_rr *rr, struct name *out)
{
    const ldns_rdf *owner = lib.rr_owner(rr);
    size_t len = lib.rdf_size(owner);
    if (len == 0 || len > NAME_WIRE_MAX)
        return false;
    out->len = (uint8_t)len;
    memcpy(out->wire, lib.rdf_data(owner), len);
    for (size_t i = 0; i < len; i += 1u + out->wire[i]) {
        for (size_t k = 1; k <= out->wire[i]; k++)
            out->wire[i + k] = name_fold(out->wire[i + k]);
        if (out->wire[i] == 0)
            break;
    }
    return true;
}

static bool put_record(const struct rr_sink *sink, ldns_rr *parsed, size_t line, bool *oom)
{
    static const char odd[] = "record too long";
    uint8_t *rdata = malloc(RDATA_MAX);
    struct rr rr = {.type = (uint16_t)lib.rr_get_type(parsed), .ttl = lib.rr_ttl(parsed)};
    *oom = rdata == NULL;
    if (*oom)
        return false;
    bool good = owner_name(parsed, &rr.owner);
    for (size_t i = 0; good && i < lib.rr_rd_count(parsed); i++) {
        const ldns_rdf *rdf = lib.rr_rdf(parsed, i);
        good = lib.rdf_size(rdf) <= RDATA_MAX - rr.rdata_len;
        if (good)
            memcpy(rdata + rr.rdata_len, lib.rdf_data(rdf), lib.rdf_size(rdf));
        rr.rdata_len += good ? lib.rdf_size(rdf) : 0;
    }
    rr.rdata = rdata;
    bool go_on = good ? sink->record(sink->arg, &rr, line) : sink->bad(sink->arg, line, odd);
    free(rdata);
    return go_on;
}

static const char *reason_of(ldns_status status)
{
    return status == LDNS_STATUS_SYNTAX_INCLUDE ? "$INCLUDE: no other file is read"
                                                : lib.get_errorstr_by_id(status);
}

bool rr_prepare(void)
{
    return library_load(&ldns);
}

bool rr_read(const char *text, size_t len, const struct rr_sink *sink, bool *oom)
{
    struct state s = {.origin = lib.dname_new_frm_str("."), .ttl = 3600};
    FILE *f = len > 0 ? fmemopen((void *)(uintptr_t)text, len, "r") : NULL;
    int line = 0;
    bool go_on = true;
    *oom = s.origin == NULL || (len > 0 && f == NULL);
    while (!*oom && f != NULL && go_on && !feof(f)) {
        ldns_rr *rr = NULL;
        ldns_status status = lib.rr_new_frm_fp_l(&rr, f, &s.ttl, &s.origin, &s.prev, &line);
        if (status == LDNS_STATUS_OK)
            go_on = put_record(sink, rr, (size_t)line, oom);
        else if (status == LDNS_STATUS_MEM_ERR)
            *oom = true;
        else if (status != LDNS_STATUS_SYNTAX_EMPTY && status != LDNS_STATUS_SYNTAX_TTL &&
                 status != LDNS_STATUS_SYNTAX_ORIGIN)
            go_on = sink->bad(sink->arg, (size_t)line, reason_of(status));
        lib.rr_free(rr);
    }
    if (f != NULL)
        (void)fclose(f);
    lib.rdf_deep_free(s.origin);
    lib.rdf_deep_free(s.prev);
    return go_on && !*oom;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zones of any combined rbldnsd text, written in all forms.
 *
 * What is written for rbldnsd must be read without a bad line and be written the same once more; a
 * zone file must be one to ldns, and neither it nor a policy zone may hold an octet that is not
 * plain text: names and texts come from strangers.  The first octet sets options of the zone.
 */
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dump.h"
#include "loader/format.h"
#include "tests/common/testzone.h"

#define SIZE_MOST 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

/* The zone of a text; NULL when it cannot be one. */
static struct image *build(uint8_t options, const char *text, size_t len, size_t *bad)
{
    struct testzone z = {
        .name = "z.t",
        .bitmask = (options & 1) != 0,
        .no_test_points = (options & 2) != 0,
        .list = {{.name = "a", .format = "rbldnsd:combined", .entries = ""},
                 {.name = "b", .entries = "192.0.2.0/30\n2001:db8::/33\n", .txt = "b $ $$"}},
        .ns = {{.name = "ns.z.t", .a = "127.0.0.1", .aaaa = "::1"}, {.name = "ns.elsewhere"}}};
    if (!(options & 4))
        z.list[1].name = NULL;
    struct testjob *j = testjob_new(&z);
    struct parse p = {.out = &j->data[0].entries, .now = 1700000000};
    struct image *img = NULL;
    require(format_rbldnsd_combined.parse(&p, text, len));
    *bad = p.bad;
    uint8_t *bytes = NULL;
    char why[COMPILE_WHY_MAX];
    if (p.fatal[0] == '\0' && testzone_compile(&j->job, &bytes, &len, why) == NULL)
        img = testzone_open(bytes, len);
    free(bytes);
    testjob_free(j);
    return img;
}

/* NULL: the form cannot say it. */
static char *dump(const struct image *img, enum dump_form form, size_t *len)
{
    char why[DUMP_WHY_MAX] = "", *text = NULL;
    FILE *out = open_memstream(&text, len);
    require(out != NULL);
    bool good = dump_zone(img, form, out, why);
    fclose(out);
    require(good || why[0] != '\0');
    if (good)
        return text;
    free(text);
    return NULL;
}

static void check_plain_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        require((text[i] >= ' ' && text[i] <= '~') || text[i] == '\n' || text[i] == '\t');
}

static void check_zone_file(char *text, size_t len)
{
    FILE *in = fmemopen(text, len, "r");
    ldns_zone *zone = NULL;
    int line = 0;
    require(in != NULL);
    check_plain_text(text, len);
    require(ldns_zone_new_frm_fp_l(&zone, in, NULL, 0, LDNS_RR_CLASS_IN, &line) == LDNS_STATUS_OK);
    ldns_zone_deep_free(zone);
    fclose(in);
}

/* What was said once is said again: the second list is in the text by then. */
static void check_again(uint8_t options, const char *text, size_t len)
{
    size_t bad, again_len = 0;
    struct image *img = build(options & 3, text, len, &bad);
    require(img != NULL && bad == 0);
    char *again = dump(img, DUMP_RBLDNSD, &again_len);
    require(again != NULL && again_len == len && memcmp(again, text, len) == 0);
    free(again);
    image_close(img);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t bad, len = 0;
    if (size == 0 || size > SIZE_MOST)
        return 0;
    struct image *img = build(data[0], (const char *)data + 1, size - 1, &bad);
    if (!img)
        return 0;
    for (enum dump_form form = DUMP_PLAIN; form <= DUMP_RPZ; form++) {
        char *text = dump(img, form, &len);
        if (text && form == DUMP_BIND)
            check_zone_file(text, len);
        else if (text && form == DUMP_RPZ)
            check_plain_text(text, len);
        else if (text && form == DUMP_RBLDNSD)
            check_again(data[0], text, len);
        free(text);
    }
    image_close(img);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a zone must answer, by the dumbest means: every question walks every entry of every list.
 * It shares no code with the compiler and the lookups but the structs it is fed from.
 */
#ifndef TESTS_ZONEMODEL_H
#define TESTS_ZONEMODEL_H

#include "tests/common/testzone.h"

#define MODEL_TEXT_MAX 128

/* One answer: what a set of the image must say.  Texts have "$" replaced by MODEL_SUBJECT. */
#define MODEL_SUBJECT "[subject]"
struct model_set {
    unsigned na, ntexts, nsources;
    uint32_t a[TESTZONE_LISTS];
    const char *text[TESTZONE_LISTS];
    const char *source[TESTZONE_LISTS];
};

struct model_answer {
    unsigned nset;
    struct model_set set[LOOKUP_SETS_MAX];
    bool exists;
};

enum model_kind { MODEL_ADDR4, MODEL_ADDR6, MODEL_NAME };

/* An entry of any list; IPv4 addresses lie in the low 32 bits. */
struct model_entry {
    enum model_kind kind;
    unsigned list;
    struct addr6 first, last;
    enum name_scope scope;
    struct name name;
};

struct model {
    const struct testjob *job;
    struct model_entry *entry;
    size_t n;
    char text[TESTZONE_LISTS + 1][MODEL_TEXT_MAX]; /* after substitution; the last: test points */
};

/* Copies the entries as they are; the job must not have been compiled, and must live on. */
struct model *model_new(const struct testjob *job);
void model_free(struct model *m);

/* name: whole and lower case, in the zone. */
void model_lookup(const struct model *m, const struct name *name, struct model_answer *out);

/* Ask the image and the model; false when they differ, with both answers on standard error. */
bool model_agrees(const struct model *m, const struct image *img, const struct name *name);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass of the loader: plan, fetch, compile, commit, report.  The structs here are what these
 * steps hand to each other; every step fills its own part.
 */
#ifndef LOADER_RUN_H
#define LOADER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"
#include "loader/state.h"

#define RUN_WHY_MAX    512
#define RUN_COUNTS_MAX 256

enum fetch_outcome {
    FETCH_NOT_TRIED,
    FETCH_UNCHANGED, /* the publisher has what "data" holds */
    FETCH_NEW,       /* there is an "incoming" */
    FETCH_FAILED,
};

struct fetch_result {
    enum fetch_outcome outcome;
    uint64_t bytes;                                           /* FETCH_NEW: size of the candidate */
    struct file_id source;                                    /* FETCH_NEW of a file: URL */
    char etag[STATE_TEXT_MAX], last_modified[STATE_TEXT_MAX]; /* FETCH_NEW by http */
    uint64_t retry_after;     /* FETCH_FAILED: seconds the publisher asked to wait, 0: none */
    char detail[RUN_WHY_MAX]; /* how it was seen to be unchanged, or why it failed */
};

/* What the compiling child makes of a list. */
enum list_verdict {
    LIST_AS_KNOWN, /* no candidate, and "data" is what the state says; or nothing at all */
    LIST_ACCEPTED, /* the candidate replaces "data" */
    LIST_SAME,     /* the candidate holds the same bytes as "data" */
    LIST_REFUSED,  /* the candidate is not fit; "data" stay */
    LIST_HELD,     /* as LIST_REFUSED, for its size alone; a repetition will be accepted */
    LIST_READ,     /* no candidate; "data" were not what the state says, and are fit */
    LIST_UNFIT,    /* as LIST_READ, but not fit: the list has no usable data */
    LIST_NVERDICTS
};

struct list_report {
    enum list_verdict verdict;
    uint64_t entries, lines, bad, digest,
        covered; /* of the candidate or data that counts from now on */
    int64_t made;
    char counts[RUN_COUNTS_MAX]; /* entries by kind, when it was read and says so */
    char why[RUN_WHY_MAX];
};

struct list_run {
    const struct conf_list *conf;
    int dir; /* mirror/NAME, or -1 */
    struct list_state state;
    bool has_data; /* mirror/NAME/data exists */
    bool trusted;  /* and the state describes exactly that file */
    bool due;
    bool pending;   /* its transfer is waited for */
    bool done;      /* by an earlier round of this pass */
    bool accept;    /* whatever its size */
    bool expired;   /* zones do without it for its age; known after the commit */
    double seconds; /* spent fetching */
    struct fetch_result fetch;
    struct list_report report;
};

enum zone_verdict {
    ZONE_CURRENT,     /* the published image is up to date */
    ZONE_BUILT,       /* a new image lies ready */
    ZONE_KEPT,        /* some list lost its data: the published image knows more than we do now */
    ZONE_NO_DATA,     /* nothing to compile, nothing published */
    ZONE_EXPIRED,     /* every list is older than its expire: the published image stays, and ends */
    ZONE_ROLLED_BACK, /* an operator took the image before: nothing is published */
    ZONE_FAILED,
    ZONE_NVERDICTS
};

struct zone_run {
    const struct conf_zone *conf;
    bool waits; /* for a list that is pending: it is left out of this round */
    bool done;  /* by an earlier round of this pass */
    enum zone_verdict verdict;
    uint64_t entries;
    uint32_t serial;
    double seconds;
    char why[RUN_WHY_MAX];
};

struct run {
    const struct conf *conf;
    int64_t now;
    int images; /* directory, -1 when dry */
    struct list_run *lists;
    struct zone_run *zones;
    bool dry;                /* only show what would change */
    char doing[RUN_WHY_MAX]; /* what the child said it would do next */
};

struct run_options {
    const bool *only;   /* by index of conf->lists; NULL: all */
    const bool *accept; /* by index too: fetch now, and hold no change of size; NULL: none */
    bool force;
    bool no_fetch;
    bool dry_run; /* show what would change, and keep nothing */
};

/* Also the exit status of the program. */
enum run_status { RUN_CURRENT = 0, RUN_PARTIAL = 1, RUN_UNUSABLE = 2, RUN_BUSY = 75 };

/* Reports through lib/log.h. */
enum run_status run_loader(const struct conf *conf, const struct run_options *options);

#endif

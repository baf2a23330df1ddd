/* SPDX-License-Identifier: BSD-2-Clause */
/* Between build_names.c (nodes), evaluate_names.c (what they say) and encode_names.c (how that is
 * written); private. */
#ifndef LOADER_NAMES_NODE_H
#define LOADER_NAMES_NODE_H

#include "loader/build_names.h"
#include "loader/sweep.h"

/* A million of these are most of what the compiler touches, and fresh memory is dear: what is done
 * with shares its place with what comes later. */
struct node {
    const uint8_t *label; /* length octet and text, in some entry's name */
    uint32_t parent;      /* index of a node made earlier; 0 is the apex */
    union {
        uint32_t values; /* newest entry for this name, index + 1 into values, 0: none */
        uint32_t number; /* once evaluated: as a parent in the encoding */
    };
    union {
        uint32_t state;    /* what each layer says of names below, interned */
        uint32_t children; /* once all are evaluated: those that are needed */
    };
    uint32_t self, below; /* combined sets */
    bool parents : 1;     /* some node has it as its parent */
    bool needed : 1;      /* says something that its parent does not */
    /* Set, though equal to what is inherited: a text names the entry. */
    bool own_self : 1, own_below : 1;
};
_Static_assert(sizeof(struct node) == 32, "two in a cache line");

/* Chains are shared by nodes of which the same is said, and never changed. */
struct node_value {
    struct name_value value;
    uint32_t next;
};
#define NAMES_RECENT 64

/* What a chain makes of a node where nothing is inherited. */
struct evaluated {
    uint32_t values; /* 0: none */
    uint32_t self, below;
};

/* The hash stands beside the node: nearly no other node is looked at, and none when slots move. */
struct name_slot {
    uint32_t node; /* 0: empty */
    uint32_t hash;
};

struct names_builder {
    struct sets *sets;
    const enum layer_role *roles;
    struct buf nodes;                         /* struct node[], [0] is the apex */
    struct buf values;                        /* struct node_value[] */
    uint32_t recent[NAMES_RECENT];            /* values made lately, by what they say */
    struct evaluated evaluated[NAMES_RECENT]; /* lately, by values */
    struct intern states;
    struct name_slot *slots; /* node by (parent, label), open addressing */
    size_t nslots;
};

static inline uint32_t names_count(const struct names_builder *b)
{
    return (uint32_t)(b->nodes.len / sizeof(struct node));
}

static inline struct node *names_node(const struct names_builder *b, uint32_t i)
{
    return (struct node *)(void *)b->nodes.p + i;
}

static inline const struct node_value *names_value(const struct names_builder *b, uint32_t i)
{
    return (const struct node_value *)(const void *)b->values.p + i - 1;
}

/* Fill state, self, below, children and needed of every node; how many are needed. */
uint32_t names_evaluate(struct names_builder *b);

/* No name will be added: the records then stand where the slots were, and touch less memory. */
void names_builder_no_more(struct names_builder *b);

#endif

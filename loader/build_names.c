/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of all layers -> nodes; what they answer is in loader/evaluate_names.c, and how that is
 * written in loader/encode_names.c. */
#include "loader/build_names.h"

#include <stdlib.h>
#include <string.h>

#include "loader/huge.h"
#include "loader/names_node.h"
#include "loader/threads.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* --- the tree of nodes --- */

/*
 * A name's hash is made of its label and the hash of the name above it, so that it is known before
 * any node is looked at.
 */
static uint32_t hash_label(uint32_t above, const uint8_t *label)
{
    return (uint32_t)XXH3_64bits_withSeed(label, label[0] + 1u, above);
}

/* Of a name, and of the name above it; 0 is the apex. */
struct hashes {
    uint32_t name, above;
};

static struct hashes hash_name(const uint8_t *name, size_t len)
{
    uint8_t label[NAME_LABELS_MAX];
    struct hashes h = {0, 0};
    unsigned n = 0;
    for (size_t i = 0; i + 1 < len; i += name[i] + 1u)
        label[n++] = (uint8_t)i;
    while (n > 0)
        h = (struct hashes){hash_label(h.name, name + label[--n]), h.name};
    return h;
}

/* Is this the node of the name?  It need not end with a root octet, but counts it in len. */
static bool is_node(const struct names_builder *b, uint32_t node, const uint8_t *name, size_t len)
{
    while (node != 0 && len > 1) {
        const struct node *n = names_node(b, node);
        size_t label = name[0] + 1u;
        if (memcmp(n->label, name, label) != 0)
            return false;
        node = n->parent;
        name += label;
        len -= label;
    }
    return node == 0 && len == 1;
}

/* The slot of that node, or the empty one where it belongs. */
static struct name_slot *find_slot(const struct names_builder *b, const uint8_t *name, size_t len,
                                   uint32_t hash)
{
    size_t mask = b->nslots - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        struct name_slot *slot = &b->slots[at];
        if (slot->node == 0 || (slot->hash == hash && is_node(b, slot->node, name, len)))
            return slot;
    }
}

static bool set_slots(struct names_builder *b, size_t n)
{
    struct name_slot *slots = calloc(n, sizeof *slots);
    size_t mask = n - 1;
    if (!slots)
        return false;
    huge_hint(slots, n * sizeof *slots);
    for (size_t i = 0; i < b->nslots; i++) {
        if (b->slots[i].node == 0)
            continue;
        size_t at = b->slots[i].hash & mask;
        while (slots[at].node != 0)
            at = (at + 1) & mask;
        slots[at] = b->slots[i];
    }
    free(b->slots);
    b->slots = slots;
    b->nslots = n;
    return true;
}

struct names_builder *names_builder_new(struct sets *sets, const enum layer_role *roles)
{
    struct names_builder *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->sets = sets;
    b->roles = roles;
    struct node apex = {0};
    buf_add(&b->nodes, &apex, sizeof apex);
    /* State 0: nothing inherited. */
    if (b->nodes.oom || !set_slots(b, 1024) || intern_put(&b->states, "", 0) == INTERN_OOM) {
        names_builder_free(b);
        return NULL;
    }
    return b;
}

void names_builder_no_more(struct names_builder *b)
{
    free(b->slots);
    b->slots = NULL;
    b->nslots = 0;
}

void names_builder_free(struct names_builder *b)
{
    if (!b)
        return;
    buf_free(&b->nodes);
    buf_free(&b->values);
    intern_free(&b->states);
    free(b->slots);
    free(b);
}

/* So many names will follow: room for them is made at once.  False: no memory. */
static bool expect(struct names_builder *b, size_t names)
{
    size_t n = b->nslots, want = names_count(b) + names + NAME_LABELS_MAX + 1;
    while (n / 4 * 3 < want)
        n *= 2;
    /* Some names have names above them that nobody lists.  What is not touched costs nothing. */
    buf_reserve(&b->nodes, (names + names / 4) * sizeof(struct node));
    return n == b->nslots || set_slots(b, n);
}

/* A new child of a node, with its slot; 0 when memory ran out. */
static uint32_t add_node(struct names_builder *b, uint32_t parent, const uint8_t *name,
                         uint32_t hash, struct name_slot *slot)
{
    uint32_t count = names_count(b);
    struct node n = {.label = name, .parent = parent};
    buf_add(&b->nodes, &n, sizeof n);
    if (b->nodes.oom || count == UINT32_MAX)
        return 0;
    names_node(b, parent)->parents = true;
    *slot = (struct name_slot){count, hash};
    return count;
}

/* The node of a name, made with all those above it; 0 when memory ran out. */
static uint32_t add_above(struct names_builder *b, const uint8_t *name, size_t len)
{
    uint8_t label[NAME_LABELS_MAX];
    unsigned n = 0;
    uint32_t at = 0, hash = 0;
    for (size_t i = 0; i + 1 < len; i += name[i] + 1u)
        label[n++] = (uint8_t)i;
    while (n-- > 0) {
        hash = hash_label(hash, name + label[n]);
        struct name_slot *slot = find_slot(b, name + label[n], len - label[n], hash);
        at = slot->node != 0 ? slot->node : add_node(b, at, name + label[n], hash, slot);
        if (at == 0)
            break;
    }
    return at;
}

/* The node of a name, made when it is new; 0 when memory ran out. */
static uint32_t find_node(struct names_builder *b, const uint8_t *name, size_t len, struct hashes h)
{
    /* With room for all labels no slot moves while it is in use. */
    if (names_count(b) + NAME_LABELS_MAX >= b->nslots / 4 * 3 && !set_slots(b, b->nslots * 2))
        return 0;
    struct name_slot *slot = find_slot(b, name, len, h.name);
    if (slot->node != 0)
        return slot->node;
    const uint8_t *above = name + name[0] + 1;
    size_t left = len - name[0] - 1;
    uint32_t parent = left > 1 ? find_slot(b, above, left, h.above)->node : 0;
    if (left > 1 && parent == 0) {
        if ((parent = add_above(b, above, left)) == 0)
            return 0;
        slot = find_slot(b, name, len, h.name); /* another may have come there */
    }
    return add_node(b, parent, name, h.name, slot);
}

/*
 * The value in front of a chain; 0 when memory ran out.  Most names of a list share one chain or a
 * few of them: one that was made lately is taken again, for fresh memory is dear.
 */
static uint32_t chain(struct names_builder *b, const struct name_value *value, uint32_t next)
{
    uint32_t said = value->set + value->layer + next + 16u * value->scope + 8u * value->exclude;
    uint32_t *known = &b->recent[said % NAMES_RECENT];
    struct node_value v = {.value = *value, .next = next};
    const struct node_value *have = *known ? names_value(b, *known) : NULL;
    if (have && have->next == next && have->value.layer == value->layer &&
        have->value.set == value->set && have->value.scope == value->scope &&
        have->value.exclude == value->exclude)
        return *known;
    buf_add(&b->values, &v, sizeof v);
    if (b->values.oom || b->values.len / sizeof v > UINT32_MAX - 1)
        return 0;
    return *known = (uint32_t)(b->values.len / sizeof v);
}

static bool add_hashed(struct names_builder *b, const uint8_t *wire, size_t len, struct hashes h,
                       const struct name_value *value)
{
    if (len <= 1)
        return true; /* the apex itself is never an entry */
    uint32_t at = find_node(b, wire, len, h);
    if (at == 0)
        return false;
    uint32_t values = chain(b, value, names_node(b, at)->values);
    names_node(b, at)->values = values;
    return values != 0;
}

bool names_builder_add(struct names_builder *b, const uint8_t *wire, size_t len,
                       const struct name_value *value)
{
    return add_hashed(b, wire, len, hash_name(wire, len), value);
}

/* --- all names of a list --- */

#define BLOCK 65536 /* names that are hashed by one thread while another adds those before them */
#define AHEAD 16    /* names whose slots are on their way: each is a cache miss */

/* Names [from, to) to hash, or hashed and to add. */
struct block {
    const struct entries *e;
    size_t from, to;
    struct hashes *hash;
    struct names_builder *b; /* NULL: to hash */
    uint32_t layer;
    const uint32_t *value_set;
    bool added;
};

static bool add_block(const struct block *k)
{
    struct names_builder *b = k->b;
    const bool excluding = b->roles[k->layer] == LAYER_EXCLUDE;
    for (size_t i = k->from; i < k->to; i++) {
        const struct name_entry *n = &k->e->name[i];
        const struct hashes *h = &k->hash[i - k->from];
        struct name_value v = {k->layer, NAMES_EXCLUDED, n->scope, n->exclude};
        if (i + AHEAD < k->to)
            __builtin_prefetch(&b->slots[h[AHEAD].name & (b->nslots - 1)], 1);
        if (!excluding)
            v.set = k->value_set[n->value];
        if (!add_hashed(b, k->e->bytes + n->off, n->len, *h, &v))
            return false;
    }
    return true;
}

static void run_block(void *arg)
{
    struct block *k = arg;
    if (k->b)
        k->added = add_block(k);
    else
        for (size_t i = k->from; i < k->to; i++)
            k->hash[i - k->from] = hash_name(k->e->bytes + k->e->name[i].off, k->e->name[i].len);
}

static size_t block_end(const struct entries *e, size_t from)
{
    return e->nname - from > BLOCK ? from + BLOCK : e->nname;
}

bool names_builder_add_all(struct names_builder *b, const struct entries *e, uint32_t layer,
                           const uint32_t *value_set)
{
    if (e->nname == 0)
        return true;
    struct hashes *hash = malloc(2 * block_end(e, 0) * sizeof *hash);
    bool good = hash && expect(b, e->nname);
    struct block hashing = {.e = e, .to = good ? block_end(e, 0) : 0, .hash = hash};
    run_block(&hashing);
    while (good && hashing.from < hashing.to) {
        struct block part[2] = {hashing};
        part[0].b = b;
        part[0].layer = layer;
        part[0].value_set = value_set;
        hashing.from = hashing.to;
        hashing.to = block_end(e, hashing.from);
        hashing.hash = hashing.hash == hash ? hash + BLOCK : hash;
        part[1] = hashing;
        threads_run(run_block, part, sizeof *part, hashing.from < hashing.to ? 2 : 1);
        good = part[0].added;
    }
    free(hash);
    return good;
}

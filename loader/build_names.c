/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of all layers -> nodes with their two values; encoding is in loader/encode_names.c. */
#include "loader/build_names.h"

#include <stdlib.h>
#include <string.h>

#include "loader/huge.h"
#include "loader/names_node.h"

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

/* A name cut into labels, the one nearest to the apex first. */
struct path {
    const uint8_t *wire;
    unsigned n;
    uint8_t label[NAME_LABELS_MAX]; /* where each starts */
    uint32_t hash[NAME_LABELS_MAX]; /* of the name from there on */
};

static void make_path(struct path *p, const uint8_t *wire, size_t len)
{
    uint32_t hash = 0;
    unsigned n = 0;
    p->wire = wire;
    for (size_t i = 0; i + 1 < len; i += wire[i] + 1u)
        p->label[n++] = (uint8_t)i;
    p->n = n;
    for (unsigned lo = 0, hi = n; lo + 1 < hi; lo++) {
        uint8_t swap = p->label[lo];
        p->label[lo] = p->label[--hi];
        p->label[hi] = swap;
    }
    for (unsigned i = 0; i < n; i++)
        p->hash[i] = hash = hash_label(hash, wire + p->label[i]);
}

/* Is this the node of the path's first labels, as far as labels[k]? */
static bool is_node(const struct names_builder *b, uint32_t node, const struct path *p, unsigned k)
{
    for (;; k--) {
        const struct node *n = names_node(b, node);
        const uint8_t *label = p->wire + p->label[k];
        if (memcmp(n->label, label, label[0] + 1u) != 0)
            return false;
        node = n->parent;
        if (k == 0 || node == 0)
            return k == 0 && node == 0;
    }
}

/* The slot of that node, or the empty one where it belongs. */
static struct name_slot *find_slot(const struct names_builder *b, const struct path *p, unsigned k)
{
    size_t mask = b->nslots - 1;
    for (size_t at = p->hash[k] & mask;; at = (at + 1) & mask) {
        struct name_slot *slot = &b->slots[at];
        if (slot->node == 0 || (slot->hash == p->hash[k] && is_node(b, slot->node, p, k)))
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
    size_t n = b->nslots, want = names_count(b) + names + 1;
    while (n / 4 * 3 < want)
        n *= 2;
    /* Some names have names above them that nobody lists.  What is not touched costs nothing. */
    buf_reserve(&b->nodes, (names + names / 4) * sizeof(struct node));
    return n == b->nslots || set_slots(b, n);
}

/* A new child of a node, which the path reaches with labels[k]; 0 when memory ran out. */
static uint32_t add_node(struct names_builder *b, uint32_t parent, const struct path *p, unsigned k)
{
    uint32_t count = names_count(b);
    if (count >= b->nslots / 4 * 3 && !set_slots(b, b->nslots * 2))
        return 0;
    struct node n = {.label = p->wire + p->label[k], .parent = parent};
    buf_add(&b->nodes, &n, sizeof n);
    if (b->nodes.oom || count == UINT32_MAX)
        return 0;
    names_node(b, parent)->parents = true;
    *find_slot(b, p, k) = (struct name_slot){count, p->hash[k]};
    return count;
}

/* The node of a name, made with those above it that are new; 0 when memory ran out. */
static uint32_t find_node(struct names_builder *b, const struct path *p)
{
    unsigned known = p->n; /* labels of the longest name above it, or itself, that has a node */
    uint32_t at = 0;
    for (; known > 0; known--)
        if ((at = find_slot(b, p, known - 1)->node) != 0)
            break;
    for (; known < p->n; known++)
        if ((at = add_node(b, at, p, known)) == 0)
            break;
    return at;
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

static bool add_path(struct names_builder *b, const struct path *p, const struct name_value *value)
{
    if (p->n == 0)
        return true; /* the apex itself is never an entry */
    uint32_t at = find_node(b, p);
    if (at == 0)
        return false;
    uint32_t values = chain(b, value, names_node(b, at)->values);
    names_node(b, at)->values = values;
    return values != 0;
}

bool names_builder_add(struct names_builder *b, const uint8_t *wire, size_t len,
                       const struct name_value *value)
{
    struct path p;
    make_path(&p, wire, len);
    return add_path(b, &p, value);
}

/* Names whose slots are on their way while one is added: enough to hide that each is a cache miss.
 */
#define NAMES_AHEAD 16

bool names_builder_add_all(struct names_builder *b, const struct entries *e, uint32_t layer,
                           const uint32_t *value_set)
{
    struct path ahead[NAMES_AHEAD];
    if (e->nname > 0 && !expect(b, e->nname))
        return false;
    for (size_t i = 0; i < e->nname + NAMES_AHEAD; i++) {
        struct path *p = &ahead[i % NAMES_AHEAD];
        if (i >= NAMES_AHEAD) {
            const struct name_entry *n = &e->name[i - NAMES_AHEAD];
            uint32_t set = b->roles[layer] == LAYER_EXCLUDE ? NAMES_EXCLUDED : value_set[n->value];
            if (!add_path(b, p, &(struct name_value){layer, set, n->scope, n->exclude}))
                return false;
        }
        if (i >= e->nname)
            continue;
        make_path(p, e->bytes + e->name[i].off, e->name[i].len);
        if (p->n > 0)
            __builtin_prefetch(&b->slots[p->hash[p->n - 1] & (b->nslots - 1)], 1);
    }
    return true;
}

/* --- what a node answers --- */

/* What each layer says, by layer, and at which node it says so; silent layers are absent. */
struct state_item {
    uint32_t layer, set, from;
};

struct state {
    struct state_item item[SWEEP_LAYERS_MAX];
    size_t n;
};

static void state_load(const struct names_builder *b, uint32_t id, struct state *s)
{
    size_t len;
    const void *items = intern_get(&b->states, id, &len);
    s->n = len / sizeof *s->item;
    memcpy(s->item, items, len);
}

static uint32_t state_store(struct names_builder *b, const struct state *s)
{
    uint32_t id = intern_put(&b->states, s->item, s->n * sizeof *s->item);
    if (id == INTERN_OOM)
        b->sets->oom = true;
    return id == INTERN_OOM ? 0 : id;
}

/* Replace what the state says of a layer; set 0 takes the layer out. */
static void state_put(struct state *s, struct state_item item)
{
    size_t i = 0;
    while (i < s->n && s->item[i].layer < item.layer)
        i++;
    bool known = i < s->n && s->item[i].layer == item.layer;
    size_t to = i + (item.set != 0), from = i + known, tail = s->n - from;
    memmove(s->item + to, s->item + from, tail * sizeof *s->item);
    s->n = to + tail;
    if (item.set)
        s->item[i] = item;
}

/* Apply a node's own entries of one scope to what it inherits; true when it has any. */
static bool apply_values(struct names_builder *b, uint32_t node, uint8_t scope, struct state *s)
{
    bool any = false;
    uint32_t first = names_node(b, node)->values;
    for (uint32_t v = first; v; v = names_value(b, v)->next) {
        const struct name_value *own = &names_value(b, v)->value;
        if (!(own->scope & scope))
            continue;
        any = true;
        uint32_t set = 0;
        bool exclude = false;
        for (uint32_t w = first; w; w = names_value(b, w)->next) {
            const struct name_value *same = &names_value(b, w)->value;
            if (same->layer != own->layer || !(same->scope & scope))
                continue;
            exclude |= same->exclude;
            set = sets_union(b->sets, same->set, set); /* the chain is newest first */
        }
        state_put(s, (struct state_item){own->layer, exclude ? 0 : set, node});
    }
    return any;
}

static size_t node_text(const struct names_builder *b, uint32_t node,
                        char text[static NAME_TEXT_MAX])
{
    uint8_t wire[NAME_WIRE_MAX + 1];
    size_t len = 0;
    for (; node != 0; node = names_node(b, node)->parent) {
        const uint8_t *label = names_node(b, node)->label;
        memcpy(wire + len, label, label[0] + 1u);
        len += label[0] + 1u;
    }
    wire[len] = 0;
    return name_format(text, wire, len + 1);
}

/*
 * One set of all layers.  The answer can name only one entry that matched, the one at this node;
 * what comes from a node above has to say its own name.
 */
static uint32_t state_set(struct names_builder *b, const struct state *s, uint32_t node)
{
    enum layer_role role[SWEEP_LAYERS_MAX];
    uint32_t set[SWEEP_LAYERS_MAX];
    for (size_t i = 0; i < s->n; i++) {
        role[i] = b->roles[s->item[i].layer];
        set[i] = s->item[i].set;
        if (s->item[i].from != node && role[i] == LAYER_LISTED) {
            char text[NAME_TEXT_MAX];
            set[i] = sets_bind(b->sets, set[i], text, node_text(b, s->item[i].from, text));
        }
    }
    return sweep_combine(role, set, s->n, b->sets);
}

static void evaluate_own(struct names_builder *b, uint32_t i, struct node *n,
                         const struct node *parent)
{
    struct state s;
    state_load(b, parent->state, &s);
    if (apply_values(b, i, NAME_SELF, &s)) {
        n->self = state_set(b, &s, i);
        n->own_self = n->self == parent->below && sets_name_match(b->sets, n->self);
    }
    state_load(b, parent->state, &s);
    if (apply_values(b, i, NAME_BELOW, &s)) {
        n->below = state_set(b, &s, i);
        n->own_below = n->below == parent->below && sets_name_match(b->sets, n->below);
        if (n->parents) /* nobody else inherits it */
            n->state = state_store(b, &s);
    }
}

static void evaluate(struct names_builder *b, uint32_t i)
{
    struct node *n = names_node(b, i);
    const struct node *parent = names_node(b, n->parent);
    /* Where nothing is inherited and nobody inherits, one chain always makes the same of a node. */
    struct evaluated *known = &b->evaluated[n->values % NAMES_RECENT];
    bool simple = parent->state == 0 && parent->below == 0 && !n->parents;
    n->state = parent->state;
    n->self = n->below = parent->below;
    if (n->values == 0)
        return;
    if (simple && known->values == n->values) {
        n->self = known->self;
        n->below = known->below;
        return;
    }
    evaluate_own(b, i, n, parent);
    if (simple && !n->own_self && !n->own_below)
        *known = (struct evaluated){n->values, n->self, n->below};
}

uint32_t names_evaluate(struct names_builder *b)
{
    uint32_t count = names_count(b), needed = 0;
    for (uint32_t i = 1; i < count; i++) /* parents come before their children */
        evaluate(b, i);
    for (uint32_t i = 0; i < count; i++) {
        names_node(b, i)->number = 0;
        names_node(b, i)->children = 0;
    }
    for (uint32_t i = count; i-- > 1;) {
        struct node *n = names_node(b, i), *parent = names_node(b, n->parent);
        n->needed = n->children > 0 || n->self != parent->below || n->below != parent->below ||
                    n->own_self || n->own_below;
        parent->children += n->needed;
        needed += n->needed;
    }
    return needed;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What each node answers itself, and for what lies below it. */
#include <string.h>

#include "loader/names_node.h"

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

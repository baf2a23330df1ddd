/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/msg.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "loader/fileio.h"

struct shape {
    const char *word;
    unsigned nnum, ntext;
};

static const struct shape shapes[MSG_NKINDS] = {
    [MSG_HELLO] = {"hello", 1, 0},       [MSG_DOING] = {"doing", 0, 1},
    [MSG_PROGRESS] = {"progress", 3, 0}, [MSG_UNCHANGED] = {"unchanged", 0, 1},
    [MSG_NEW] = {"new", 5, 2},           [MSG_FAILED] = {"failed", 1, 1},
    [MSG_BADLINE] = {"badline", 2, 3},   [MSG_LIST] = {"list", 8, 2},
    [MSG_ZONE] = {"zone", 5, 1},         [MSG_PREVIEW] = {"preview", 1, 1},
    [MSG_END] = {"end", 0, 0},
};

/* The word, every number at its longest with its tab, every text at its longest. */
_Static_assert(16 + MSG_NUMS_MAX * 21 + MSG_TEXTS_MAX * (MSG_TEXT_MAX + 1) < MSG_LINE_MAX,
               "a line holds any message");

static bool printable(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

static size_t put_text(char *to, const char *text)
{
    size_t n = 0;
    to[n++] = '\t';
    for (; text != NULL && *text != '\0' && n <= MSG_TEXT_MAX; text++)
        to[n++] = printable(*text) ? *text : '?';
    return n;
}

int msg_write(int fd, const struct msg *m)
{
    char line[MSG_LINE_MAX];
    const struct shape *shape = &shapes[m->kind];
    size_t n = strlen(shape->word);
    memcpy(line, shape->word, n);
    for (unsigned i = 0; i < shape->nnum; i++) {
        int len = snprintf(line + n, sizeof(line) - n, "\t%" PRIu64, m->num[i]);
        n += (size_t)len;
    }
    for (unsigned i = 0; i < shape->ntext; i++)
        n += put_text(line + n, m->text[i]);
    line[n++] = '\n';
    return file_write_all(fd, line, n);
}

/* Cut the next field off *rest; NULL when there is none. */
static char *next_field(char **rest)
{
    char *field = *rest;
    if (field == NULL)
        return NULL;
    char *tab = strchr(field, '\t');
    if (tab != NULL)
        *tab = '\0';
    *rest = tab == NULL ? NULL : tab + 1;
    return field;
}

static bool get_number(const char *s, uint64_t *out)
{
    uint64_t v = 0;
    if (s == NULL || *s == '\0')
        return false;
    for (; *s != '\0'; s++) {
        unsigned d = (unsigned)(unsigned char)*s - '0';
        if (d > 9 || v > (UINT64_MAX - d) / 10)
            return false;
        v = v * 10 + d;
    }
    *out = v;
    return true;
}

static bool parse_line(char *line, struct msg *m)
{
    char *rest = line;
    const char *word = next_field(&rest);
    unsigned kind = 0;
    while (kind < MSG_NKINDS && strcmp(word, shapes[kind].word) != 0)
        kind++;
    if (kind == MSG_NKINDS)
        return false;
    *m = (struct msg){.kind = (enum msg_kind)kind};
    for (unsigned i = 0; i < shapes[kind].nnum; i++)
        if (!get_number(next_field(&rest), &m->num[i]))
            return false;
    for (unsigned i = 0; i < shapes[kind].ntext; i++) {
        m->text[i] = next_field(&rest);
        if (m->text[i] == NULL || strlen(m->text[i]) > MSG_TEXT_MAX)
            return false;
    }
    return rest == NULL;
}

static bool take_message(struct msg_reader *r, msg_fn fn, void *ctx)
{
    struct msg m;
    if (r->ended || !parse_line(r->line, &m))
        return false;
    if (!r->greeted) {
        r->greeted = true;
        return m.kind == MSG_HELLO && m.num[0] == MSG_VERSION;
    }
    if (m.kind == MSG_END)
        r->ended = true;
    if (m.kind == MSG_END || m.kind == MSG_HELLO)
        return m.kind == MSG_END;
    return fn(ctx, &m);
}

bool msg_feed(struct msg_reader *r, const char *bytes, size_t len, msg_fn fn, void *ctx)
{
    for (size_t i = 0; i < len && !r->broken; i++) {
        if (bytes[i] == '\n') {
            r->line[r->len] = '\0';
            r->len = 0;
            r->broken = !take_message(r, fn, ctx);
        } else if (r->len + 1 < sizeof(r->line) && (printable(bytes[i]) || bytes[i] == '\t')) {
            r->line[r->len++] = bytes[i];
        } else {
            r->broken = true;
        }
    }
    return !r->broken;
}

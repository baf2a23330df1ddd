/* SPDX-License-Identifier: BSD-2-Clause */
/* status, reload and stats in front of a server that answers as the test says. */
#include <check.h>
#include <jansson.h>

#include "ctl/relay.h"
#include "ctl/status.h"
#include "tests/common/testzone.h"
#include "tests/unit/ctl/fakeserver.h"

#define BYTES(s) s, sizeof(s) - 1
#define HEAD     "version=0.1\npid=2\nuptime=7200\nworkers=4\ngeneration=5\n"

/* A directory that is run, images and mirror at once; bl.test has an image of serial 7. */
struct fixture {
    struct fakeserver server;
    struct conf conf;
    struct conf_zone zones[2];
    struct conf_list list;
    char image[64];
};

static void write_image(struct fixture *f)
{
    struct testzone z = testzone_bl;
    size_t len;
    z.serial = 7;
    uint8_t *bytes = testzone_bytes(&z, &len);
    snprintf(f->image, sizeof f->image, "%s/bl.test.rbl", f->server.dir);
    FILE *out = fopen(f->image, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, len, out), len);
    fclose(out);
    free(bytes);
}

/* reply NULL: no server. */
static void setup(struct fixture *f, const struct fakereply *reply)
{
    *f = (struct fixture){.zones = {{.text = "bl.test"}, {.text = "none.test"}},
                          .list = {.name = "alpha"}};
    for (size_t i = 0; i < 2; i++)
        ck_assert_ptr_null(
            name_parse(f->zones[i].text, strlen(f->zones[i].text), &f->zones[i].name));
    if (reply)
        fakeserver_start(&f->server, reply);
    else
        fakeserver_dir(&f->server);
    f->conf = (struct conf){.zones = f->zones, .nzones = 2, .lists = &f->list, .nlists = 1};
    f->conf.paths.run = f->conf.paths.images = f->conf.paths.mirror = f->server.dir;
    write_image(f);
}

static void teardown(struct fixture *f)
{
    unlink(f->image);
    fakeserver_stop(&f->server);
}

typedef int command(FILE *out, const struct conf *c);

static int status_text(FILE *out, const struct conf *c)
{
    return status_command(out, c, false);
}

static int status_json(FILE *out, const struct conf *c)
{
    return status_command(out, c, true);
}

static int stats_text(FILE *out, const struct conf *c)
{
    return stats_command(out, c, false);
}

static int stats_json(FILE *out, const struct conf *c)
{
    return stats_command(out, c, true);
}

static int run(command *cmd, const struct fixture *f, char **text)
{
    size_t len;
    FILE *out = open_memstream(text, &len);
    int status = cmd(out, &f->conf);
    fclose(out);
    for (const char *p = *text; *p; p++)
        ck_assert(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
    return status;
}

/* The line that starts with the word, or "". */
static const char *line_of(const char *text, const char *word)
{
    static char line[512];
    size_t n = strlen(word);
    while (*text && (strncmp(text, word, n) != 0 || text[n] != ' '))
        text += strcspn(text, "\n") + (text[strcspn(text, "\n")] != '\0');
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    return line;
}

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in:\n%s", part, text);
}

START_TEST(not_running)
{
    struct fixture f;
    char *text;
    setup(&f, NULL);
    ck_assert_int_eq(run(status_text, &f, &text), 1);
    has(text, "rbl-dnsd: not running (");
    has(line_of(text, "bl.test"), "     7       -        7  ");
    has(line_of(text, "bl.test"), "  image good");
    has(line_of(text, "none.test"), "  no usable image");
    has(text, "\nnone.test: ");
    has(text, "/none.test.rbl: No such file or directory\n");
    has(line_of(text, "alpha"), "  not mirrored here; as the image says");
    free(text);
    teardown(&f);
}
END_TEST

struct state_row {
    const char *reply; /* the zone lines */
    const char *bl, *none;
};

static const struct state_row state_rows[] = {
    {"", "not known to the server", "not known to the server"},
    {"zone=bl.test\tserial=7\tentries=7\tbuilt=B\tbytes=1\tstate=serving\n"
     "zone=none.test\tserial=0\tentries=0\tbuilt=0\tbytes=0\tstate=not loaded: why\x1b\n",
     "  serving", "  not loaded: why\\027"},
    {"zone=bl.test\tserial=6\tentries=7\tbuilt=1\tbytes=1\tstate=serving\n", /* reads it late */
     " 6        7  ", "not known"},
    {"zone=bl.test\tserial=6\tentries=7\tbuilt=1\tbytes=1\tstate=serving old: bad\n",
     "  serving old: bad; the image is another one", "not known"},
    {"zone=bl.test\tserial=7\tentries=7\tbuilt=1\tbytes=1\tstate=serving\n"
     "zone=none.test\tserial=3\tentries=4\tbuilt=86400\tbytes=1\tstate=serving\n",
     "  serving; the image is another one", "3        4  1970-01-02 00:00:00  serving"},
};

START_TEST(states)
{
    static char bytes[1024];
    const struct state_row *r = &state_rows[_i];
    struct fixture f;
    char *text, why[IMAGE_WHY_MAX];
    struct fakereply reply = {bytes, 0, false, false};
    /* The child copies the reply when it is forked, so the build time must be known before. */
    setup(&f, NULL);
    struct image *img = image_open(f.image, why);
    ck_assert_ptr_nonnull(img);
    const char *b = strstr(r->reply, "built=B");
    int n =
        snprintf(bytes, sizeof bytes, HEAD "%.*s", b ? (int)(b + 6 - r->reply) : 1023, r->reply);
    if (b)
        n += snprintf(bytes + n, sizeof bytes - (size_t)n, "%lld%s", (long long)img->h->built,
                      b + 7);
    image_close(img);
    teardown(&f);
    reply.len = (size_t)n;
    setup(&f, &reply);
    ck_assert_int_eq(run(status_text, &f, &text), 0);
    has(text, "rbl-dnsd 0.1: running, pid 2, up 2h, workers 4, generation 5\n");
    has(line_of(text, "bl.test"), r->bl);
    has(line_of(text, "none.test"), r->none);
    free(text);
    teardown(&f);
}
END_TEST

START_TEST(unconfigured)
{
    static const struct fakereply reply = {
        BYTES(HEAD "zone=../x\x1b\tserial=1\tentries=2\tbuilt=0\tbytes=1\tstate=serving\n"), false,
        false};
    struct fixture f;
    char *text;
    setup(&f, &reply);
    ck_assert_int_eq(run(status_text, &f, &text), 0);
    has(line_of(text, "../x\\027"), "  serving; not configured");
    free(text);
    teardown(&f);
}
END_TEST

/* What the members of an object are, and those of the objects in an array of it. */
static void expect(const json_t *o, const char *want)
{
    char *got = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    ck_assert_ptr_nonnull(got);
    ck_assert_str_eq(got, want);
    free(got);
}

static json_t *parsed(command *cmd, const struct fixture *f, int status)
{
    char *text;
    ck_assert_int_eq(run(cmd, f, &text), status);
    json_t *v = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(v != NULL, "no JSON: %s", text);
    free(text);
    return v;
}

static void expect_zone(const json_t *v, size_t i, const char *key, const char *want)
{
    expect(json_object_get(json_array_get(json_object_get(v, "zones"), i), key), want);
}

START_TEST(json_running)
{
    static const struct fakereply reply = {
        BYTES(HEAD "zone=bl.test\tserial=6\tentries=7\tbuilt=1\tbytes=1\tstate=serving old: \x1b\n"
                   "zone=z\x1b\tserial=1\tentries=2\tbuilt=0\tbytes=1\tstate=serving\n"),
        false, false};
    struct fixture f;
    setup(&f, &reply);
    json_t *v = parsed(status_json, &f, 0);
    expect(json_object_get(v, "server"),
           "{\"generation\":5,\"pid\":2,\"running\":true,\"state\":\"running\",\"uptime\":7200,"
           "\"version\":\"0.1\",\"workers\":4}");
    expect_zone(v, 0, "image", "7");
    expect_zone(v, 0, "served", "6");
    expect_zone(v, 0, "state", "\"serving old: \\\\027; the image is another one\"");
    expect_zone(v, 0, "problem", "\"\"");
    expect_zone(v, 1, "image", "null");
    expect_zone(v, 1, "served", "null");
    expect_zone(v, 1, "state", "\"not known to the server\"");
    expect_zone(v, 2, "zone", "\"z\\\\027\"");
    expect_zone(v, 2, "built", "0");
    json_t *list = json_array_get(json_object_get(v, "lists"), 0);
    expect(json_object_get(list, "name"), "\"alpha\"");
    expect(json_object_get(list, "mirrored"), "false");
    json_decref(v);
    teardown(&f);
}
END_TEST

START_TEST(json_not_running)
{
    struct fixture f;
    setup(&f, NULL);
    json_t *v = parsed(status_json, &f, 1);
    const json_t *server = json_object_get(v, "server");
    expect(json_object_get(server, "running"), "false");
    expect(json_object_get(server, "state"), "\"not running\"");
    expect_zone(v, 0, "state", "\"image good\"");
    expect_zone(v, 1, "state", "\"no usable image\"");
    json_decref(v);
    teardown(&f);
}
END_TEST

static const struct fakereply hostile[] = {
    {BYTES("\x1b]0;owned\a\n"), false, false},
    {BYTES("error=\x1b[2J\n"), false, false},
    {BYTES("version=\x1b[2J\npid=2\nuptime=3\nworkers=4\ngeneration=5\nzone\n"), false, false},
    {BYTES("\n"), false, false},
    {BYTES("ok\nok\n"), false, false},
    {BYTES("udp-queries 1\nudp-queries\n"), false, false},
    {BYTES("a\0"), false, false},
};

START_TEST(hostile_replies)
{
    static command *const commands[] = {status_text, reload_command, stats_text, stats_json};
    struct fixture f;
    char *text;
    setup(&f, &hostile[_i]);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(run(commands[i], &f, &text), 1);
        if (commands[i] == status_text)
            has(line_of(text, "bl.test"), "  image good");
        else
            ck_assert_str_eq(text, "");
        free(text);
    }
    teardown(&f);
}
END_TEST

START_TEST(relayed)
{
    static const struct {
        command *cmd;
        struct fakereply reply;
        int status;
        const char *text;
    } rows[] = {
        {reload_command, {BYTES("ok\n"), false, false}, 0, "ok\n"},
        {reload_command,
         {BYTES("failed\n"), false, false},
         1,
         "failed; what was served before still is, \"rblctl status\" says why\n"},
        {stats_text, {BYTES("udp-queries 1\nx 0\n"), false, false}, 0, "udp-queries 1\nx 0\n"},
        {stats_json,
         {BYTES("udp-queries 1\nx 0\n"), false, false},
         0,
         "{\n  \"udp-queries\": 1,\n  \"x\": 0\n}\n"},
    };
    struct fixture f;
    char *text;
    setup(&f, &rows[_i].reply);
    ck_assert_int_eq(run(rows[_i].cmd, &f, &text), rows[_i].status);
    ck_assert_str_eq(text, rows[_i].text);
    free(text);
    teardown(&f);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof(a)[0])

int main(void)
{
    Suite *s = suite_create("status");
    TCase *t = tcase_create("status");
    tcase_set_timeout(t, 30);
    tcase_add_test(t, not_running);
    tcase_add_loop_test(t, states, 0, COUNT(state_rows));
    tcase_add_test(t, unconfigured);
    tcase_add_test(t, json_running);
    tcase_add_test(t, json_not_running);
    tcase_add_loop_test(t, hostile_replies, 0, COUNT(hostile));
    tcase_add_loop_test(t, relayed, 0, 4);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

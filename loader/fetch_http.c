/* SPDX-License-Identifier: BSD-2-Clause */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "lib/version.h"
#include "loader/clock.h"
#include "loader/fetch.h"
#include "loader/library.h"

#define REDIRECTS_MAX 5
#define HEADER_MAX    (STATE_TEXT_MAX + 32)
#define BUFFER_BYTES  (256L << 10)

/* Of libcurl, which the child that fetches by HTTP loads. */
static struct {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_global_cleanup) *global_cleanup;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_header) *easy_header;
    __typeof__(curl_easy_perform) *easy_perform;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
    __typeof__(curl_getdate) *getdate;
} lib;

#define SYMBOL(name)                                                                               \
    {                                                                                              \
        "curl_" #name, &lib.name                                                                   \
    }
static const struct library_symbol symbols[] = {
    SYMBOL(global_init),   SYMBOL(global_cleanup), SYMBOL(easy_init),      SYMBOL(easy_cleanup),
    SYMBOL(easy_setopt),   SYMBOL(easy_getinfo),   SYMBOL(easy_header),    SYMBOL(easy_perform),
    SYMBOL(easy_strerror), SYMBOL(slist_append),   SYMBOL(slist_free_all), SYMBOL(getdate),
};
static struct library curl = {SONAME_CURL, symbols, sizeof(symbols) / sizeof(symbols[0]), false};

struct transfer {
    const struct fetch_job *job;
    struct fetch_result *r;
    CURL *curl;
    struct curl_slist *headers;
    int64_t deadline; /* of all requests together */
    int fd;           /* "incoming", once a body came; else -1 */
    char last;        /* byte of the body */
    bool refused;     /* by a callback, which has filled r */
    int64_t moved;    /* when the last byte came */
    curl_off_t seen;  /* bytes of this request so far */
    char error[CURL_ERROR_SIZE];
};

struct status {
    long code;
    const char *text, *advice;
};

static const struct status *find_status(long code)
{
    static const char moved[] = "; look for the list's new URL",
                      access[] = "; ask the publisher for access",
                      theirs[] = "; the publisher's fault, tried again later";
    static const struct status statuses[] = {
        {301, "Moved Permanently", moved},
        {302, "Found", moved},
        {304, "Not Modified", ""},
        {400, "Bad Request", moved},
        {401, "Unauthorized", "; the URL needs user:password@"},
        {403, "Forbidden", access},
        {404, "Not Found", moved},
        {410, "Gone", moved},
        {429, "Too Many Requests", "; fetched too often, raise refresh"},
        {500, "Internal Server Error", theirs},
        {502, "Bad Gateway", theirs},
        {503, "Service Unavailable", theirs},
        {504, "Gateway Timeout", theirs},
        {0, "unexpected status", ""},
    };
    const struct status *s = statuses;
    while (s->code != 0 && s->code != code)
        s++;
    return s;
}

static long status_of(const struct transfer *t)
{
    long status = 0;
    (void)lib.easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static const char *header_of(const struct transfer *t, const char *name)
{
    struct curl_header *h = NULL;
    return lib.easy_header(t->curl, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

/* Counted here: a length in the header is a promise, not a limit. */
static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * n;
    /* The page that comes with a redirect or an error is of no use. */
    if (len == 0 || status_of(t) != 200)
        return len;
    if (t->r->bytes + len > t->job->conf->max_size) {
        fetch_fail(t->r, "larger than max-size (%ju bytes)", (uintmax_t)t->job->conf->max_size);
    } else if (file_write_all(t->fd, bytes, len) != 0) {
        fetch_fail(t->r, "write: %s", strerror(errno));
    } else {
        t->r->bytes += len;
        t->last = bytes[len - 1];
        fetch_progress(t->job, t->r->bytes);
        return len;
    }
    t->refused = true;
    return 0;
}

static bool is_connected(const struct transfer *t)
{
    curl_off_t when = 0;
    (void)lib.easy_getinfo(t->curl, CURLINFO_PRETRANSFER_TIME_T, &when);
    return when > 0;
}

/*
 * No byte for so long.  libcurl's own low-speed limit looks at an average over five seconds, which
 * makes a short limit late and a long one miss a transfer that stops after a burst.
 */
static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up)
{
    struct transfer *t = arg;
    unsigned limit = t->job->conf->stall_timeout;
    (void)total, (void)up_total, (void)up;
    /* Until the request is out it is connect-timeout that counts. */
    if (now != t->seen || !is_connected(t)) {
        t->seen = now;
        t->moved = clock_ms();
    }
    if (clock_ms() - t->moved < (int64_t)limit * 1000)
        return 0;
    fetch_fail(t->r, "stalled: no data for %u s (stall-timeout) after %ju bytes", limit,
               (uintmax_t)t->r->bytes);
    t->refused = true;
    return 1;
}

static void add_header(struct transfer *t, const char *name, const char *value)
{
    char line[HEADER_MAX];
    if (value[0] == '\0')
        return;
    (void)snprintf(line, sizeof(line), "%s: %s", name, value);
    struct curl_slist *more = lib.slist_append(t->headers, line);
    if (more != NULL)
        t->headers = more;
}

static bool set_options(struct transfer *t)
{
    const struct conf_list *c = t->job->conf;
    const struct list_state *known = t->job->known;
    CURL *h = t->curl;
    add_header(t, "Accept-Encoding", "identity");
    if (known != NULL) {
        add_header(t, "If-None-Match", known->etag);
        add_header(t, "If-Modified-Since", known->last_modified);
    }
    const struct number {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_BUFFERSIZE, BUFFER_BYTES},
        {CURLOPT_CONNECTTIMEOUT, (long)c->connect_timeout},
        {CURLOPT_NOPROGRESS, 0},
        {CURLOPT_FOLLOWLOCATION, 0}, /* perform() does, and looks where to */
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (lib.easy_setopt(h, numbers[i].option, numbers[i].value) != CURLE_OK)
            return false;
    return lib.easy_setopt(h, CURLOPT_ERRORBUFFER, t->error) == CURLE_OK &&
           lib.easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           lib.easy_setopt(h, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           lib.easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           lib.easy_setopt(h, CURLOPT_XFERINFODATA, t) == CURLE_OK &&
           lib.easy_setopt(h, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK &&
           lib.easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)c->max_size) == CURLE_OK &&
           lib.easy_setopt(h, CURLOPT_USERAGENT, "rblmirror/" RBL_VERSION) == CURLE_OK &&
           /* Nor one from the environment. */
           lib.easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK;
}

static void fail_transfer(struct transfer *t, CURLcode rc)
{
    const struct conf_list *c = t->job->conf;
    uintmax_t bytes = t->r->bytes;
    if (t->refused)
        return;
    if (rc == CURLE_FILESIZE_EXCEEDED)
        fetch_fail(t->r, "larger than max-size (%ju bytes)", (uintmax_t)c->max_size);
    else if (rc == CURLE_PARTIAL_FILE)
        fetch_fail(t->r, "cut short after %ju bytes: %s", bytes, t->error);
    else if (rc == CURLE_OPERATION_TIMEDOUT && !is_connected(t))
        fetch_fail(t->r, "no connection within connect-timeout (%u s)", c->connect_timeout);
    else if (rc == CURLE_OPERATION_TIMEDOUT)
        fetch_fail(t->r, "not complete within timeout (%u s), %ju bytes came", c->timeout, bytes);
    else
        fetch_fail(t->r, "%s%s", t->error[0] != '\0' ? t->error : lib.easy_strerror(rc),
                   rc == CURLE_PEER_FAILED_VERIFICATION
                       ? "; the publisher's to repair, if our clock and ca-certificates are right"
                       : "");
}

/* One request; false with r->detail when it failed as a transfer. */
static bool request(struct transfer *t, const char *url, bool https_only)
{
    int64_t left = t->deadline - clock_ms();
    if (left <= 0) {
        fetch_fail(t->r, "not complete within timeout (%u s)", t->job->conf->timeout);
        return false;
    }
    t->error[0] = '\0';
    t->seen = 0;
    t->moved = clock_ms();
    CURLcode rc = lib.easy_setopt(t->curl, CURLOPT_URL, url);
    if (rc == CURLE_OK)
        rc = lib.easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, https_only ? "https" : "http,https");
    if (rc == CURLE_OK)
        rc = lib.easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, (long)left);
    if (rc == CURLE_OK)
        rc = lib.easy_perform(t->curl);
    if (rc == CURLE_UNSUPPORTED_PROTOCOL && https_only)
        fetch_fail(t->r, "redirected from https to something else");
    else if (rc != CURLE_OK)
        fail_transfer(t, rc);
    return rc == CURLE_OK;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Requests until the answer is not a redirect.  Once https, always https. */
static bool perform(struct transfer *t)
{
    char *url = strdup(t->job->conf->url);
    bool done = false, secure = false;
    if (url == NULL)
        fetch_fail(t->r, "out of memory");
    for (unsigned hop = 0; url != NULL; hop++) {
        secure = secure || strncasecmp(url, "https:", 6) == 0;
        if (!request(t, url, secure))
            break;
        char *next = NULL;
        (void)lib.easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &next);
        done = !is_redirect(status_of(t)) || next == NULL;
        if (done)
            break;
        if (hop == REDIRECTS_MAX) {
            fetch_fail(t->r, "more than %d redirects", REDIRECTS_MAX);
            break;
        }
        char *copy = strdup(next);
        free(url);
        url = copy;
        if (url == NULL)
            fetch_fail(t->r, "out of memory");
    }
    free(url);
    return done;
}

/* A validator we may send back later: printable, of our length, and not from the future. */
static void keep_validators(const struct transfer *t)
{
    const char *etag = header_of(t, "ETag"), *modified = header_of(t, "Last-Modified");
    struct fetch_result *r = t->r;
    if (etag != NULL && strlen(etag) < sizeof(r->etag))
        (void)snprintf(r->etag, sizeof(r->etag), "%s", etag);
    if (modified == NULL || strlen(modified) >= sizeof(r->last_modified))
        return;
    /* A date in the future would make every If-Modified-Since say "nothing new" until then. */
    time_t when = lib.getdate(modified, NULL);
    if (when >= 0 && when <= time(NULL))
        (void)snprintf(r->last_modified, sizeof(r->last_modified), "%s", modified);
}

/*
 * An answer of HTTP/1.0 kind ends with the connection, whatever cut that: without a length only
 * the end of the last line says that it is whole.
 */
static bool may_be_cut(const struct transfer *t)
{
    curl_off_t announced = -1;
    long version = 0;
    (void)lib.easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    (void)lib.easy_getinfo(t->curl, CURLINFO_HTTP_VERSION, &version);
    return announced < 0 && version <= CURL_HTTP_VERSION_1_1 &&
           header_of(t, "Transfer-Encoding") == NULL && t->r->bytes > 0 && t->last != '\n';
}

/* Which of two different lengths is right nobody knows (RFC 9112 section 6.3). */
static bool lengths_differ(const struct transfer *t)
{
    char first[32] = "";
    struct curl_header *h = NULL;
    for (size_t i = 0;
         lib.easy_header(t->curl, "Content-Length", i, CURLH_HEADER, -1, &h) == CURLHE_OK; i++) {
        if (i == 0)
            (void)snprintf(first, sizeof(first), "%.31s", h->value);
        else if (strcmp(first, h->value) != 0)
            return true;
    }
    return false;
}

static void judge_answer(struct transfer *t)
{
    long status = status_of(t);
    const char *coding = header_of(t, "Content-Encoding");
    const char *retry = header_of(t, "Retry-After");
    const struct list_state *known = t->job->known;
    /* Some answer 304 to everything; it means something only when we asked. */
    bool asked = known != NULL && (known->etag[0] != '\0' || known->last_modified[0] != '\0');
    if (status == 304 && asked) {
        t->r->outcome = FETCH_UNCHANGED;
        (void)snprintf(t->r->detail, sizeof(t->r->detail), "304");
    } else if (status != 200) {
        curl_off_t wait = 0; /* from seconds or a date (RFC 9110 section 10.2.3) */
        if (lib.easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0)
            t->r->retry_after = (uint64_t)wait;
        const struct status *s = find_status(status);
        fetch_fail(t->r, "HTTP status %ld %s%s%.64s%s", status, s->text,
                   retry == NULL ? "" : ", retry after ", retry == NULL ? "" : retry, s->advice);
    } else if (coding != NULL && strcasecmp(coding, "identity") != 0) {
        fetch_fail(t->r, "the server applied a content encoding nobody asked for: %.64s", coding);
    } else if (lengths_differ(t)) {
        fetch_fail(t->r, "the server announced two different lengths");
    } else if (may_be_cut(t)) {
        fetch_fail(t->r, "no length announced and the last line has no end: may be cut short");
    } else {
        keep_validators(t);
        t->r->outcome = FETCH_NEW;
    }
}

void fetch_http(const struct fetch_job *job, struct fetch_result *r)
{
    struct transfer t = {
        .job = job, .r = r, .fd = -1, .deadline = clock_ms() + (int64_t)job->conf->timeout * 1000};
    if (!library_load(&curl) || lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        (t.curl = lib.easy_init()) == NULL) {
        fetch_fail(r, "cannot start the HTTP client");
        return;
    }
    t.fd = fetch_create(job, r);
    if (t.fd < 0)
        goto out;
    if (!set_options(&t))
        fetch_fail(r, "cannot set up the HTTP client");
    else if (perform(&t))
        judge_answer(&t);
    if (close(t.fd) != 0 && r->outcome == FETCH_NEW)
        fetch_fail(r, "close: %s", strerror(errno));
out:
    lib.slist_free_all(t.headers);
    lib.easy_cleanup(t.curl);
    lib.global_cleanup();
}

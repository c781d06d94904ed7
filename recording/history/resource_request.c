/* A request about other resources comes in. Its pattern goes out, with {id} for each id that
 * is known, and the ids apart. */
#include "recording/history/resource_request.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/str.h"

bool resource_request_is(const struct http_request *request,
                         const struct request_key *key) {
    size_t len = http_target_path_len(request->target), api = strlen(API_PATH);
    const char *path = request->target;

    return key->op == API_OTHER && !str_starts(path, "/_assay/") &&
           !(len >= api && str_starts(path, API_PATH) &&
             (len == api || path[api] == '/'));
}

static void add_id(struct resource_request *q, const char *id, size_t len) {
    q->ids = mem_grow(q->ids, q->count + 1, sizeof(*q->ids));
    q->ids[q->count++] = mem_strndup(id, len);
}

struct reading_pattern {
    struct resource_request *q;
    resource_id_is_known *known;
    const void *context;
    struct buf pattern;
};

/* The word at `at`, or one character that is of none; its length. */
static size_t take_word(struct reading_pattern *g, const char *at) {
    size_t n = 0;

    while (str_is_word_char(at[n]))
        n++;
    if (n >= RESOURCE_ID_MIN && n <= RESOURCE_ID_MAX && g->known(g->context, at, n)) {
        add_id(g->q, at, n);
        buf_adds(&g->pattern, "{id}");
        return n;
    }
    n = n ? n : 1;
    buf_add(&g->pattern, at, n);
    return n;
}

static void read_cursor(struct reading_pattern *g, const char *cursor) {
    size_t n = cursor ? strlen(cursor) : 0;

    if (!n)
        return;
    buf_adds(&g->pattern, "\ncursor ");
    if (g->known(g->context, cursor, n)) {
        add_id(g->q, cursor, n);
        buf_adds(&g->pattern, "{id}");
    } else {
        buf_adds(&g->pattern, cursor);
    }
}

static void read_method(struct resource_request *q, const char *method) {
    q->deletes = strcmp(method, "DELETE") == 0;
    q->reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    q->writes = q->deletes || strcmp(method, "POST") == 0 ||
                strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

void resource_request_read(struct resource_request *q,
                           const struct http_request *request,
                           const struct request_key *key, resource_id_is_known *known,
                           const void *context) {
    struct reading_pattern g = {q, known, context, BUF_INIT(BUF_UNLIMITED)};
    const char *at = key->fingerprint, *line = at + strcspn(at, "\n");

    *q = (struct resource_request){
        .path = mem_strndup(request->target, http_target_path_len(request->target))};
    read_method(q, request->method);
    while (at < line)
        at += take_word(&g, at);
    q->in_path = q->count;
    q->names_one = g.pattern.len > 4 &&
                   memcmp(g.pattern.ptr + g.pattern.len - 4, "{id}", 4) == 0 &&
                   q->count;
    while (*at)
        at += take_word(&g, at);
    read_cursor(&g, key->cursor);
    read_cursor(&g, key->other_cursor);
    q->pattern = buf_take(&g.pattern, NULL);
}

void resource_request_release(struct resource_request *q) {
    for (size_t i = 0; i < q->count; i++)
        free(q->ids[i]);
    free(q->ids);
    free(q->pattern);
    free(q->path);
    *q = (struct resource_request){0};
}

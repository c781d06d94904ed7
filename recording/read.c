/* A fixture comes in as YAML. A recording goes out, or every error with its place. */
#include "recording/recording.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/parallel_for.h"
#include "core/str.h"
#include "core/yaml.h"
#include "recording/identity_key.h"
#include "recording/redact/redactor.h"
#include "recording/volatile.h"

struct fixture_reading {
    struct recording *r;
    struct diags *diags;
    const struct yaml_doc *doc;
    struct volatile_values values; /* of the present exchange */
    size_t documents;
    uint64_t highest; /* number of an exchange */
    bool failed;
};

static bool wrong(struct fixture_reading *g, const struct yaml_node *n, const char *key,
                  const char *wanted) {
    g->failed = true;
    return yaml_node_wrong(g->doc, n, key, wanted, g->diags);
}

static bool only(struct fixture_reading *g, const struct yaml_node *map,
                 const char *const *words, size_t count) {
    bool ok = yaml_node_only(g->doc, map, words, count, g->diags);

    g->failed = g->failed || !ok;
    return ok;
}

static const struct yaml_node *required(struct fixture_reading *g,
                                        const struct yaml_node *map, const char *key) {
    const struct yaml_node *n = yaml_node_get(map, key);

    if (!n) {
        diags_add(g->diags, g->doc->source, map->line, map->column, "\"%s\" is missing",
                  key);
        g->failed = true;
    }
    return n;
}

/* Text or {base64: ".."}, with its placeholders filled. */
static bool take_bytes(struct fixture_reading *g, const struct yaml_node *n,
                       const char *key, struct buf *out) {
    const struct yaml_node *base64 = yaml_node_get(n, "base64");
    char unknown[64];

    if (base64 && n->count == 1 && base64->kind == YAML_NODE_TEXT) {
        if (str_from_base64(out, base64->text, base64->len))
            return true;
        return wrong(g, base64, key, "base64");
    }
    if (n->kind != YAML_NODE_TEXT && n->kind != YAML_NODE_INT)
        return wrong(g, n, key, "text");
    if (volatile_fill(&g->values, n->text, n->len, out, unknown))
        return true;
    diags_add(g->diags, g->doc->source, n->line, n->column,
              "%s: {{%s}} has no value under `volatile`", key, unknown);
    g->failed = true;
    return false;
}

static char *take_text(struct fixture_reading *g, const struct yaml_node *n,
                       const char *key) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    if (n && n->kind == YAML_NODE_TEXT && !memchr(n->text, '{', n->len) &&
        !memchr(n->text, '\0', n->len))
        return mem_strndup(n->text, n->len); /* most are */
    if (!n || !take_bytes(g, n, key, &out)) {
        buf_release(&out);
        return NULL;
    }
    if (strlen(out.ptr) != out.len)
        wrong(g, n, key, "text without NUL");
    return buf_take(&out, NULL);
}

static void take_body(struct fixture_reading *g, const struct yaml_node *map,
                      char **body, size_t *len) {
    const struct yaml_node *n = yaml_node_get(map, "body");
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    if (n && take_bytes(g, n, "body", &out))
        *body = buf_take(&out, len);
    buf_release(&out);
}

static void take_headers(struct fixture_reading *g, const struct yaml_node *map,
                         const char *key, struct http_headers *h) {
    const struct yaml_node *list = yaml_node_get(map, key);

    if (!list)
        return;
    if (list->kind != YAML_NODE_LIST) {
        wrong(g, list, key, "a list of `Name: value`");
        return;
    }
    http_headers_reserve(h, list->count);
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *pair = list->items[i];
        const struct yaml_node *name = yaml_node_get(pair, "name"),
                               *value = yaml_node_get(pair, "value");
        char *text, *called;

        if (pair->kind != YAML_NODE_MAP ||
            (pair->count != 1 && !(pair->count == 2 && name && value))) {
            wrong(g, pair, key, "one `Name: value`");
            continue;
        }
        if (pair->count == 1) {
            name = pair->keys[0];
            value = pair->items[0];
        }
        called = take_text(g, name, key);
        text = take_text(g, value, key);
        if (called && text) {
            http_headers_add_owned(h, called, text);
            continue;
        }
        free(called);
        free(text);
    }
}

static void take_request(struct fixture_reading *g, const struct yaml_node *map,
                         struct http_request *r) {
    static const char *const words[] = {"method", "target", "headers", "body"};

    if (map->kind != YAML_NODE_MAP) {
        wrong(g, map, "request", "a mapping");
        return;
    }
    only(g, map, words, ARRAY_LEN(words));
    r->method = take_text(g, required(g, map, "method"), "method");
    r->target = take_text(g, required(g, map, "target"), "target");
    take_headers(g, map, "headers", &r->headers);
    take_body(g, map, http_owned(&r->body), &r->body_len);
}

static void take_response(struct fixture_reading *g, const struct yaml_node *map,
                          struct recorded *x) {
    static const char *const words[] = {"status",   "reason", "headers", "chunked",
                                        "encoding", "body",   "trailers"};
    const struct yaml_node *n;

    if (map->kind != YAML_NODE_MAP) {
        wrong(g, map, "response", "a mapping");
        return;
    }
    only(g, map, words, ARRAY_LEN(words));
    n = required(g, map, "status");
    if (n && (n->kind != YAML_NODE_INT || n->integer < 100 || n->integer > 999))
        wrong(g, n, "status", "an integer from 100 to 999");
    else if (n)
        x->response.status = (int)n->integer;
    x->response.reason = take_text(g, yaml_node_get(map, "reason"), "reason");
    x->encoding = take_text(g, yaml_node_get(map, "encoding"), "encoding");
    n = yaml_node_get(map, "chunked");
    if (n && n->kind != YAML_NODE_BOOL)
        wrong(g, n, "chunked", "true or false");
    x->chunked = n && n->integer;
    take_headers(g, map, "headers", &x->response.headers);
    take_headers(g, map, "trailers", &x->trailers);
    take_body(g, map, &x->response.body, &x->response.body_len);
    if (!x->response.body)
        http_response_body(&x->response, "", 0);
}

/* "2026-11-24T07:24:32.123456Z" in microseconds since the epoch */
static bool take_time(struct fixture_reading *g, const struct yaml_node *n,
                      int64_t *us) {
    struct tm tm = {0};
    const char *rest = n && n->kind == YAML_NODE_TEXT
                           ? strptime(n->text, "%Y-%m-%dT%H:%M:%S", &tm)
                           : NULL;
    int64_t micro = 0;

    if (!n)
        return false;
    if (!rest || (*rest != 'Z' && *rest != '.'))
        return wrong(g, n, "time", "a time like \"2026-01-31T12:00:00.000000Z\"");
    if (*rest == '.' &&
        (strlen(rest) != 8 || rest[7] != 'Z' || !str_to_int(rest + 1, 6, &micro)))
        return wrong(g, n, "time", "microseconds with six digits and Z");
    *us = (int64_t)timegm(&tm) * 1000000 + micro;
    return true;
}

static void take_values(struct fixture_reading *g, const struct yaml_node *map) {
    if (!map)
        return;
    if (map->kind != YAML_NODE_MAP) {
        wrong(g, map, "values", "a mapping");
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_node *n = map->items[i];

        if (n->kind == YAML_NODE_TEXT || n->kind == YAML_NODE_INT)
            volatile_values_add(&g->values, map->keys[i]->text, n->text, n->len);
        else
            wrong(g, n, map->keys[i]->text, "text");
    }
}

static void take_volatile(struct fixture_reading *g, const struct yaml_node *map,
                          struct recorded *x) {
    static const char *const words[] = {"at", "took_us", "values"};
    const struct yaml_node *took;
    int64_t at = 0;

    if (map->kind != YAML_NODE_MAP) {
        wrong(g, map, "volatile", "a mapping");
        return;
    }
    only(g, map, words, ARRAY_LEN(words));
    if (take_time(g, required(g, map, "at"), &at))
        x->began_us = at - g->r->started_ms * 1000;
    x->ended_us = x->began_us;
    took = yaml_node_get(map, "took_us");
    if (took && took->kind != YAML_NODE_INT)
        wrong(g, took, "took_us", "an integer");
    else if (took)
        x->ended_us += took->integer;
    take_values(g, yaml_node_get(map, "values"));
}

static void take_outcome(struct fixture_reading *g, const struct yaml_node *root,
                         struct recorded *x) {
    const struct yaml_node *n = yaml_node_get(root, "outcome");

    if (n && (n->kind != YAML_NODE_TEXT || !outcome_parse(n->text, &x->outcome)))
        wrong(g, n, "outcome",
              "answered, unknown, refused, reset, partial, timeout, too_large or "
              "unreadable");
    if (x->outcome == OUTCOME_ANSWERED && !yaml_node_get(root, "response"))
        required(g, root, "response");
    x->failure = take_text(g, yaml_node_get(root, "failure"), "failure");
}

/* An exchange that was copied by hand must not pass for the other one. `x` is the last.
 */
static void take_number(struct fixture_reading *g, const struct yaml_node *n,
                        struct recorded *x) {
    x->number = (uint64_t)n->integer;
    for (size_t i = 0; x->number <= g->highest && i + 1 < g->r->count; i++)
        if (g->r->items[i].number == x->number) {
            diags_add(g->diags, g->doc->source, n->line, n->column,
                      "exchange %llu stands here twice; first on line %d",
                      (unsigned long long)x->number, g->r->items[i].line);
            g->failed = true;
            return;
        }
    g->highest = x->number > g->highest ? x->number : g->highest;
}

static void take_exchange(struct fixture_reading *g, const struct yaml_node *root) {
    static const char *const words[] = {"exchange", "request", "response",
                                        "outcome",  "failure", "volatile"};
    struct recorded *x = recording_add(g->r);
    const struct yaml_node *n = required(g, root, "exchange");

    only(g, root, words, ARRAY_LEN(words));
    x->line = root->line;
    if (n && (n->kind != YAML_NODE_INT || n->integer < 1))
        wrong(g, n, "exchange", "a number from 1");
    else if (n)
        take_number(g, n, x);
    if ((n = required(g, root, "volatile")))
        take_volatile(g, n, x);
    if ((n = required(g, root, "request")))
        take_request(g, n, &x->request);
    if ((n = yaml_node_get(root, "response")))
        take_response(g, n, x);
    take_outcome(g, root, x);
    volatile_values_release(&g->values);
}

/* Text alone, in recordings of old, or {id, from}. */
static void take_session(struct fixture_reading *g, const struct yaml_node *n) {
    static const char *const words[] = {"id", "from"};
    const struct yaml_node *id = yaml_node_get(n, "id"),
                           *from = yaml_node_get(n, "from");

    if (n->kind == YAML_NODE_TEXT) {
        recording_add_session(g->r, n->text, 0);
    } else if (n->kind != YAML_NODE_MAP || !id || id->kind != YAML_NODE_TEXT ||
               (from && (from->kind != YAML_NODE_INT || from->integer < 1))) {
        wrong(g, n, "sessions", "an id, and the number of its first exchange");
    } else {
        only(g, n, words, ARRAY_LEN(words));
        recording_add_session(g->r, id->text, from ? (uint64_t)from->integer : 0);
    }
}

static void take_sessions(struct fixture_reading *g, const struct yaml_node *list) {
    if (list && list->kind != YAML_NODE_LIST) {
        wrong(g, list, "sessions", "a list");
        return;
    }
    for (size_t i = 0; list && i < list->count; i++)
        take_session(g, list->items[i]);
}

/* {payloads: {"1": mark, ..}, ..} */
static void take_marks_of(struct fixture_reading *g, const char *kind,
                          const struct yaml_node *map) {
    if (map->kind != YAML_NODE_MAP) {
        wrong(g, map, kind, "a mapping of numbers and marks");
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        char *token = mem_printf("%s:%s", kind, map->keys[i]->text);

        if (map->items[i]->kind != YAML_NODE_TEXT ||
            !identity_mark_valid(map->items[i]->text))
            wrong(g, map->items[i], token, "a mark, as KEY:DIGEST");
        else if (redactor_token(token, strlen(token)) != strlen(token))
            wrong(g, map->keys[i], "marks",
                  "what is behind payload: or key: in a token");
        else
            recording_add_mark(g->r, token, map->items[i]->text);
        free(token);
    }
}

static void take_marks(struct fixture_reading *g, const struct yaml_node *map) {
    if (map && map->kind != YAML_NODE_MAP) {
        wrong(g, map, "marks", "a mapping");
        return;
    }
    if (map)
        only(g, map, redactor_kinds_plural, TOKEN_KINDS);
    for (size_t i = 0; map && i < TOKEN_KINDS; i++) {
        const struct yaml_node *of = yaml_node_get(map, redactor_kinds_plural[i]);

        if (of)
            take_marks_of(g, redactor_kinds[i], of);
    }
}

static void take_head(struct fixture_reading *g, const struct yaml_node *root) {
    static const char *const words[] = {"assay", "version", "volatile"};
    static const char *const inner[] = {"started", "upstream", "tool", "sessions",
                                        "marks"};
    const struct yaml_node *version = yaml_node_get(root, "version"),
                           *map = required(g, root, "volatile");
    int64_t started = 0;

    if (!yaml_node_is(yaml_node_get(root, "assay"), "recording"))
        wrong(g, root, "assay", "`assay: recording` in the first document");
    only(g, root, words, ARRAY_LEN(words));
    if (!version || version->kind != YAML_NODE_INT || version->integer != 1)
        wrong(g, version ? version : root, "version", "1");
    if (!map)
        return;
    if (map->kind != YAML_NODE_MAP) {
        wrong(g, map, "volatile", "a mapping");
        return;
    }
    only(g, map, inner, ARRAY_LEN(inner));
    if (take_time(g, required(g, map, "started"), &started))
        g->r->started_ms = started / 1000;
    g->r->upstream = take_text(g, yaml_node_get(map, "upstream"), "upstream");
    g->r->tool = take_text(g, yaml_node_get(map, "tool"), "tool");
    take_sessions(g, yaml_node_get(map, "sessions"));
    take_marks(g, yaml_node_get(map, "marks"));
}

static bool take_document(struct yaml_doc *doc, void *context) {
    struct fixture_reading *g = context;

    g->doc = doc;
    if (doc->root->kind != YAML_NODE_MAP)
        wrong(g, doc->root, "document", "a mapping");
    else if (g->documents++ == 0)
        take_head(g, doc->root);
    else
        take_exchange(g, doc->root);
    yaml_doc_free(doc);
    return true;
}

/* --- a long one, in parts side by side --- */

enum { PART_BYTES = 128 * 1024 };

struct fixture_part {
    struct fixture_reading g;
    struct recording recording;
    const char *source, *text;
    size_t len;
    int line; /* that it begins on */
    bool ok;
};

static void *read_part(void *context) {
    struct fixture_part *p = context;

    p->g.r = &p->recording;
    p->ok = yaml_doc_part(p->source, p->text, p->len, p->line, &yaml_limits_recording,
                          NULL, take_document, &p->g) &&
            !p->g.failed;
    return NULL;
}

static int lines_of(const char *text, size_t len) {
    int lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

/* A line of `---` alone can only begin a document. */
static size_t cut(struct fixture_part *parts, size_t count, const char *text,
                  size_t len) {
    static const char mark[] = "\n---\n";
    size_t done = 0, size = len / count;
    int line = 1;

    while (len) {
        const char *end = done + 1 < count && len > size
                              ? memmem(text + size, len - size, mark, sizeof(mark) - 1)
                              : NULL;
        size_t n = end ? (size_t)(end + 1 - text) : len;

        parts[done] = (struct fixture_part){.text = text, .len = n, .line = line};
        parts[done].g.documents = done; /* the head is in the first one */
        done++;
        line += lines_of(text, n);
        text += n;
        len -= n;
    }
    return done;
}

/* Its exchanges go behind; false if their numbers do not. */
static bool join(struct recording *r, struct fixture_part *p, uint64_t highest) {
    struct recording *more = &p->recording;

    for (size_t i = 0; i < more->count; i++) {
        struct recorded *x = &more->items[i];

        if (x->number <= highest) /* copied by hand, or in another order */
            return false;
        x->began_us -= r->started_ms * 1000;
        x->ended_us -= r->started_ms * 1000;
    }
    r->items = mem_grow(r->items, r->count + more->count + 1, sizeof(*r->items));
    if (more->count)
        memcpy(r->items + r->count, more->items, more->count * sizeof(*more->items));
    r->count += more->count;
    r->cap = r->count + 1;
    more->count = 0;
    return true;
}

/* False if there was anything to tell, or nothing to gain: it is read as a whole then.
 */
static bool read_in_parts(struct recording *r, const char *source, const char *text,
                          size_t len) {
    struct fixture_part parts[MAX_PARTS];
    size_t count = parallel_for_parts(len, PART_BYTES);
    bool ok;

    if (count < 2 || len > yaml_limits_recording.bytes)
        return false;
    count = cut(parts, count, text, len);
    for (size_t i = 0; i < count; i++)
        parts[i].source = source;
    parallel_for(parts, count, sizeof(*parts), read_part);
    ok = parts[0].ok && parts[0].g.documents;
    for (size_t i = 1; i < count; i++)
        ok = ok && parts[i].ok &&
             join(&parts[0].recording, &parts[i], parts[i - 1].g.highest);
    for (size_t i = 1; i < count; i++)
        recording_release(&parts[i].recording);
    if (ok)
        *r = parts[0].recording;
    else
        recording_release(&parts[0].recording);
    return ok;
}

bool recording_parse(struct recording *r, const char *source, const char *text,
                     size_t len, struct diags *diags) {
    struct fixture_reading g = {.r = r, .diags = diags};

    if (read_in_parts(r, source, text, len))
        return true;
    if (!yaml_doc_each(source, text, len, &yaml_limits_recording, diags, take_document,
                       &g))
        g.failed = true;
    if (!g.failed && g.documents == 0) {
        diags_add(diags, source, 1, 1, "not a recording: the file is empty");
        g.failed = true;
    }
    if (g.failed)
        recording_release(r);
    return !g.failed;
}

/* Messages come in; out go the same messages with a token for each secret. */
#include "recording/redact/redactor.h"

#include <stdlib.h>
#include <string.h>

#include "core/inflate.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/clean_texts.h"
#include "recording/redact/credentials.h"
#include "recording/redact/draft.h"
#include "recording/redact/late_secrets.h"

/* What an undeclared gzip may become: more is left as it is. */
enum { INFLATE_TIMES = 64, INFLATE_MORE = 1 << 16 };

struct redactor {
    struct secret_book book;
    struct clean_texts *clean;
};

struct redactor *redactor_new(void) {
    struct redactor *r = mem_new(1, sizeof(*r));

    secret_book_init(&r->book);
    r->clean = clean_texts_new();
    return r;
}

void redactor_free(struct redactor *r) {
    if (!r)
        return;
    secret_book_release(&r->book);
    clean_texts_free(r->clean);
    free(r);
}

void redactor_keep_tokens(struct redactor *r) {
    r->book.keep_tokens = true;
    r->book.version++;
}

void redactor_add_header(struct redactor *r, const char *name) {
    struct secret_book *b = &r->book;

    b->headers = mem_grow(b->headers, b->header_count + 1, sizeof(*b->headers));
    b->headers[b->header_count++] = mem_strdup(name);
    b->version++;
}

void redactor_add_field(struct redactor *r, const char *path) {
    field_rules_add(&r->book.fields, path);
    field_rules_add(&r->book.query, path);
    r->book.version++;
}

void redactor_add_key(struct redactor *r, const char *key, const char *token) {
    secret_book_add(&r->book, TOKEN_KEY, key, strlen(key), token);
}

void redactor_add_profile(struct redactor *r, const struct profile *p) {
    for (size_t i = 0; i < p->credential_count; i++) {
        const struct credential *c = &p->credentials[i];
        char *token = mem_printf("key:%s", c->role);

        redactor_add_key(r, c->key, token);
        free(token);
    }
}

void redactor_add_own(struct redactor *r, const char *text, size_t len) {
    secret_book_own(&r->book, text, len, false);
}

static void own_leaf(void *context, const struct leaf *leaf) {
    struct secret_book *b = context;

    if (leaf->value_len && leaf->kind != LEAF_KEY &&
        (leaf->secret || leaf->value_len < SECRET_PART))
        secret_book_own(b, leaf->value, leaf->value_len, leaf->secret != SECRET_NONE);
}

void redactor_add_sent(struct redactor *r, const struct http_request *q) {
    const char *query = http_target_query(q->target);
    struct secret_book *b = &r->book;

    redactor_add_own(r, query, strlen(query));
    fields_each_in_form(&b->query, query, strlen(query), own_leaf, b);
    if (!q->body)
        return;
    redactor_add_own(r, q->body, q->body_len);
    fields_each(&b->fields, http_headers_get(&q->headers, "Content-Type"), q->body,
                q->body_len, own_leaf, b);
}

struct redactor_counts redactor_counts(const struct redactor *r) {
    return (struct redactor_counts){r->book.hidden, r->book.parts};
}

bool redactor_has_learned(const struct redactor *r) {
    return r->book.learned;
}

static void count_tokens(struct redactor *r, const char *text, size_t len) {
    for (size_t kind = 0; kind < TOKEN_KINDS; kind++) {
        size_t n = strlen(redactor_kinds[kind]);
        const char *at = text;

        while (
            (at = str_find(at, len - (size_t)(at - text), redactor_kinds[kind], n))) {
            at += n;
            if (*at == ':' && at[1] >= '0' && at[1] <= '9') {
                unsigned long number = strtoul(at + 1, NULL, 10);

                if (number > r->book.counts[kind] && number < 1000000000)
                    r->book.counts[kind] = (unsigned)number;
            }
        }
    }
}

static void count_in_headers(struct redactor *r, const struct http_headers *h) {
    for (size_t i = 0; i < h->count; i++)
        count_tokens(r, h->items[i].value, strlen(h->items[i].value));
}

void redactor_identify(struct redactor *r, const struct identity_key *key) {
    r->book.identity = *key;
}

void redactor_take_marks(struct redactor *r,
                         void (*take)(void *context, const char *token,
                                      const char *mark),
                         void *context) {
    const char *token;
    json_t *mark;

    if (!json_object_size(r->book.new_marks))
        return;
    json_object_foreach(r->book.new_marks, token, mark)
        take(context, token, json_string_value(mark));
    json_object_clear(r->book.new_marks);
}

void redactor_continue(struct redactor *r, const struct recording *recording) {
    const char *token;
    json_t *mark;

    json_object_foreach(recording->marks, token, mark)
        json_object_set_new_nocheck(r->book.marked_tokens, json_string_value(mark),
                                    json_string_nocheck(token));
    for (size_t i = 0; i < recording->count; i++) {
        const struct recorded *x = &recording->items[i];

        count_tokens(r, x->request.target, strlen(x->request.target));
        count_in_headers(r, &x->request.headers);
        count_in_headers(r, &x->response.headers);
        if (x->request.body)
            count_tokens(r, x->request.body, x->request.body_len);
        if (x->response.body)
            count_tokens(r, x->response.body, x->response.body_len);
    }
}

/* --- texts --- */

char *redactor_text(struct redactor *r, const char *text) {
    size_t len;

    return redactor_bytes(r, text, strlen(text), &len);
}

char *redactor_bytes(struct redactor *r, const char *text, size_t len,
                     size_t *out_len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct draft d;

    draft_init(&d, &r->book);
    draft_text(&d, text, len);
    draft_write(&d, &out);
    draft_release(&d);
    return buf_take(&out, out_len);
}

char *redactor_body(struct redactor *r, const char *type, const char *text, size_t len,
                    size_t *out_len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct draft d;

    draft_init(&d, &r->book);
    draft_body(&d, type, text, len);
    draft_write(&d, &out);
    draft_release(&d);
    return buf_take(&out, out_len);
}

/* --- messages --- */

/* Between the texts of a head: in none of them, and no secret goes across. */
static const char separator[] = {'\n', '\0'};

/* A message being redacted: first all of it teaches, then all of it is written. What is
 * known to be clean is left out, if nothing is learned from the rest. */
struct draft_message {
    struct redactor *redactor;
    struct draft head, body;
    struct buf head_out, body_out; /* both as they are written */
    bool compressed, is_answer, looks_at_all;
    uint64_t version;       /* of what was known before */
    size_t hidden, parts;   /* what was counted before */
    uint64_t clean_headers; /* bit i: of the i-th one */
    bool clean_body, clean_target;
};

static void end_text(struct draft_message *m) {
    draft_kept(&m->head, separator, sizeof(separator));
}

static bool is_clean(const struct draft_message *m, enum clean_place place,
                     const char *name, const char *text, size_t len) {
    const struct clean_text t = {place, name ? name : "", text, len, m->version};

    return !m->looks_at_all && clean_texts_has(m->redactor->clean, &t);
}

static void note_clean(const struct draft_message *m, enum clean_place place,
                       const char *name, const char *text, size_t len) {
    const struct clean_text t = {place, name ? name : "", text, len,
                                 m->redactor->book.version};

    clean_texts_add(m->redactor->clean, &t);
}

static enum clean_place header_place(const struct draft_message *m) {
    return m->is_answer ? CLEAN_ANSWER_HEADER : CLEAN_REQUEST_HEADER;
}

static enum clean_place body_place(const struct draft_message *m) {
    return m->is_answer ? CLEAN_ANSWER_BODY : CLEAN_REQUEST_BODY;
}

/* Few names hold a secret; those that do are replaced like values. */
static void draft_headers(struct draft_message *m, const struct http_headers *headers) {
    m->clean_headers = 0;
    for (size_t i = 0; i < headers->count; i++) {
        const struct http_header *h = &headers->items[i];

        if (i < 64 &&
            is_clean(m, header_place(m), h->name, h->value, strlen(h->value))) {
            m->clean_headers |= (uint64_t)1 << i;
            continue;
        }
        draft_text(&m->head, h->name, strlen(h->name));
        end_text(m);
        draft_header(&m->head, h);
        end_text(m);
    }
}

static void message_init(struct draft_message *m, struct redactor *r, bool is_answer) {
    *m = (struct draft_message){.redactor = r,
                                .is_answer = is_answer,
                                .version = r->book.version,
                                .hidden = r->book.hidden,
                                .parts = r->book.parts,
                                .head_out = BUF_INIT(BUF_UNLIMITED),
                                .body_out = BUF_INIT(BUF_UNLIMITED)};
    draft_init(&m->head, &r->book);
    draft_init(&m->body, &r->book);
    m->head.opens = m->body.opens = !is_answer;
}

static void message_release(struct draft_message *m) {
    draft_release(&m->head);
    draft_release(&m->body);
    buf_release(&m->head_out);
    buf_release(&m->body_out);
}

/* What has been learned may stand in what was clean before: all of it, once more. */
static bool message_again(struct draft_message *m) {
    struct redactor *r = m->redactor;

    if (m->looks_at_all || m->version == r->book.version)
        return false;
    r->book.hidden = m->hidden;
    r->book.parts = m->parts;
    message_release(m);
    message_init(m, r, m->is_answer);
    return m->looks_at_all = true;
}

/* Keys are learned while texts are written. True: all of it is to be drafted again. */
static bool write_message(struct draft_message *m) {
    if (message_again(m))
        return true;
    draft_write(&m->body, &m->body_out);
    draft_write(&m->head, &m->head_out);
    return message_again(m);
}

/* A body that is compressed, though nothing says so: it is read inflated, and deflated
 * again if it holds a secret. */
static void draft_message_body(struct draft_message *m,
                               const struct http_headers *headers, const char *body,
                               size_t len) {
    const char *type = http_headers_get(headers, "Content-Type");
    struct buf plain = BUF_INIT(INFLATE_TIMES * len + INFLATE_MORE);

    if ((m->clean_body = is_clean(m, body_place(m), type, body, len)))
        return;
    m->compressed =
        inflate_is_compressed(body, len) && inflate_body("gzip", body, len, &plain);
    if (m->compressed)
        draft_body(&m->body, NULL, plain.ptr, plain.len);
    else
        draft_body(&m->body, type, body, len);
    buf_release(&plain);
}

/* The written body replaces *body; did that change it? */
static bool take_body(struct draft_message *m, const struct http_headers *headers,
                      char **body, size_t *len) {
    struct buf *out = &m->body_out;

    if (!*body || m->clean_body)
        return false;
    if (out->len == m->body.text.len &&
        memcmp(out->ptr, m->body.text.ptr, out->len) == 0) {
        note_clean(m, body_place(m), http_headers_get(headers, "Content-Type"), *body,
                   *len);
        return false;
    }
    if (m->compressed) {
        struct buf packed = BUF_INIT(BUF_UNLIMITED);

        deflate_gzip(out->ptr, out->len, &packed);
        buf_release(out);
        *out = packed;
    }
    free(*body);
    *body = buf_take(out, len);
    return true;
}

/* The next text of a written head replaces *text; did that change it? */
static bool take_text(const char **at, char **text) {
    const char *end = strstr(*at, "\n");
    size_t len;
    bool changed;

    while (end[1])
        end = strstr(end + 1, "\n");
    len = (size_t)(end - *at);
    changed = strlen(*text) != len || memcmp(*text, *at, len) != 0;
    if (changed) {
        free(*text);
        *text = mem_strndup(*at, len);
    }
    *at = end + sizeof(separator);
    return changed;
}

static bool take_headers(const struct draft_message *m, const char **at,
                         struct http_headers *headers) {
    bool changed = false;

    for (size_t i = 0; i < headers->count; i++) {
        const struct http_header *h = &headers->items[i];
        bool now;

        if (i < 64 && m->clean_headers >> i & 1)
            continue;
        now = take_text(at, http_owned(&headers->items[i].name));
        now = take_text(at, http_owned(&headers->items[i].value)) || now;
        if (!now)
            note_clean(m, header_place(m), h->name, h->value, strlen(h->value));
        changed = changed || now;
    }
    return changed;
}

static void draft_request(struct draft_message *m, const struct http_request *request) {
    const char *target = request->target;

    draft_headers(m, &request->headers);
    if (request->body)
        draft_message_body(m, &request->headers, request->body, request->body_len);
    m->clean_target = is_clean(m, CLEAN_TARGET, "", target, strlen(target));
    if (!m->clean_target)
        draft_target(&m->head, target);
    end_text(m);
}

bool redactor_request(struct redactor *r, struct http_request *request) {
    struct draft_message m;
    const char *at;
    bool changed, now;

    message_init(&m, r, false);
    do
        draft_request(&m, request);
    while (write_message(&m));
    at = m.head_out.ptr;
    changed = take_body(&m, &request->headers, http_owned(&request->body),
                        &request->body_len);
    changed = take_headers(&m, &at, &request->headers) || changed;
    if (!m.clean_target) {
        now = take_text(&at, http_owned(&request->target));
        if (!now)
            note_clean(&m, CLEAN_TARGET, "", request->target, strlen(request->target));
        changed = changed || now;
    }
    message_release(&m);
    return changed;
}

static void draft_response(struct draft_message *m, const struct http_response *a,
                           bool reason) {
    draft_headers(m, &a->headers);
    if (a->body)
        draft_message_body(m, &a->headers, a->body, a->body_len);
    if (reason)
        draft_text(&m->head, a->reason, strlen(a->reason));
    end_text(m);
}

bool redactor_response(struct redactor *r, struct http_response *response) {
    struct draft_message m;
    const char *at;
    bool changed, reason = response->reason &&
                           strcmp(response->reason, http_reason(response->status)) != 0;

    message_init(&m, r, true);
    do
        draft_response(&m, response, reason);
    while (write_message(&m));
    at = m.head_out.ptr;
    changed = take_body(&m, &response->headers, &response->body, &response->body_len);
    changed = take_headers(&m, &at, &response->headers) || changed;
    if (reason)
        changed = take_text(&at, &response->reason) || changed;
    message_release(&m);
    return changed;
}

bool redactor_headers(struct redactor *r, struct http_headers *headers) {
    struct draft_message m;
    const char *at;
    bool changed;

    message_init(&m, r, true);
    do
        draft_headers(&m, headers);
    while (write_message(&m));
    at = m.head_out.ptr;
    changed = take_headers(&m, &at, headers);
    message_release(&m);
    return changed;
}

bool redactor_head(struct redactor *r, struct recording *recording) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    char *before = recording->upstream;
    bool changed = false;
    struct draft d;

    if (!before)
        return false;
    draft_init(&d, &r->book);
    draft_target(&d, before);
    draft_write(&d, &out);
    draft_release(&d);
    if ((changed = strcmp(out.ptr, before) != 0)) {
        free(before);
        recording->upstream = buf_take(&out, NULL);
    }
    buf_release(&out);
    return changed;
}

void redactor_again(struct redactor *r, struct recording *recording) {
    bool *may = mem_new(recording->count + 1, sizeof(*may));
    uint64_t version;

    redactor_keep_tokens(r);
    redactor_head(r, recording);
    version = r->book.version;
    late_secrets_find(&r->book, recording, may);
    for (size_t i = 0; i < recording->count; i++) {
        struct recorded *x = &recording->items[i];

        if (!may[i] && r->book.version == version)
            continue;
        redactor_request(r, &x->request);
        redactor_response(r, &x->response);
        redactor_headers(r, &x->trailers);
    }
    free(may);
}

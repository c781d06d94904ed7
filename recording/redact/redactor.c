/* Requests and answers come in. The same go out with tokens in place of every secret
 * that was learned from them. */
#include "recording/redact/redactor_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/fields.h"
#include "recording/redact/lookalike.h"
#include "recording/redact/secret_set.h"
#include "recording/redact/vocabulary.h"

enum { MAX_PAIRS = 100000 };

const char redactor_mark[2] = {FIELD_MARK, '\0'};

const char *const redactor_kinds[] = {"key", "credential", "cookie", "payload",
                                      "redacted"};
const char *const redactor_kinds_plural[] = {"keys", "credentials", "cookies",
                                             "payloads", "redacted_values"};
const size_t redactor_kind_count = ARRAY_LEN(redactor_kinds);

struct redactor *redactor_new(void) {
    struct redactor *r = mem_new(1, sizeof(*r));

    r->texts = secret_set_new();
    r->tokens = json_object();
    vocabulary_add_fields(&r->fields);
    vocabulary_add_fields(&r->query);
    r->marked_tokens = json_object();
    r->new_marks = json_object();
    field_set_add(&r->query, vocabulary_query_field);
    return r;
}

void redactor_free(struct redactor *r) {
    if (!r)
        return;
    for (size_t i = 0; i < r->key_count; i++)
        free(r->keys[i]);
    for (size_t i = 0; i < r->header_count; i++)
        free(r->headers[i]);
    free(r->keys);
    free(r->headers);
    field_set_release(&r->fields);
    field_set_release(&r->query);
    json_decref(r->tokens);
    json_decref(r->marked_tokens);
    json_decref(r->new_marks);
    secret_set_free(r->texts);
    secret_set_free(r->outer);
    free(r);
}

void redactor_keep_tokens(struct redactor *r) {
    r->keep_tokens = true;
}

void redactor_add_header(struct redactor *r, const char *name) {
    r->headers = mem_grow(r->headers, r->header_count + 1, sizeof(*r->headers));
    r->headers[r->header_count++] = mem_strdup(name);
}

void redactor_add_field(struct redactor *r, const char *path) {
    field_set_add(&r->fields, path);
    field_set_add(&r->query, path);
}

static const char *found_one(void *context, const char *value, size_t len,
                             size_t field) {
    (void)value, (void)len, (void)field;
    *(bool *)context = true;
    return NULL;
}

/* Has it a field in it that would be replaced by itself: {"password": ..}? Then it must
 * be found before its fields are. */
static bool holds_fields(const struct redactor *r, const char *text, size_t len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool found = false;

    if (memchr(text, '=', len) || memchr(text, ':', len) || memchr(text, '<', len))
        fields_replace(&r->fields, NULL, text, len, found_one, &found, &out);
    buf_release(&out);
    return found;
}

static void mark_token(struct redactor *r, const char *text, size_t len,
                       const char *token) {
    char mark[IDENTITY_MARK_SIZE];

    if (!r->identity.name[0])
        return;
    identity_mark(&r->identity, text, len, mark);
    json_object_set_new_nocheck(r->marked_tokens, mark, json_string_nocheck(token));
    json_object_set_new_nocheck(r->new_marks, token, json_string(mark));
}

static void remember(struct redactor *r, enum kind kind, const char *text, size_t len,
                     const char *token) {
    mark_token(r, text, len, token);
    json_object_setn_new_nocheck(r->tokens, text, len, json_string_nocheck(token));
    if (!vocabulary_has(text, len))
        secret_set_add(r->texts, text, len, token);
    if (holds_fields(r, text, len)) {
        char *marked = mem_printf("%s%s%s", redactor_mark, token, redactor_mark);

        r->outer = r->outer ? r->outer : secret_set_new();
        secret_set_add(r->outer, text, len, marked);
        free(marked);
    }
    if (kind == KIND_KEY) {
        r->keys = mem_grow(r->keys, r->key_count + 1, sizeof(*r->keys));
        r->keys[r->key_count++] = mem_strndup(text, len);
    }
}

void redactor_add_profile(struct redactor *r, const struct profile *p) {
    for (size_t i = 0; i < p->credential_count; i++) {
        const struct credential *c = &p->credentials[i];
        char *token = mem_printf("key:%s", c->role);

        remember(r, KIND_KEY, c->key, strlen(c->key), token);
        free(token);
    }
}

static size_t word_run(const char *text, size_t len) {
    size_t n = 0;

    while (n < len && ((text[n] >= 'a' && text[n] <= 'z') ||
                       (text[n] >= '0' && text[n] <= '9') || text[n] == '_'))
        n++;
    return n;
}

size_t redactor_token(const char *text, size_t len) {
    static const char *const notes[] = {" (test)", " (live)", REDACTOR_NUMBER};

    if (!len || !memchr("kcpr", *text, 4)) /* what redactor_kinds begin with */
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(redactor_kinds); i++) {
        size_t n = strlen(redactor_kinds[i]), run;

        if (len <= n + 1 || memcmp(text, redactor_kinds[i], n) != 0 || text[n] != ':')
            continue;
        run = word_run(text + n + 1, len - n - 1);
        if (!run)
            return 0;
        n += 1 + run;
        for (size_t j = 0; j < ARRAY_LEN(notes); j++)
            if (len - n >= strlen(notes[j]) &&
                memcmp(text + n, notes[j], strlen(notes[j])) == 0)
                return n + strlen(notes[j]);
        return n;
    }
    return 0;
}

bool redactor_token_number(const char *text) {
    size_t len = strlen(text), note = strlen(REDACTOR_NUMBER);

    return len > note && strcmp(text + len - note, REDACTOR_NUMBER) == 0 &&
           redactor_token(text, len) == len;
}

char *redactor_token_bare(const char *text) {
    size_t len = strlen(text);

    return mem_strndup(text, redactor_token_number(text) ? len - strlen(REDACTOR_NUMBER)
                                                         : len);
}

/* The one that an earlier session gave it; free(). NULL = none is known. */
static char *token_by_mark(const struct redactor *r, const char *text, size_t len) {
    char mark[IDENTITY_MARK_SIZE];

    if (!r->identity.name[0])
        return NULL;
    identity_mark(&r->identity, text, len, mark);
    return mem_strdup(json_string_value(json_object_get(r->marked_tokens, mark)));
}

void redactor_identify(struct redactor *r, const struct identity_key *key) {
    r->identity = *key;
}

void redactor_take_marks(struct redactor *r,
                         void (*take)(void *context, const char *token,
                                      const char *mark),
                         void *context) {
    const char *token;
    json_t *mark;

    if (!json_object_size(r->new_marks))
        return;
    json_object_foreach(r->new_marks, token, mark)
        take(context, token, json_string_value(mark));
    json_object_clear(r->new_marks);
}

const char *redactor_token_of(struct redactor *r, enum kind kind, const char *text,
                              size_t len) {
    json_t *known = json_object_getn(r->tokens, text, len);
    const char *note = "";
    char *token;

    if (!len || (r->keep_tokens && redactor_token(text, len) == len))
        return NULL;
    if (known)
        return json_string_value(known);
    if ((token = token_by_mark(r, text, len))) {
        remember(r, kind, text, len, token);
        free(token);
        return json_string_value(json_object_getn(r->tokens, text, len));
    }
    if (kind == KIND_KEY && str_find(text, len, "_test_", 6))
        note = " (test)";
    else if (kind == KIND_KEY && str_find(text, len, "_live_", 6))
        note = " (live)";
    token = mem_printf("%s:%u%s", redactor_kinds[kind], ++r->counts[kind], note);
    remember(r, kind, text, len, token);
    free(token);
    return json_string_value(json_object_getn(r->tokens, text, len));
}

static void count_tokens(struct redactor *r, const char *text, size_t len) {
    for (size_t kind = 0; kind < ARRAY_LEN(redactor_kinds); kind++) {
        size_t n = strlen(redactor_kinds[kind]);
        const char *at = text;

        while (
            (at = str_find(at, len - (size_t)(at - text), redactor_kinds[kind], n))) {
            at += n;
            if (*at == ':' && at[1] >= '0' && at[1] <= '9') {
                unsigned long number = strtoul(at + 1, NULL, 10);

                if (number > r->counts[kind] && number < 1000000000)
                    r->counts[kind] = (unsigned)number;
            }
        }
    }
}

static void count_in_headers(struct redactor *r, const struct http_headers *h) {
    for (size_t i = 0; i < h->count; i++)
        count_tokens(r, h->items[i].value, strlen(h->items[i].value));
}

void redactor_continue(struct redactor *r, const struct recording *recording) {
    const char *token;
    json_t *mark;

    json_object_foreach(recording->marks, token, mark)
        json_object_set_new_nocheck(r->marked_tokens, json_string_value(mark),
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

/* --- what is secret by its look --- */

static bool masks(const char *key, const char *text, size_t len) {
    size_t head = 0, tail = 0, key_len = strlen(key);

    while (head < len && text[head] != '*' && text[head] != '.' &&
           (unsigned char)text[head] < 0x80)
        head++;
    while (tail < len - head && text[len - 1 - tail] != '*' &&
           text[len - 1 - tail] != '.' && (unsigned char)text[len - 1 - tail] < 0x80)
        tail++;
    return head + tail > 0 && head + tail <= key_len && memcmp(key, text, head) == 0 &&
           memcmp(key + key_len - tail, text + len - tail, tail) == 0;
}

static void add_masked(struct redactor *r, const char *text, size_t len,
                       struct buf *out) {
    for (size_t i = 0; i < r->key_count; i++)
        if (masks(r->keys[i], text, len)) {
            json_t *token = json_object_getn(r->tokens, r->keys[i], strlen(r->keys[i]));

            buf_addf(out, "masked %s", json_string_value(token));
            return;
        }
    if (lookalike_is_key(text, len))
        buf_adds(out, "masked key");
    else
        buf_add(out, text, len);
}

/* Every known secret, then everything that looks like one. */
static void add_swept(struct redactor *r, const char *text, size_t len,
                      struct buf *out) {
    struct buf known = BUF_INIT(BUF_UNLIMITED);
    size_t at = 0;
    struct lookalike hit;

    secret_set_replace(r->texts, text, len, &known);
    while (lookalike_find(known.ptr, known.len, at, &hit)) {
        const char *found = known.ptr + hit.at;

        buf_add(out, known.ptr + at, hit.at - at);
        if (hit.kind == LOOKALIKE_MASKED)
            add_masked(r, found, hit.len, out);
        else
            buf_adds(out, redactor_token_of(
                              r, hit.kind == LOOKALIKE_KEY ? KIND_KEY : KIND_CREDENTIAL,
                              found, hit.len));
        at = hit.at + hit.len;
    }
    buf_add(out, known.ptr + at, known.len - at);
    buf_release(&known);
}

static bool is_identifier_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '_';
}

static bool is_number(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (!strchr("0123456789+-.eE", text[i]) || !text[i])
            return false;
    return len > 0;
}

/* A token at `at` that is to stay, with its marks; *token is where it begins. */
static size_t kept_token(const struct redactor *r, const char *text, size_t len,
                         size_t at, size_t *token, size_t *token_len) {
    const char *end = text[at] == *redactor_mark
                          ? memchr(text + at + 1, *redactor_mark, len - at - 1)
                          : NULL;

    if (end) {
        *token = at + 1;
        *token_len = (size_t)(end - text) - at - 1;
        if (redactor_token(text + at + 1, *token_len) == *token_len ||
            field_is_structure(text + at + 1, *token_len) ||
            is_number(text + at + 1, *token_len))
            return *token_len + 2;
    }
    *token = at;
    *token_len = r->keep_tokens && (at == 0 || !is_identifier_char(text[at - 1]))
                     ? redactor_token(text + at, len - at)
                     : 0;
    return *token_len;
}

/* A number of JSON is a secret if it is one whole. */
static void add_kept(const struct redactor *r, const char *text, size_t len,
                     struct buf *out) {
    const json_t *token =
        is_number(text, len) ? json_object_getn(r->tokens, text, len) : NULL;

    if (token)
        buf_addf(out, "\"%s\"", json_string_value(token));
    else
        buf_add(out, text, len);
}

void redactor_add(struct redactor *r, const char *text, size_t len, struct buf *out) {
    size_t from = 0, at = 0, token, token_len;

    while (at < len) {
        const char *marked =
            r->keep_tokens ? NULL : memchr(text + at, *redactor_mark, len - at);
        size_t n;

        if (!r->keep_tokens)
            at = marked ? (size_t)(marked - text) : len;
        n = at < len ? kept_token(r, text, len, at, &token, &token_len) : 0;
        if (!n) {
            at++;
            continue;
        }
        add_swept(r, text + from, at - from, out);
        add_kept(r, text + token, token_len, out);
        from = at += n;
    }
    add_swept(r, text + from, len - from, out);
}

char *redactor_text(struct redactor *r, const char *text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    redactor_add(r, text, strlen(text), &out);
    return buf_take(&out, NULL);
}

bool redactor_replace(char **text, struct buf *with) {
    bool changed = strcmp(*text, with->ptr) != 0;

    if (changed) {
        free(*text);
        *text = buf_take(with, NULL);
    }
    buf_release(with);
    return changed;
}

/* --- bodies and targets --- */

static const char *marked_token(struct redactor *r, size_t field, size_t credentials,
                                const char *value, size_t len) {
    enum kind kind = field == 1                 ? KIND_PAYLOAD
                     : field <= 1 + credentials ? KIND_CREDENTIAL
                                                : KIND_REDACTED;
    const char *token;

    if (len > 2 && value[0] == FIELD_MARK && value[len - 1] == FIELD_MARK &&
        redactor_token(value + 1, len - 2) == len - 2)
        return NULL; /* found as a whole before */
    token = redactor_token_of(r, kind, value, len);
    if (token)
        snprintf(r->marked, sizeof(r->marked), "%s%s%s", redactor_mark, token,
                 redactor_mark);
    return token ? r->marked : NULL;
}

static const char *body_token(void *context, const char *value, size_t len,
                              size_t field) {
    return marked_token(context, field, vocabulary_credentials, value, len);
}

static const char *query_token(void *context, const char *value, size_t len,
                               size_t field) {
    return marked_token(context, field, vocabulary_credentials + 1, value, len);
}

static bool redact_body(struct redactor *r, const struct http_headers *headers,
                        char **body, size_t *body_len) {
    const char *type = http_headers_get(headers, "Content-Type");
    struct buf whole = BUF_INIT(BUF_UNLIMITED), fields = BUF_INIT(BUF_UNLIMITED),
               out = BUF_INIT(BUF_UNLIMITED);
    bool changed;

    if (!*body)
        return false;
    if (r->outer)
        secret_set_replace(r->outer, *body, *body_len, &whole);
    else
        buf_add(&whole, *body, *body_len);
    fields_replace(&r->fields, type, whole.ptr, whole.len, body_token, r, &fields);
    redactor_add(r, fields.ptr, fields.len, &out);
    changed = out.len != *body_len || memcmp(out.ptr, *body, out.len) != 0;
    if (changed) {
        free(*body);
        *body = buf_take(&out, body_len);
    }
    buf_release(&whole);
    buf_release(&fields);
    buf_release(&out);
    return changed;
}

void redactor_mark_target(struct redactor *r, const char *target, struct buf *out) {
    size_t path = http_target_path_len(target);

    if (field_is_structure(target, path))
        buf_addf(out, "%s%.*s%s", redactor_mark, (int)path, target, redactor_mark);
    else
        buf_add(out, target, path);
    if (target[path]) {
        buf_addc(out, target[path]); /* '?' or '#' */
        fields_replace_form(&r->query, target + path + 1, strlen(target + path + 1),
                            query_token, r, out);
    }
}

static bool redact_target(struct redactor *r, char **target) {
    struct buf fields = BUF_INIT(BUF_UNLIMITED), out = BUF_INIT(BUF_UNLIMITED);

    redactor_mark_target(r, *target, &fields);
    redactor_add(r, fields.ptr, fields.len, &out);
    buf_release(&fields);
    return redactor_replace(target, &out);
}

static bool redact_text(struct redactor *r, char **text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    if (!*text)
        return false;
    redactor_add(r, *text, strlen(*text), &out);
    return redactor_replace(text, &out);
}

bool redactor_request(struct redactor *r, struct http_request *request) {
    struct http_headers before = {0};
    bool changed;

    http_headers_copy(&before, &request->headers);
    redactor_learn_headers(r, &request->headers);
    changed = redact_body(r, &request->headers, http_owned(&request->body),
                          &request->body_len);
    changed = redact_target(r, http_owned(&request->target)) || changed;
    redactor_sweep_headers(r, &request->headers); /* with what the body has taught */
    return redactor_differ(&request->headers, &before) || changed;
}

bool redactor_response(struct redactor *r, struct http_response *response) {
    struct http_headers before = {0};
    bool changed;

    http_headers_copy(&before, &response->headers);
    redactor_learn_headers(r, &response->headers);
    changed = redact_body(r, &response->headers, &response->body, &response->body_len);
    if (!response->reason ||
        strcmp(response->reason, http_reason(response->status)) != 0)
        changed = redact_text(r, &response->reason) || changed;
    redactor_sweep_headers(r, &response->headers);
    return redactor_differ(&response->headers, &before) || changed;
}

/* The open text of a request, also percent-decoded. */
struct open_text {
    const struct http_request *request;
    struct buf text;
};

static bool is_open(void *context, const char *text, size_t len) {
    struct open_text *o = context;
    const struct http_request *q = o->request;
    struct form form = {0};

    if (!o->text.len) {
        buf_addf(&o->text, "%s\n", q->target);
        buf_add(&o->text, q->body ? q->body : "", q->body_len);
        form_parse(&form, http_target_query(q->target),
                   strlen(http_target_query(q->target)), MAX_PAIRS, NULL);
        form_parse(&form, q->body ? q->body : "", q->body_len, MAX_PAIRS, NULL);
        for (size_t i = 0; i < form.count; i++) {
            buf_addc(&o->text, '\n');
            buf_add(&o->text, form.pairs[i].value, form.pairs[i].value_len);
        }
        form_release(&form);
    }
    return str_find(o->text.ptr, o->text.len, text, len) != NULL;
}

void redactor_parts(struct redactor *r, const struct http_request *request,
                    struct http_response *response) {
    static const char with[] = "[part of a secret]";
    struct open_text open = {request, BUF_INIT(BUF_UNLIMITED)};
    struct buf body = BUF_INIT(BUF_UNLIMITED);

    if (response->body) {
        secret_set_replace_parts(r->texts, response->body, response->body_len, with,
                                 is_open, &open, &body);
        http_response_body(response, body.ptr, body.len);
    }
    for (size_t i = 0; i < response->headers.count; i++) {
        char **value = http_owned(&response->headers.items[i].value);
        struct buf out = BUF_INIT(BUF_UNLIMITED);

        secret_set_replace_parts(r->texts, *value, strlen(*value), with, is_open, &open,
                                 &out);
        redactor_replace(value, &out);
    }
    buf_release(&body);
    buf_release(&open.text);
}

void redactor_again(struct redactor *r, struct recording *recording) {
    redactor_keep_tokens(r);
    for (size_t i = 0; i < recording->count; i++) {
        struct recorded *x = &recording->items[i];

        redactor_request(r, &x->request);
        redactor_response(r, &x->response);
        redactor_headers(r, &x->trailers);
    }
}

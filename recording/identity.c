/* A recording with tokens, its sessions and its marks comes in. Out goes whether two
 * tokens are the same secret, two secrets, or nobody knows. */
#include "recording/identity.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "recording/redact/redactor.h"

enum { NO_SESSION = -1 };

struct identity {
    const struct recording *recording;
    json_t *seen_in; /* token -> the session in which it was first seen */
    json_t *groups;  /* name of a key -> the group of its marks */
};

/* --- tokens in texts --- */

static bool is_letter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Where the word that ends before `colon` begins, if a token may begin with it; SIZE_MAX =
 * none. Most colons are JSON's, behind a quote. */
static size_t kind_before(const char *text, size_t colon) {
    if (!colon || !is_letter(text[colon - 1]))
        return SIZE_MAX;
    for (size_t i = 0; i < TOKEN_KINDS; i++) {
        size_t n = strlen(redactor_kinds[i]);

        if (n <= colon && memcmp(text + colon - n, redactor_kinds[i], n) == 0 &&
            (n == colon || !is_letter(text[colon - n - 1])))
            return colon - n;
    }
    return SIZE_MAX;
}

static void each_in(const char *text, size_t len,
                    void (*each)(void *context, const char *token, size_t len),
                    void *context) {
    const char *colon = text;

    while ((colon = memchr(colon, ':', len - (size_t)(colon - text)))) {
        size_t at = kind_before(text, (size_t)(colon - text)),
               n = at == SIZE_MAX ? 0 : redactor_token(text + at, len - at);

        if (n) {
            char *bare = mem_strndup(text + at, n), *token = redactor_token_bare(bare);

            each(context, token, strlen(token));
            free(bare);
            free(token);
        }
        colon = n ? text + at + n : colon + 1;
    }
}

static void each_in_headers(const struct http_headers *h,
                            void (*each)(void *context, const char *token, size_t len),
                            void *context) {
    for (size_t i = 0; i < h->count; i++) {
        each_in(h->items[i].name, strlen(h->items[i].name), each, context);
        each_in(h->items[i].value, strlen(h->items[i].value), each, context);
    }
}

void identity_each_token(const struct recorded *x,
                         void (*each)(void *context, const char *token, size_t len),
                         void *context) {
    const struct http_request *q = &x->request;
    const struct http_response *a = &x->response;

    if (q->target)
        each_in(q->target, strlen(q->target), each, context);
    each_in_headers(&q->headers, each, context);
    if (q->body)
        each_in(q->body, q->body_len, each, context);
    if (a->reason)
        each_in(a->reason, strlen(a->reason), each, context);
    each_in_headers(&a->headers, each, context);
    if (a->body)
        each_in(a->body, a->body_len, each, context);
    each_in_headers(&x->trailers, each, context);
    if (x->failure)
        each_in(x->failure, strlen(x->failure), each, context);
}

/* --- where they come from --- */

/* Recordings of old did not say where any but their first session begins: `from` is 0
 * then, and the exchanges before it may be of it. */
static int session_at(const struct recording *r, uint64_t number) {
    int found = NO_SESSION;

    for (size_t i = 0; i < r->session_count && r->sessions[i].from <= number; i++)
        found = i && !r->sessions[i].from ? NO_SESSION : (int)i;
    return found;
}

struct token_reading {
    struct identity *identity;
    int session;
};

static void see(void *context, const char *token, size_t len) {
    const struct token_reading *g = context;

    if (!json_object_getn(g->identity->seen_in, token, len))
        json_object_setn_new_nocheck(g->identity->seen_in, token, len,
                                     json_integer(g->session));
}

struct identity *identity_new(const struct recording *r) {
    struct identity *i = mem_new(1, sizeof(*i));

    i->recording = r;
    if (r->session_count < 2) /* all tokens are of one session */
        return i;
    i->seen_in = json_object();
    i->groups = json_object();
    for (size_t k = 0; k < r->count; k++) {
        struct token_reading g = {i, session_at(r, r->items[k].number)};

        identity_each_token(&r->items[k], see, &g);
    }
    return i;
}

void identity_free(struct identity *i) {
    if (!i)
        return;
    json_decref(i->seen_in);
    json_decref(i->groups);
    free(i);
}

static int session_of(const struct identity *i, const char *token) {
    const json_t *known = json_object_get(i->seen_in, token);

    return known ? (int)json_integer_value(known) : NO_SESSION;
}

int identity_group(const struct identity *i, const char *token) {
    const char *mark = recording_mark(i->recording, token);
    const json_t *known;
    char *key;
    int group;

    if (!i->seen_in)
        return 0;
    if (!mark)
        return session_of(i, token);
    key = mem_strndup(mark, strcspn(mark, ":"));
    known = json_object_get(i->groups, key);
    group = known ? (int)json_integer_value(known)
                  : (int)(i->recording->session_count + json_object_size(i->groups));
    if (!known)
        json_object_set_new(i->groups, key, json_integer(group));
    free(key);
    return group;
}

/* --- comparing --- */

static enum sameness compare_tokens(const struct identity *i, const char *a,
                                    const char *b) {
    const char *x = recording_mark(i->recording, a),
               *y = recording_mark(i->recording, b);

    if (strcmp(a, b) == 0)
        return SAMENESS_SAME;
    if (x && y && identity_marks_comparable(x, y))
        return strcmp(x, y) == 0 ? SAMENESS_SAME : SAMENESS_DIFFERENT;
    if (!i->seen_in ||
        (session_of(i, a) == session_of(i, b) && session_of(i, a) != NO_SESSION))
        return SAMENESS_DIFFERENT;
    return SAMENESS_UNKNOWN;
}

struct text_comparison {
    const struct identity *identity;
    const char *other; /* text */
    const char *token; /* of the first text */
    bool unknown;
};

static void against(void *context, const char *token, size_t len) {
    struct text_comparison *c = context;

    (void)len;
    c->unknown = c->unknown ||
                 compare_tokens(c->identity, c->token, token) != SAMENESS_DIFFERENT;
}

static void each_against(void *context, const char *token, size_t len) {
    struct text_comparison *c = context;

    (void)len;
    c->token = token;
    each_in(c->other, strlen(c->other), against, c);
}

static bool is_token(const char *text) {
    size_t len = strlen(text);

    return len && redactor_token(text, len) == len;
}

enum sameness identity_compare(const struct identity *i, const char *a, const char *b) {
    struct text_comparison c = {.identity = i, .other = b};
    enum sameness is;
    char *x, *y;

    if (strcmp(a, b) == 0)
        return SAMENESS_SAME;
    if (!is_token(a) || !is_token(b)) {
        each_in(a, strlen(a), each_against, &c);
        return c.unknown ? SAMENESS_UNKNOWN : SAMENESS_DIFFERENT;
    }
    if (redactor_token_number(a) != redactor_token_number(b))
        return SAMENESS_DIFFERENT;
    x = redactor_token_bare(a);
    y = redactor_token_bare(b);
    is = compare_tokens(i, x, y);
    free(x);
    free(y);
    return is;
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/recording/redaction.h"
#include "core/replay/parts.h"
#include "core/replay/rewrite.h"
#include "core/str.h"

enum { MIN_WORD = 4, JSON_DEPTH = 64 };
static const int64_t MILLIS_FROM = 100000000000; /* a time above it is in ms */

struct retelling {
    struct asking *q;
    const struct tale *t;
    const struct story *story; /* of the tale */
    bool own;                  /* it is the story of this telling */
    char *request_id_there, *request_id_here;
};

/* --- names --- */

static char *name_here(const struct retelling *g, const char *there) {
    const struct telling *told = g->q->telling;
    int known;

    if (g->t->asked.name && g->q->asked.name && strcmp(there, g->t->asked.name) == 0)
        return mem_strdup(g->q->asked.name);
    known = g->own ? story_name_find(g->story, there) : -1;
    for (size_t i = told->name_count; known >= 0 && i-- > 0;)
        if (told->names[i]->there == known)
            return mem_strdup(told->names[i]->here);
    return likeness_text(&g->q->r->tellings.likeness, there, true);
}

static char *user_here(const struct retelling *g, const char *there) {
    if (g->story->user && *g->story->user && strcmp(there, g->story->user) == 0 &&
        g->q->telling->user)
        return mem_strdup(g->q->telling->user);
    return likeness_text(&g->q->r->tellings.likeness, there, true);
}

static const char *token_here(const struct retelling *g, const char *token) {
    const char *text = json_string_value(json_object_get(g->q->telling->tokens, token));

    return text ? text
                : json_string_value(json_object_get(g->q->r->tellings.tokens, token));
}

/* --- texts with names in them --- */

static bool word_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '_' || c == '-';
}

/* Replace a name where it stands as a word, or quoted if it is short. */
static void swap_word(char **text, const char *there, const char *here) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    size_t n = there ? strlen(there) : 0;
    const char *at = *text, *hit;

    if (!n || !here || strcmp(there, here) == 0 || !strstr(*text, there))
        return;
    while ((hit = strstr(at, there))) {
        char before = hit > *text ? hit[-1] : ' ', after = hit[n];
        bool quoted = (before == '\'' || before == '"' || before == '`') &&
                      (after == '\'' || after == '"' || after == '`');
        bool word = n >= MIN_WORD && !word_char(before) && !word_char(after);

        buf_add(&out, at, (size_t)(hit - at));
        buf_adds(&out, quoted || word ? here : there);
        at = hit + n;
    }
    buf_adds(&out, at);
    free(*text);
    *text = buf_take(&out, NULL);
}

/* As the reference masks a key in its messages. */
static char *masked(const char *key) {
    size_t len = strlen(key);

    return mem_printf("%.3s********%s", key, len > 12 ? key + len - 4 : "");
}

/* Tokens of the recording become what stands for them here. */
static void fill_tokens(const struct retelling *g, char **text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const char *key = g->q->asked.key;
    const char *at = *text, *end = at + strlen(at);
    bool any = false;

    for (bool worth = strchr(*text, ':') != NULL; worth && at < end;) {
        bool mask = str_starts(at, "masked ");
        size_t skip = mask ? 7 : 0,
               n = redaction_token(at + skip, (size_t)(end - at) - skip);
        char *token = n ? mem_strndup(at + skip, n) : NULL;
        const char *here = token && str_starts(token, "key:")
                               ? key
                               : (token ? token_here(g, token) : NULL);
        char *hidden = mask && here ? masked(here) : NULL;

        if (here) {
            buf_adds(&out, hidden ? hidden : here);
            at += skip + n;
            any = true;
        } else {
            buf_addc(&out, *at++);
        }
        free(hidden);
        free(token);
    }
    if (any) {
        free(*text);
        *text = buf_take(&out, NULL);
    }
    buf_release(&out);
}

static char *retell_text(const struct retelling *g, const char *there) {
    char *text = mem_strdup(there), *other;

    fill_tokens(g, &text);
    swap_word(&text, g->t->asked.name, g->q->asked.name);
    swap_word(&text, g->t->asked.user, g->q->asked.user);
    swap_word(&text, g->t->asked.cursor, g->q->asked.cursor);
    swap_word(&text, g->t->asked.expires, g->q->asked.expires);
    swap_word(&text, g->t->asked.idempotency, g->q->asked.idempotency);
    swap_word(&text, g->request_id_there, g->request_id_here);
    if (strcmp(text, there) == 0) {
        other = likeness_text(&g->q->r->tellings.likeness, text, true);
        free(text);
        text = other;
    }
    return text;
}

/* --- times --- */

/* The secret that an object of an answer shows. */
static const struct told_name *told_of(const struct retelling *g,
                                       const json_t *object) {
    const char *name = jsonx_string(object, "name", NULL);
    int known = g->own && name ? story_name_find(g->story, name) : -1;

    if (g->q->name &&
        (!name || (g->t->asked.name && strcmp(name, g->t->asked.name) == 0)))
        return g->q->name;
    for (size_t i = g->q->telling->name_count; known >= 0 && i-- > 0;)
        if (g->q->telling->names[i]->there == known)
            return g->q->telling->names[i];
    return NULL;
}

static int64_t time_here(const struct retelling *g, const json_t *object,
                         const char *key, int64_t there) {
    const struct told_name *n = told_of(g, object);
    int64_t unit = there >= MILLIS_FROM ? 1000 : 1, seconds = there / unit, here;

    here = seconds + (g->own ? g->q->telling->shift : g->q->now - g->t->now);
    if (n && strcmp(key, "created") == 0 && n->created_there == seconds)
        here = n->created_here;
    else if (n && n == g->q->name && strcmp(key, "expires_at") == 0 &&
             g->t->asked.expires_at == there && g->q->asked.expires_at > 0)
        here =
            g->q->asked.expires_at / unit; /* what was sent, though it was replaced */
    else if (n && strcmp(key, "expires_at") == 0 && n->expires_there)
        here = seconds + n->expires_here - n->expires_there;
    return here * unit + there % unit;
}

static bool is_time(const char *key) {
    return key && (strcmp(key, "created") == 0 || strcmp(key, "expires_at") == 0);
}

static bool on_number(void *context, const json_t *object, const char *key,
                      int64_t value, int64_t *out) {
    if (!is_time(key) || value < 1000000000)
        return false;
    *out = time_here(context, object, key, value);
    return true;
}

static char *on_text(void *context, const json_t *object, const char *key,
                     const char *value) {
    const struct retelling *g = context;
    int64_t number;

    if (!key)
        return retell_text(g, value);
    if (strcmp(key, "name") == 0)
        return name_here(g, value);
    if (strcmp(key, "user") == 0)
        return user_here(g, value);
    if (strcmp(key, "id") == 0 && *value)
        return mem_strdup(telling_id(&g->q->r->tellings, g->q->telling, value));
    if (strcmp(key, "payload") == 0 && token_here(g, value))
        return mem_strdup(token_here(g, value));
    if (is_time(key) && str_to_int(value, strlen(value), &number) &&
        number > 1000000000)
        return mem_printf("%lld", (long long)time_here(g, object, key, number));
    return retell_text(g, value);
}

/* Words of the API itself never change. */
static bool may_change(const char *key, const json_t *value) {
    static const char *const fixed[] = {"object", "type", "code", "param", "url"};

    if (json_is_integer(value))
        return is_time(key);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (strcmp(key, fixed[i]) == 0)
            return false;
    return true;
}

/* --- the whole answer --- */

static void begin_retelling(struct retelling *g, struct asking *q,
                            const struct tale *t) {
    const char *id = http_headers_get(&t->x->response.headers, "Request-Id");

    *g = (struct retelling){.q = q,
                            .t = t,
                            .story = &q->r->stories->items[t->story],
                            .own = q->telling->story == t->story};
    /* an id that was answered twice stays what it is */
    if (id &&
        json_integer_value(json_object_get(q->r->stories->request_ids, id)) <= 1) {
        g->request_id_there = mem_strdup(id);
        g->request_id_here = telling_new_id(&q->r->tellings, id);
    }
}

static void add_header(const struct retelling *g, const struct http_header *h,
                       struct http_response *out) {
    char date[30], *text;
    int64_t there;

    if (str_equal_nocase(h->name, "Content-Encoding"))
        return;
    if (str_equal_nocase(h->name, "Date")) {
        http_date_format(g->q->now, date);
        http_headers_add(&out->headers, h->name, date);
    } else if ((str_equal_nocase(h->name, "Expires") ||
                str_equal_nocase(h->name, "Last-Modified")) &&
               http_date_parse(h->value, &there)) {
        http_date_format(there + g->q->now - g->t->now, date);
        http_headers_add(&out->headers, h->name, date);
    } else if (str_equal_nocase(h->name, "Idempotency-Key") &&
               g->q->asked.idempotency) {
        http_headers_add(&out->headers, h->name, g->q->asked.idempotency);
    } else if (str_equal_nocase(h->name, "Original-Request")) {
        /* the first answer of its idempotency key had that request id here */
        text = mem_strdup(telling_id(&g->q->r->tellings, g->q->telling, h->value));
        http_headers_add(&out->headers, h->name, text);
        free(text);
    } else {
        text = retell_text(g, h->value);
        http_headers_add(&out->headers, h->name, text);
        free(text);
    }
}

static void add_headers(const struct retelling *g, struct http_response *out) {
    const struct http_headers *h = &g->t->x->response.headers;

    for (size_t i = 0; i < h->count; i++)
        add_header(g, &h->items[i], out);
}

void retell_headers(struct asking *q, const struct tale *t,
                    struct http_response *response) {
    struct retelling g;

    begin_retelling(&g, q, t);
    add_headers(&g, response);
    free(g.request_id_there);
    free(g.request_id_here);
}

/* Does another place than the Request-Id header show it? */
static bool shows_elsewhere(const struct http_response *r, const char *request_id) {
    for (size_t i = 0; i < r->headers.count; i++)
        if (!str_equal_nocase(r->headers.items[i].name, "Request-Id") &&
            strstr(r->headers.items[i].value, request_id))
            return true;
    return r->body_len && memmem(r->body, r->body_len, request_id, strlen(request_id));
}

void retell(struct asking *q, const struct tale *tale, struct replay_answer *answer) {
    struct tale *t =
        (struct tale *)(uintptr_t)tale; /* for its plan; we hold the lock */
    const struct http_response *there = &t->x->response;
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    struct retelling g;
    struct rewriting w = {&g, on_text, on_number};
    size_t len;
    char *text;

    begin_retelling(&g, q, t);
    answer->response.status = there->status;
    add_headers(&g, &answer->response);
    if (there->body && there->body_len) {
        if (!t->plan)
            t->plan = rewrite_new(there->body, there->body_len, may_change);
        rewrite_run(t->plan, &w, &body);
    }
    text = buf_take(&body, &len);
    http_response_body_take(&answer->response, text, len);
    if (g.request_id_here && shows_elsewhere(&answer->response, g.request_id_here))
        answer->lasting = false;
    answer->chunked = t->x->chunked;
    answer->exchange = t->x->number;
    answer->recorded_us = t->x->ended_us - t->x->began_us;
    free(g.request_id_there);
    free(g.request_id_here);
}

/* --- what it does --- */

static void learn_times(struct asking *q, const struct tale *t, const json_t *body) {
    struct told_name *n = q->name;
    int64_t created = jsonx_int(body, "created", 0);

    if (created >= MILLIS_FROM)
        created /= 1000;
    if (created && created != n->created_there) {
        n->created_there = created;
        n->created_here = created + q->now - t->now;
    }
    n->expires_there = n->expires_here = n->expires = 0;
    if (t->asked.expires_at > 0 && q->asked.expires_at > 0) {
        n->expires_there = t->asked.expires_at;
        n->expires_here = q->asked.expires_at;
    }
    if (t->expires && n->expires_there)
        n->expires = (t->expires >= MILLIS_FROM ? t->expires / 1000 : t->expires) +
                     n->expires_here - n->expires_there;
    else if (t->expires) /* kept from before, or the implementation's own idea */
        n->expires = t->expires + q->now - t->now;
}

static void tell_model(struct asking *q, const json_t *body) {
    const struct told_name *n = q->name;
    char *key = http_credential(&q->request->headers, NULL);
    const char *id = jsonx_string(body, "id", NULL);
    struct model_secret s = {
        n->here, id ? telling_id(&q->r->tellings, q->telling, id) : "",
        q->asked.payload ? q->asked.payload : "", n->created_here, n->expires};
    const char *user = q->telling->user && *q->telling->user ? q->telling->user : NULL;

    if (key && n->alive)
        model_put(q->r->model, key, user, &s, q->now_ms);
    else if (key)
        model_remove(q->r->model, key, user, n->here, q->now_ms);
    free(key);
}

static void bind_values(struct asking *q, const struct tale *t) {
    const char *there = t->asked.payload;
    struct tellings *g = &q->r->tellings;

    if (there && q->asked.payload && redaction_token(there, strlen(there))) {
        json_object_set_new(q->telling->tokens, there,
                            jsonx_text(q->asked.payload, strlen(q->asked.payload)));
        json_object_set_new(g->tokens, there,
                            jsonx_text(q->asked.payload, strlen(q->asked.payload)));
    }
    if (t->asked.idempotency && q->asked.idempotency) {
        json_object_set_new(g->keys_here, q->asked.idempotency,
                            json_string(t->asked.idempotency));
        json_object_set_new(g->keys_there, t->asked.idempotency,
                            json_string(q->asked.idempotency));
    }
}

void follow_tale(struct asking *q, int tale) {
    const struct tale *t = &q->r->stories->tales[tale];
    struct telling *g = q->telling;
    json_t *body;

    if (!g->begun) {
        g->begun = true;
        g->shift = q->now - t->now;
    }
    if (g->used[t->position] < 255)
        g->used[t->position]++;
    bind_values(q, t);
    if (t->asked.op != ASKED_SET && t->asked.op != ASKED_DELETE)
        return;
    g->scope_write = tale;
    if (!q->name)
        return;
    q->name->write = tale;
    if (!t->works || t->repeated)
        return;
    body = t->x->response.body ? jsonx_load(t->x->response.body,
                                            t->x->response.body_len, JSON_DEPTH, NULL)
                               : NULL;
    q->name->alive = t->asked.op == ASKED_SET;
    q->name->effect = q->name->alive ? tale : NO_WRITE;
    if (q->name->alive)
        learn_times(q, t, body);
    tell_model(q, body);
    json_decref(body);
}

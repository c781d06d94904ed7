/* A recorded answer comes in. The same goes out with ids, names, times and payloads as
 * they are here. */
#include "replay/render.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/epoch.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/timestamp.h"
#include "core/word_replace.h"
#include "recording/embedded_ids.h"
#include "recording/history/name_tokens.h"
#include "recording/redact/redactor.h"
#include "replay/text/json_splice.h"

enum { A_DAY = 86400 };

struct rendering {
    struct replay_request *q;
    const struct interaction *t;
    const struct history *history; /* of the interaction */
    bool own;                      /* it is the history of this session */
    char *request_id_there, *request_id_here;
    struct {
        const char *there, *here;
    } * renamed; /* ids of this answer that are others here */
    size_t renamed_count;
    json_t *shown, *stands; /* what the set that it shows answered, and ours; or NULL */
};

/* --- names --- */

static void fill_tokens(const struct rendering *g, char **text);

static char *name_here(const struct rendering *g, const char *text) {
    char *plain = name_tokens_plain(g->q->r->histories->name_tokens, text), *here;
    const char *there = plain ? plain : text;
    const struct binding *n;

    n = g->own ? session_binding_of(g->q->session, history_name_find(g->history, there))
               : NULL;
    if (g->t->key.name && g->q->key.name && strcmp(there, g->t->key.name) == 0) {
        here = mem_strdup(g->q->key.name);
    } else if (n) {
        here = mem_strdup(n->here);
    } else { /* of another scope */
        here = renaming_text(&g->q->r->sessions.renaming, there, true);
        fill_tokens(g, &here);
    }
    free(plain);
    return here;
}

static char *user_here(const struct rendering *g, const char *there) {
    if (g->history->user && *g->history->user && strcmp(there, g->history->user) == 0 &&
        g->q->session->user)
        return mem_strdup(g->q->session->user);
    return renaming_text(&g->q->r->sessions.renaming, there, true);
}

/* The payload of another session may be that of the set which the secret lives by, and
 * then it is: nobody knows better. */
static const char *token_of_set(const struct rendering *g, const struct binding *n,
                                const char *token) {
    const struct histories *s = g->q->r->histories;
    int effect = n && n == g->q->name && g->t->before.name_effect >= 0
                     ? g->t->before.name_effect
                 : n ? n->effect
                     : NO_WRITE;
    const char *set = effect >= 0 ? s->interactions[effect].key.payload : NULL;

    return set && strcmp(set, token) != 0 &&
                   identity_compare(s->identity, set, token) != SAMENESS_DIFFERENT
               ? set
               : token;
}

/* Of that secret first: two that are told alike have payloads of their own. What the
 * shown set had is that of the set that stands here, under whatever name it is shown.
 */
static const char *token_here(const struct rendering *g, const struct binding *n,
                              const char *token) {
    const struct interaction *shown = g->q->shown;
    const char *text;

    if (shown && strcmp(token, shown->key.payload) == 0) {
        n = g->q->name;
        token = g->q->r->histories->interactions[n->effect].key.payload;
    }
    token = token_of_set(g, n, token);
    text = n ? json_string_value(json_object_get(n->tokens, token)) : NULL;
    if (!text)
        text = json_string_value(json_object_get(g->q->session->tokens, token));
    return text ? text
                : json_string_value(json_object_get(g->q->r->sessions.tokens, token));
}

/* --- texts with names in them --- */

static void swap_word(const struct rendering *g, char **text, const char *there,
                      const char *here) {
    bool refused =
        g->t->x->response.status / 100 == 4 && g->t->x->response.status != 404;
    char *other = refused ? word_replace_quoted(*text, there, here)
                          : word_replace(*text, there, here);

    if (other) {
        free(*text);
        *text = other;
    }
}

/* As the reference masks a key in its messages. */
static char *masked(const char *key) {
    size_t len = strlen(key);

    return mem_printf("%.3s********%s", key, len > 12 ? key + len - 4 : "");
}

/* A value in a text that repeats a form as it was sent. */
static void add_in_form(struct buf *out, const char *text, const char *value) {
    struct buf coded = BUF_INIT(BUF_UNLIMITED);
    bool plus = strstr(text, "%20") == NULL;

    str_add_percent(&coded, value, strlen(value));
    for (const char *at = coded.ptr; at && *at; at++) {
        if (plus && strncmp(at, "%20", 3) == 0) {
            buf_addc(out, '+');
            at += 2;
        } else {
            buf_addc(out, *at);
        }
    }
    buf_release(&coded);
}

/* Tokens of the recording become what stands for them here. */
static void fill_tokens(const struct rendering *g, char **text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const char *key = g->q->key.credential;
    const char *at = *text, *end = at + strlen(at);
    bool any = false, form = strstr(*text, "%5B") != NULL;

    for (bool worth = strchr(*text, ':') != NULL; worth && at < end;) {
        bool mask = str_starts(at, "masked ");
        size_t skip = mask ? 7 : 0,
               n = redactor_token(at + skip, (size_t)(end - at) - skip);
        char *token = n ? mem_strndup(at + skip, n) : NULL;
        const char *here = token && str_starts(token, "key:")
                               ? key
                               : (token ? token_here(g, g->q->name, token) : NULL);
        char *hidden = mask && here ? masked(here) : NULL;

        if (here) {
            if (form && at > *text && at[-1] == '=')
                add_in_form(&out, *text, here);
            else
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

/* --- times --- */

/* The secret that an object of an answer shows. */
static const struct binding *bindings_of(const struct rendering *g,
                                         const json_t *object) {
    const char *text = jsonx_string(object, "name", NULL);
    char *plain =
        text ? name_tokens_plain(g->q->r->histories->name_tokens, text) : NULL;
    const char *name = plain ? plain : text;
    const struct binding *n = NULL;

    if (g->q->name && (!name || (g->t->key.name && strcmp(name, g->t->key.name) == 0)))
        n = g->q->name;
    else if (g->own && name)
        n = session_binding_of(g->q->session, history_name_find(g->history, name));
    free(plain);
    return n;
}

/* What was asked for here, when it answered what was asked for there, or nearly. */
static bool time_asked(const struct replay_request *q, const struct request_key *there,
                       int64_t seconds, int64_t *here) {
    int64_t off;

    if (there->expires_at <= 0 || q->key.expires_at <= 0)
        return false;
    off = seconds - epoch_seconds(there->expires_at);
    *here = epoch_seconds(q->key.expires_at) + off;
    return off > -A_DAY && off < A_DAY;
}

/* Of the set that a secret lives by here, where the answer shows that of another. */
static bool time_that_stands(const struct rendering *g, const struct binding *n,
                             bool created, int64_t there, int64_t *here) {
    const struct request_key *made;

    if (!g->shown ||
        jsonx_int(g->shown, created ? "created" : "expires_at", 0) != there)
        return false;
    made = &g->q->shown->key;
    if (created)
        *here = n->created_here;
    else if (n->expires_here && made->expires_at > 0)
        *here =
            n->expires_here + epoch_seconds(there) - epoch_seconds(made->expires_at);
    else
        *here = n->expires;
    return true;
}

static int64_t seconds_here(const struct rendering *g, const struct binding *n,
                            const char *key, int64_t there) {
    bool expires = strcmp(key, "expires_at") == 0,
         created = strcmp(key, "created") == 0;
    int64_t seconds = epoch_seconds(there), here;

    if (n && expires && seconds == n->ended_there &&
        seconds != epoch_seconds(g->t->key.expires_at))
        return n->ended_here;
    /* a set answers what was asked for, even under another name */
    if (expires && ((n && n == g->q->name) || g->t->key.op == API_SET) &&
        time_asked(g->q, &g->t->key, seconds, &here))
        return here; /* though it was replaced since */
    if (n && (expires || created) && time_that_stands(g, n, created, there, &here))
        return here;
    if (n && expires && n->expires_there)
        return seconds + n->expires_here - n->expires_there;
    if (expires && g->q->name && seconds == g->q->name->expires_there)
        return g->q->name->expires_here; /* under another name */
    if (n && created && seconds == n->before_there && seconds != n->created_there)
        return n->before_here; /* the answer of another time, again */
    if (n && !expires && n->created_there && (created || n->created_there == seconds))
        return seconds + n->created_here - n->created_there;
    return seconds + (g->own ? g->q->session->shift : g->q->now - g->t->now);
}

static int64_t time_here(const struct rendering *g, const json_t *object,
                         const char *key, int64_t there) {
    int64_t unit = epoch_unit(there);

    return seconds_here(g, bindings_of(g, object), key, there) * unit + there % unit;
}

static bool is_time(const char *key) {
    return key && (strcmp(key, "created") == 0 || strcmp(key, "expires_at") == 0);
}

/* The id of what the answer shows, or of what stands here instead. */
static const char *id_that_stands(const struct rendering *g, const char *id) {
    return g->shown && strcmp(jsonx_string(g->shown, "id", ""), id) == 0
               ? jsonx_string(g->stands, "id", id)
               : id;
}

/* A member of the implementation's own that can only be a time. */
static bool looks_like_time(const struct rendering *g, int64_t value) {
    return epoch_is_near(value, g->t->now);
}

/* --- texts of its own --- */

/* What the client has sent is no time of the implementation's, nor is an id. */
static bool is_sent_or_id(const struct rendering *g, const char *word, size_t n) {
    const struct request_key *a = &g->t->key;
    const char *const sent[] = {a->name,         a->user,        a->cursor,
                                a->other_cursor, a->idempotency, a->expires};

    for (size_t i = 0; i < ARRAY_LEN(sent); i++)
        if (sent[i] && str_find(sent[i], strlen(sent[i]), word, n))
            return true;
    return session_knows_id(&g->q->r->sessions, word, n);
}

/* The times inside a text. */
static void shift_timestamps(const struct rendering *g, const json_t *object,
                             char **text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool any = false;

    for (const char *at = *text; *at;) {
        int64_t there;
        size_t n = timestamp_at(at, &there), word = word_length(at);
        bool meant = n && !word_length(at + n) && looks_like_time(g, there) &&
                     !is_sent_or_id(g, at, n);
        char *here =
            meant ? timestamp_like(at, n,
                                   seconds_here(g, bindings_of(g, object), "", there))
                  : NULL;

        n = meant ? n : word ? word : 1;
        if (here)
            buf_adds(&out, here);
        else
            buf_add(&out, at, n);
        any = any || here;
        at += n;
        free(here);
    }
    if (any) {
        free(*text);
        *text = buf_take(&out, NULL);
    }
    buf_release(&out);
}

/* In a list each secret speaks of itself, and the list of all of them. */
static void swap_listed(const struct rendering *g, const json_t *object, char **text) {
    const char *own = jsonx_string(object, "name", NULL),
               *there = own                               ? own
                        : json_object_get(object, "data") ? *text
                                                          : NULL;
    char *here;

    if (!there || !g->own || g->q->key.op != API_LIST ||
        (!own && history_name_find(g->history, there) < 0))
        return;
    here = name_here(g, there);
    if (strcmp(*text, there) == 0) {
        free(*text);
        *text = here;
        return;
    }
    swap_word(g, text, there, here);
    free(here);
}

static char *render_text(const struct rendering *g, const json_t *object,
                         const char *there) {
    char *plain = name_tokens_plain(g->q->r->histories->name_tokens, there),
         *text = plain ? plain : mem_strdup(there);

    shift_timestamps(g, object, &text);
    swap_listed(g, object, &text);
    swap_word(g, &text, g->t->key.name, g->q->key.name); /* may hold a token */
    swap_word(g, &text, g->t->key.user, g->q->key.user);
    fill_tokens(g, &text);
    for (size_t i = 0; i < g->renamed_count; i++)
        swap_word(g, &text, g->renamed[i].there, g->renamed[i].here);
    swap_word(g, &text, g->t->key.cursor, g->q->key.cursor);
    swap_word(g, &text, g->t->key.other_cursor, g->q->key.other_cursor);
    swap_word(g, &text, g->t->key.expires, g->q->key.expires);
    swap_word(g, &text, g->t->key.idempotency, g->q->key.idempotency);
    swap_word(g, &text, g->request_id_there, g->request_id_here);
    if (strcmp(text, there) == 0)
        renaming_swap_words(&g->q->r->sessions.renaming, &text);
    return text;
}

/* Only the ids in it. */
static char *render_link(const struct rendering *g, const char *there) {
    char *text = mem_strdup(there);

    for (size_t i = 0; i < g->renamed_count; i++)
        swap_word(g, &text, g->renamed[i].there, g->renamed[i].here);
    return text;
}

/* --- values --- */

static bool on_number(void *context, const json_t *object, const char *key,
                      int64_t value, int64_t *out) {
    if (is_time(key) ? value < EPOCH_LEAST_S : !looks_like_time(context, value))
        return false;
    *out = time_here(context, object, key, value);
    return true;
}

/* NULL = it is no token that is known. */
static char *payload_here(const struct rendering *g, const json_t *object,
                          const char *value) {
    char *token = redactor_token_bare(value);
    const char *here = token_here(g, bindings_of(g, object), token);
    char *payload = here ? mem_strdup(here) : NULL;

    free(token);
    return payload;
}

static char *on_text(void *context, const json_t *object, const char *key,
                     const char *value) {
    const struct rendering *g = context;
    char *payload;
    int64_t number;

    if (!key)
        return render_text(g, NULL, value);
    if (strcmp(key, "name") == 0)
        return name_here(g, value);
    if (strcmp(key, "user") == 0)
        return user_here(g, value);
    if (strcmp(key, "id") == 0 && *value)
        return mem_strdup(session_id_here(&g->q->r->sessions, g->q->session,
                                          bindings_of(g, object),
                                          id_that_stands(g, value)));
    if (strcmp(key, "payload") == 0 && (payload = payload_here(g, object, value)))
        return payload;
    if (is_time(key) && str_to_int(value, strlen(value), &number) &&
        number > EPOCH_LEAST_S)
        return mem_printf("%lld", (long long)time_here(g, object, key, number));
    if (timestamp_is(value, &number) && looks_like_time(g, number))
        return timestamp_like(value, strlen(value), time_here(g, object, key, number));
    return strcmp(key, "url") == 0 ? render_link(g, value)
                                   : render_text(g, object, value);
}

/* Words of the API itself never change. */
static bool may_change(const char *key, const json_t *value) {
    static const char *const fixed[] = {"object", "type", "code", "param"};

    if (json_is_real(value))
        return json_real_value(value) >= (double)EPOCH_LEAST_S;
    if (json_is_integer(value))
        return is_time(key) || json_integer_value(value) >= EPOCH_LEAST_S;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (strcmp(key, fixed[i]) == 0)
            return false;
    return true;
}

/* --- the whole answer --- */

static void begin_rendering(struct rendering *g, struct replay_request *q,
                            const struct interaction *t) {
    const char *id = http_headers_get(&t->x->response.headers, "Request-Id");

    *g = (struct rendering){.q = q,
                            .t = t,
                            .history = &q->r->histories->items[t->history],
                            .own = q->session->history == t->history};
    if (q->shown) {
        g->shown = jsonx_body(&q->shown->x->response);
        g->stands =
            jsonx_body(&q->r->histories->interactions[q->name->effect].x->response);
    }
    /* an id that was answered twice stays what it is */
    if (id &&
        json_integer_value(json_object_get(q->r->histories->request_ids, id)) <= 1) {
        g->request_id_there = mem_strdup(id);
        g->request_id_here = session_new_id(&q->r->sessions, id);
    }
}

/* They speak of HTTP, whatever the names are. */
static bool speaks_of_http(const char *name) {
    static const char *const names[] = {"Content-Type",
                                        "Cache-Control",
                                        "Server",
                                        "Vary",
                                        "Connection",
                                        "Pragma",
                                        "WWW-Authenticate",
                                        "Allow",
                                        "Accept",
                                        "Accept-Ranges",
                                        "ETag",
                                        "Via"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal_nocase(name, names[i]))
            return true;
    return strncasecmp(name, "Access-Control-", 15) == 0 ||
           strncasecmp(name, "X-Content-", 10) == 0;
}

static void add_header(const struct rendering *g, const struct http_header *h,
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
    } else if (str_equal_nocase(h->name, "Idempotency-Key") && g->q->key.idempotency) {
        http_headers_add(&out->headers, h->name, g->q->key.idempotency);
    } else if (str_equal_nocase(h->name, "Original-Request")) {
        /* the first answer of its idempotency key had that request id here */
        text = mem_strdup(
            session_id_here(&g->q->r->sessions, g->q->session, NULL, h->value));
        http_headers_add(&out->headers, h->name, text);
        free(text);
    } else if (speaks_of_http(h->name)) {
        http_headers_add(&out->headers, h->name, h->value);
    } else {
        text = render_text(g, NULL, h->value);
        http_headers_add(&out->headers, h->name, text);
        free(text);
    }
}

static void add_headers(const struct rendering *g, struct http_response *out) {
    const struct http_headers *h = &g->t->x->response.headers;

    for (size_t i = 0; i < h->count; i++)
        add_header(g, &h->items[i], out);
}

/* The ids that are others here, before the texts that have them are written. */
static void find_renamed(struct rendering *g, const json_t *body) {
    const json_t *object;

    for (size_t n = 0; (object = embedded_ids_object(body, n)); n++) {
        const char *there = jsonx_string(object, "id", ""),
                   *here = *there ? session_id_here(&g->q->r->sessions, g->q->session,
                                                    bindings_of(g, object),
                                                    id_that_stands(g, there))
                                  : there;

        if (strcmp(there, here) == 0)
            continue;
        g->renamed = mem_grow(g->renamed, g->renamed_count + 1, sizeof(*g->renamed));
        g->renamed[g->renamed_count].there = there;
        g->renamed[g->renamed_count++].here = here;
    }
}

static void end_rendering(struct rendering *g) {
    json_decref(g->shown);
    json_decref(g->stands);
    free(g->renamed);
    free(g->request_id_there);
    free(g->request_id_here);
}

static bool header_shows_id(const struct http_response *r, const json_t *body) {
    const json_t *object;

    for (size_t n = 0; (object = embedded_ids_object(body, n)); n++) {
        const char *id = jsonx_string(object, "id", "");

        for (size_t i = 0; *id && i < r->headers.count; i++)
            if (strstr(r->headers.items[i].value, id))
                return true;
    }
    return false;
}

static const struct render_plan *plan_of(struct replay_request *q,
                                         const struct interaction *t) {
    struct render_plan *plan = &q->r->plans[t - q->r->histories->interactions];
    const struct http_response *there = &t->x->response;

    if (plan->splice || !there->body || !there->body_len)
        return plan;
    plan->splice = json_splice_new(there->body, there->body_len, may_change);
    plan->linked = embedded_ids_any(json_splice_root(plan->splice)) ||
                   header_shows_id(there, json_splice_root(plan->splice));
    return plan;
}

void render_headers(struct replay_request *q, const struct interaction *t,
                    struct http_response *response) {
    struct rendering g;

    begin_rendering(&g, q, t);
    add_headers(&g, response);
    end_rendering(&g);
}

/* Does another place than the Request-Id header show it? */
static bool shows_elsewhere(const struct http_response *r, const char *request_id) {
    for (size_t i = 0; i < r->headers.count; i++)
        if (!str_equal_nocase(r->headers.items[i].name, "Request-Id") &&
            strstr(r->headers.items[i].value, request_id))
            return true;
    return r->body_len && memmem(r->body, r->body_len, request_id, strlen(request_id));
}

void render(struct replay_request *q, const struct interaction *t,
            struct replay_answer *answer) {
    const struct render_plan *plan = plan_of(q, t);
    const struct http_response *there = &t->x->response;
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    struct rendering g;
    struct json_splice_values w = {&g, on_text, on_number, redactor_token_number};
    size_t len;
    char *text;

    begin_rendering(&g, q, t);
    if (plan->linked)
        find_renamed(&g, json_splice_root(plan->splice));
    answer->response.status = there->status;
    add_headers(&g, &answer->response);
    if (plan->splice)
        json_splice_run(plan->splice, &w, &body);
    text = buf_take(&body, &len);
    http_response_body_take(&answer->response, text, len);
    answer->new_id = g.request_id_here != NULL;
    if (answer->new_id && shows_elsewhere(&answer->response, g.request_id_here))
        answer->lasting = false;
    answer->chunked = t->x->chunked;
    answer->exchange = t->x->number;
    answer->recorded_us = t->x->ended_us - t->x->began_us;
    end_rendering(&g);
}

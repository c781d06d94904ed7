/* A request that was not recorded comes in. The model's answer in the looks of a
 * recorded one goes out, or a miss that names the nearest. */
#include "replay/fallback.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/word_replace.h"
#include "recording/history/name_tokens.h"
#include "replay/apply.h"
#include "replay/current_order.h"
#include "replay/model_snapshot.h"
#include "replay/render.h"
#include "replay/template.h"
#include "replay/text/json_style.h"

enum { LOOKED_AT = 500 };

/* Every "id" of an answer. */
static void add_ids(json_t *ids, const char *body) {
    static const char key[] = "\"id\"";

    for (const char *at = body; at && (at = strstr(at, key));) {
        size_t n;

        at += strlen(key);
        at += strspn(at, " :\t\r\n");
        if (*at != '"')
            continue;
        n = strcspn(++at, "\"");
        json_object_setn_new_nocheck(ids, at, n, json_true());
    }
}

/* Was a cursor one of its scope? */
static void find_cursors(struct histories *s, const struct history *history) {
    json_t *ids = json_object();
    bool any = false;

    for (size_t i = 0; i < history->count && !any; i++)
        any = s->interactions[history->interactions[i]].key.cursor != NULL;
    for (size_t i = 0; i < history->count && any; i++) {
        struct interaction *t = &s->interactions[history->interactions[i]];

        if (t->key.cursor)
            t->cursor_known = json_object_get(ids, t->key.cursor) != NULL;
        if (t->succeeded && (t->key.op == API_SET || t->key.op == API_LIST))
            add_ids(ids, t->x->response.body);
    }
    json_decref(ids);
}

void fallback_index(struct replay *r) {
    for (size_t i = 0; i < r->histories->history_count; i++)
        find_cursors(r->histories, &r->histories->items[i]);
    r->fallbacks = json_object();
    for (size_t i = 0; i < r->histories->count; i++) {
        const struct interaction *t = &r->histories->interactions[i];
        char *key;
        json_t *list;

        if (t->history < 0 || t->x->outcome != OUTCOME_ANSWERED)
            continue;
        key = mem_printf("%c %s", recorded_state_class(t), t->key.fingerprint);
        list = json_object_get(r->fallbacks, key);
        if (!list) {
            list = json_array();
            json_object_set_new_nocheck(r->fallbacks, key, list);
        }
        json_array_append_new(list, json_integer((json_int_t)i));
        free(key);
    }
}

/* A secret that was found so there, and stands by a recorded set here: the answer can
 * show that one, with all that is odd about it. */
static bool can_show(const struct replay_request *q, const struct interaction *t) {
    const struct interaction *stands, *shown;

    if (q->key.op != API_FIND || t->key.op != API_FIND || !t->succeeded || !q->name ||
        q->name->effect < 0 || t->before.name_effect < 0 ||
        has_doubt(t, DOUBT_UNEXPLAINED | DOUBT_UNORDERED) || has_doubt(t, DOUBT_STATE))
        return false;
    stands = &q->r->histories->interactions[q->name->effect];
    shown = &q->r->histories->interactions[t->before.name_effect];
    return !stands->expires == !shown->expires && stands->key.payload &&
           shown->key.payload;
}

/* Of its own history: how such a secret was found there. */
static const struct interaction *same_shape_fallback(const struct replay_request *q) {
    const struct history *s =
        q->session->history >= 0 ? &q->r->histories->items[q->session->history] : NULL;
    const json_t *list =
        s ? json_object_get(s->by_fingerprint, q->key.fingerprint) : NULL;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct interaction *t =
            &q->r->histories->interactions[json_integer_value(json_array_get(list, i))];

        if (recorded_state_class(t) == 'p' && same_credential(q, t) && can_show(q, t))
            return t;
    }
    return NULL;
}

/* A recorded answer to such a request about such a secret: one that the model agrees
 * with if there is any, else what the implementation did. */
static const struct interaction *fallback_for(const struct replay_request *q,
                                              int status, const json_t *model) {
    char *key = mem_printf("%c %s", current_state_class(q), q->key.fingerprint);
    const json_t *list = json_object_get(q->r->fallbacks, key);
    bool more = json_is_true(json_object_get(model, "has_more"));
    bool finds = q->key.op == API_FIND && status / 100 == 2;
    const struct interaction *first = NULL, *agrees = NULL,
                             *best = finds && current_state_class(q) == 'p'
                                         ? same_shape_fallback(q)
                                         : NULL;

    for (size_t i = 0; i < json_array_size(list) && !best; i++) {
        const struct interaction *t =
            &q->r->histories->interactions[json_integer_value(json_array_get(list, i))];

        if (!same_credential(q, t) || ((q->key.too_long || q->full) && t->succeeded) ||
            (t->repeated && !q->key.idempotency) ||
            (t->key.cursor && t->cursor_known != (status / 100 == 2)))
            continue;
        first = first ? first : t;
        if (t->x->response.status / 100 != status / 100)
            continue;
        agrees = agrees ? agrees : t;
        if (interaction_has_more(t) == more &&
            (i >= LOOKED_AT || !finds || can_show(q, t)))
            best = t;
    }
    free(key);
    return best ? best : agrees ? agrees : first;
}

/* Ids that the model has made up get the looks of recorded ones. */
static void dress_id(struct replay_request *q, const json_t *pattern, json_t *model) {
    const char *like = jsonx_string(pattern, "id", NULL);
    bool known =
        json_object_get(q->r->sessions.ids_there, jsonx_string(model, "id", ""));
    const char *user = q->session->user && *q->session->user ? q->session->user : NULL;
    char *key = http_credential(&q->request->headers, NULL), *id;
    struct model_secret s = {q->key.name, NULL, q->key.payload,
                             jsonx_int(model, "created", 0),
                             jsonx_int(model, "expires_at", 0)};

    if (like && *like && key && q->key.op == API_SET && q->key.name && !known) {
        id = session_new_id(&q->r->sessions, like);
        s.id = id;
        model_put(q->r->model, key, user, &s, q->now_ms);
        json_object_set_new(model, "id", json_string_nocheck(id));
        json_object_set_new_nocheck(q->r->sessions.ids_there, id,
                                    json_string_nocheck(id));
        free(id);
    }
    free(key);
}

static void set_value(struct http_header *h, char *value) {
    free(*http_owned(&h->value));
    h->value = value;
}

/* A header may have the id of what is shown, the last one of a page, or its length. */
static void dress_headers(const json_t *was, const json_t *now,
                          struct http_headers *headers) {
    const json_t *list = json_object_get(was, "data"),
                 *data = json_object_get(now, "data");
    size_t there = json_array_size(list), here = json_array_size(data);
    const char *id_there = jsonx_string(there ? json_array_get(list, there - 1) : was,
                                        "id", NULL),
               *id_here = jsonx_string(here ? json_array_get(data, here - 1) : now,
                                       "id", NULL);

    for (size_t i = 0; i < headers->count; i++) {
        struct http_header *h = &headers->items[i];
        char *other =
            id_there && id_here ? word_replace(h->value, id_there, id_here) : NULL;
        int64_t number;

        if (list && json_style_counts(h->name) &&
            str_to_int(h->value, strlen(h->value), &number) && number == (int64_t)there)
            set_value(h, mem_printf("%zu", here));
        else if (other)
            set_value(h, mem_strdup(other));
        free(other);
    }
}

/* The model's values in a recorded answer's looks. */
static void style_as(struct replay_request *q, const struct interaction *t,
                     json_t *model, struct replay_answer *answer) {
    bool exact = strcmp(t->key.fingerprint, q->key.fingerprint) == 0;
    json_t *pattern = jsonx_body(&t->x->response), *item = NULL, *merged;
    int status = answer->response.status;
    char *text;

    if (status / 100 != 2 || !pattern || !model) {
        http_response_release(&answer->response);
        render(q, t, answer);
        json_decref(pattern);
        return;
    }
    if (!exact ||
        (q->key.op == API_LIST && !json_array_size(json_object_get(pattern, "data"))))
        item = template_item(q);
    if (q->key.op != API_LIST)
        dress_id(q, pattern, model);
    if (json_object_get(json_object_get(model, "scope"), "user") &&
        !json_object_get(json_object_get(pattern, "scope"), "user") &&
        json_object_get(json_object_get(item, "scope"), "user"))
        json_object_set(pattern, "scope", json_object_get(item, "scope"));
    merged = json_style_merge(pattern, item, model, exact, q->now - t->now);
    text = json_style_dump(merged, t->x->response.body, t->x->response.body_len);
    http_response_release(&answer->response);
    answer->response.status = t->x->response.status;
    render_headers(q, t, &answer->response);
    dress_headers(pattern, merged, &answer->response.headers);
    http_response_body_take(&answer->response, text, strlen(text));
    answer->chunked = t->x->chunked;
    answer->exchange = t->x->number;
    json_decref(merged);
    json_decref(item);
    json_decref(pattern);
}

static void answer_with_shown(struct replay_request *q, const struct interaction *t,
                              struct replay_answer *answer) {
    http_response_release(&answer->response);
    q->shown = &q->r->histories->interactions[t->before.name_effect];
    render(q, t, answer);
    q->shown = NULL;
}

static void apply_model(struct replay_request *q, int status) {
    struct binding *n = q->name;

    if (q->key.op != API_SET && q->key.op != API_DELETE)
        return;
    q->session->scope_write = FOREIGN_WRITE;
    if (!n)
        return;
    n->write = FOREIGN_WRITE;
    if (status / 100 != 2)
        return;
    binding_write(q->session, n, q->key.op == API_SET, NO_WRITE, q->now);
    n->effect = n->alive ? FOREIGN_WRITE : NO_WRITE;
    n->expires = n->alive && q->key.expires_at > 0 ? q->key.expires_at : 0;
}

/* The recorded implementation did what the model would not: the model follows. */
static void lead_model(struct replay_request *q, const struct http_response *answer) {
    const char *user = q->session->user && *q->session->user ? q->session->user : NULL;
    char *key = http_credential(&q->request->headers, NULL);
    json_t *body = jsonx_body(answer);
    struct model_secret s = {
        q->key.name, jsonx_string(body, "id", ""), q->key.payload ? q->key.payload : "",
        jsonx_int(body, "created", q->now), jsonx_int(body, "expires_at", 0)};

    if (key && q->name && q->key.op == API_SET)
        model_put(q->r->model, key, user, &s, q->now_ms);
    else if (key && q->name && q->key.op == API_DELETE)
        model_remove(q->r->model, key, user, q->key.name, q->now_ms);
    json_decref(body);
    free(key);
}

/* Words of another answer's error for what the model refuses. */
static void style_error(struct replay_request *q, const struct template_match *match,
                        json_t *model, struct replay_answer *answer) {
    struct replay_answer styled = {0};
    json_t *pattern, *merged;
    char *text;

    render(q, match->interaction, &styled);
    pattern = jsonx_body(&styled.response);
    if (match->same_kind && pattern) {
        merged = template_reword(q, match, pattern);
    } else {
        styled.response.status = answer->response.status;
        http_headers_remove(&styled.response.headers, "Retry-After");
        http_headers_remove(&styled.response.headers, "Allow");
        http_headers_remove(&styled.response.headers, "Idempotent-Replayed");
        merged = json_style_merge(pattern, NULL, model, false, 0);
    }
    if (pattern && (merged || model)) {
        text = json_style_dump(merged ? merged : pattern, styled.response.body,
                               styled.response.body_len);
        http_response_body_take(&styled.response, text, strlen(text));
    }
    http_response_release(&answer->response);
    answer->response = styled.response;
    answer->chunked = styled.chunked;
    json_decref(merged);
    json_decref(pattern);
}

void answer_refusal(struct replay_request *q, json_t *model,
                    struct replay_answer *answer) {
    struct template_match match;

    answer->label = REPLAY_MODELLED;
    if (template_find(q, answer->response.status, model, &match))
        style_error(q, &match, model, answer);
    answer->exchange = 0;
}

/* A page that goes on, and one that does not, may have members that say so: then in the
 * looks of another request's, if there is such a one. */
static const struct interaction *
dress_like(struct replay_request *q, const struct interaction *t, const json_t *model) {
    bool more = json_is_true(json_object_get(model, "has_more"));
    struct template_match match;

    if (q->key.op == API_LIST && t->succeeded && interaction_has_more(t) != more &&
        template_find(q, t->x->response.status, model, &match) &&
        match.interaction->key.op == API_LIST &&
        interaction_has_more(match.interaction) == more)
        return match.interaction;
    return t;
}

bool answer_by_model(struct replay_request *q, struct replay_answer *answer) {
    const struct interaction *t;
    struct model_snapshot before = {0};
    struct template_match match;
    json_t *model;
    bool missed;
    int status;

    if (q->r->options.strict)
        model_snapshot_take(&before, q);
    model_answer(q->r->model, q->request, q->now_ms, &answer->response);
    status = answer->response.status;
    model = jsonx_body(&answer->response);
    t = fallback_for(q, status, model);
    missed = !t && q->r->options.strict;
    if (missed) {
        model_snapshot_restore(&before, q);
    } else if (t) {
        answer->label = REPLAY_DERIVED;
        if (t->x->response.status / 100 == status / 100 && can_show(q, t)) {
            answer_with_shown(q, t, answer);
        } else if (t->x->response.status / 100 == status / 100) {
            style_as(q, dress_like(q, t, model), model, answer);
        } else {
            http_response_release(&answer->response);
            render(q, t, answer);
            if (answer->response.status / 100 == 2)
                lead_model(q, &answer->response);
            else if (status / 100 == 2 && interaction_writes(t))
                undo_model(q);
            status = answer->response.status;
        }
    } else if (template_find(q, status, model, &match)) {
        answer->label = REPLAY_MODELLED;
        if (status / 100 == 2)
            style_as(q, match.interaction, model, answer);
        else
            style_error(q, &match, model, answer);
        answer->exchange = 0;
    } else {
        answer->label = REPLAY_MODELLED;
    }
    if (!missed)
        apply_model(q, status);
    model_snapshot_release(&before);
    json_decref(model);
    return !missed;
}

void put_by_model(struct replay_request *q, struct replay_answer *answer) {
    json_t *model, *like = template_item(q);

    model_answer(q->r->model, q->request, q->now_ms, &answer->response);
    model = jsonx_body(&answer->response);
    if (answer->response.status / 100 == 2 && like && model)
        dress_id(q, like, model);
    apply_model(q, answer->response.status);
    answer->label = REPLAY_MODELLED;
    json_decref(model);
    json_decref(like);
}

/* Do two lists show the same secrets in the same order? A name that is none of the
 * history's is what went wrong there, and is left as it was. */
static bool same_order(const struct replay_request *q, const struct interaction *t,
                       const json_t *there, const json_t *here) {
    const struct history *history = &q->r->histories->items[t->history];

    if (json_array_size(there) != json_array_size(here))
        return false;
    for (size_t i = 0; i < json_array_size(there); i++) {
        const char *text = jsonx_string(json_array_get(there, i), "name", "");
        char *plain = name_tokens_plain(q->r->histories->name_tokens, text);
        int name = history_name_find(history, plain ? plain : text);
        const struct binding *n = session_binding_of(q->session, name);

        free(plain);
        if (name < 0)
            return true;
        if (!n ||
            strcmp(n->here, jsonx_string(json_array_get(here, i), "name", "")) != 0)
            return false;
    }
    return true;
}

bool answer_uncertain(struct replay_request *q, int interaction,
                      struct replay_answer *answer) {
    const struct interaction *t = &q->r->histories->interactions[interaction];
    json_t *model, *there = jsonx_body(&t->x->response);
    const json_t *data_there = json_object_get(there, "data"), *data;
    bool same;

    model_answer(q->r->model, q->request, q->now_ms, &answer->response);
    model = jsonx_body(&answer->response);
    data = json_object_get(model, "data");
    same = answer->response.status / 100 == t->x->response.status / 100 &&
           (json_array_size(data) == json_array_size(data_there) ||
            (t->key.cursor && current_order_differs(q))) &&
           (has_doubt(t, DOUBT_STATE) || !same_order(q, t, data_there, data));
    if (same) {
        answer->label = REPLAY_DERIVED;
        style_as(q, t, model, answer);
    } else {
        http_response_release(&answer->response);
    }
    json_decref(model);
    json_decref(there);
    return same;
}

/* An answer of the model comes in. The recorded answer that lends it its looks goes
 * out. */
#include "replay/template.h"

#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/word_replace.h"

enum { MESSAGE_HEAD = 10, MAX_PAIRS = 1000, TRIED = 3, STATUSES = 4 };

static const char long_payload[] = "Invalid string: payload"; /* as the model says it */
static const char scratch_key[] = "sk_test_scratch0000000000";

/* Why a request is refused, by the model. */
struct reason {
    int status; /* 2xx: not for what it asks, but for the state that it meets */
    char *code, *param, *message;
};

struct refusal {
    int interaction;
    struct reason why;
    bool too_long; /* its payload was, as far as anybody can see */
};

static const char *error_member(const json_t *body, const char *key) {
    return jsonx_string(json_object_get(body, "error"), key, "");
}

static struct reason reason_of(int status, const json_t *body) {
    return (struct reason){status, mem_strdup(error_member(body, "code")),
                           mem_strdup(error_member(body, "param")),
                           mem_strdup(error_member(body, "message"))};
}

static void reason_release(struct reason *w) {
    free(w->code);
    free(w->param);
    free(w->message);
}

/* Two reasons are of one kind, whichever parameter it is. */
static bool same_reason(const struct reason *a, const struct reason *b) {
    if (a->status / 100 == 2 || b->status / 100 == 2)
        return a->status / 100 == b->status / 100;
    return a->status == b->status && strcmp(a->code, b->code) == 0 &&
           (*a->code || strncmp(a->message, b->message, MESSAGE_HEAD) == 0);
}

/* --- what recorded refusals mean --- */

/* The request as the scratch model can read it: with a key that it knows, if the
 * recorded implementation knew the key. */
static struct reason ask_scratch(struct model *scratch, const struct http_request *q,
                                 bool has_key, bool known, int64_t now_ms) {
    struct http_request copy = {0};
    struct http_response answer = {0};
    struct reason why;
    json_t *body;
    char *value = mem_printf("Bearer %s", known ? scratch_key : "sk_test_nobody");

    http_request_copy(&copy, q);
    if (has_key)
        http_headers_set(&copy.headers, "Authorization", value);
    http_headers_remove(&copy.headers, "Idempotency-Key");
    model_reset(scratch);
    model_answer(scratch, &copy, now_ms, &answer);
    body = jsonx_body(&answer);
    why = reason_of(answer.status, body);
    json_decref(body);
    http_response_release(&answer);
    http_request_release(&copy);
    free(value);
    return why;
}

static struct model *scratch_new(const struct replay *r) {
    static const struct model_key key = {scratch_key, "main", NULL, false};
    struct model *m = model_new(&r->rules, 1);

    model_add_key(m, &key);
    return m;
}

/* What else is wrong with a payload, in the words of an error. */
static bool says_other(const char *message) {
    static const char *const words[] = {"null",    "u0000",        "UTF",
                                        "unicode", "encod",        "nul ",
                                        "control", "invalid char", "invalid byte"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcasestr(message, words[i]))
            return true;
    return false;
}

/* A recorded payload is a token, and the model takes it: the error says if it was not.
 */
static bool see_long_payload(const struct interaction *t, struct reason *why) {
    json_t *body = jsonx_body(&t->x->response);
    bool refused =
        why->status / 100 == 2 && strcmp(error_member(body, "param"), "payload") == 0;
    bool other = says_other(error_member(body, "message"));

    if (refused) {
        reason_release(why);
        *why = (struct reason){400, mem_strdup(""), mem_strdup("payload"),
                               mem_strdup(long_payload)};
    }
    json_decref(body);
    return refused && !other;
}

static void add_refusal(struct replay *r, struct model *scratch,
                        const struct interaction *t) {
    struct refusal f = {(int)(t - r->histories->interactions),
                        ask_scratch(scratch, &t->x->request, t->key.credential != NULL,
                                    *r->histories->items[t->history].account != '\0',
                                    t->now * 1000),
                        false};

    f.too_long = see_long_payload(t, &f.why);
    r->refusals = mem_grow(r->refusals, r->refusal_count + 1, sizeof(*r->refusals));
    r->refusals[r->refusal_count++] = f;
}

/* One of each fingerprint and status. */
static void find_refusals(struct replay *r) {
    struct model *scratch = scratch_new(r);
    const char *fingerprint;
    json_t *list;

    r->refusals = mem_grow(NULL, 1, sizeof(*r->refusals));
    json_object_foreach(r->histories->by_fingerprint, fingerprint, list) {
        int seen[STATUSES] = {0};
        size_t count = 0;

        for (size_t i = 0; i < json_array_size(list) && count < STATUSES; i++) {
            const struct interaction *t =
                &r->histories
                     ->interactions[json_integer_value(json_array_get(list, i))];
            int status = t->x->response.status;
            bool known = status / 100 != 4;

            for (size_t k = 0; k < count; k++)
                known = known || seen[k] == status;
            if (known)
                continue;
            seen[count++] = status;
            add_refusal(r, scratch, t);
        }
    }
    model_free(scratch);
}

bool template_refuses_long(struct replay *r) {
    if (!r->refusals)
        find_refusals(r);
    for (size_t i = 0; i < r->refusal_count; i++)
        if (r->refusals[i].too_long)
            return true;
    return false;
}

void template_release(struct replay *r) {
    for (size_t i = 0; i < r->refusal_count; i++)
        reason_release(&r->refusals[i].why);
    free(r->refusals);
}

/* --- refusals --- */

static int refusal_score(const struct replay_request *q, const struct refusal *f,
                         const struct reason *why, int status, const json_t *model) {
    const struct interaction *t = &q->r->histories->interactions[f->interaction];
    bool same = same_reason(&f->why, why);
    json_t *body;
    int score = 1;

    if ((t->x->response.status == 401) != (status == 401) ||
        (why->status / 100 == 2 && same && !same_credential(q, t)))
        return 0;
    body = jsonx_body(&t->x->response);
    score += same ? 64 : 0;
    score += *why->param && strcmp(f->why.param, why->param) == 0 ? 16 : 0;
    score +=
        strcmp(error_member(body, "type"), error_member(model, "type")) == 0 ? 32 : 0;
    score +=
        strcmp(error_member(body, "code"), error_member(model, "code")) == 0 ? 8 : 0;
    score += t->key.op == q->key.op ? 4 : 0;
    score += t->x->response.status == status ? 2 : 0;
    json_decref(body);
    return score;
}

static bool find_refusal(struct replay_request *q, int status, const json_t *model,
                         struct template_match *out) {
    struct model *scratch = scratch_new(q->r);
    struct reason own = reason_of(status, model),
                  asked = ask_scratch(scratch, q->request, q->key.credential != NULL,
                                      *q->account != '\0', q->now_ms),
                  *why = asked.status / 100 == 2 ? &asked : &own;
    int best = 0;

    if (!q->r->refusals)
        find_refusals(q->r);
    for (size_t i = 0; i < q->r->refusal_count; i++) {
        const struct refusal *f = &q->r->refusals[i];
        int score = refusal_score(q, f, why, status, model);

        if (score > best) {
            best = score;
            *out =
                (struct template_match){&q->r->histories->interactions[f->interaction],
                                        f, same_reason(&f->why, why)};
        }
    }
    reason_release(&own);
    reason_release(&asked);
    model_free(scratch);
    return best > 0;
}

/* --- what was taken --- */

static bool both_have(const char *a, const char *b, const char *line) {
    return !strstr(a, line) == !strstr(b, line);
}

static int looks_alike(const struct replay_request *q, const struct interaction *t) {
    return (both_have(q->key.fingerprint, t->key.fingerprint, "\nexpand[]=") ? 8 : 0) +
           (both_have(q->key.fingerprint, t->key.fingerprint, "\nscope[type]=user")
                ? 8
                : 0);
}

/* The best of what was recorded, one of each fingerprint and state of the secret. */
static const struct interaction *find_taken(const struct replay_request *q, int status,
                                            const json_t *model) {
    bool more = json_is_true(json_object_get(model, "has_more"));
    const struct interaction *best = NULL;
    int best_score = 0;
    const char *key;
    json_t *list;

    json_object_foreach(q->r->fallbacks, key, list) {
        for (size_t i = 0; i < json_array_size(list) && i < TRIED; i++) {
            const struct interaction *t =
                &q->r->histories
                     ->interactions[json_integer_value(json_array_get(list, i))];
            int score =
                t->key.op != q->key.op
                    ? 1
                    : 64 + looks_alike(q, t) +
                          (current_state_class(q) == recorded_state_class(t) ? 4 : 0) +
                          (interaction_has_more(t) == more ? 32 : 0);

            if (t->x->response.status / 100 != status / 100 || t->repeated)
                continue;
            if (score > best_score) {
                best_score = score;
                best = t;
            }
        }
    }
    return best;
}

bool template_find(struct replay_request *q, int status, const json_t *model,
                   struct template_match *out) {
    *out = (struct template_match){0};
    if (status / 100 == 4 && find_refusal(q, status, model, out))
        return true;
    out->interaction = find_taken(q, status, model);
    return out->interaction != NULL;
}

json_t *template_item(const struct replay_request *q) {
    json_t *best = NULL;
    int best_score = 0;
    const char *key;
    json_t *list;

    json_object_foreach(q->r->fallbacks, key, list) {
        const struct interaction *t =
            &q->r->histories->interactions[json_integer_value(json_array_get(list, 0))];
        bool of_list = t->key.op == API_LIST;
        int score = looks_alike(q, t) + (of_list ? 6 : 0);
        json_t *body;
        const json_t *item;

        if (!t->succeeded || score <= best_score ||
            (!of_list && t->key.op != API_FIND && t->key.op != API_SET))
            continue;
        body = jsonx_body(&t->x->response);
        item = of_list ? json_array_get(json_object_get(body, "data"), 0) : body;
        if (json_is_object(item)) {
            json_decref(best);
            best = json_incref((json_t *)(uintptr_t)item);
            best_score = score;
        }
        json_decref(body);
    }
    return best;
}

/* --- other words --- */

/* What a request gives for a parameter; new text, NULL = nothing. */
static char *parameter(const struct http_request *q, const char *name) {
    struct form form = {0};
    const char *query = http_target_query(q->target);
    const struct form_pair *p;
    char *value;

    form_parse(&form, query, strlen(query), MAX_PAIRS, NULL);
    if (q->body)
        form_parse(&form, q->body, q->body_len, MAX_PAIRS, NULL);
    p = form_get(&form, name);
    value = p ? mem_strndup(p->value, p->value_len) : NULL;
    form_release(&form);
    return value;
}

static void set_text(json_t *error, const char *member, char *text) {
    if (text)
        json_object_set_new(error, member, jsonx_text(text, strlen(text)));
    free(text);
}

/* In the message: what a request gives for a parameter. */
static void swap_value(json_t *error, const struct interaction *t,
                       const struct http_request *q, const char *there,
                       const char *here) {
    const char *message = jsonx_string(error, "message", "");
    char *was = parameter(&t->x->request, there), *now = parameter(q, here);

    if (was && now && *was && *now)
        set_text(error, "message", word_replace_once(message, was, now));
    free(was);
    free(now);
}

/* What has no param of its own. */
static void swap_places(json_t *error, const struct interaction *t,
                        const struct http_request *q) {
    const struct http_request *there = &t->x->request;
    char *was = mem_strndup(there->target, http_target_path_len(there->target)),
         *now = mem_strndup(q->target, http_target_path_len(q->target));

    set_text(error, "message",
             word_replace_once(jsonx_string(error, "message", ""), was, now));
    set_text(error, "message",
             word_replace_once(jsonx_string(error, "message", ""), there->method,
                               q->method));
    free(was);
    free(now);
    swap_value(error, t, q, "expand[]", "expand[]");
    swap_value(error, t, q, "expand[0]", "expand[0]");
}

static void swap_param(json_t *error, const char *there, const char *here) {
    const char *message = jsonx_string(error, "message", "");

    set_text(error, "message", word_replace(message, there, here));
    if (strcmp(jsonx_string(error, "param", ""), there) == 0)
        json_object_set_new(error, "param", jsonx_text(here, strlen(here)));
}

json_t *template_reword(const struct replay_request *q,
                        const struct template_match *match, const json_t *error) {
    json_t *out = json_deep_copy(error), *inner = json_object_get(out, "error");
    struct model *scratch = scratch_new(q->r);
    struct reason why = ask_scratch(scratch, q->request, q->key.credential != NULL,
                                    *q->account != '\0', q->now_ms);
    const char *there = match->refusal->why.param, *here = why.param;

    if (json_is_object(inner) && *there && *here) {
        /* names, users and cursors are styled already */
        if (strcmp(there, "payload") != 0 && strcmp(there, "name") != 0 &&
            strcmp(there, "scope[user]") != 0)
            swap_value(inner, match->interaction, q->request, there, here);
        if (strcmp(there, here) != 0)
            swap_param(inner, there, here);
    } else if (json_is_object(inner) && why.status != 401) {
        swap_places(inner, match->interaction, q->request);
    }
    reason_release(&why);
    model_free(scratch);
    return out;
}

/* The interactions of a recording come in. The implementation's own ways go out, as
 * facts for people and as rules of the model. */
#include "replay/load/traits.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/key_token.h"
#include "replay/load/list_order.h"

enum { MIN_DIFFERENCE = 2, LOOKED_BACK = 200 };

/* A fact looks at one exchange: new text if it shows it, and what rule follows. */
struct glance {
    const struct histories *s;
    const struct interaction *t;
    const json_t *body;
    struct model_rules *rules;
    struct list_order list_order;
};

static bool is_ok(const struct glance *g, enum api_call op) {
    return g->t->succeeded && g->t->key.op == op;
}

static char *id_form(const struct glance *g) {
    const char *id = jsonx_string(g->body, "id", NULL);

    return is_ok(g, API_SET) && id ? mem_strdup(id) : NULL;
}

static char *members(const struct glance *g) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const char *key;
    json_t *value;

    if (!is_ok(g, API_SET))
        return NULL;
    json_object_foreach((json_t *)(uintptr_t)g->body, key, value)
        buf_addf(&out, "%s%s", out.len ? " " : "", key);
    return buf_take(&out, NULL);
}

static char *hidden_payload(const struct glance *g) {
    const json_t *payload = json_object_get(g->body, "payload");

    if (!is_ok(g, API_FIND) || strstr(g->t->key.fingerprint, "\nexpand[]="))
        return NULL;
    g->rules->payload_null = json_is_null(payload);
    return mem_strdup(!payload ? "absent" : json_is_null(payload) ? "null" : "shown");
}

static char *live_deleted(const struct glance *g) {
    const json_t *deleted = json_object_get(g->body, "deleted");

    if (!is_ok(g, API_FIND))
        return NULL;
    return mem_strdup(!deleted                ? "absent"
                      : json_is_null(deleted) ? "null"
                      : json_is_true(deleted) ? "true"
                                              : "false");
}

static char *deletion(const struct glance *g) {
    if (!is_ok(g, API_DELETE))
        return NULL;
    g->rules->delete_full_object = json_object_get(g->body, "name") != NULL;
    return mem_strdup(g->rules->delete_full_object ? "the full object"
                                                   : "the short object");
}

static char *replacing(const struct glance *g) {
    json_t *was;
    bool same_id, same_created;
    int64_t was_created;

    if (!is_ok(g, API_SET) || g->t->before.name_effect < 0 || g->t->repeated ||
        g->t->before.expired || has_doubt(g->t, DOUBT_UNEXPLAINED | DOUBT_UNORDERED))
        return NULL;
    was = jsonx_body(&g->s->interactions[g->t->before.name_effect].x->response);
    same_id = json_equal(json_object_get(was, "id"), json_object_get(g->body, "id"));
    same_created = json_equal(json_object_get(was, "created"),
                              json_object_get(g->body, "created"));
    was_created = jsonx_int(was, "created", 0);
    json_decref(was);
    if (g->list_order.by == LIST_ORDER_CREATED && !g->list_order.either)
        g->rules->replace_renews_in_place = !same_id;
    else
        g->rules->replace_renews = !same_id;
    return mem_printf("%s id, %s", same_id ? "keeps the" : "makes a new",
                      !same_created ? "renews created"
                      : g->t->now - was_created < MIN_DIFFERENCE
                          ? "created: no evidence"
                          : "keeps created");
}

static char *order_of_lists(const struct glance *g) {
    const struct list_order *l = &g->list_order;
    const char *text = list_order_text(l);

    if (!text || json_array_size(json_object_get(g->body, "data")) < 2)
        return NULL;
    g->rules->oldest_first = l->up == (l->by == LIST_ORDER_CREATED ||
                                       l->by == LIST_ORDER_SET); /* else backwards */
    g->rules->replace_moves = l->by == LIST_ORDER_SET;
    g->rules->listed_by_name = l->by == LIST_ORDER_NAME;
    g->rules->listed_by_id = l->by == LIST_ORDER_ID;
    return mem_strdup(text);
}

static char *page(const struct glance *g) {
    size_t n = json_array_size(json_object_get(g->body, "data"));

    if (!is_ok(g, API_LIST) || strstr(g->t->key.fingerprint, "\nlimit=") ||
        !json_is_true(json_object_get(g->body, "has_more")) || n > API_MAX_PAGE)
        return NULL;
    if (n != 10)
        g->rules->default_page_20 = (int)n;
    return mem_printf("%zu", n);
}

static char *missing(const struct glance *g) {
    const json_t *error = json_object_get(g->body, "error");

    if (g->t->key.op != API_FIND || g->t->before.name_write != NO_WRITE ||
        !g->t->key.name || g->t->succeeded || g->t->x->response.status == 401)
        return NULL;
    return mem_printf("%d %s: %s", g->t->x->response.status,
                      jsonx_string(error, "code", "without a code"),
                      jsonx_string(error, "message", ""));
}

/* How many secrets of the scope lived when it was asked, expiry aside. */
static int living_before(const struct glance *g, const struct history *history) {
    bool *lives = mem_new(history->name_count + 1, sizeof(*lives));
    int living = 0;

    for (size_t i = 0; i < history->count; i++) {
        const struct interaction *o = &g->s->interactions[history->interactions[i]];
        bool set = o->key.op == API_SET;

        if (o >= g->t)
            break;
        if (o->name < 0 || !interaction_writes(o) || !o->succeeded || o->repeated)
            continue;
        living += set - lives[o->name];
        lives[o->name] = set;
    }
    free(lives);
    return living;
}

static char *full_scope(const struct glance *g) {
    const struct history *history = &g->s->items[g->t->history];
    int living;

    if (g->t->before.name_effect >= 0 || has_doubt(g->t, DOUBT_CONCURRENT) ||
        g->t->repeated || g->t->name < 0 ||
        history->name_count <= API_SECRETS_PER_SCOPE ||
        (!g->t->succeeded && g->t->x->response.status / 100 != 4))
        return NULL;
    living = living_before(g, history);
    if (living < API_SECRETS_PER_SCOPE) /* it was refused for something else */
        return NULL;
    if (g->t->succeeded) {
        g->rules->cap_none = 1;
        return mem_printf("takes more than %d secrets", living);
    }
    g->rules->cap = living;
    g->rules->cap_status_409 = g->t->x->response.status == 409 ? 409 : 0;
    g->rules->cap_status_403 = g->t->x->response.status == 403 ? 403 : 0;
    return mem_printf("%d secrets; one more is %d", living, g->t->x->response.status);
}

static char *challenge(const struct glance *g) {
    const char *text = http_headers_get(&g->t->x->response.headers, "WWW-Authenticate");

    return g->t->x->response.status == 401 ? mem_strdup(text ? text : "none") : NULL;
}

/* One of the four paths, by a method that it does not have. */
static bool is_known_path(const char *target) {
    return api_has_path(target, http_target_path_len(target));
}

static char *wrong_verb(const struct glance *g) {
    if (!g->t->key.credential || !is_known_path(g->t->x->request.target) ||
        strcmp(g->t->x->request.method, "HEAD") == 0)
        return NULL;
    g->rules->wrong_verb_405 = g->t->x->response.status == 405;
    return mem_printf("%d", g->t->x->response.status);
}

static char *unknown_path(const struct glance *g) {
    if (!g->t->key.credential || is_known_path(g->t->x->request.target))
        return NULL;
    return mem_printf("%d", g->t->x->response.status);
}

static bool limit_of(const struct glance *g, int64_t *limit) {
    size_t len;
    const char *text = request_key_param(&g->t->key, "limit", &len);

    return text && str_to_int(text, len, limit);
}

static char *high_limit(const struct glance *g) {
    int64_t limit;

    if (!limit_of(g, &limit) || limit <= API_MAX_PAGE)
        return NULL;
    g->rules->limit_high_taken = g->t->succeeded;
    return mem_printf("limit=%lld is %d", (long long)limit, g->t->x->response.status);
}

static char *low_limit(const struct glance *g) {
    int64_t limit;

    if (!limit_of(g, &limit) || limit > 0)
        return NULL;
    if (limit == 0)
        g->rules->limit_zero_taken = g->t->succeeded;
    else
        g->rules->limit_negative_taken = g->t->succeeded;
    return mem_printf("limit=%lld is %d", (long long)limit, g->t->x->response.status);
}

static char *bad_cursor(const struct glance *g) {
    const char *param =
        jsonx_string(json_object_get(g->body, "error"), "param", "starting_after");

    if (!g->t->key.cursor || !*g->t->key.cursor ||
        (strcmp(param, "starting_after") != 0 && strcmp(param, "ending_before") != 0) ||
        (strstr(g->t->key.fingerprint, "\nstarting_after") &&
         strstr(g->t->key.fingerprint, "\nending_before")) ||
        g->t->x->response.status == 401)
        return NULL;
    g->rules->cursor_404 = g->t->x->response.status == 404;
    return mem_printf("%d", g->t->x->response.status);
}

static bool shows_id(const struct interaction *set, const char *id) {
    const struct http_response *r = &set->x->response;

    return r->body && str_find(r->body, r->body_len, id, strlen(id));
}

/* Was the secret with that id deleted before, and its name not set again? */
static bool was_deleted(const struct glance *g, const char *id) {
    const struct history *history = &g->s->items[g->t->history];
    bool *known = mem_new(history->name_count + 1, sizeof(*known)), deleted = false;

    for (int k = 1; !deleted && k <= LOOKED_BACK && k <= g->t->position; k++) {
        const struct interaction *o =
            &g->s->interactions[history->interactions[g->t->position - k]];
        bool set = o->key.op == API_SET;

        if (!o->succeeded || o->repeated || o->name < 0 || !interaction_writes(o) ||
            known[o->name])
            continue;
        known[o->name] = true; /* what went before is over */
        deleted = !set && o->before.name_effect >= 0 &&
                  shows_id(&g->s->interactions[o->before.name_effect], id);
    }
    free(known);
    return deleted;
}

static char *deleted_cursor(const struct glance *g) {
    const char *id = g->t->key.cursor;

    if (!id || !*id || has_doubt(g->t, DOUBT_CONCURRENT) ||
        g->t->x->response.status == 401 || !was_deleted(g, id))
        return NULL;
    g->rules->cursor_deleted_works = g->t->succeeded;
    return g->t->succeeded ? mem_strdup("works")
                           : mem_printf("%d", g->t->x->response.status);
}

/* A set: whether anything is there does not matter to it. */
static char *forbidden(const struct glance *g) {
    if (!g->t->key.credential ||
        key_token_role(g->t->key.credential) != API_UI_EXTENSION || !g->t->key.user ||
        !g->t->key.payload || !*g->t->key.payload ||
        (g->t->x->response.status != 403 && g->t->x->response.status != 404))
        return NULL;
    g->rules->ui_forbidden_404 = g->t->x->response.status == 404;
    return mem_printf("%d", g->t->x->response.status);
}

static char *headers(const struct glance *g) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const struct http_headers *h = &g->t->x->response.headers;

    for (size_t i = 0; i < h->count; i++)
        if (!http_is_hop_by_hop(h, h->items[i].name))
            buf_addf(&out, "%s%s", out.len ? ", " : "", h->items[i].name);
    return buf_take(&out, NULL);
}

enum { ANY = -1 };

static const struct fact {
    const char *what;
    char *(*look)(const struct glance *g);
    int op, works; /* what it can be seen in; ANY */
} facts[] = {
    {"headers of an answer", headers, ANY, ANY},
    {"id", id_form, API_SET, true},
    {"members of a secret", members, API_SET, true},
    {"payload when not expanded", hidden_payload, API_FIND, true},
    {"deleted on a live secret", live_deleted, API_FIND, true},
    {"delete answers", deletion, API_DELETE, true},
    {"replacing", replacing, API_SET, true},
    {"order of a list", order_of_lists, API_LIST, true},
    {"page without limit", page, API_LIST, true},
    {"a name that was never set", missing, API_FIND, false},
    {"a full scope", full_scope, API_SET, ANY},
    {"a limit over 100", high_limit, API_LIST, ANY},
    {"a limit of 0 or less", low_limit, API_LIST, ANY},
    {"a cursor that is none", bad_cursor, API_LIST, false},
    {"a deleted secret as a cursor", deleted_cursor, API_LIST, ANY},
    {"a UI extension elsewhere", forbidden, API_SET, false},
    {"a wrong verb", wrong_verb, API_OTHER, ANY},
    {"an unknown path", unknown_path, API_OTHER, ANY},
    {"challenge of a 401", challenge, ANY, false},
};

/* Without a look at the body. */
static bool may_show(const struct fact *f, const struct interaction *t) {
    return t->history >= 0 && (f->op == ANY || f->op == (int)t->key.op) &&
           (f->works == ANY || f->works == t->succeeded) &&
           (f->look != replacing || t->before.name_effect >= 0);
}

struct learning {
    char *is[ARRAY_LEN(facts)];
    uint64_t exchange[ARRAY_LEN(facts)];
};

/* Each from the first exchange that shows it; a body is read once at most. */
static void learn(const struct histories *s, struct model_rules *rules,
                  struct learning *l) {
    struct list_order order = list_order_learn(s);

    for (size_t i = 0; i < s->count; i++) {
        struct glance g = {
            .s = s, .t = &s->interactions[i], .rules = rules, .list_order = order};
        json_t *body = NULL;

        for (size_t k = 0; k < ARRAY_LEN(facts); k++) {
            if (l->is[k] || !may_show(&facts[k], g.t))
                continue;
            if (!body)
                g.body = body = jsonx_body(&g.t->x->response);
            l->is[k] = body ? facts[k].look(&g) : NULL;
            l->exchange[k] = g.t->x->number;
        }
        json_decref(body);
    }
}

json_t *traits_facts(const struct histories *s) {
    struct model_rules rules = {0};
    struct learning l = {.is = {NULL}};
    json_t *list = json_array();

    learn(s, &rules, &l);
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        json_t *o = json_pack("{s:s}", "what", facts[i].what);

        if (l.is[i]) {
            json_object_set_new(o, "is", jsonx_text(l.is[i], strlen(l.is[i])));
            json_object_set_new(o, "exchange", json_integer((json_int_t)l.exchange[i]));
        }
        json_array_append_new(list, o);
        free(l.is[i]);
    }
    return list;
}

void traits_rules(const struct histories *s, struct model_rules *rules) {
    struct learning l = {.is = {NULL}};

    learn(s, rules, &l);
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        free(l.is[i]);
}

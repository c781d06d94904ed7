#include "harness/foretell.h"

#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/model/model.h"
#include "core/str.h"
#include "harness/engine.h"

enum { BEGINNING_S = 1700000000, LONG_S = 86400, MANY = 100 };
enum fate { NEVER, LIVE, DELETED, EXPIRED };

/* What became of a name in a scope, as the spec speaks of it. */
struct story {
    enum fate fate, before; /* before: at its last set; LIVE = it was a replacement */
    unsigned number;        /* of its last set: variables id3, made3, ends3, payload3 */
    int64_t ends_s;         /* 0 = never */
    bool long_payload;      /* `payload` is a variable, to be saved */
    json_t *payload;
    const char *shaken; /* the clause that says why it is as before, or NULL */
};

struct teller {
    const struct foretelling *f;
    const struct sequence *s;
    const struct move *m; /* the present one */
    struct model *model;
    int64_t now_s;
    unsigned number; /* of the move, from 1 */
    bool last, told; /* told: the one check that is wanted stands there */
    struct story stories[2][PLACES][NAMES]; /* by world */
    json_t *steps;
    unsigned index; /* of the move's latest check */
    bool needs_clock, needs[MOVE_ROLES], locks_account;
};

/* --- asking the model --- */

static const char *model_key(enum move_role role) {
    static const char *const keys[MOVE_ROLES] = {"sk_test_main", "sk_test_other",
                                                 "sk_test_ui"};

    return keys[role];
}

static struct model *new_model(void) {
    struct model_rules rules = {.cap = MANY};
    struct model *m = model_new(&rules, 1);
    const struct model_key keys[] = {{model_key(AS_MAIN), "main", NULL, false},
                                     {model_key(AS_OTHER), "other", NULL, false},
                                     {model_key(AS_UI), "main", "ui", false}};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        model_add_key(m, &keys[i]);
    return m;
}

/* Parameters of a spec as they are sent. */
static json_t *sent_params(const struct teller *t, const json_t *params) {
    json_t *tree = json_object(), *value;
    const char *key, *user;

    json_object_foreach((json_t *)(uintptr_t)params, key, value) {
        if (strcmp(key, "scope") == 0 && json_is_string(value)) {
            json_object_set_new(tree, key, json_pack("{s:O}", "type", value));
        } else if (strcmp(key, "scope") == 0 && json_object_size(value) == 1 &&
                   (user = jsonx_string(value, "user", NULL))) {
            json_object_set_new(tree, key,
                                json_pack("{s:s, s:s}", "type", "user", "user", user));
        } else if (strcmp(key, "expires_in") == 0) {
            json_object_set_new(
                tree, "expires_at",
                json_integer((json_int_t)(t->now_s + atoi(json_string_value(value)))));
        } else {
            json_object_set_new(tree, key, make_value(value));
        }
    }
    return tree;
}

/* The model's body, new or NULL; *status (may be NULL) is filled. */
static json_t *ask(struct teller *t, const struct call *call, const json_t *params,
                   int *status) {
    json_t *tree = sent_params(t, params), *body;
    struct form form = {0};
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct http_request request = {0};
    struct http_response answer = {0};
    char *target, *bearer = mem_printf("Bearer %s", model_key(t->m->role));

    form_from_json(&form, tree, 0);
    form_write(&text, &form, 0);
    target = call->in_body ? mem_strdup(call->path)
                           : mem_printf("%s?%s", call->path, text.ptr);
    http_request_set(&request, call->method, target);
    http_headers_add(&request.headers, "Authorization", bearer);
    if (call->in_body) {
        http_headers_add(&request.headers, "Content-Type",
                         "application/x-www-form-urlencoded");
        http_request_body(&request, text.ptr, text.len);
    }
    model_answer(t->model, &request, t->now_s * 1000, &answer);
    body = answer.body ? jsonx_load(answer.body, answer.body_len, 32, NULL) : NULL;
    if (status)
        *status = answer.status;
    http_request_release(&request);
    http_response_release(&answer);
    form_release(&form);
    buf_release(&text);
    json_decref(tree);
    free(target);
    free(bearer);
    return body;
}

/* --- steps and checks --- */

static const struct call *call_for(const struct teller *t, enum effect e) {
    return catalogue_effect(t->f->catalogue, e);
}

static struct story *story_of(struct teller *t, const struct move *m) {
    return &t->stories[m->role == AS_OTHER][m->place][m->name];
}

static json_t *variable(const char *word, unsigned number) {
    return json_sprintf("${%s%u}", word, number);
}

/* A step `VERB: params`; steals params; lent. */
static json_t *add_step(struct teller *t, const char *verb, json_t *params) {
    json_t *step = json_pack("{s:o}", verb, params);

    if (t->m->role != AS_MAIN) {
        json_object_set_new(step, "as", json_string(move_roles[t->m->role]));
        t->needs[t->m->role] = true;
    }
    if (t->m->place == PLACE_ACCOUNT)
        t->locks_account = true;
    json_array_append_new(t->steps, step);
    return step;
}

static void save(json_t *step, const char *word, unsigned number, const char *pointer) {
    json_t *saves = json_object_get(step, "save");
    char *name = mem_printf("%s%u", word, number);

    if (!saves)
        json_object_set_new(step, "save", saves = json_object());
    json_object_set_new(saves, name, json_string(pointer));
    free(name);
}

static bool wanted(const struct teller *t, const char *tail) {
    return !t->f->only || (!t->told && strcmp(t->f->only, tail) == 0);
}

/* `what` is the part of the move that is checked; steals expect. A check is called
 * NUMBER.WHAT-INDEX.CLAUSE, so that the order of ids is that of importance. */
static void add_check(struct teller *t, json_t *step, const char *what,
                      const char *clause, json_t *expect) {
    char *tail = mem_printf("%s-%u.%s", what, ++t->index, clause);
    json_t *checks;

    if (!t->f->last_only || (t->last && wanted(t, tail))) {
        if (!(checks = json_object_get(step, "checks")))
            json_object_set_new(step, "checks", checks = json_array());
        json_array_append_new(checks, json_pack("{s:o, s:s, s:O}", "id",
                                                json_sprintf("%u.%s", t->number, tail),
                                                "clause", clause, "expect", expect));
        t->told = t->f->only != NULL;
    }
    json_decref(expect);
    free(tail);
}

static json_t *body_has(const char *key, json_t *value) {
    return json_pack("{s:{s:o}}", "body", key, value);
}

static json_t *hidden(void) {
    return json_pack("{s:b}", "$null_or_absent", 1);
}

static json_t *not_deleted(void) {
    return json_pack("{s:[b, {s:b}]}", "$any_of", 0, "$null_or_absent", 1);
}

static void check_media(struct teller *t, json_t *step, const char *what) {
    add_check(t, step, what, "PROTO-3",
              json_pack("{s:{s:{s:s}}}", "headers", "content-type", "$match",
                        "(?i)application/json\\s*(;.*)?"));
}

/* What every refusal is like. */
static void check_error(struct teller *t, json_t *step, const char *what,
                        const json_t *body) {
    const json_t *error = json_object_get(body, "error");
    const char *code = jsonx_string(error, "code", NULL);

    add_check(t, step, what, "ERR-1",
              json_pack("{s:{s:{s:{s:s}, s:{s:s}}}}", "body", "error", "type", "$type",
                        "string", "message", "$type", "string"));
    add_check(t, step, what, "ERR-2",
              json_pack("{s:{s:{s:O}}}", "body", "error", "type",
                        json_object_get(error, "type")));
    if (code && strcmp(code, "resource_missing") == 0 && t->m->kind != MOVE_REFUSED)
        add_check(t, step, what, t->m->kind == MOVE_DELETE ? "DEL-3" : "FIND-2",
                  json_pack("{s:i, s:{s:{s:s}}}", "status", 404, "body", "error",
                            "code", code));
    check_media(t, step, what);
}

/* An answer after that second says nothing of a secret that ends then. */
static void valid_before(json_t *step, const struct story *s) {
    if (s && s->fate == LIVE && s->ends_s && json_object_get(step, "checks")) {
        json_object_set_new(step, "valid_if_before", variable("ends", s->number));
    }
}

/* The clause by which a way of writing, if it is not the usual one, is judged. */
static const char *by(const struct teller *t, const char *clause) {
    return t->m->encoding ? "PROTO-4" : clause;
}

static void encode(const struct teller *t, json_t *step) {
    if (t->m->encoding)
        json_object_set_new(step, "encoding", move_encoding(t->m));
}

/* --- one secret --- */

static json_t *own_scope(const struct move *m) {
    return m->place == PLACE_ACCOUNT
               ? json_pack("{s:s}", "type", "account")
               : json_pack("{s:s, s:s}", "type", "user", "user",
                           m->place == PLACE_BOB ? "${user.bob}" : "${user.alice}");
}

/* The name as answers show it. */
static json_t *plain_name(const struct teller *t, const struct move *m) {
    json_t *name = sequence_name(t->s, m), *plain = make_value(name);

    json_decref(name);
    return plain;
}

static const char *payload_clause(const struct teller *t, const struct story *s,
                                  const char *usual) {
    if (s->shaken)
        return s->shaken;
    return t->m->encoding         ? "PROTO-4"
           : s->before == LIVE    ? "SET-2"
           : s->before == DELETED ? "DEL-5"
           : s->before == EXPIRED ? "EXP-4"
                                  : usual;
}

/* What set and find both show. */
static void check_shape(struct teller *t, json_t *step, const char *what,
                        const struct story *s, const char *expand_clause) {
    bool set = t->m->kind == MOVE_SET;

    add_check(t, step, what, "SET-8", body_has("name", plain_name(t, t->m)));
    add_check(t, step, what, "OBJ-3", body_has("scope", own_scope(t->m)));
    add_check(t, step, what, "OBJ-5", body_has("deleted", not_deleted()));
    add_check(t, step, what, "OBJ-6", body_has("livemode", json_false()));
    add_check(t, step, what,
              s->ends_s ? "EXP-1"
              : set     ? "OBJ-1"
                        : "FIND-1",
              body_has("expires_at", !s->ends_s ? json_null()
                                     : set      ? json_string("${sent.expires_at}")
                                                : variable("ends", s->number)));
    if (t->m->expand)
        add_check(t, step, what, expand_clause,
                  body_has("payload", set && s->long_payload
                                          ? json_string("${sent.payload}")
                                          : json_incref(s->payload)));
    else
        add_check(t, step, what, "OBJ-4", body_has("payload", hidden()));
    check_media(t, step, what);
}

/* What stands elsewhere under the name, or beside it, must be as before. */
static void shake(struct teller *t, const struct story *but, const char *same_name,
                  const char *same_place) {
    unsigned world = t->m->role == AS_OTHER;

    for (unsigned p = 0; p < PLACES; p++)
        for (unsigned n = 0; n < NAMES; n++) {
            struct story *s = &t->stories[world][p][n];

            if (s == but || s->fate != LIVE)
                continue;
            if (same_name && n == t->m->name && p != (unsigned)t->m->place)
                s->shaken = same_name;
            else if (same_place && p == (unsigned)t->m->place)
                s->shaken = same_place;
        }
}

static void remember_set(struct teller *t, struct story *s, int seconds) {
    json_t *payload = move_payload(t->m);

    json_decref(s->payload);
    s->before = s->fate;
    s->fate = LIVE;
    s->number = t->number;
    s->ends_s = seconds ? t->now_s + seconds : 0;
    s->long_payload = !json_is_string(payload);
    s->payload =
        s->long_payload ? variable("payload", t->number) : json_incref(payload);
    s->shaken = NULL;
    shake(t, s, "ISO-1", NULL);
    json_decref(payload);
}

static void refused_by_scope(struct teller *t, json_t *step, const char *what,
                             const json_t *body) {
    add_check(t, step, what, "ISO-5",
              json_pack("{s:{s:i, s:i}, s:{s:{s:b}, s:{s:b}}}", "status", "$ge", 400,
                        "$le", 499, "body", "payload", "$absent", 1, "data", "$absent",
                        1));
    check_error(t, step, what, body);
}

static json_t *base_params(const struct teller *t) {
    json_t *name = sequence_name(t->s, t->m);

    return json_pack("{s:o, s:o}", "scope", move_scope(t->m), "name", name);
}

static void tell_set(struct teller *t) {
    json_t *params = base_params(t), *step, *body;
    struct story *s = story_of(t, t->m);
    int status, seconds = move_seconds(t->m);

    json_object_set_new(params, "payload", move_payload(t->m));
    /* what replacing without expires_at leaves is a SHOULD: not what is explored */
    if (!seconds && s->fate == LIVE && s->ends_s)
        seconds = LONG_S;
    if (seconds)
        json_object_set_new(params, "expires_in", json_sprintf("%ds", seconds));
    if (t->m->expand)
        json_object_set_new(params, "expand", json_pack("[s]", "payload"));
    body = ask(t, call_for(t, EFFECT_WRITES), params, &status);
    step = add_step(t, "set", params);
    encode(t, step);
    if (status != 200) {
        refused_by_scope(t, step, "set", body);
        json_decref(body);
        return;
    }
    remember_set(t, s, seconds);
    save(step, "id", t->number, "/body/id");
    save(step, "made", t->number, "/body/created");
    if (s->ends_s)
        save(step, "ends", t->number, "/sent/expires_at");
    if (s->long_payload)
        save(step, "payload", t->number, "/sent/payload");
    add_check(
        t, step, "set",
        by(t, s->before == LIVE      ? "SET-2"
              : s->before == DELETED ? "DEL-5"
              : s->before == EXPIRED ? "EXP-4"
                                     : "SET-1"),
        json_pack("{s:i, s:{s:s}}", "status", 200, "body", "object", "apps.secret"));
    add_check(t, step, "set", "OBJ-1",
              s->before == LIVE
                  ? json_pack("{s:{s:{s:s, s:{s:i}}, s:{s:s}}}", "body", "id", "$type",
                              "string", "$len", "$ge", 1, "created", "$type", "integer")
                  : json_pack("{s:{s:{s:s, s:{s:i}}, s:{s:s, s:{s:s, s:i}}}}", "body",
                              "id", "$type", "string", "$len", "$ge", 1, "created",
                              "$type", "integer", "$near", "to", "${now}", "within",
                              10));
    check_shape(t, step, "set", s, t->m->text ? "SET-8" : "SET-7");
    json_decref(body);
}

/* Why a name is not there. */
static const char *missing_clause(struct teller *t) {
    const struct story *s = story_of(t, t->m);

    if (s->fate != NEVER)
        return s->fate == DELETED ? "DEL-2" : "EXP-3";
    for (unsigned world = 0; world < 2; world++)
        for (unsigned p = 0; p < PLACES; p++)
            if (t->stories[world][p][t->m->name].fate == LIVE)
                return world == (t->m->role == AS_OTHER) ? "ISO-2" : "ISO-6";
    return "FIND-2";
}

static void tell_find(struct teller *t) {
    json_t *params = base_params(t), *step, *body;
    struct story *s = story_of(t, t->m);
    int status;

    if (t->m->expand)
        json_object_set_new(params, "expand", json_pack("[s]", "payload"));
    body = ask(t, call_for(t, EFFECT_READS), params, &status);
    step = add_step(t, "find", params);
    encode(t, step);
    if (status == 404) {
        add_check(t, step, "find", missing_clause(t),
                  json_pack("{s:i}", "status", 404));
        check_error(t, step, "find", body);
    } else if (status != 200) {
        refused_by_scope(t, step, "find", body);
    } else {
        add_check(t, step, "find",
                  s->shaken   ? s->shaken
                  : s->ends_s ? by(t, "EXP-2")
                              : by(t, "FIND-1"),
                  json_pack("{s:i, s:{s:s}}", "status", 200, "body", "object",
                            "apps.secret"));
        add_check(t, step, "find", "OBJ-2", body_has("id", variable("id", s->number)));
        add_check(t, step, "find", "OBJ-7",
                  body_has("created", variable("made", s->number)));
        check_shape(t, step, "find", s,
                    payload_clause(t, s, t->m->text ? "SET-8" : "FIND-4"));
        valid_before(step, s);
    }
    json_decref(body);
}

static void tell_delete(struct teller *t) {
    json_t *params = base_params(t), *step, *body;
    struct story *s = story_of(t, t->m);
    int status;

    body = ask(t, call_for(t, EFFECT_REMOVES), params, &status);
    step = add_step(t, "delete", params);
    encode(t, step);
    if (status == 404) {
        add_check(t, step, "delete", "DEL-3", json_pack("{s:i}", "status", 404));
        check_error(t, step, "delete", body);
    } else if (status != 200) {
        refused_by_scope(t, step, "delete", body);
    } else {
        add_check(t, step, "delete", by(t, "DEL-1"),
                  json_pack("{s:i, s:{s:o, s:s, s:b}}", "status", 200, "body", "id",
                            variable("id", s->number), "object", "apps.secret",
                            "deleted", 1));
        check_media(t, step, "delete");
        valid_before(step, s);
        s->fate = DELETED;
        shake(t, s, "DEL-4", "DEL-4");
    }
    json_decref(body);
}

/* --- lists --- */

static const struct story *story_of_item(struct teller *t, const json_t *item,
                                         struct move *as) {
    const char *name = jsonx_string(item, "name", "");

    *as = *t->m;
    for (as->name = 0; as->name < NAMES; as->name++) {
        json_t *known = plain_name(t, as);
        bool found = strcmp(json_string_value(known), name) == 0;

        json_decref(known);
        if (found)
            break;
    }
    return story_of(t, as);
}

/* One member of every item, by name, in any order: {$same_set: [{name, KEY}, ..]}. */
static json_t *each_by_name(struct teller *t, const json_t *data, const char *key) {
    json_t *all = json_array();

    for (size_t i = 0; i < json_array_size(data); i++) {
        struct move as;
        const struct story *s = story_of_item(t, json_array_get(data, i), &as);
        json_t *item = json_pack("{s:o}", "name", plain_name(t, &as));

        if (strcmp(key, "id") == 0)
            json_object_set_new(item, key, variable("id", s->number));
        else if (strcmp(key, "created") == 0)
            json_object_set_new(item, key, variable("made", s->number));
        else if (strcmp(key, "expires_at") == 0)
            json_object_set_new(item, key,
                                s->ends_s ? variable("ends", s->number) : json_null());
        else if (strcmp(key, "payload") == 0)
            json_object_set(item, key, s->payload);
        json_array_append_new(all, item);
    }
    return json_pack("{s:o}", "$same_set", all);
}

static json_t *names_only(const json_t *data) {
    json_t *names = json_array();

    for (size_t i = 0; i < json_array_size(data); i++)
        json_array_append(names, json_object_get(json_array_get(data, i), "name"));
    return json_pack("{s:o}", "$same_set", names);
}

/* Items stand in /body/data of a list, in /items of a walk. */
static json_t *items_are(bool walk, json_t *value) {
    return walk ? json_pack("{s:o}", "items", value) : body_has("data", value);
}

static json_t *each_is(bool walk, size_t count, const char *key, json_t *value) {
    return items_are(walk, json_pack("{s:I, s:{s:o}}", "$len", (json_int_t)count,
                                     "$each", key, value));
}

static void check_items(struct teller *t, json_t *step, const char *what, bool walk,
                        size_t count) {
    if (!t->m->expand)
        add_check(t, step, what, "OBJ-4", each_is(walk, count, "payload", hidden()));
    add_check(t, step, what, "OBJ-5", each_is(walk, count, "deleted", not_deleted()));
    add_check(t, step, what, "OBJ-6", each_is(walk, count, "livemode", json_false()));
    if (count)
        add_check(t, step, what, "OBJ-3",
                  each_is(walk, count, "scope", own_scope(t->m)));
}

/* The first of a scope to end: what is listed is there until then. */
static const struct story *first_to_end(struct teller *t) {
    const struct story *first = NULL;

    for (unsigned n = 0; n < NAMES; n++) {
        const struct story *s = &t->stories[t->m->role == AS_OTHER][t->m->place][n];

        if (s->fate == LIVE && s->ends_s && (!first || s->ends_s < first->ends_s))
            first = s;
    }
    return first;
}

/* Which clause says that a list has just these: something beside them just went. */
static const char *list_clause(struct teller *t, size_t count) {
    const char *clause = count ? "LIST-2" : "LIST-3";

    for (unsigned n = 0; n < NAMES; n++) {
        const struct story *s = &t->stories[t->m->role == AS_OTHER][t->m->place][n];

        if (s->fate == DELETED)
            clause = "DEL-2";
        if (s->fate == EXPIRED)
            return "EXP-3";
    }
    return by(t, clause);
}

/* The whole list; what stands where is saved as order3.0, order3.1 and so on. Returns
 * the model's items, new; NULL = the call is refused. */
static json_t *tell_whole(struct teller *t) {
    bool walk = t->m->place == PLACE_ACCOUNT;
    json_t *params = json_pack("{s:o}", "scope", move_scope(t->m)), *body, *data, *step;
    const char *what = "list";
    int status;
    size_t n;

    if (t->m->expand)
        json_object_set_new(params, "expand", json_pack("[s]", "data.payload"));
    body = ask(t, call_for(t, EFFECT_LISTS), params, &status);
    if (walk && status == 200) {
        json_object_set_new(params, "limit", json_integer(MANY));
        json_object_set_new(params, "max_pages", json_integer(MANY));
    }
    step = add_step(t, walk && status == 200 ? "walk" : "list", params);
    encode(t, step);
    if (status != 200) {
        refused_by_scope(t, step, what, body);
        json_decref(body);
        return NULL;
    }
    data = json_incref(json_object_get(body, "data"));
    n = json_array_size(data);
    json_decref(body);
    for (size_t i = 0; i < n && t->m->kind != MOVE_LIST; i++) {
        char *word = mem_printf("order%u.", t->number),
             *pointer =
                 walk ? mem_printf("/ids/%zu", i) : mem_printf("/body/data/%zu/id", i);

        save(step, word, (unsigned)i, pointer);
        free(word);
        free(pointer);
    }
    if (!walk) {
        add_check(t, step, what, "LIST-1",
                  json_pack("{s:i, s:{s:s, s:s, s:{s:s}, s:{s:s}}}", "status", 200,
                            "body", "object", "list", "url",
                            call_for(t, EFFECT_LISTS)->path, "has_more", "$type",
                            "boolean", "data", "$type", "array"));
        check_media(t, step, what);
    }
    add_check(t, step, what, list_clause(t, n),
              walk ? json_pack("{s:i, s:o}", "status", 200, "names", names_only(data))
                   : body_has("data", each_by_name(t, data, "name")));
    add_check(t, step, what, "OBJ-2", items_are(walk, each_by_name(t, data, "id")));
    add_check(t, step, what, "OBJ-7",
              items_are(walk, each_by_name(t, data, "created")));
    add_check(t, step, what, "EXP-1",
              items_are(walk, each_by_name(t, data, "expires_at")));
    if (t->m->expand)
        add_check(t, step, what, "LIST-12",
                  items_are(walk, each_by_name(t, data, "payload")));
    check_items(t, step, what, walk, n);
    if (!walk)
        add_check(t, step, what, "LIST-7", body_has("has_more", json_false()));
    valid_before(step, first_to_end(t));
    return data;
}

static json_t *order_variable(const struct teller *t, size_t at) {
    return json_sprintf("${order%u.%zu}", t->number, at);
}

/* Where the model's item stands in its whole list. */
static size_t place_in(const json_t *data, const json_t *item) {
    size_t i = 0;

    while (i < json_array_size(data) &&
           strcmp(jsonx_string(json_array_get(data, i), "id", ""),
                  jsonx_string(item, "id", "")) != 0)
        i++;
    return i;
}

/* One page beside a cursor, in the order that the target itself has. */
static void tell_page(struct teller *t) {
    json_t *data = tell_whole(t), *params, *asked, *body, *page, *items = json_array();
    size_t n = json_array_size(data), at = n ? t->m->position % n : 0;
    const char *cursor = t->m->after ? "starting_after" : "ending_before";
    bool beside = n && (t->m->after || t->m->before);
    json_t *step;

    if (!data || t->m->place == PLACE_ACCOUNT || t->told)
        goto out; /* there, pages hold what is not ours */
    params = json_pack("{s:o}", "scope", move_scope(t->m));
    if (t->m->limit)
        json_object_set_new(params, "limit", json_integer(t->m->limit));
    asked = json_deep_copy(params);
    if (beside) {
        json_object_set_new(params, cursor, order_variable(t, at));
        json_object_set(asked, cursor, json_object_get(json_array_get(data, at), "id"));
    }
    if (t->m->expand)
        json_object_set_new(params, "expand", json_pack("[s]", "data.payload"));
    body = ask(t, call_for(t, EFFECT_LISTS), asked, NULL);
    page = json_object_get(body, "data");
    for (size_t i = 0; i < json_array_size(page); i++)
        json_array_append_new(
            items,
            json_pack("{s:o}", "id",
                      order_variable(t, place_in(data, json_array_get(page, i)))));
    step = add_step(t, "list", params);
    encode(t, step);
    add_check(t, step, "page",
              by(t, !beside       ? "LIST-4"
                    : t->m->after ? "LIST-5"
                                  : "LIST-6"),
              json_pack("{s:i, s:{s:O}}", "status", 200, "body", "data", items));
    add_check(t, step, "page", "LIST-7",
              body_has("has_more", json_incref(json_object_get(body, "has_more"))));
    check_items(t, step, "page", false, json_array_size(page));
    valid_before(step, first_to_end(t));
    json_decref(body);
    json_decref(asked);
out:
    json_decref(items);
    json_decref(data);
}

/* All pages, forward or back from the last. */
static void tell_walk(struct teller *t) {
    json_t *data = tell_whole(t), *params, *ids = json_array(), *step;
    size_t n = json_array_size(data), count = n;
    bool account = t->m->place == PLACE_ACCOUNT, back = t->m->before && n;

    if (!data || t->told || (account && t->f->no_small_walks))
        goto out;
    params = json_pack("{s:o, s:i, s:i}", "scope", move_scope(t->m), "limit",
                       t->m->limit ? (int)t->m->limit : 2, "max_pages", MANY);
    if (back) {
        json_object_set_new(params, "direction", json_string("backward"));
        json_object_set_new(params, "from", order_variable(t, n - 1));
        count = n - 1;
    }
    for (size_t i = 0; i < count; i++)
        json_array_append_new(ids, order_variable(t, i));
    step = add_step(t, "walk", params);
    encode(t, step);
    add_check(t, step, "walk", by(t, back ? "LIST-6" : "LIST-5"),
              json_pack("{s:i, s:O}", "status", 200, "ids", ids));
    add_check(t, step, "walk", "LIST-7", json_pack("{s:s}", "ended", "last page"));
    if (!t->m->expand)
        add_check(t, step, "walk", "OBJ-4", each_is(true, count, "payload", hidden()));
    valid_before(step, first_to_end(t));
out:
    json_decref(ids);
    json_decref(data);
}

/* --- time --- */

static void tell_wait(struct teller *t) {
    json_t *wait = json_sprintf("%ds", move_seconds(t->m));

    t->now_s += move_seconds(t->m);
    t->needs_clock = true;
    json_array_append_new(t->steps, json_pack("{s:o}", "wait", wait));
    for (unsigned w = 0; w < 2; w++)
        for (unsigned p = 0; p < PLACES; p++)
            for (unsigned n = 0; n < NAMES; n++) {
                struct story *s = &t->stories[w][p][n];

                if (s->fate != LIVE || !s->ends_s || s->ends_s > t->now_s)
                    continue;
                s->fate = EXPIRED;
                for (unsigned o = 0; o < NAMES; o++)
                    if (t->stories[w][p][o].fate == LIVE)
                        t->stories[w][p][o].shaken = "EXP-6";
            }
}

/* --- what must be refused --- */

/* A call with one thing wrong: `key` is left out, or says `value`. A name that `set`
 * would make up stays within scopes of users. */
static const struct wrong {
    enum effect effect;
    const char *what, *clause, *key, *value;
    bool spare_name; /* not one of the sequence's: it may be stored all the same */
} wrongs[] = {
    {EFFECT_WRITES, "no-name", "SET-4", "name", NULL, false},
    {EFFECT_WRITES, "empty-name", "SET-4", "name", "", false},
    {EFFECT_WRITES, "no-payload", "SET-4", "payload", NULL, false},
    {EFFECT_WRITES, "empty-payload", "SET-4", "payload", "", false},
    {EFFECT_WRITES, "no-user", "SET-4", "user", NULL, true},
    {EFFECT_WRITES, "no-type", "SET-4", "type", NULL, true},
    {EFFECT_WRITES, "empty-type", "SET-4", "type", "", true},
    {EFFECT_WRITES, "type", "SET-5", "type", "group", true},
    {EFFECT_WRITES, "expires-at", "SET-6", "expires_at", "soon", false},
    {EFFECT_READS, "no-name", "FIND-3", "name", NULL, false},
    {EFFECT_READS, "no-scope", "FIND-3", "scope", NULL, false},
    {EFFECT_LISTS, "no-scope", "LIST-11", "scope", NULL, false},
    {EFFECT_LISTS, "limit", "LIST-4", "limit", "ten", false},
    {EFFECT_LISTS, "after-nothing", "LIST-8", "starting_after", "appsecret_none",
     false},
    {EFFECT_LISTS, "before-nothing", "LIST-8", "ending_before", "appsecret_none",
     false},
    {EFFECT_LISTS, "after-elsewhere", "LIST-8", "starting_after", "*", false},
    {EFFECT_LISTS, "before-elsewhere", "LIST-8", "ending_before", "*", false},
    {EFFECT_REMOVES, "no-name", "DEL-6", "name", NULL, false},
    {EFFECT_REMOVES, "no-scope", "DEL-6", "scope", NULL, false},
};
const unsigned move_wrongs = ARRAY_LEN(wrongs) + 2;

/* A secret that is in no list of this scope; NULL = there is none. */
static const struct story *elsewhere(struct teller *t) {
    for (unsigned i = 0; i < 2 * PLACES * NAMES; i++) {
        unsigned at = (i + t->m->position * NAMES) % (2 * PLACES * NAMES);
        unsigned world = at / (PLACES * NAMES), place = at / NAMES % PLACES;
        const struct story *s = &t->stories[world][place][at % NAMES];

        if (s->fate == LIVE && !s->ends_s &&
            (world != (t->m->role == AS_OTHER) || place != (unsigned)t->m->place))
            return s;
    }
    return NULL;
}

static json_t *wrong_value(struct teller *t, const struct wrong *w) {
    const struct story *s = *w->value == '*' ? elsewhere(t) : NULL;

    if (s)
        return variable("id", s->number);
    return json_string(*w->value == '*' ? "appsecret_none" : w->value);
}

static json_t *wrong_params(struct teller *t, const struct wrong *w) {
    json_t *params = w->effect == EFFECT_LISTS
                         ? json_pack("{s:o}", "scope", move_scope(t->m))
                         : base_params(t);
    const char *user = t->m->place == PLACE_BOB ? "${user.bob}" : "${user.alice}";
    bool in_scope = strcmp(w->key, "type") == 0 || strcmp(w->key, "user") == 0;
    json_t *scope = json_pack("{s:s, s:s}", "type", "user", "user", user), *spoilt;

    if (w->effect == EFFECT_WRITES)
        json_object_set_new(params, "payload", move_payload(t->m));
    if (w->spare_name)
        json_object_set_new(params, "name", json_string("spare"));
    /* what no name stands for is sent to a scope that is all ours */
    if (in_scope || (w->effect == EFFECT_WRITES && strcmp(w->key, "name") == 0))
        json_object_set(params, "scope", scope);
    json_decref(scope); /* params holds it, if it is to be spoilt */
    spoilt = in_scope ? json_object_get(params, "scope") : params;
    if (w->value)
        json_object_set_new(spoilt, w->key, wrong_value(t, w));
    else
        json_object_del(spoilt, w->key);
    return params;
}

static void check_refused(struct teller *t, json_t *step, const char *what,
                          const char *clause, json_t *status) {
    json_t *error = json_pack("{s:{s:s}}", "error", "type", "invalid_request_error");

    add_check(t, step, what, clause,
              json_pack("{s:o, s:{s:{s:b}, s:{s:b}}}", "status", status, "body",
                        "payload", "$absent", 1, "data", "$absent", 1));
    check_error(t, step, what, error);
    json_decref(error);
}

/* GET of the delete path, and a set without a scope: these want a raw request, so that
 * the clean-up knows what they might leave. */
static void tell_raw(struct teller *t, bool get_delete) {
    const struct call *call = call_for(t, get_delete ? EFFECT_REMOVES : EFFECT_WRITES);
    json_t *name = plain_name(t, t->m), *step;
    const char *user = t->m->place == PLACE_BOB ? "bob" : "alice";
    const char *word = json_string_value(name);
    bool plain = !sequence_is_raw(t->s) &&
                 strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(word);

    if (get_delete) {
        step = add_step(
            t, "request",
            json_pack("{s:s, s:s, s:o}", "method", "GET", "path", call->path, "query",
                      t->m->place == PLACE_ACCOUNT
                          ? json_sprintf("name=${name.%s}&scope[type]=account",
                                         plain ? word : "spare")
                          : json_sprintf("name=${name.%s}&scope[type]=user&scope[user]="
                                         "${user.%s}",
                                         plain ? word : "spare", user)));
        check_refused(t, step, "get", "DEL-7",
                      json_pack("{s:[i, i]}", "$any_of", 404, 405));
        shake(t, NULL, NULL, "DEL-7");
    } else {
        step = add_step(t, "request",
                        json_pack("{s:s, s:s, s:{s:s}, s:s, s:[{s:s, s:s}]}", "method",
                                  "POST", "path", call->path, "headers", "Content-Type",
                                  "application/x-www-form-urlencoded", "body",
                                  "name=${name.spare}&payload=v", "leaves", "scope",
                                  "account", "name", "spare"));
        check_refused(t, step, "no-scope", "SET-4", json_integer(400));
    }
    json_decref(name);
}

static void tell_refused(struct teller *t) {
    unsigned index = t->m->wrong % move_wrongs;
    const struct wrong *w = index < ARRAY_LEN(wrongs) ? &wrongs[index] : wrongs;
    const struct move *present = t->m;
    struct move as = *present;
    json_t *step;
    bool foreign;

    as.role = as.role == AS_UI ? AS_MAIN : as.role;
    as.encoding = 0;
    if (index < ARRAY_LEN(wrongs) && w->effect != EFFECT_LISTS &&
        as.place == PLACE_ACCOUNT)
        as.place = PLACE_ALICE; /* what a wrong call takes there could be others' */
    t->m = &as;
    if (index >= ARRAY_LEN(wrongs)) {
        tell_raw(t, index == ARRAY_LEN(wrongs));
        t->m = present;
        return;
    }
    foreign = strcmp(w->clause, "LIST-8") == 0;
    step = add_step(t, call_for(t, w->effect)->name, wrong_params(t, w));
    check_refused(t, step, w->what, w->clause,
                  foreign ? json_pack("{s:i, s:i}", "$ge", 400, "$le", 499)
                          : json_integer(400));
    if (w->effect == EFFECT_WRITES)
        shake(t, NULL, NULL, "SET-12");
    if (w->effect == EFFECT_REMOVES)
        shake(t, NULL, NULL, "DEL-6");
    t->m = present;
}

/* --- the case --- */

static void tell_move(struct teller *t) {
    static void (*const tell[MOVE_KINDS])(struct teller * t) = {
        [MOVE_SET] = tell_set,        [MOVE_FIND] = tell_find,
        [MOVE_PAGE] = tell_page,      [MOVE_WALK] = tell_walk,
        [MOVE_WAIT] = tell_wait,      [MOVE_DELETE] = tell_delete,
        [MOVE_REFUSED] = tell_refused};

    if (t->m->kind == MOVE_LIST)
        json_decref(tell_whole(t));
    else
        tell[t->m->kind](t);
}

/* A short case saves only what it uses, and ends with its one check. */
static void tidy(json_t *steps) {
    char *text = json_dumps(steps, 0);

    for (size_t i = 0; i < json_array_size(steps); i++) {
        json_t *step = json_array_get(steps, i), *saves = json_object_get(step, "save");
        const char *name;
        json_t *pointer;
        void *next;

        json_object_foreach_safe(saves, next, name, pointer) {
            char *use = mem_printf("${%s}", name);

            if (!strstr(text, use))
                json_object_del(saves, name);
            free(use);
        }
        if (saves && json_object_size(saves) == 0)
            json_object_del(step, "save");
    }
    free(text);
}

static bool any_positive(const json_t *steps) {
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *checks = json_object_get(json_array_get(steps, i), "checks");

        for (size_t k = 0; k < json_array_size(checks); k++) {
            const json_t *status =
                jsonx_at(json_array_get(checks, k), "/expect/status");

            if (!status || json_integer_value(status) == 200)
                return true;
        }
    }
    return false;
}

static json_t *make_case(const struct teller *t, const char *id, const char *title) {
    json_t *c = json_pack("{s:s, s:s}", "id", id, "title", title);
    json_t *needs = json_array();

    for (size_t i = 1; i < MOVE_ROLES; i++)
        if (t->needs[i])
            json_array_append_new(needs, json_string(move_roles[i]));
    if (t->needs_clock)
        json_array_append_new(needs, json_string("clock"));
    if (json_array_size(needs))
        json_object_set(c, "needs", needs);
    if (t->locks_account)
        json_object_set_new(c, "locks", json_pack("[s]", "account"));
    if (t->needs_clock)
        json_object_set_new(c, "tags", json_pack("[s]", "slow"));
    if (!any_positive(t->steps))
        json_object_set_new(c, "why_no_control",
                            json_string("found by exploring: the shortest that fails"));
    json_object_set(c, "steps", t->steps);
    json_decref(needs);
    return c;
}

json_t *foretell(const struct foretelling *f, const struct sequence *s, const char *id,
                 const char *title) {
    struct teller t = {.f = f,
                       .s = s,
                       .model = new_model(),
                       .now_s = BEGINNING_S,
                       .steps = json_array()};
    json_t *c;

    for (size_t i = 0; i < s->count; i++) {
        t.m = &s->moves[i];
        t.number = (unsigned)i + 1;
        t.last = i + 1 == s->count;
        t.index = 0;
        tell_move(&t);
    }
    if (f->only)
        tidy(t.steps);
    c = make_case(&t, id, title);
    for (unsigned i = 0; i < 2 * PLACES * NAMES; i++)
        json_decref((&t.stories[0][0][0])[i].payload);
    model_free(t.model);
    json_decref(t.steps);
    return c;
}

/* What the oracles write comes in. Steps, variables and checks of a spec go out, and
 * what became of each name so far. */
#include "harness/explore/oracle_state.h"

#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/run/request.h"

static const char *model_key(enum move_role role) {
    static const char *const keys[MOVE_ROLES] = {"sk_test_main", "sk_test_other",
                                                 "sk_test_ui"};

    return keys[role];
}

struct model *oracle_model(void) {
    struct model_rules rules = {.cap = ORACLE_MANY};
    struct model *m = model_new(&rules, 1);
    const struct model_key keys[] = {{model_key(AS_MAIN), "main", NULL, false},
                                     {model_key(AS_OTHER), "other", NULL, false},
                                     {model_key(AS_UI), "main", "ui", false}};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        model_add_key(m, &keys[i]);
    return m;
}

/* Parameters of a spec as they are sent. */
static json_t *sent_params(const struct oracle *t, const json_t *params) {
    json_t *trie = json_object(), *value;
    const char *key, *user;
    int64_t ms = 0;

    json_object_foreach((json_t *)(uintptr_t)params, key, value) {
        if (strcmp(key, "scope") == 0 && json_is_string(value)) {
            json_object_set_new(trie, key, json_pack("{s:O}", "type", value));
        } else if (strcmp(key, "scope") == 0 && json_object_size(value) == 1 &&
                   (user = jsonx_string(value, "user", NULL))) {
            json_object_set_new(trie, key,
                                json_pack("{s:s, s:s}", "type", "user", "user", user));
        } else if (strcmp(key, "expires_in") == 0) {
            str_to_duration(json_string_value(value), &ms); /* of our own making */
            json_object_set_new(trie, "expires_at",
                                json_integer((json_int_t)(t->now_s + ms / 1000)));
        } else {
            json_object_set_new(trie, key, make_value(value));
        }
    }
    return trie;
}

json_t *oracle_ask(struct oracle *t, const struct call *call, const json_t *params,
                   int *status) {
    json_t *trie = sent_params(t, params), *body;
    struct form form = {0};
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct http_request request = {0};
    struct http_response answer = {0};
    char *target, *bearer = mem_printf("Bearer %s", model_key(t->m->role));

    form_from_json(&form, trie, 0);
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
    json_decref(trie);
    free(target);
    free(bearer);
    return body;
}

const struct call *oracle_call(const struct oracle *t, enum effect e) {
    return catalogue_effect(t->f->catalogue, e);
}

struct expected_secret *oracle_secret_at(struct oracle *t, const struct move *m) {
    return &t->secrets[m->role == AS_OTHER][m->place][m->name];
}

json_t *oracle_variable(const char *word, unsigned number) {
    return json_sprintf("${%s%u}", word, number);
}

json_t *oracle_step(struct oracle *t, const char *verb, json_t *params) {
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

void oracle_save(json_t *step, const char *word, unsigned number, const char *pointer) {
    json_t *saves = json_object_get(step, "save");
    char *name = mem_printf("%s%u", word, number);

    if (!saves)
        json_object_set_new(step, "save", saves = json_object());
    json_object_set_new(saves, name, json_string(pointer));
    free(name);
}

static bool wanted(const struct oracle *t, const char *tail) {
    return !t->f->only || (!t->check_written && strcmp(t->f->only, tail) == 0);
}

void oracle_check(struct oracle *t, json_t *step, const char *what, const char *clause,
                  json_t *expect) {
    char *tail = mem_printf("%s-%u.%s", what, ++t->index, clause);
    json_t *checks;

    if (!t->f->last_only || (t->last && wanted(t, tail))) {
        if (!(checks = json_object_get(step, "checks")))
            json_object_set_new(step, "checks", checks = json_array());
        json_array_append_new(checks, json_pack("{s:o, s:s, s:O}", "id",
                                                json_sprintf("%u.%s", t->number, tail),
                                                "clause", clause, "expect", expect));
        t->check_written = t->f->only != NULL;
    }
    json_decref(expect);
    free(tail);
}

json_t *oracle_body(const char *key, json_t *value) {
    return json_pack("{s:{s:o}}", "body", key, value);
}

json_t *oracle_hidden(void) {
    return json_pack("{s:b}", "$null_or_absent", 1);
}

json_t *oracle_not_deleted(void) {
    return json_pack("{s:[b, {s:b}]}", "$any_of", 0, "$null_or_absent", 1);
}

void oracle_check_media(struct oracle *t, json_t *step, const char *what) {
    oracle_check(t, step, what, "PROTO-3",
                 json_pack("{s:{s:{s:s}}}", "headers", "content-type", "$media",
                           "application/json"));
}

void oracle_check_envelope(struct oracle *t, json_t *step, const char *what) {
    oracle_check(t, step, what, "ERR-1",
                 json_pack("{s:{s:{s:{s:s}, s:{s:s}}}}", "body", "error", "type",
                           "$type", "string", "message", "$type", "string"));
    oracle_check_media(t, step, what);
}

void oracle_check_error(struct oracle *t, json_t *step, const char *what,
                        const json_t *body) {
    const json_t *error = json_object_get(body, "error");
    const char *code = jsonx_string(error, "code", NULL);

    oracle_check_envelope(t, step, what);
    oracle_check(t, step, what, "ERR-2",
                 json_pack("{s:{s:{s:O}}}", "body", "error", "type",
                           json_object_get(error, "type")));
    if (code && strcmp(code, "resource_missing") == 0 && t->m->kind != MOVE_REFUSED)
        oracle_check(t, step, what, t->m->kind == MOVE_DELETE ? "DEL-3" : "FIND-2",
                     json_pack("{s:i, s:{s:{s:s}}}", "status", 404, "body", "error",
                               "code", code));
}

void oracle_valid_before(json_t *step, const struct expected_secret *s) {
    if (s && s->fate == FATE_LIVE && s->ends_s && json_object_get(step, "checks")) {
        json_object_set_new(step, "valid_if_before",
                            oracle_variable("ends", s->number));
    }
}

const char *oracle_by(const struct oracle *t, const char *clause) {
    return t->m->encoding ? "PROTO-4" : clause;
}

void oracle_encode(const struct oracle *t, json_t *step) {
    if (t->m->encoding)
        json_object_set_new(step, "encoding", move_encoding(t->m));
}

json_t *oracle_scope(const struct move *m) {
    return m->place == PLACE_ACCOUNT
               ? json_pack("{s:s}", "type", "account")
               : json_pack("{s:s, s:s}", "type", "user", "user",
                           m->place == PLACE_ANNA ? "${user.anna}" : "${user.ann}");
}

json_t *oracle_name(const struct oracle *t, const struct move *m) {
    json_t *name = sequence_name(t->s, m), *plain = make_value(name);

    json_decref(name);
    return plain;
}

void oracle_shake(struct oracle *t, const struct expected_secret *but,
                  const char *same_name, const char *same_place) {
    unsigned world = t->m->role == AS_OTHER;

    for (unsigned p = 0; p < PLACES; p++)
        for (unsigned n = 0; n < NAMES; n++) {
            struct expected_secret *s = &t->secrets[world][p][n];

            if (s == but || s->fate != FATE_LIVE)
                continue;
            if (same_name && n == t->m->name && p != (unsigned)t->m->place)
                s->shaken = same_name;
            else if (same_place && p == (unsigned)t->m->place)
                s->shaken = same_place;
        }
}

void oracle_check_scope(struct oracle *t, json_t *step, const char *what) {
    oracle_check(t, step, what, "ISO-5",
                 json_pack("{s:{s:i, s:i}, s:{s:{s:b}, s:{s:b}}}", "status", "$ge", 400,
                           "$le", 499, "body", "payload", "$absent", 1, "data",
                           "$absent", 1));
    oracle_check_envelope(t, step, what);
}

json_t *oracle_params(const struct oracle *t) {
    json_t *name = sequence_name(t->s, t->m);

    return json_pack("{s:o, s:o}", "scope", move_scope(t->m), "name", name);
}

void oracle_spell_out(struct oracle *t, json_t *params) {
    if (oracle_secret_at(t, t->m)->fate == FATE_EXPIRED)
        json_object_set_new(params, "scope", oracle_scope(t->m));
}

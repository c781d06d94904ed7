/* A call and the model's answer come in. The clause that says so, and what any
 * implementation must answer, go out. */
#include "harness/grid/play_expect.h"

#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"

/* ---- refusals ---- */

/* The first row that fits says which clause refuses. NULL fits everything. */
static const struct {
    const char *param, *code;
    const char *clauses[4]; /* by effect: writes, reads, lists, removes */
} refusals[] = {
    {"expires_at", "parameter_invalid_integer", {"SET-6", "SET-6", "SET-6", "SET-6"}},
    {"expires_at", "parameter_invalid_empty", {"SET-6", "SET-6", "SET-6", "SET-6"}},
    {"expires_at", NULL, {"SET-11", "SET-11", "SET-11", "SET-11"}},
    {"limit", "parameter_invalid_integer", {"LIST-4", "LIST-4", "LIST-4", "LIST-4"}},
    {"limit", "parameter_invalid_empty", {"LIST-4", "LIST-4", "LIST-4", "LIST-4"}},
    {"limit", NULL, {"LIST-4a", "LIST-4a", "LIST-4a", "LIST-4a"}},
    {"starting_after", NULL, {"LIST-8", "LIST-8", "LIST-8", "LIST-8"}},
    {"ending_before", NULL, {"LIST-8", "LIST-8", "LIST-8", "LIST-8"}},
    {NULL, "parameter_unknown", {"ERR-4", "ERR-4", "ERR-4", "ERR-4"}},
    {NULL, "parameter_missing", {"SET-4", "FIND-3", "LIST-11", "DEL-6"}},
    {NULL, "parameter_invalid_empty", {"SET-4", "FIND-3", "LIST-11", "DEL-6"}},
    {"scope[type]", NULL, {"SET-5", "FIND-3", "LIST-11", "DEL-6"}},
    {"scope", NULL, {"SET-4", "FIND-3", "LIST-11", "DEL-6"}},
    {"name", NULL, {"SET-10", "FIND-3", "LIST-11", "DEL-6"}},
    {"payload", NULL, {"SET-10", "SET-10", "SET-10", "SET-10"}},
};

static bool fits(const char *want, const char *got) {
    return !want || strcmp(want, got) == 0;
}

static const char *refusal_clause(const struct played *j, int status) {
    const json_t *error = jsonx_at(j->result, "/body/error");
    const char *param = jsonx_string(error, "param", ""),
               *code = jsonx_string(error, "code", "");
    size_t effect = j->call ? j->call->effect : EFFECT_READS;

    if (status == 401)
        return "AUTH-1";
    if (status == 403)
        return "ISO-5";
    if (strcmp(jsonx_string(error, "type", ""), "idempotency_error") == 0)
        return "PROTO-2";
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        if (fits(refusals[i].param, param) && fits(refusals[i].code, code))
            return refusals[i].clauses[effect];
    return "ERR-5";
}

/* Where the clauses say 400 and mean it; elsewhere any 4xx is a refusal. */
static bool is_400(const char *clause) {
    static const char *const clauses[] = {"SET-4",  "SET-5",  "SET-6",  "SET-10",
                                          "SET-11", "LIST-4", "LIST-4a"};

    for (size_t i = 0; i < ARRAY_LEN(clauses); i++)
        if (strcmp(clauses[i], clause) == 0)
            return true;
    return false;
}

json_t *play_expect_refusal(void) {
    return json_pack("{s:{s:i, s:i}}", "status", "$ge", 400, "$le", 499);
}

/* ---- clauses ---- */

static bool is_ui(const struct played *j) {
    return strcmp(j->as, "ui_extension") == 0;
}

static struct secret_slot *slot_of_call(const struct played *j) {
    return j->scope && j->name ? play_slot(j->state, j->world, j->scope, j->name)
                               : NULL;
}

/* How it was sent, and by whom, is what is new in an answer that nothing else explains.
 */
static const char *by_sender(const struct played *j, const char *clause) {
    return j->step->encoding || j->step->again ? "PROTO-4"
           : is_ui(j)                          ? "ISO-4"
                                               : clause;
}

static const char *set_clause(const struct played *j, const struct secret_slot *of) {
    return of && of->fate == SLOT_LIVE      ? "SET-2"
           : of && of->fate == SLOT_DELETED ? "DEL-5"
           : of && of->fate == SLOT_EXPIRED ? "EXP-4"
                                            : by_sender(j, "SET-1");
}

const char *play_clause(const struct played *j) {
    int status = (int)jsonx_int(j->result, "status", 0);
    const struct secret_slot *of = slot_of_call(j);
    const char *clause = NULL;
    bool cursor = json_object_get(j->params, "starting_after") ||
                  json_object_get(j->params, "ending_before");

    if (!j->call)
        return status / 100 == 2 ? "PROTO-4" : refusal_clause(j, status);
    if (status == 404 && of)
        return j->call->effect == EFFECT_REMOVES ? "DEL-3"
                                                 : play_missing_clause(j->state, of);
    if (status != 200)
        return refusal_clause(j, status);
    switch (j->call->effect) {
    case EFFECT_WRITES:
        return set_clause(j, of);
    case EFFECT_READS:
        clause = of ? play_present_clause(of) : NULL;
        return clause ? clause : by_sender(j, "FIND-1");
    case EFFECT_REMOVES:
        return by_sender(j, "DEL-1");
    case EFFECT_LISTS:
        break;
    }
    if (cursor)
        return json_object_get(j->params, "starting_after") ? "LIST-5" : "LIST-6";
    clause = j->scope
                 ? play_list_clause(j->state, j->world, j->scope,
                                    json_array_size(jsonx_at(j->result, "/body/data")))
                 : "LIST-2";
    return str_starts(clause, "LIST-") ? by_sender(j, clause) : clause;
}

/* ---- expectations ---- */

/* The variable that an earlier step saved this value as: "${x}", new; NULL = none. What
 * stands at a place of a list is another secret where the list has another order. */
static json_t *variable_with(const struct played *j, const json_t *value, bool placed) {
    const char *name;
    json_t *saved;

    json_object_foreach(j->vars->map, name, saved) {
        if (value && json_equal(saved, value) && strcmp(name, "sent") != 0 &&
            strcmp(name, "n") != 0 &&
            placed == (json_object_get(j->placed, name) != NULL))
            return json_sprintf("${%s}", name);
    }
    return NULL;
}

static json_t *expected_end(const struct played *j, const json_t *value) {
    json_t *variable;

    if (!json_is_integer(value)) /* that it must be there is OBJ-1's */
        return json_pack("{s:b}", "$null_or_absent", 1);
    if (j->call->effect == EFFECT_WRITES)
        return json_string("${sent.expires_at}");
    variable = variable_with(j, value, false);
    return variable ? variable : json_pack("{s:s}", "$type", "integer");
}

/* The end as it was sent, if that was an integer as a program writes it. */
static bool end_as_sent(const struct played *j) {
    const json_t *sent = jsonx_at(j->result, "/sent/expires_at");

    return j->call->effect != EFFECT_WRITES || !sent ||
           (json_is_integer(sent) && !j->as_if);
}

static json_t *expect_secret(const struct played *j) {
    const json_t *body = json_object_get(j->result, "body");
    const json_t *payload = json_object_get(body, "payload"),
                 *end = json_object_get(body, "expires_at");
    json_t *want = json_object(),
           *id = variable_with(j, json_object_get(body, "id"), false);

    json_object_set(want, "name", json_object_get(body, "name"));
    json_object_set_new(want, "scope", json_string("${sent.scope}"));
    if (end_as_sent(j))
        json_object_set_new(want, "expires_at", expected_end(j, end));
    else
        json_object_set(want, "expires_at", (json_t *)(uintptr_t)end);
    if (json_is_string(payload) && json_string_length(payload) < 500)
        json_object_set(want, "payload", (json_t *)(uintptr_t)payload);
    else if (json_is_string(payload))
        json_object_set_new(
            want, "payload",
            json_pack("{s:i}", "$len",
                      (int)str_utf8_count(json_string_value(payload),
                                          json_string_length(payload))));
    /* whether a replaced secret keeps its id is free */
    if (id && j->call->effect == EFFECT_READS)
        json_object_set(want, "id", id);
    json_decref(id);
    return json_pack("{s:i, s:o}", "status", 200, "body", want);
}

static json_t *expect_items(const json_t *data) {
    json_t *items = json_array();

    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *item = json_array_get(data, i),
                     *payload = json_object_get(item, "payload");
        json_t *one = json_pack("{s:O}", "name", json_object_get(item, "name"));

        if (json_is_string(payload) && json_string_length(payload) < 500)
            /* whether a list expands them is a SHOULD (LIST-12) */
            json_object_set_new(
                one, "payload",
                json_pack("{s:[O, {s:b}]}", "$any_of", payload, "$null_or_absent", 1));
        json_array_append_new(items, one);
    }
    return json_pack("{s:o}", "$same_set", items);
}

/* A page of a longer list: how many, and the ids that are known by their place. */
static json_t *expect_page(const struct played *j, const json_t *data) {
    size_t n = json_array_size(data), known = 0;
    json_t *items = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *id =
            variable_with(j, json_object_get(json_array_get(data, i), "id"), true);

        known += id != NULL;
        json_array_append_new(items, id ? json_pack("{s:o}", "id", id) : json_object());
    }
    if (known == n)
        return items;
    json_decref(items);
    return json_pack("{s:i}", "$len", (int)n);
}

static json_t *names_of(const json_t *data) {
    json_t *names = json_array();

    for (size_t i = 0; i < json_array_size(data); i++)
        json_array_append(names, json_object_get(json_array_get(data, i), "name"));
    return json_pack("{s:o}", "$same_set", names);
}

static json_t *expect_list(const struct played *j) {
    const json_t *data = jsonx_at(j->result, "/body/data");
    bool whole = json_array_size(data) == j->in_scope;
    json_t *page;

    if (j->walk && json_object_get(j->params, "expand"))
        return json_pack("{s:i, s:o}", "status", 200, "items", expect_items(data));
    if (j->walk)
        return json_pack("{s:i, s:o}", "status", 200, "names", names_of(data));
    page = expect_page(j, data);
    if (whole && (!json_is_array(page) || json_array_size(page) == 0)) {
        json_decref(page);
        page = expect_items(data);
    }
    return json_pack("{s:i, s:{s:o, s:O}}", "status", 200, "body", "data", page,
                     "has_more", jsonx_at(j->result, "/body/has_more"));
}

/* Nothing of the secret that stands there is shown. */
static json_t *expect_nothing_shown(const struct played *j, json_t *want) {
    const char *payload = j->step->hidden;

    if (payload)
        json_object_set_new(want, "text",
                            json_pack("{s:{s:o}}", "$not", "$match",
                                      json_sprintf("(?s).*%s.*", payload)));
    return want;
}

json_t *play_expect(const struct played *j) {
    int status = (int)jsonx_int(j->result, "status", 0);
    const char *clause;

    if (status == 401 || status == 404)
        return expect_nothing_shown(j, json_pack("{s:i}", "status", status));
    if (status != 200) {
        clause = play_clause(j);
        return expect_nothing_shown(j, is_400(clause)
                                           ? json_pack("{s:i}", "status", 400)
                                           : play_expect_refusal());
    }
    if (!j->call)
        return json_pack("{s:i}", "status", 200);
    if (j->call->effect == EFFECT_LISTS)
        return expect_list(j);
    if (j->call->effect == EFFECT_REMOVES)
        return json_pack("{s:i, s:{s:b}}", "status", 200, "body", "deleted", 1);
    return expect_secret(j);
}

void play_follow(const struct played *j) {
    int status = (int)jsonx_int(j->result, "status", 0);
    struct secret_slot *of;

    if (!j->call)
        return;
    if (status != 200) {
        const char *clause = play_clause(j);

        if (j->call->effect == EFFECT_WRITES && !str_starts(clause, "ISO") &&
            !str_starts(clause, "AUTH") && !str_starts(clause, "PROTO"))
            clause = "SET-12";
        if (j->call->effect == EFFECT_WRITES || j->call->effect == EFFECT_REMOVES)
            play_note_refused(j->state,
                              strcmp(clause, "DEL-3") == 0 ? "DEL-4" : clause);
        return;
    }
    of = slot_of_call(j);
    if (of && j->call->effect == EFFECT_WRITES)
        play_note_set(j->state, of,
                      jsonx_int(json_object_get(j->result, "body"), "expires_at", 0));
    if (of && j->call->effect == EFFECT_REMOVES)
        play_note_delete(j->state, of);
}

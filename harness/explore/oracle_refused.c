/* A move that must be refused comes in. Its step goes out, with the checks of the
 * refusal and of what it must leave as it was. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/explore/oracle_state.h"

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
    {EFFECT_LISTS, "limit-zero", "ERR-5", "limit", "0", false},
    {EFFECT_LISTS, "limit-high", "ERR-5", "limit", "101", false},
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
static const struct expected_secret *elsewhere(struct oracle *t) {
    for (unsigned i = 0; i < 2 * PLACES * NAMES; i++) {
        unsigned at = (i + t->m->position * NAMES) % (2 * PLACES * NAMES);
        unsigned world = at / (PLACES * NAMES), place = at / NAMES % PLACES;
        const struct expected_secret *s = &t->secrets[world][place][at % NAMES];

        if (s->fate == FATE_LIVE && !s->ends_s &&
            (world != (t->m->role == AS_OTHER) || place != (unsigned)t->m->place))
            return s;
    }
    return NULL;
}

static json_t *wrong_value(struct oracle *t, const struct wrong *w) {
    const struct expected_secret *s = *w->value == '*' ? elsewhere(t) : NULL;

    if (s)
        return oracle_variable("id", s->number);
    return json_string(*w->value == '*' ? "appsecret_none" : w->value);
}

static json_t *wrong_params(struct oracle *t, const struct wrong *w) {
    json_t *params = w->effect == EFFECT_LISTS
                         ? json_pack("{s:o}", "scope", move_scope(t->m))
                         : oracle_params(t);
    const char *user = t->m->place == PLACE_ANNA ? "${user.anna}" : "${user.ann}";
    bool in_scope = strcmp(w->key, "type") == 0 || strcmp(w->key, "user") == 0;
    json_t *scope = json_pack("{s:s, s:s}", "type", "user", "user", user), *spoilt;

    if (w->effect == EFFECT_WRITES)
        json_object_set_new(params, "payload", move_payload(t->m));
    if (w->spare_name)
        json_object_set_new(params, "name", json_string("spare"));
    oracle_spell_out(t, params);
    /* what no name stands for is sent to a scope that is all ours */
    if (in_scope || (w->effect == EFFECT_WRITES && strcmp(w->key, "name") == 0))
        json_object_set(params, "scope", scope);
    json_decref(scope); /* params holds it, if it is to be spoilt */
    spoilt = in_scope ? json_object_get(params, "scope") : params;
    if (w->value)
        json_object_set_new(spoilt, w->key, wrong_value(t, w));
    else if (strcmp(w->key, "type") ==
             0) /* {user: U} alone would be the short form of a whole scope */
        json_object_set_new(spoilt, w->key, json_pack("{s:b}", "$omit", 1));
    else
        json_object_del(spoilt, w->key);
    return params;
}

static void check_refused(struct oracle *t, json_t *step, const char *what,
                          const char *clause, json_t *status) {
    json_t *error = json_pack("{s:{s:s}}", "error", "type", "invalid_request_error");

    oracle_check(t, step, what, clause,
                 json_pack("{s:o, s:{s:{s:b}, s:{s:b}}}", "status", status, "body",
                           "payload", "$absent", 1, "data", "$absent", 1));
    if (strcmp(clause, "DEL-7") == 0) /* a wrong verb is no bad request */
        oracle_check_envelope(t, step, what);
    else
        oracle_check_error(t, step, what, error);
    json_decref(error);
}

/* GET of the delete path, and a set without a scope: these want a raw request, so that
 * the clean-up knows what they might leave. */
static void oracle_raw(struct oracle *t, bool get_delete) {
    const struct call *call =
        oracle_call(t, get_delete ? EFFECT_REMOVES : EFFECT_WRITES);
    json_t *name = oracle_name(t, t->m), *step;
    const char *user = t->m->place == PLACE_ANNA ? "anna" : "ann";
    const char *word = json_string_value(name);
    bool plain = !sequence_is_raw(t->s) &&
                 strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(word);

    if (get_delete) {
        step = oracle_step(
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
        oracle_shake(t, NULL, NULL, "DEL-7");
    } else {
        step =
            oracle_step(t, "request",
                        json_pack("{s:s, s:s, s:{s:s}, s:s, s:[{s:s, s:s}]}", "method",
                                  "POST", "path", call->path, "headers", "Content-Type",
                                  "application/x-www-form-urlencoded", "body",
                                  "name=${name.spare}&payload=v", "leaves", "scope",
                                  "account", "name", "spare"));
        check_refused(t, step, "no-scope", "SET-4", json_integer(400));
    }
    json_decref(name);
}

static void oracle_wrong(struct oracle *t, const struct wrong *w) {
    json_t *step = oracle_step(t, oracle_call(t, w->effect)->name, wrong_params(t, w));
    bool foreign = strcmp(w->clause, "LIST-8") == 0;

    if (strcmp(w->clause, "ERR-5") == 0) { /* that it is refused is a SHOULD */
        oracle_check(t, step, w->what, w->clause,
                     json_pack("{s:{s:i, s:i}}", "status", "$ge", 200, "$le", 499));
        return;
    }
    check_refused(t, step, w->what, w->clause,
                  foreign ? json_pack("{s:i, s:i}", "$ge", 400, "$le", 499)
                          : json_integer(400));
    if (w->effect == EFFECT_WRITES)
        oracle_shake(t, NULL, NULL, "SET-12");
    if (w->effect == EFFECT_REMOVES)
        oracle_shake(t, NULL, NULL, "DEL-6");
}

void oracle_refused(struct oracle *t) {
    unsigned index = t->m->wrong % move_wrongs;
    const struct wrong *w = index < ARRAY_LEN(wrongs) ? &wrongs[index] : NULL;
    const struct move *present = t->m;
    struct move as = *present;

    as.role = as.role == AS_UI ? AS_MAIN : as.role;
    as.encoding = 0;
    if (w && w->effect != EFFECT_LISTS && as.place == PLACE_ACCOUNT)
        as.place = PLACE_ANN; /* what a wrong call takes there could be others' */
    t->m = &as;
    if (w)
        oracle_wrong(t, w);
    else
        oracle_raw(t, index == ARRAY_LEN(wrongs));
    t->m = present;
}

/* A set, a find or a delete of one secret comes in. Its step and checks go out. */
#include <stdlib.h>
#include <string.h>

#include "api/secrets_api.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/explore/oracle_state.h"

static const char *payload_clause(const struct oracle *t,
                                  const struct expected_secret *s, const char *usual) {
    if (s->shaken)
        return s->shaken;
    return t->m->encoding              ? "PROTO-4"
           : s->before == FATE_LIVE    ? "SET-2"
           : s->before == FATE_DELETED ? "DEL-5"
           : s->before == FATE_EXPIRED ? "EXP-4"
                                       : usual;
}

/* What set and find both show. */
static void check_shape(struct oracle *t, json_t *step, const char *what,
                        const struct expected_secret *s, const char *expand_clause) {
    bool set = t->m->kind == MOVE_SET;

    oracle_check(t, step, what, "SET-8", oracle_body("name", oracle_name(t, t->m)));
    oracle_check(t, step, what, "OBJ-3", oracle_body("scope", oracle_scope(t->m)));
    oracle_check(t, step, what, "OBJ-5", oracle_body("deleted", oracle_not_deleted()));
    oracle_check(t, step, what, "OBJ-6", oracle_body("livemode", json_false()));
    oracle_check(t, step, what,
                 s->ends_s ? "EXP-1"
                 : set     ? "OBJ-1"
                           : "FIND-1",
                 oracle_body("expires_at", !s->ends_s ? json_null()
                                           : set ? json_string("${sent.expires_at}")
                                                 : oracle_variable("ends", s->number)));
    if (t->m->expand)
        oracle_check(t, step, what, expand_clause,
                     oracle_body("payload", set && s->long_payload
                                                ? json_string("${sent.payload}")
                                                : json_incref(s->payload)));
    else
        oracle_check(t, step, what, "OBJ-4", oracle_body("payload", oracle_hidden()));
    oracle_check_media(t, step, what);
}

static void remember_set(struct oracle *t, struct expected_secret *s, int seconds) {
    json_t *payload = move_payload(t->m);

    json_decref(s->payload);
    s->before = s->fate;
    s->fate = FATE_LIVE;
    s->number = t->number;
    s->ends_s = seconds ? t->now_s + seconds : 0;
    s->long_payload = !json_is_string(payload);
    s->payload =
        s->long_payload ? oracle_variable("payload", t->number) : json_incref(payload);
    s->shaken = NULL;
    oracle_shake(t, s, "ISO-1", NULL);
    json_decref(payload);
}

void oracle_set(struct oracle *t) {
    json_t *params = oracle_params(t), *step, *body;
    struct expected_secret *s = oracle_secret_at(t, t->m);
    int status, seconds = move_seconds(t->m);

    json_object_set_new(params, "payload", move_payload(t->m));
    /* what replacing without expires_at leaves is a SHOULD: not what is explored */
    if (!seconds && s->fate == FATE_LIVE && s->ends_s)
        seconds = ORACLE_LONG_S;
    if (seconds)
        json_object_set_new(params, "expires_in", json_sprintf("%ds", seconds));
    if (t->m->expand)
        json_object_set_new(params, "expand", json_pack("[s]", "payload"));
    body = oracle_ask(t, oracle_call(t, EFFECT_WRITES), params, &status);
    if (status != 200)
        oracle_spell_out(t, params);
    step = oracle_step(t, "set", params);
    oracle_encode(t, step);
    if (status != 200) {
        oracle_check_scope(t, step, "set");
        json_decref(body);
        return;
    }
    remember_set(t, s, seconds);
    oracle_save(step, "id", t->number, "/body/id");
    oracle_save(step, "made", t->number, "/body/created");
    if (s->ends_s)
        oracle_save(step, "ends", t->number, "/sent/expires_at");
    if (s->long_payload)
        oracle_save(step, "payload", t->number, "/sent/payload");
    oracle_check(
        t, step, "set",
        oracle_by(t, s->before == FATE_LIVE      ? "SET-2"
                     : s->before == FATE_DELETED ? "DEL-5"
                     : s->before == FATE_EXPIRED ? "EXP-4"
                                                 : "SET-1"),
        json_pack("{s:i, s:{s:s}}", "status", 200, "body", "object", API_OBJECT));
    oracle_check(
        t, step, "set", "OBJ-1",
        s->before == FATE_LIVE
            ? json_pack("{s:{s:{s:s, s:{s:i}}, s:{s:s}}}", "body", "id", "$type",
                        "string", "$len", "$ge", 1, "created", "$type", "integer")
            : json_pack("{s:{s:{s:s, s:{s:i}}, s:{s:s, s:{s:s, s:i}}}}", "body", "id",
                        "$type", "string", "$len", "$ge", 1, "created", "$type",
                        "integer", "$near", "to", "${now}", "within", 10));
    check_shape(t, step, "set", s, t->m->text ? "SET-8" : "SET-7");
    json_decref(body);
}

/* Why a name is not there. */
static const char *missing_clause(struct oracle *t) {
    const struct expected_secret *s = oracle_secret_at(t, t->m);

    if (s->fate != FATE_NEVER)
        return s->fate == FATE_DELETED ? "DEL-2" : "EXP-3";
    for (unsigned world = 0; world < 2; world++)
        for (unsigned p = 0; p < PLACES; p++)
            if (t->secrets[world][p][t->m->name].fate == FATE_LIVE)
                return world == (t->m->role == AS_OTHER) ? "ISO-2" : "ISO-6";
    return "FIND-2";
}

/* Only that nothing is found, or that it is refused, is laid to what came before or to
 * how it is written. */
static void check_status(struct oracle *t, json_t *step,
                         const struct expected_secret *s) {
    if (s->shaken || t->m->encoding)
        oracle_check(
            t, step, "find", "FIND-1",
            json_pack("{s:{s:[i, i, i]}}", "status", "$any_of", 200, 400, 404));
    else
        t->index++;
}

void oracle_find(struct oracle *t) {
    json_t *params = oracle_params(t), *step, *body;
    struct expected_secret *s = oracle_secret_at(t, t->m);
    int status;

    if (t->m->expand)
        json_object_set_new(params, "expand", json_pack("[s]", "payload"));
    body = oracle_ask(t, oracle_call(t, EFFECT_READS), params, &status);
    step = oracle_step(t, "find", params);
    oracle_encode(t, step);
    if (status == 404) {
        oracle_check(t, step, "find", missing_clause(t),
                     json_pack("{s:i}", "status", 404));
        oracle_check_error(t, step, "find", body);
    } else if (status != 200) {
        oracle_check_scope(t, step, "find");
    } else {
        check_status(t, step, s);
        oracle_check(
            t, step, "find",
            s->shaken   ? s->shaken
            : s->ends_s ? oracle_by(t, "EXP-2")
                        : oracle_by(t, "FIND-1"),
            json_pack("{s:i, s:{s:s}}", "status", 200, "body", "object", API_OBJECT));
        oracle_check(t, step, "find", "OBJ-2",
                     oracle_body("id", oracle_variable("id", s->number)));
        oracle_check(t, step, "find", "OBJ-7",
                     oracle_body("created", oracle_variable("made", s->number)));
        check_shape(t, step, "find", s,
                    payload_clause(t, s, t->m->text ? "SET-8" : "FIND-4"));
        oracle_valid_before(step, s);
    }
    json_decref(body);
}

void oracle_delete(struct oracle *t) {
    json_t *params = oracle_params(t), *step, *body;
    struct expected_secret *s = oracle_secret_at(t, t->m);
    int status;

    body = oracle_ask(t, oracle_call(t, EFFECT_REMOVES), params, &status);
    step = oracle_step(t, "delete", params);
    oracle_encode(t, step);
    if (status == 404) {
        oracle_check(t, step, "delete", "DEL-3", json_pack("{s:i}", "status", 404));
        oracle_check_error(t, step, "delete", body);
    } else if (status != 200) {
        oracle_check_scope(t, step, "delete");
    } else {
        oracle_check(t, step, "delete", oracle_by(t, "DEL-1"),
                     json_pack("{s:i, s:{s:o, s:s, s:b}}", "status", 200, "body", "id",
                               oracle_variable("id", s->number), "object", API_OBJECT,
                               "deleted", 1));
        oracle_check_media(t, step, "delete");
        oracle_valid_before(step, s);
        s->fate = FATE_DELETED;
        oracle_shake(t, s, "DEL-4", "DEL-4");
    }
    json_decref(body);
}

#include "harness/passive.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/recording/redaction.h"
#include "core/replay/stories.h"
#include "core/str.h"
#include "harness/engine.h"

enum {
    JSON_DEPTH = 64,
    MAX_SHOWN = 20,
    GRACE_S = 1,
    DEFAULT_PAGE = 10,
    MAX_PAGE = 100
};

/* One exchange before one rule. */
struct look {
    const struct stories *stories;
    const struct tale *t;
    const struct story *story;
    json_t *body;       /* NULL = no JSON */
    bool answered_well; /* 2xx */
    unsigned judged;
    json_t *found; /* mismatches */
};

static void expect(struct look *k, bool ok, const char *pointer, const char *expected,
                   const json_t *got) {
    char *text;

    k->judged++;
    if (ok || json_array_size(k->found) >= MAX_SHOWN)
        return;
    text =
        got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : mem_strdup("nothing");
    if (strlen(text) > 200)
        text[200] = '\0';
    json_array_append_new(
        k->found,
        json_pack("{s:o, s:s, s:o}", "pointer",
                  json_sprintf("exchange %d, line %d: %s", (int)k->t->x->number,
                               k->t->x->line, pointer),
                  "expected", expected, "got", jsonx_text(text, strlen(text))));
    free(text);
}

static void expect_status(struct look *k, bool ok, const char *expected) {
    json_t *status = json_integer(k->t->x->response.status);

    expect(k, ok, "/status", expected, status);
    json_decref(status);
}

static const json_t *member(const json_t *object, const char *key) {
    return json_object_get(object, key);
}

/* Is this a line of the request's shape? */
static bool asked_for(const struct look *k, const char *line) {
    const char *hit = strstr(k->t->asked.shape, line);

    return hit && (hit[strlen(line)] == '\n' || !hit[strlen(line)]);
}

static bool expands(const struct look *k) {
    return asked_for(k, "\nexpand[]=payload") ||
           asked_for(k, "\nexpand[]=data.payload");
}

/* Every secret that an answer shows. */
static void each_secret(struct look *k,
                        void (*judge)(struct look *k, const json_t *secret,
                                      const char *pointer)) {
    const json_t *data = member(k->body, "data");
    char pointer[48];

    if (!k->answered_well)
        return;
    if (k->t->asked.op == ASKED_SET || k->t->asked.op == ASKED_FIND)
        judge(k, k->body, "/body");
    for (size_t i = 0; k->t->asked.op == ASKED_LIST && i < json_array_size(data); i++) {
        snprintf(pointer, sizeof(pointer), "/body/data/%zu", i);
        judge(k, json_array_get(data, i), pointer);
    }
}

/* --- objects --- */

static void object_shape(struct look *k, const json_t *o, const char *pointer) {
    const json_t *id = member(o, "id"), *expires = member(o, "expires_at");
    const char *object = jsonx_string(o, "object", "");

    expect(k, json_is_string(id) && json_string_length(id), pointer,
           "id: a non-empty string", id);
    expect(k, strcmp(object, "apps.secret") == 0, pointer, "object: \"apps.secret\"",
           member(o, "object"));
    expect(k, json_is_integer(member(o, "created")), pointer, "created: an integer",
           member(o, "created"));
    expect(k, json_is_boolean(member(o, "livemode")), pointer, "livemode: a boolean",
           member(o, "livemode"));
    expect(k, json_is_string(member(o, "name")), pointer, "name: a string",
           member(o, "name"));
    expect(k, json_is_object(member(o, "scope")), pointer, "scope: an object",
           member(o, "scope"));
    expect(k, json_is_integer(expires) || json_is_null(expires), pointer,
           "expires_at: an integer or null", expires);
}

static void shape(struct look *k) {
    each_secret(k, object_shape);
}

static void own_scope(struct look *k, const json_t *o, const char *pointer) {
    const json_t *scope = member(o, "scope");
    const char *type = jsonx_string(scope, "type", ""), *user = k->t->asked.user;

    if (!k->t->asked.type || k->t->asked.op == ASKED_LIST)
        return;
    expect(k,
           strcmp(type, k->t->asked.type) == 0 &&
               (strcmp(type, "user") != 0 ||
                (user && strcmp(jsonx_string(scope, "user", ""), user) == 0)),
           pointer, "the scope that was asked for", scope);
}

static void scope(struct look *k) {
    each_secret(k, own_scope);
}

static void no_payload(struct look *k, const json_t *o, const char *pointer) {
    const json_t *payload = member(o, "payload");

    if (!expands(k))
        expect(k, !payload || json_is_null(payload), pointer,
               "payload: nothing or null, it was not expanded", payload);
}

static void hidden(struct look *k) {
    each_secret(k, no_payload);
}

/* A name with a token in it was not recorded as it was sent: it is no evidence. */
static bool has_token(const char *text) {
    for (size_t len = strlen(text); len; text++, len--)
        if (redaction_token(text, len))
            return true;
    return false;
}

static void own_name(struct look *k, const json_t *o, const char *pointer) {
    const char *name = k->t->asked.name, *got = jsonx_string(o, "name", NULL);

    if (name && *name && got && k->t->asked.op != ASKED_LIST &&
        str_utf8_valid(name, strlen(name)) && !has_token(name) && !has_token(got))
        expect(k, strcmp(got, name) == 0, pointer, "the name that was asked for",
               member(o, "name"));
}

static void named(struct look *k) {
    each_secret(k, own_name);
}

static void not_deleted(struct look *k, const json_t *o, const char *pointer) {
    expect(k, !json_is_true(member(o, "deleted")), pointer,
           "deleted: not true on a live secret", member(o, "deleted"));
}

static void live(struct look *k) {
    each_secret(k, not_deleted);
}

static void right_mode(struct look *k, const json_t *o, const char *pointer) {
    bool is_live = k->story->live;

    if (k->t->asked.key)
        expect(k,
               json_is_boolean(member(o, "livemode")) &&
                   json_is_true(member(o, "livemode")) == is_live,
               pointer, is_live ? "livemode: true" : "livemode: false",
               member(o, "livemode"));
}

static void mode(struct look *k) {
    each_secret(k, right_mode);
}

/* --- a secret over time --- */

/* The set that the asked secret lives by, if that is sure. */
static const struct tale *set_of(const struct look *k) {
    const struct state *s = &k->t->before;

    const struct tale *set =
        s->name_effect >= 0 && !k->t->overlaps && !k->t->unsettled && !s->expired
            ? &k->stories->tales[s->name_effect]
            : NULL;

    return set && set->expires && !k->t->dated ? NULL : set;
}

static json_t *body_of(const struct tale *t) {
    const struct http_response *r = &t->x->response;

    return r->body && r->body_len ? jsonx_load(r->body, r->body_len, JSON_DEPTH, NULL)
                                  : NULL;
}

static void same_as_set(struct look *k) {
    const struct tale *set = set_of(k);
    json_t *was;

    /* a repeated key is answered as it was before, whatever was set since */
    if (!set || !k->answered_well || k->t->repeated ||
        (k->t->asked.op != ASKED_FIND && k->t->asked.op != ASKED_DELETE))
        return;
    was = body_of(set);
    expect(k, json_equal(member(k->body, "id"), member(was, "id")), "/body/id",
           "the id that set gave", member(k->body, "id"));
    if (k->t->asked.op == ASKED_FIND)
        expect(k, json_equal(member(k->body, "created"), member(was, "created")),
               "/body/created", "the created that set gave",
               member(k->body, "created"));
    json_decref(was);
}

/* Seconds until the asked secret expires; INT64_MAX = never. */
static int64_t left_of(const struct look *k) {
    const struct tale *set = &k->stories->tales[k->t->before.name_effect];

    return set->expires ? set->expires - k->t->now : INT64_MAX;
}

/* A scope of another type, or of none, holds nothing: 404 is an answer. */
static bool same_type(const struct asked *a, const struct asked *b) {
    return a->type && b->type && strcmp(a->type, b->type) == 0;
}

static void found(struct look *k) {
    /* another credential may be kept out: that is no answer about the secret */
    if (k->t->asked.op == ASKED_FIND && set_of(k) && left_of(k) > GRACE_S &&
        same_type(&k->t->asked, &set_of(k)->asked) && k->t->x->response.status != 400 &&
        k->t->x->response.status != 401 && k->t->x->response.status != 403 &&
        k->t->asked.key && set_of(k)->asked.key &&
        strcmp(k->t->asked.key, set_of(k)->asked.key) == 0)
        expect_status(k, k->answered_well, "200: it was set and not deleted since");
}

static void gone(struct look *k) {
    const struct state *s = &k->t->before;
    bool deleted = s->name_effect == NO_WRITE && s->name_write >= 0 &&
                   k->stories->tales[s->name_write].asked.op == ASKED_DELETE &&
                   k->stories->tales[s->name_write].works;

    if ((k->t->asked.op == ASKED_FIND || k->t->asked.op == ASKED_DELETE) && deleted &&
        !k->t->overlaps && !k->t->unsettled && !k->t->repeated)
        expect_status(k, k->t->x->response.status / 100 == 4, "404: it was deleted");
}

static void expired(struct look *k) {
    const struct state *s = &k->t->before;

    if (k->t->asked.op == ASKED_FIND && s->expired && k->t->dated && !k->t->overlaps &&
        !k->t->unsettled && left_of(k) < -GRACE_S)
        expect_status(k, k->t->x->response.status / 100 == 4, "404: it has expired");
}

static void expiry_kept(struct look *k) {
    const json_t *expires = member(k->body, "expires_at");

    if (k->t->asked.op == ASKED_SET && k->answered_well && k->t->asked.expires_at > 0)
        expect(k,
               json_is_integer(expires) &&
                   json_integer_value(expires) == k->t->asked.expires_at,
               "/body/expires_at", k->t->asked.expires, expires);
}

static void expanded(struct look *k) {
    const struct tale *set = k->t->asked.op == ASKED_FIND ? set_of(k) : NULL;
    const json_t *payload = member(k->body, "payload");
    const char *was = set ? set->asked.payload : NULL;

    if (set && was && k->answered_well && expands(k))
        expect(k,
               json_is_string(payload) && strcmp(json_string_value(payload), was) == 0,
               "/body/payload", was, payload);
}

static void missing(struct look *k) {
    const char *code = jsonx_string(member(k->body, "error"), "code", "");

    if ((k->t->asked.op == ASKED_FIND || k->t->asked.op == ASKED_DELETE) &&
        k->t->x->response.status == 404)
        expect(k, strcmp(code, "resource_missing") == 0, "/body/error/code",
               "\"resource_missing\"", member(member(k->body, "error"), "code"));
}

static void deletion(struct look *k) {
    if (k->t->asked.op != ASKED_DELETE || !k->answered_well)
        return;
    expect(k, strcmp(jsonx_string(k->body, "object", ""), "apps.secret") == 0,
           "/body/object", "\"apps.secret\"", member(k->body, "object"));
    expect(k, json_is_true(member(k->body, "deleted")), "/body/deleted", "true",
           member(k->body, "deleted"));
}

static void required(struct look *k) {
    const struct asked *a = &k->t->asked;
    bool lacks = !a->name || !*a->name || !a->type || !*a->type ||
                 (strcmp(a->type, "user") == 0 && (!a->user || !*a->user)) ||
                 (a->op == ASKED_SET && (!a->payload || !*a->payload));

    if ((a->op == ASKED_SET || a->op == ASKED_FIND || a->op == ASKED_DELETE) && lacks &&
        a->key && *k->story->account && !strstr(a->shape, "\nbody=") &&
        !strstr(a->shape, "payload["))
        expect_status(k, !k->answered_well, "400: a required parameter is missing");
}

/* --- lists --- */

static bool is_list(const struct look *k) {
    return k->t->asked.op == ASKED_LIST && k->answered_well;
}

static void list_shape(struct look *k) {
    if (!is_list(k))
        return;
    expect(k, strcmp(jsonx_string(k->body, "object", ""), "list") == 0, "/body/object",
           "\"list\"", member(k->body, "object"));
    expect(k, strcmp(jsonx_string(k->body, "url", ""), "/v1/apps/secrets") == 0,
           "/body/url", "\"/v1/apps/secrets\"", member(k->body, "url"));
    expect(k, json_is_boolean(member(k->body, "has_more")), "/body/has_more",
           "a boolean", member(k->body, "has_more"));
    expect(k, json_is_array(member(k->body, "data")), "/body/data", "an array",
           member(k->body, "data"));
}

static void list_once(struct look *k) {
    json_t *ids = json_object();
    const json_t *data = member(k->body, "data");

    for (size_t i = 0; is_list(k) && i < json_array_size(data); i++) {
        const char *id = jsonx_string(json_array_get(data, i), "id", "");

        expect(k, !json_object_get(ids, id), "/body/data", "each secret once",
               member(json_array_get(data, i), "id"));
        json_object_set_new(ids, *id ? id : "?", json_true());
    }
    json_decref(ids);
}

static void list_item_scope(struct look *k, const json_t *o, const char *pointer) {
    const char *user = jsonx_string(member(o, "scope"), "user", NULL);

    if (k->t->asked.op != ASKED_LIST || !k->t->asked.type)
        return;
    expect(k,
           strcmp(jsonx_string(member(o, "scope"), "type", ""), k->t->asked.type) ==
                   0 &&
               (!user || !k->t->asked.user || strcmp(user, k->t->asked.user) == 0),
           pointer, "a secret of the scope that was asked for", member(o, "scope"));
}

static void list_scope(struct look *k) {
    each_secret(k, list_item_scope);
}

static void list_page(struct look *k) {
    const char *limit = strstr(k->t->asked.shape, "\nlimit=");
    long most = limit ? strtol(limit + 7, NULL, 10) : DEFAULT_PAGE;
    char wanted[48];

    if (!is_list(k) || most < 1)
        return;
    most = most > MAX_PAGE ? MAX_PAGE : most;
    snprintf(wanted, sizeof(wanted), "at most %ld items", most);
    expect(k, (long)json_array_size(member(k->body, "data")) <= most, "/body/data",
           wanted, member(k->body, "data"));
}

/* The last write of a name before an exchange, and the set that it lives by; -1 = none.
 */
static void last_of(const struct look *k, int name, int *write, int *effect) {
    *write = *effect = -1;
    for (size_t j = 0; name >= 0 && j < k->story->count; j++) {
        const struct tale *t = &k->stories->tales[k->story->tales[j]];

        if (t == k->t)
            break;
        if (t->name == name && t->works && !t->repeated &&
            (t->asked.op == ASKED_SET || t->asked.op == ASKED_DELETE)) {
            *write = k->story->tales[j];
            *effect = t->asked.op == ASKED_SET ? *write : -1;
        }
    }
}

/* Names that were deleted for sure, or expired, are in no list. */
static void list_lacks(struct look *k, bool by_expiry) {
    const json_t *data = member(k->body, "data");

    if (!is_list(k) || k->t->overlaps || k->t->unsettled)
        return;
    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *o = json_array_get(data, i);
        int effect, write;

        last_of(k, story_name_find(k->story, jsonx_string(o, "name", "")), &write,
                &effect);
        if (write < 0)
            continue;
        if (!by_expiry)
            expect(k, effect >= 0, "/body/data", "no secret that was deleted",
                   member(o, "name"));
        else if (effect >= 0 && k->stories->tales[effect].expires && k->t->dated)
            expect(k, k->stories->tales[effect].expires + GRACE_S >= k->t->now,
                   "/body/data", "no secret that has expired", member(o, "name"));
    }
}

static bool lists(const json_t *data, const char *name) {
    for (size_t i = 0; i < json_array_size(data); i++) {
        const char *got = jsonx_string(json_array_get(data, i), "name", "");

        if (strcmp(got, name) == 0 || has_token(got))
            return true;
    }
    return false;
}

/* A whole list has every name that the same key set for good. */
static void list_whole(struct look *k) {
    const struct asked *a = &k->t->asked;
    const json_t *data = member(k->body, "data");

    if (!is_list(k) || k->t->overlaps || k->t->unsettled || a->cursor || a->name ||
        !a->key || !a->type || !json_is_false(member(k->body, "has_more")))
        return;
    for (size_t i = 0; i < k->story->name_count; i++) {
        const char *name = k->story->names[i].text;
        const struct tale *set;
        int effect, write;
        json_t *shown;

        last_of(k, (int)i, &write, &effect);
        set = effect >= 0 ? &k->stories->tales[effect] : NULL;
        if (!set || set->expires || !set->asked.key ||
            strcmp(set->asked.key, a->key) != 0 ||
            !str_utf8_valid(name, strlen(name)) || has_token(name))
            continue;
        shown = json_string(name);
        expect(k, lists(data, name), "/body/data",
               "every secret that was set and not deleted since", shown);
        json_decref(shown);
    }
}

static void list_deleted(struct look *k) {
    list_lacks(k, false);
}

static void list_expired(struct look *k) {
    list_lacks(k, true);
}

/* --- every answer --- */

/* 501 is right for a method that the server does not know (RFC 9110 section 15.6.2). */
static void no_crash(struct look *k) {
    const char *method = k->t->x->request.method;
    bool odd = strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0;
    int status = k->t->x->response.status;

    expect_status(k, status < 500 || (odd && status == 501), "no 5xx");
}

static void envelope(struct look *k) {
    const json_t *error = member(k->body, "error");

    if (k->t->x->response.status < 400 || strcmp(k->t->x->request.method, "HEAD") == 0)
        return;
    expect(k, json_is_object(error), "/body/error", "an object", error);
    expect(k, json_is_string(member(error, "type")), "/body/error/type", "a string",
           member(error, "type"));
    expect(k, json_is_string(member(error, "message")), "/body/error/message",
           "a string", member(error, "message"));
}

static void no_key(struct look *k) {
    if (!http_headers_get(&k->t->x->request.headers, "Authorization") &&
        k->t->asked.op != ASKED_OTHER)
        expect_status(k, k->t->x->response.status == 401, "401: there was no key");
}

static void is_json(struct look *k) {
    const char *type = http_headers_get(&k->t->x->response.headers, "Content-Type");
    char media[64];
    json_t *shown = json_string(type ? type : "");

    http_media_type(type ? type : "", media, sizeof(media));
    if (k->t->asked.op != ASKED_OTHER && k->t->x->response.body_len)
        expect(k, strcmp(media, "application/json") == 0 && k->body, "/headers",
               "application/json", shown);
    json_decref(shown);
}

static const struct rule {
    const char *name, *clause, *title;
    void (*judge)(struct look *k);
} rules[] = {
    {"object-shape", "OBJ-1", "every secret has its members", shape},
    {"scope-kept", "OBJ-3", "a secret shows the scope that was asked for", scope},
    {"name-kept", "SET-8", "a secret shows the name that was asked for", named},
    {"payload-hidden", "OBJ-4", "no payload unless expanded", hidden},
    {"not-deleted", "OBJ-5", "a live secret is not deleted", live},
    {"livemode", "OBJ-6", "livemode is that of the key", mode},
    {"same-id", "OBJ-7", "id and created stay what set gave", same_as_set},
    {"required", "SET-4", "what lacks a required parameter is refused", required},
    {"found", "FIND-1", "what was set is found", found},
    {"missing-code", "FIND-2", "a 404 has the code resource_missing", missing},
    {"expanded", "FIND-4", "an expanded payload is the one that was set", expanded},
    {"list-shape", "LIST-1", "a list has its members", list_shape},
    {"list-once", "LIST-2", "a list has each secret once", list_once},
    {"list-whole", "LIST-2", "a list has every secret of its scope", list_whole},
    {"list-scope", "ISO-3", "a list holds its own scope only", list_scope},
    {"page", "LIST-4", "a page is no longer than its limit", list_page},
    {"deletion", "DEL-1", "a delete says so", deletion},
    {"deleted-gone", "DEL-2", "what was deleted is not found", gone},
    {"deleted-unlisted", "DEL-2", "what was deleted is not listed", list_deleted},
    {"expiry-kept", "EXP-1", "expires_at comes back as set", expiry_kept},
    {"expired-gone", "EXP-3", "what has expired is not found", expired},
    {"expired-unlisted", "EXP-3", "what has expired is not listed", list_expired},
    {"no-key", "AUTH-1", "a request without a key is 401", no_key},
    {"envelope", "ERR-1", "every error has the envelope", envelope},
    {"no-5xx", "ERR-5", "no request gets a 5xx", no_crash},
    {"json", "PROTO-3", "answers are JSON and say so", is_json},
};

static void judge_rule(struct run *r, const struct stories *s, const struct rule *rule,
                       const char *path, json_t **bodies) {
    const struct clause *clause = catalogue_clause(r->specs->catalogue, rule->clause);
    struct look k = {.stories = s, .found = json_array()};
    enum verdict v;
    json_t *o;

    for (size_t i = 0; i < s->count; i++) {
        k.t = &s->tales[i];
        if (k.t->story < 0)
            continue;
        k.story = &s->items[k.t->story];
        k.body = bodies[i];
        k.answered_well = k.t->x->response.status / 100 == 2;
        rule->judge(&k);
    }
    v = json_array_size(k.found) ? verdict_for(clause)
        : k.judged               ? VERDICT_PASS
                                 : VERDICT_SKIP;
    o = json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "id",
                  json_sprintf("recording/%s/%s", rule->name, rule->clause), "clause",
                  rule->clause, "level", level_name(clause->level), "verdict",
                  verdict_name(v), "case", "recording", "title", rule->title, "file",
                  path, "line", 0, "column", 0);
    if (v == VERDICT_SKIP)
        json_object_set_new(o, "reason", json_string("nothing recorded speaks of it"));
    else
        json_object_set_new(o, "say", json_sprintf("%u judged", k.judged));
    if (json_array_size(k.found))
        json_object_set(o, "mismatches", k.found);
    json_decref(k.found);
    json_array_append_new(r->checks, o);
}

json_t *passive_check(const struct recording *recording, const char *path,
                      const struct specs *specs) {
    struct stories *s = stories_new(recording);
    struct profile profile = {
        .target = recording->upstream ? recording->upstream : (char *)(uintptr_t)path,
        .base_url = recording->upstream ? recording->upstream : (char *)(uintptr_t) "",
        .secrets_per_scope = -1};
    struct run_options options = {.level = LEVEL_MUST};
    struct run r = {.specs = specs,
                    .profile = &profile,
                    .options = &options,
                    .command = "check",
                    .checks = json_array(),
                    .case_list = json_array(),
                    .choices = json_array(),
                    .leftovers = json_array(),
                    .sent = recording->count,
                    .expiry_lag_ms = -1};
    json_t **bodies = mem_new(s->count + 1, sizeof(*bodies)), *doc;

    for (size_t i = 0; i < s->count; i++)
        bodies[i] = s->tales[i].story >= 0 ? body_of(&s->tales[i]) : NULL;
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        judge_rule(&r, s, &rules[i], path, bodies);
    doc = results_make(&r, recording->started_ms, 0);
    for (size_t i = 0; i < s->count; i++)
        json_decref(bodies[i]);
    free(bodies);
    json_decref(r.checks);
    json_decref(r.case_list);
    json_decref(r.choices);
    json_decref(r.leftovers);
    stories_free(s);
    return doc;
}

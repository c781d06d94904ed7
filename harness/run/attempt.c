/* A call of a step comes in. It is sent; its answer goes out as the result that checks
 * look at. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/run/attempt.h"
#include "harness/run/evidence.h"
#include "harness/run/request.h"

enum { KEPT_EXCHANGES = 24 };

char *slot_of(const char *as, const json_t *scope, const char *name) {
    char *text = json_dumps(scope, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *slot = mem_printf("%s %s %s", as, text ? text : "", name);

    free(text);
    return slot;
}

/* Whose world a credential sees: all but these two see main's. */
const char *world_of(const char *as) {
    return strcmp(as, "other_account") == 0 || strcmp(as, "live") == 0 ? as : "main";
}

/* Takes over the contents of the exchange. */
void attempt_keep(struct attempt *a, struct exchange *x, const char *as) {
    if (a->kept_count == KEPT_EXCHANGES)
        memmove(&a->kept[0], &a->kept[1], --a->kept_count * sizeof(*a->kept));
    a->kept = mem_grow(a->kept, a->kept_count + 1, sizeof(*a->kept));
    a->kept[a->kept_count++] =
        row_log_add(&a->c->log, x, as, run_now_earliest(a->c->run), a->c->cleaning);
}

/* What was kept becomes part of the transcript. */
json_t *attempt_transcript(struct attempt *a) {
    for (size_t i = 0; i < a->kept_count; i++) {
        const struct sent_exchange *one = &a->c->log.items[a->kept[i]];

        json_array_append_new(a->transcript,
                              exchange_json(&a->c->run->target, &one->x, one->as));
    }
    a->kept_count = 0;
    while (json_array_size(a->transcript) > KEPT_EXCHANGES)
        json_array_remove(a->transcript, 0);
    return a->transcript;
}

void attempt_release(struct attempt *a) {
    free(a->kept);
    json_decref(a->transcript);
    json_decref(a->result);
}

void attempt_result(struct attempt *a, json_t *result) {
    json_decref(a->result);
    a->result = result;
}

/* The first secret under its name: what it says of its making is the time. */
static void note_made(struct case_run *c, const struct exchange *x) {
    json_t *body = jsonx_body(&x->response);

    run_note_made(c->run, x, jsonx_int(body, "created", 0));
    json_decref(body);
}

/* What the case now knows to stand under a name. */
static void acknowledge(struct case_run *c, const struct call *call,
                        const struct built *b, const char *as,
                        const struct exchange *x) {
    json_t *payload = json_object_get(b->sent, "payload");
    bool changes = call->effect == EFFECT_WRITES || call->effect == EFFECT_REMOVES;
    char *slot;

    if (!changes || !b->name || !b->scope || x->failure || x->response.status != 200)
        return;
    slot = slot_of(world_of(as), b->scope, b->name);
    if (call->effect == EFFECT_WRITES && !json_object_get(c->acked, slot))
        note_made(c, x);
    json_object_set(c->acked, slot,
                    call->effect == EFFECT_WRITES && payload ? payload : json_null());
    free(slot);
}

/* A set that names a time to come, and reached the target when that was over, was
 * refused for our slowness, or its own. */
static void note_late(struct case_run *c, const struct call *call,
                      const struct built *b, const json_t *params,
                      const struct exchange *x) {
    const char *in = jsonx_string(params, "expires_in", "-");
    int64_t at = built_time(call, b);

    c->late = call->effect == EFFECT_WRITES && x->response.status / 100 == 4 &&
              at >= 0 && run_now_latest(c->run) >= at * 1000;
    if (c->late && *in != '-')
        c->void_answer = true;
}

/* How many secrets stand in a scope, and how many of them are not of this run. */
static size_t count_in_scope(struct case_run *c, const json_t *scope, const char *as,
                             size_t *foreign) {
    const struct call *list = catalogue_effect(c->run->specs->catalogue, EFFECT_LISTS);
    json_t *params = json_pack("{s:O, s:i}", "scope", scope, "limit", 100), *body;
    struct exchange x = {0};
    struct built b = {0};
    const json_t *data;
    size_t count;

    build_call(c, NULL, list, params, &b);
    x.request = b.request;
    memset(&b.request, 0, sizeof(b.request));
    add_authorization(&c->run->target, NULL, as, &x.request.headers);
    run_send(c, &x);
    body = x.response.body ? jsonx_body(&x.response) : NULL;
    data = json_object_get(body, "data");
    count = json_array_size(data);
    *foreign = 0;
    for (size_t i = 0; i < count; i++)
        *foreign += !str_starts(jsonx_string(json_array_get(data, i), "name", ""),
                                c->run->prefix);
    json_decref(body);
    json_decref(params);
    exchange_release(&x);
    built_release(&b);
    return count;
}

/* A scope that is not the case's own may be full of what others keep there. */
static void note_room(struct case_run *c, const struct call *call,
                      const struct built *b, const char *as, const struct exchange *x) {
    const char *type = jsonx_string(b->scope, "type", "");
    bool shared =
        strcmp(type, "account") == 0 ||
        (strcmp(type, "user") == 0 &&
         !strstr(jsonx_string(b->scope, "user", c->run->prefix), c->run->prefix));
    int64_t cap = c->run->target.profile->secrets_per_scope;
    size_t foreign, count;

    if (call->effect != EFFECT_WRITES || x->response.status / 100 != 4 || cap < 0 ||
        !shared || !profile_credential(c->run->target.profile, as))
        return;
    count = count_in_scope(c, b->scope, as, &foreign);
    if (foreign > 0 && (int64_t)count >= cap) {
        c->unfit = "what others keep in the scope leaves no room below the profile's "
                   "limits.secrets_per_scope";
        c->void_answer = true;
    }
}

static bool note_before_sending(struct case_run *c, const struct call *call,
                                const struct built *b, const char *as) {
    const char *role = profile_credential(c->run->target.profile, world_of(as))
                           ? world_of(as)
                           : "main";
    struct err err = {0};

    if (call->effect != EFFECT_WRITES || !b->name || !*b->name || !b->scope)
        return true;
    case_note_made(c, b->scope, b->name, role);
    if (ledger_note(c->run->target.ledger, b->scope, b->name, role, &err))
        return true;
    c->run->doc.gone = "the clean-up ledger cannot be written";
    return false;
}

static void remember_operation(struct parallel_history *h, const struct call *call,
                               const struct built *b, const char *as,
                               const struct exchange *x, const json_t *result) {
    const char *read = json_string_value(jsonx_at(result, "/body/payload"));
    struct operation *op;
    bool ok = x->response.status == 200;

    if (!h || call->effect == EFFECT_LISTS || !b->name)
        return;
    h->ops = mem_grow(h->ops, h->count + 1, sizeof(*h->ops));
    h->values = mem_grow(h->values, h->count + 1, sizeof(*h->values));
    op = &h->ops[h->count];
    *op = (struct operation){.effect = call->effect,
                             .key = slot_of(world_of(as), b->scope, b->name),
                             .begin = x->begin_us,
                             .end = x->failure ? INT64_MAX : x->end_us};
    if (call->effect == EFFECT_WRITES)
        read = jsonx_string(b->sent, "payload", "");
    else if (call->effect == EFFECT_REMOVES)
        read = ok ? "deleted" : NULL;
    else if (!ok)
        read = NULL;
    op->refused = !x->failure && !ok &&
                  (x->response.status != 404 || call->effect == EFFECT_WRITES);
    h->values[h->count] = mem_strdup(read);
    op->value = h->values[h->count++];
}

static void note_role(struct run *r, const char *as, const struct exchange *x) {
    const json_t *known = json_object_get(r->roles, as);

    if (json_is_true(known) || x->failure || !profile_credential(r->target.profile, as))
        return;
    json_object_set_new(r->roles, as, json_boolean(x->response.status != 401));
}

/* Send one call; the result replaces a->result. */
bool attempt_send(struct attempt *a, const struct call *call, const json_t *params,
                  const char *as, struct parallel_history *h) {
    struct case_run *c = a->c;
    struct exchange x = {0};
    struct built b = {0};

    build_call(c, a->s, call, params, &b);
    if (!note_before_sending(c, call, &b, as)) {
        built_release(&b);
        return false;
    }
    x.request = b.request;
    memset(&b.request, 0, sizeof(b.request));
    x.fresh = a->s->fresh;
    x.bare = a->s->bare;
    add_authorization(&c->run->target, a->s, as, &x.request.headers);
    run_send(c, &x);
    note_role(c->run, as, &x);
    acknowledge(c, call, &b, as, &x);
    if (call->effect == EFFECT_WRITES && b.name)
        case_note_answer(c, b.scope, b.name,
                         !x.failure && x.response.status / 100 == 4);
    attempt_result(a, result_json(c, &x, b.sent));
    note_late(c, call, &b, params, &x);
    note_room(c, call, &b, as, &x);
    remember_operation(h, call, &b, as, &x, a->result);
    attempt_keep(a, &x, as);
    exchange_release(&x);
    built_release(&b);
    return true;
}

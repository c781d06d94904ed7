#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/engine.h"

enum { DEFAULT_PAGES = 20 };

enum { KEPT_EXCHANGES = 24 };

struct kept {
    struct exchange x;
    char as[32];
};

/* One step while it runs: its exchanges, its result, and in a parallel block its
 * history. */
struct attempt {
    struct case_run *c;
    const struct step *s;
    json_t *transcript, *result;
    struct kept *kept; /* exchanges not yet in the transcript: most are never shown */
    size_t kept_count;
};

struct history {
    struct operation ops[32];
    size_t count;
    char *values[32];
};

static char *slot_of(const char *as, const json_t *scope, const char *name) {
    char *text = json_dumps(scope, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *slot = mem_printf("%s %s %s", as, text ? text : "", name);

    free(text);
    return slot;
}

/* Whose world a credential sees: all but these two see main's. */
static const char *world_of(const char *as) {
    return strcmp(as, "other_account") == 0 || strcmp(as, "live") == 0 ? as : "main";
}

static const char *as_of(struct case_run *c, const struct step *s, char *out,
                         size_t size) {
    char missing[64];
    json_t *text = json_string(s->as), *filled = vars_fill(&c->vars, text, missing);

    snprintf(out, size, "%s",
             filled && json_is_string(filled) ? json_string_value(filled) : "main");
    json_decref(text);
    json_decref(filled);
    return out;
}

/* Takes over the contents of the exchange. */
static void keep_exchange(struct attempt *a, struct exchange *x, const char *as) {
    struct kept *k;

    if (a->kept_count == KEPT_EXCHANGES) {
        exchange_release(&a->kept[0].x);
        memmove(&a->kept[0], &a->kept[1], --a->kept_count * sizeof(*a->kept));
    }
    if (!a->kept)
        a->kept = mem_new(KEPT_EXCHANGES, sizeof(*a->kept));
    k = &a->kept[a->kept_count++];
    k->x = *x;
    memset(x, 0, sizeof(*x));
    snprintf(k->as, sizeof(k->as), "%s", as);
}

/* What was kept becomes part of the transcript. */
static json_t *transcript_of(struct attempt *a) {
    for (size_t i = 0; i < a->kept_count; i++) {
        json_array_append_new(a->transcript,
                              exchange_json(a->c->run, &a->kept[i].x, a->kept[i].as));
        exchange_release(&a->kept[i].x);
    }
    a->kept_count = 0;
    while (json_array_size(a->transcript) > KEPT_EXCHANGES)
        json_array_remove(a->transcript, 0);
    return a->transcript;
}

static void release_attempt(struct attempt *a) {
    for (size_t i = 0; i < a->kept_count; i++)
        exchange_release(&a->kept[i].x);
    free(a->kept);
    json_decref(a->transcript);
    json_decref(a->result);
}

static void set_result(struct attempt *a, json_t *result) {
    json_decref(a->result);
    a->result = result;
}

/* What the case now knows to stand under a name. */
static void acknowledge(struct case_run *c, const struct call *call,
                        const struct built *b, const char *as,
                        const struct exchange *x) {
    const json_t *payload = json_object_get(b->sent, "payload");
    char *slot;

    if (!b->name || !b->scope || x->failure || x->response.status != 200)
        return;
    slot = slot_of(world_of(as), b->scope, b->name);
    if (call->effect == EFFECT_WRITES)
        json_object_set(c->acked, slot,
                        payload ? (json_t *)(uintptr_t)payload : json_null());
    else if (call->effect == EFFECT_REMOVES)
        json_object_set_new(c->acked, slot, json_null());
    free(slot);
}

static bool note_before_sending(struct case_run *c, const struct call *call,
                                const struct built *b, const char *as) {
    const char *role =
        profile_credential(c->run->profile, world_of(as)) ? world_of(as) : "main";
    struct err err = {0};

    if (call->effect != EFFECT_WRITES || !b->name || !*b->name || !b->scope)
        return true;
    case_note_made(c, b->scope, b->name, role);
    if (ledger_note(c->run->ledger, b->scope, b->name, role, &err))
        return true;
    c->run->gone = "the clean-up ledger cannot be written";
    return false;
}

static void remember_operation(struct history *h, const struct call *call,
                               const struct built *b, const char *as,
                               const struct exchange *x, const json_t *result) {
    const char *read = json_string_value(jsonx_at(result, "/body/payload"));
    struct operation *op;
    bool ok = x->response.status == 200;

    if (!h || h->count >= ARRAY_LEN(h->ops) || call->effect == EFFECT_LISTS || !b->name)
        return;
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

/* Send one call; the result replaces a->result. */
static bool send_call(struct attempt *a, const struct call *call, const json_t *params,
                      const char *as, struct history *h) {
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
    add_authorization(c->run, a->s, as, &x.request.headers);
    run_send(c, &x);
    acknowledge(c, call, &b, as, &x);
    if (call->effect == EFFECT_WRITES && b.name)
        case_note_answer(c, b.name, !x.failure && x.response.status / 100 == 4);
    set_result(a, result_json(c, &x, b.sent));
    remember_operation(h, call, &b, as, &x, a->result);
    keep_exchange(a, &x, as);
    exchange_release(&x);
    built_release(&b);
    return true;
}

/* ---- walk ---- */

static void walk_collect(struct attempt *a, json_t *walk, bool backward) {
    const json_t *data = jsonx_at(a->result, "/body/data");
    json_t *names = json_array(), *ids = json_array(), *items = json_array();
    json_int_t foreign = 0;
    bool shared = json_is_string(json_object_get(walk, "scope"));

    for (size_t i = 0; i < json_array_size(data); i++) {
        json_t *item = json_array_get(data, i);
        const char *name = jsonx_string(item, "name", NULL);
        bool ours =
            !shared || (name && json_object_get(json_object_get(walk, "own"), name));

        if (!ours) {
            foreign++;
            continue;
        }
        json_array_append(names, json_object_get(item, "name")
                                     ? json_object_get(item, "name")
                                     : json_null());
        json_array_append(ids, json_object_get(item, "id") ? json_object_get(item, "id")
                                                           : json_null());
        json_array_append(items, item);
    }
    const char *keys[] = {"names", "ids", "items"};
    json_t *page[] = {names, ids, items};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        json_t *before = json_object_get(walk, keys[i]);

        if (backward) {
            json_array_extend(page[i], before);
            json_object_set(walk, keys[i], page[i]);
        } else {
            json_array_extend(before, page[i]);
        }
        json_decref(page[i]);
    }
    json_object_set_new(walk, "foreign",
                        json_integer(jsonx_int(walk, "foreign", 0) + foreign));
    json_array_append_new(json_object_get(walk, "sizes"),
                          json_integer((json_int_t)json_array_size(data)));
    json_array_append(json_object_get(walk, "has_more"),
                      jsonx_at(a->result, "/body/has_more")
                          ? jsonx_at(a->result, "/body/has_more")
                          : json_null());
}

/* The cursor of the next page, or NULL with the reason in *ended. */
static const char *walk_next(struct attempt *a, json_t *walk, bool backward,
                             const char **ended) {
    const json_t *data = jsonx_at(a->result, "/body/data");
    size_t n = json_array_size(data);
    const char *id;

    if (jsonx_int(a->result, "status", 0) != 200) {
        *ended = "status";
        return NULL;
    }
    if (!json_is_true(jsonx_at(a->result, "/body/has_more"))) {
        *ended = "last page";
        return NULL;
    }
    id = jsonx_string(json_array_get(data, backward ? 0 : n - 1), "id", NULL);
    if (n == 0 || !id) {
        *ended = "empty page";
        return NULL;
    }
    if (json_object_get(json_object_get(walk, "seen"), id)) {
        *ended = "loop";
        return NULL;
    }
    json_object_set_new(json_object_get(walk, "seen"), id, json_true());
    return id;
}

/* The short names that this row has made: what is ours in a shared scope. */
static json_t *own_names(const struct case_run *c) {
    json_t *own = json_object();

    for (size_t i = 0; i < c->made_count; i++) {
        const char *name = case_undo_name(c, c->made[i].name);

        if (name)
            json_object_set_new(own, name, json_true());
    }
    return own;
}

static bool run_walk(struct attempt *a, const json_t *params, const char *as) {
    const struct call *call = a->s->call;
    bool backward =
        strcmp(jsonx_string(params, "direction", "forward"), "backward") == 0;
    json_int_t max = jsonx_int(params, "max_pages", DEFAULT_PAGES), pages = 0;
    json_t *page = json_deep_copy(params);
    json_t *walk =
        json_pack("{s:[], s:[], s:[], s:[], s:[], s:i, s:{}, s:o, s:O}", "names", "ids",
                  "items", "sizes", "has_more", "foreign", 0, "seen", "own",
                  own_names(a->c), "scope", json_object_get(params, "scope"));
    const char *cursor = jsonx_string(params, "from", NULL), *ended = "max_pages";
    bool ok = true;

    json_object_del(page, "direction");
    json_object_del(page, "max_pages");
    json_object_del(page, "from");
    while (ok && pages < max) {
        if (cursor)
            json_object_set_new(page, backward ? "ending_before" : "starting_after",
                                json_string(cursor));
        ok = send_call(a, call, page, as, NULL);
        pages++;
        walk_collect(a, walk, backward);
        cursor = walk_next(a, walk, backward, &ended);
        if (!cursor)
            break;
    }
    json_object_set(walk, "status", json_object_get(a->result, "status"));
    if (json_object_get(a->result, "failure"))
        json_object_set(walk, "failure", json_object_get(a->result, "failure"));
    json_object_set_new(walk, "pages", json_integer(pages));
    json_object_set_new(
        walk, "ended",
        strcmp(ended, "status") == 0
            ? json_sprintf("status %d", (int)jsonx_int(a->result, "status", 0))
            : json_string(ended));
    json_object_del(walk, "seen");
    json_object_del(walk, "own");
    json_object_del(walk, "scope");
    json_decref(page);
    set_result(a, walk);
    return ok;
}

/* ---- request ---- */

static void note_leaves(struct case_run *c, const json_t *leaves) {
    for (size_t i = 0; i < json_array_size(leaves); i++) {
        const json_t *one = json_array_get(leaves, i);
        const json_t *raw = json_object_get(json_object_get(one, "name"), "$raw");
        const json_t *user = json_object_get(json_object_get(one, "scope"), "user");
        json_t *scope;
        char *name = raw ? mem_strdup(json_string_value(raw))
                         : case_wire_name(c, jsonx_string(one, "name", "x"));
        char *id = json_is_string(user) ? case_user(c, json_string_value(user)) : NULL;
        struct err err = {0};

        scope = id ? json_pack("{s:s, s:s}", "type", "user", "user", id)
                   : json_pack("{s:s}", "type", "account");
        case_note_made(c, scope, name ? name : "x", "main");
        if (!ledger_note(c->run->ledger, scope, name ? name : "x", "main", &err))
            c->run->gone = "the clean-up ledger cannot be written";
        if (id && !c->run->profile->user_count) {
            if (!c->looked_after)
                c->looked_after = json_array();
            json_array_append(c->looked_after, scope);
        }
        json_decref(scope);
        free(name);
        free(id);
    }
}

static bool run_request(struct attempt *a, const json_t *params, const char *as) {
    struct case_run *c = a->c;
    struct exchange x = {0};
    const char *query = jsonx_string(params, "query", NULL);
    json_t *made = json_object_get(params, "body")
                       ? make_value(json_object_get(params, "body"))
                       : NULL;
    json_t *headers = json_object_get(params, "headers");
    char *target = mem_printf("%s%s%s", jsonx_string(params, "path", "/"),
                              query ? "?" : "", query ? query : "");

    note_leaves(c, json_object_get(params, "leaves"));
    http_request_set(&x.request, jsonx_string(params, "method", "GET"), target);
    for (void *i = json_object_iter(headers); i; i = json_object_iter_next(headers, i))
        http_headers_add(&x.request.headers, json_object_iter_key(i),
                         jsonx_string(headers, json_object_iter_key(i), ""));
    if (json_is_string(made))
        http_request_body(&x.request, json_string_value(made),
                          json_string_length(made));
    add_authorization(c->run, a->s, as, &x.request.headers);
    run_send(c, &x);
    set_result(a, result_json(c, &x, NULL));
    keep_exchange(a, &x, as);
    exchange_release(&x);
    json_decref(made);
    free(target);
    return true;
}

/* ---- wait ---- */

static int64_t duration(const struct case_run *c, const json_t *text) {
    const char *word = json_string_value(text);
    int64_t ms = 0;

    if (word && strcmp(word, "target.expiry_grace") == 0)
        return c->run->profile->expiry_grace_ms;
    if (word)
        str_to_duration(word, &ms);
    return ms;
}

/* As late as is surely before that second, whatever is unknown of the target's clock; a
 * clock that is advanced moves by whole seconds, so there one more is left. */
static void wait_before(struct case_run *c, int64_t second) {
    const struct run *r = c->run;
    int64_t jump = r->profile->clock_path && !r->clock_fails ? 1000 : 0, until;

    do {
        until = second * 1000 - 150 - jump - (r->clock.high - r->clock.low);
        run_sleep_until(c, until);
    } while (!r->gone &&
             second * 1000 - 150 - jump - (r->clock.high - r->clock.low) > until + 20);
}

static void run_wait(struct attempt *a, const json_t *params) {
    struct case_run *c = a->c;
    int64_t until = run_now_earliest(c->run) + duration(c, params);

    if (json_object_get(params, "before")) {
        wait_before(c, jsonx_int(params, "before", 0));
        set_result(a, json_pack("{s:i}", "status", 200));
        return;
    }
    if (json_is_object(params))
        until = jsonx_int(params, "until", 0) * 1000 +
                duration(c, json_object_get(params, "plus"));
    run_sleep_until(c, until);
    set_result(a, json_pack("{s:i}", "status", 200));
}

/* ---- parallel ---- */

struct branch_run {
    struct attempt *parent;
    const struct branch *branch;
    struct fiber *owner; /* waits for the last branch */
    struct history *history;
    json_t *results;
    size_t *left;
};

static bool run_verb(struct attempt *a, struct history *h);

static void branch_main(void *context) {
    struct branch_run *b = context;

    for (size_t i = 0; i < b->branch->step_count; i++) {
        const struct step *s = &b->branch->steps[i];
        struct attempt a = {.c = b->parent->c, .s = s, .transcript = json_array()};
        json_int_t times =
            json_is_integer(s->repeat) ? json_integer_value(s->repeat) : 1;

        for (json_int_t n = 1; n <= times; n++) {
            run_verb(&a, b->history);
            json_array_append(b->results, a.result ? a.result : json_null());
        }
        json_array_extend(b->parent->transcript, transcript_of(&a));
        for (size_t k = 0; k < s->check_count; k++)
            check_judge(a.c, s, &s->checks[k], a.result, a.transcript);
        release_attempt(&a);
    }
    if (--*b->left == 0)
        run_ready(b->parent->c->run, b->owner);
}

/* Every name of the block on its own; the first that cannot be explained is named. */
static bool explain_history(struct case_run *c, struct history *h, char **why) {
    for (size_t i = 0; i < h->count; i++) {
        struct operation some[32];
        size_t n = 0;
        bool first = true;

        for (size_t j = 0; j < h->count; j++) {
            if (strcmp(h->ops[j].key, h->ops[i].key) != 0)
                continue;
            first = first && j >= i;
            some[n++] = h->ops[j];
        }
        if (first &&
            !linearizable(some, n, jsonx_string(c->acked, h->ops[i].key, NULL))) {
            *why =
                mem_printf("no order of the %zu operations explains their answers", n);
            return false;
        }
    }
    return true;
}

static bool run_parallel(struct attempt *a) {
    size_t count = a->s->branch_count, left = count;
    struct branch_run *runs = mem_new(count, sizeof(*runs));
    struct fiber **fibers = mem_new(count, sizeof(*fibers));
    struct history *h = mem_new(1, sizeof(*h));
    json_t *results = json_array(), *acked = json_deep_copy(a->c->acked), *now;
    char *why = NULL;
    bool ok;

    for (size_t i = 0; i < count; i++) {
        runs[i] = (struct branch_run){a, &a->s->branches[i], fiber_self(),
                                      h, json_array(),       &left};
        json_array_append_new(results, runs[i].results);
        fibers[i] = fiber_new(branch_main, &runs[i]);
        run_ready(a->c->run, fibers[i]);
    }
    while (left > 0)
        fiber_pause();
    now = a->c->acked; /* what stood before the block is where the history begins */
    a->c->acked = acked;
    ok = explain_history(a->c, h, &why);
    a->c->acked = now;
    json_decref(acked);
    set_result(a, json_pack("{s:o, s:b, s:s}", "results", results, "linearizable", ok,
                            "explanation", why ? why : ""));
    for (size_t i = 0; i < count; i++)
        fiber_free(fibers[i]);
    for (size_t i = 0; i < h->count; i++) {
        free(h->ops[i].key);
        free(h->values[i]);
    }
    free(why);
    free(h);
    free(fibers);
    free(runs);
    return true;
}

/* ---- a step ---- */

static bool run_verb(struct attempt *a, struct history *h) {
    char missing[64], as[64];
    json_t *params;
    bool ok = true;

    if (a->s->verb == VERB_PARALLEL)
        return run_parallel(a);
    params = vars_fill(&a->c->vars, a->s->params, missing);
    if (!params) {
        free(a->c->blocked_why);
        a->c->blocked_why = mem_printf(
            "the value \"%s\" that an earlier step saves is missing", missing);
        return false;
    }
    as_of(a->c, a->s, as, sizeof(as));
    switch (a->s->verb) {
    case VERB_CALL:
        ok = send_call(a, a->s->call, params, as, h);
        break;
    case VERB_WALK:
        ok = run_walk(a, params, as);
        break;
    case VERB_REQUEST:
        ok = run_request(a, params, as);
        break;
    case VERB_WAIT:
        run_wait(a, params);
        break;
    case VERB_PARALLEL:
        break;
    }
    json_decref(params);
    return ok;
}

static bool all_hold(struct attempt *a) {
    for (size_t i = 0; i < a->s->check_count; i++)
        if (!check_holds(a->c, &a->s->checks[i], a->result))
            return false;
    return true;
}

/* Send until the checks hold or the time is over; the last answer counts. */
static bool run_eventually(struct attempt *a) {
    struct case_run *c = a->c;
    char missing[64];
    json_t *e = vars_fill(&c->vars, a->s->eventually, missing);
    int64_t within = duration(c, json_object_get(e, "within"));
    int64_t every = duration(c, json_object_get(e, "every"));
    int64_t from = jsonx_int(e, "from", 0) * 1000, deadline, sent_at;
    bool ok = e != NULL;

    if (ok && from)
        run_sleep_until(c, from);
    deadline = (from ? from : run_now_earliest(c->run)) + within;
    while (ok) {
        sent_at = run_now_earliest(c->run);
        ok = run_verb(a, NULL);
        if (!ok || all_hold(a)) {
            double lag = (double)(run_now_latest(c->run) - from);

            if (ok && from && json_object_get(e, "measure") &&
                lag > c->run->expiry_lag_ms)
                c->run->expiry_lag_ms = lag;
            break;
        }
        if (sent_at >= deadline || c->run->gone)
            break;
        run_sleep_until(c, sent_at + (every ? every : 200) < deadline
                               ? sent_at + (every ? every : 200)
                               : deadline);
    }
    json_decref(e);
    return ok;
}

static void save_values(struct case_run *c, const struct step *s,
                        const json_t *result) {
    for (size_t i = 0; i < s->save_count; i++) {
        json_t *value = jsonx_at(result, s->saves[i].pointer);

        if (value)
            vars_set(&c->vars, s->saves[i].variable, value);
        else if (c->vars.map)
            json_object_del(c->vars.map, s->saves[i].variable);
    }
}

/* SET-12: after a refusal the earlier secret reads as before, or there is none: 404, or
 * 400 where the name itself is what cannot be. */
static void look_for_leftover(struct attempt *a, const struct check *k) {
    struct case_run *c = a->c;
    const struct call *find = catalogue_effect(c->run->specs->catalogue, EFFECT_READS);
    int status = (int)jsonx_int(a->result, "status", 0);
    struct step plain = {.verb = VERB_CALL, .call = find, .as = "main"};
    struct attempt look = {.c = c, .s = &plain, .transcript = json_array()};
    char missing[64], as[64], *slot;
    json_t *params, *expect, *scope;
    const char *before;
    struct mismatches m = {0};
    struct built b = {0};

    if (status < 400 || status > 499) {
        check_record(c, k, VERDICT_PASS,
                     "the set was not refused, so there is nothing to look for", NULL,
                     NULL);
        goto out;
    }
    params = vars_fill(&c->vars, a->s->params, missing);
    build_call(c, NULL, a->s->call, params, &b);
    scope = json_incref(json_object_get(params, "scope"));
    slot = slot_of(world_of(as_of(c, a->s, as, sizeof(as))), b.scope, b.name);
    before = jsonx_string(c->acked, slot, NULL);
    json_object_clear(params);
    json_object_set_new(params, "name", json_pack("{s:s}", "$raw", b.name));
    json_object_set_new(params, "scope", scope);
    json_object_set_new(params, "expand", json_pack("[s]", "payload"));
    send_call(&look, find, params, world_of(as), NULL);
    expect = before
                 ? json_pack("{s:i, s:{s:s}}", "status", 200, "body", "payload", before)
                 : json_pack("{s:{s:[i, i]}}", "status", "$any_of", 404, 400);
    if (match(expect, look.result, &m)) {
        check_record(c, k, VERDICT_PASS, NULL, NULL, NULL);
    } else {
        json_t *list = json_array();

        for (size_t i = 0; i < m.count; i++)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "pointer",
                                                  m.items[i].pointer, "expected",
                                                  m.items[i].expected, "got",
                                                  m.items[i].got));
        json_array_extend(transcript_of(a), transcript_of(&look));
        check_record(c, k, verdict_for(k->clause), "after the refused set", list,
                     a->transcript);
    }
    mismatches_release(&m);
    json_decref(expect);
    json_decref(params);
    free(slot);
    built_release(&b);
out:
    release_attempt(&look);
}

static bool came_too_late(const struct case_run *c, const struct step *s) {
    char missing[64];
    json_t *text, *at;
    bool late;

    if (!s->valid_if_before)
        return false;
    text = json_string(s->valid_if_before);
    at = vars_fill(&c->vars, text, missing);
    late =
        json_is_integer(at) && run_now_latest(c->run) >= json_integer_value(at) * 1000;
    json_decref(text);
    json_decref(at);
    return late;
}

static void judge(struct attempt *a, bool ran) {
    struct case_run *c = a->c;

    if (ran && a->result && !all_hold(a))
        transcript_of(a);

    for (size_t i = 0; i < a->s->check_count; i++) {
        const struct check *k = &a->s->checks[i];

        if (c->run->gone)
            check_record(c, k, VERDICT_ERROR, c->run->gone, NULL, NULL);
        else if (!ran || !a->result)
            check_record(c, k, VERDICT_BLOCKED,
                         c->blocked_why ? c->blocked_why : c->run->gone, NULL, NULL);
        else if (c->saw_unreachable && jsonx_int(a->result, "status", 1) == 0)
            check_record(c, k, VERDICT_ERROR, jsonx_string(a->result, "failure", NULL),
                         NULL, a->transcript);
        else if (k->left_nothing)
            look_for_leftover(a, k);
        else
            check_judge(c, a->s, k, a->result, a->transcript);
    }
}

static bool given_succeeded(struct attempt *a, bool ran) {
    json_int_t status = jsonx_int(a->result, "status", 200);
    struct case_run *c = a->c;

    if (ran && status >= 200 && status < 300)
        return true;
    free(c->blocked_why);
    transcript_of(a);
    c->blocked_why =
        a->s->call
            ? mem_printf("preparation failed: %s answered %s%s (%s)", a->s->call->name,
                         status ? "" : "nothing: ",
                         status ? jsonx_string(json_array_get(
                                                   a->transcript,
                                                   json_array_size(a->transcript) - 1),
                                               "reason_phrase", "")
                                : jsonx_string(a->result, "failure", ""),
                         a->s->call->clause->id)
            : mem_printf("preparation failed");
    return false;
}

bool step_run(struct case_run *c, const struct step *s, bool given) {
    struct attempt a = {.c = c, .s = s, .transcript = json_array()};
    char missing[64];
    json_t *repeat = s->repeat ? vars_fill(&c->vars, s->repeat, missing) : NULL;
    json_int_t times = json_is_integer(repeat) ? json_integer_value(repeat) : 1;
    bool ran = true, ok = true;

    for (json_int_t n = 1; ran && n <= times && !c->run->gone; n++) {
        if (s->repeat) {
            json_t *number = json_integer(n);

            vars_set(&c->vars, "n", number);
            json_decref(number);
        }
        if (n > 1 && s->pace_ms)
            run_sleep_until(c, run_now_earliest(c->run) + s->pace_ms);
        ran = s->eventually ? run_eventually(&a) : run_verb(&a, NULL);
        if (given && ran && !given_succeeded(&a, ran))
            break;
    }
    if (c->run->gone && !a.result)
        ran = false;
    if (given)
        ok = given_succeeded(&a, ran);
    else if (ran && came_too_late(c, s))
        c->void_answer = true;
    else
        judge(&a, ran);
    if (ran && a.result)
        save_values(c, s, a.result);
    json_decref(repeat);
    release_attempt(&a);
    return ok;
}

/* A target comes in. What it does not offer goes out, each with what was seen of it. */
#include "harness/run/offer_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/run/request.h"

enum { DAY_S = 86400 };

struct reply {
    int status; /* 0 = there was none, or it was not the target's own */
    json_t *body;
    char said[64]; /* how an error begins, up to what may be of this request alone */
};

static void reply_release(struct reply *r) {
    json_decref(r->body);
    *r = (struct reply){0};
}

static bool is_2xx(const struct reply *r) {
    return r->status / 100 == 2;
}

/* 401, 429 and 5xx say nothing of what is offered. */
static bool is_refused(const struct reply *r) {
    return (r->status >= 400 && r->status <= 422 && r->status != 401 &&
            r->status != 408) ||
           r->status == 501;
}

static void note_said(struct reply *r) {
    const char *text = jsonx_string(json_object_get(r->body, "error"), "message", "");

    snprintf(r->said, sizeof(r->said), "%.*s", (int)strcspn(text, "/(:'\"0123456789"),
             text);
}

static void send(struct case_run *c, struct http_request *request, const struct step *s,
                 const char *as, struct reply *out) {
    struct exchange x = {.request = *request};

    memset(request, 0, sizeof(*request));
    add_authorization(&c->run->target, s, as, &x.request.headers);
    run_send(c, &x);
    *out = (struct reply){0};
    /* a stand-in that has no answer says nothing of what it stands for */
    if (!x.failure && !http_headers_get(&x.response.headers, "Assay-Replay")) {
        out->status = x.response.status;
        out->body = jsonx_body(&x.response);
        note_said(out);
    }
    exchange_release(&x);
}

/* One call in the scope of this case, with `more` (taken over) besides. */
static void ask(struct case_run *c, enum effect effect, const char *name, json_t *more,
                const struct step *s, struct reply *out) {
    const struct call *call = catalogue_effect(c->run->specs->catalogue, effect);
    json_t *params = json_pack("{s:{s:s}}", "scope", "user", "preflight");
    struct built b = {0};

    if (name)
        json_object_set_new(params, "name", json_string(name));
    if (effect == EFFECT_WRITES)
        json_object_set_new(params, "payload", json_string("preflight-8d1f-payload"));
    json_object_update(params, more);
    build_call(c, s, call, params, &b);
    if (effect == EFFECT_WRITES)
        ledger_note(c->run->target.ledger, b.scope, b.name, "main", NULL);
    send(c, &b.request, s, s ? s->as : "main", out);
    built_release(&b);
    json_decref(params);
    json_decref(more);
}

/* Did it answer so? The status alone is wanted. */
static int status_of(struct case_run *c, enum effect effect, const char *name,
                     json_t *more, const struct step *s) {
    struct reply r;
    int status;

    ask(c, effect, name, more, s, &r);
    status = r.status;
    reply_release(&r);
    return status;
}

static void set_absent(struct case_run *c, enum offer o, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static void set_absent(struct case_run *c, enum offer o, const char *fmt, ...) {
    va_list args;

    va_start(args, fmt);
    vsnprintf(c->run->absent_saw[o], sizeof(c->run->absent_saw[o]), fmt, args);
    va_end(args);
    c->run->absent |= OFFER_BIT(o);
}

static bool is_open_question(const struct case_run *c, enum offer o) {
    return !((c->run->without | c->run->absent) & OFFER_BIT(o)) && !c->run->doc.gone;
}

static bool is_lacking(const struct case_run *c, enum offer o) {
    return (c->run->without | c->run->absent) & OFFER_BIT(o);
}

/* ---- calls ---- */

static void ask_unknown_path(struct case_run *c, const struct call *call,
                             struct reply *out) {
    const struct call *list = catalogue_effect(c->run->specs->catalogue, EFFECT_LISTS);
    char *path = mem_printf("%s/no-such-path-%s", list->path, c->run->once);
    json_t *params = json_pack("{s:s, s:s}", "method", call->method, "path", path);
    struct http_request request = {0};

    request_build(params, &request);
    send(c, &request, NULL, "main", out);
    json_decref(params);
    free(path);
}

static bool same_text(const json_t *a, const json_t *b, const char *key) {
    return strcmp(jsonx_string(a, key, ""), jsonx_string(b, key, "")) == 0;
}

/* Is it the answer that a path gets which nobody knows? */
static bool is_like(const struct reply *a, const struct reply *unknown) {
    const json_t *x = json_object_get(a->body, "error"),
                 *y = json_object_get(unknown->body, "error");

    return a->status == unknown->status && !x == !y && same_text(x, y, "type") &&
           same_text(x, y, "code") && strcmp(a->said, unknown->said) == 0;
}

/* `name` is there in the scope: a call that is offered has something to answer. */
static void probe_path(struct case_run *c, enum offer o, enum effect effect,
                       const char *name) {
    const struct call *call = catalogue_effect(c->run->specs->catalogue, effect);
    struct reply r, unknown;

    if (!is_open_question(c, o))
        return;
    ask(c, effect, name, NULL, NULL, &r);
    if (r.status == 405 || r.status == 501) {
        set_absent(c, o, "%s %s is answered %d", call->method, call->path, r.status);
    } else if (r.status == 404) {
        ask_unknown_path(c, call, &unknown);
        if (is_like(&r, &unknown))
            set_absent(c, o, "%s %s is answered 404, as an unknown path is",
                       call->method, call->path);
        reply_release(&unknown);
    }
    reply_release(&r);
}

/* ---- scopes ---- */

/* A set in the scope of somebody else; what it made goes again. */
static int status_of_another(struct case_run *c) {
    static const char *const keys[] = {"user", "another"};
    int status = status_of(c, EFFECT_WRITES, "a",
                           json_pack("{s:{s:s}}", "scope", keys[0], keys[1]), NULL);

    c->cleaning = true;
    if (status / 100 == 2)
        status_of(c, EFFECT_REMOVES, "a",
                  json_pack("{s:{s:s}}", "scope", keys[0], keys[1]), NULL);
    c->cleaning = false;
    return status;
}

bool offer_probe_users(struct case_run *c) {
    const struct call *set = catalogue_effect(c->run->specs->catalogue, EFFECT_WRITES);
    struct reply r = {0};
    int refused, open;

    if (!is_open_question(c, OFFER_USERS) || is_lacking(c, OFFER_ACCOUNT))
        return is_lacking(c, OFFER_USERS) && (c->moved = true);
    r.status = status_of(c, EFFECT_WRITES, "a", NULL, NULL); /* goes with the rest */
    refused = is_refused(&r) ? r.status : 0;
    if (refused && !c->run->target.profile->user_count) { /* whoever the user is */
        r.status = status_of_another(c);
        refused = is_refused(&r) ? r.status : 0;
    }
    if (!refused)
        return false;
    c->moved = true;
    open = status_of(c, EFFECT_WRITES, "a", NULL, NULL);
    c->cleaning = true;
    status_of(c, EFFECT_REMOVES, "a", NULL, NULL);
    c->cleaning = false;
    c->moved = open == 200;
    if (c->moved)
        set_absent(c, OFFER_USERS,
                   "%s %s with scope[type]=user is answered %d, with account 200",
                   set->method, set->path, refused);
    return c->moved;
}

/* Reads alone: the account may be full of somebody's own. */
static void probe_account(struct case_run *c) {
    int user, find, list;

    if (!is_open_question(c, OFFER_ACCOUNT) || c->moved)
        return;
    user = status_of(c, EFFECT_READS, "never", NULL, NULL);
    c->moved = true;
    find = status_of(c, EFFECT_READS, "never", NULL, NULL);
    list = find == user || is_lacking(c, OFFER_LIST)
               ? find
               : status_of(c, EFFECT_LISTS, NULL, NULL, NULL);
    c->moved = false;
    if (user == 404 && find != 404 && find >= 400 && find <= 422 && find != 401 &&
        list >= 400 && list <= 422)
        set_absent(c, OFFER_ACCOUNT,
                   "a find with scope[type]=account is answered %d, with user 404",
                   find);
}

/* ---- what parameters and headers do ---- */

static void probe_expiry(struct case_run *c, int64_t now_s) {
    int refused = 0, ignored = 0;

    /* where a set does not say what time it is, tomorrow may be past for the target */
    for (int i = 0; now_s > 0 && i < 2 && is_open_question(c, OFFER_EXPIRY); i++) {
        const char *name = i ? "b" : "a";
        json_t *more =
            json_pack("{s:I}", "expires_at", (json_int_t)(now_s + DAY_S + i));
        struct reply set, find = {0};

        ask(c, EFFECT_WRITES, name, more, NULL, &set);
        if (is_2xx(&set))
            ask(c, EFFECT_READS, name, NULL, NULL, &find);
        refused += is_refused(&set);
        ignored += is_2xx(&set) && is_2xx(&find) && json_is_object(set.body) &&
                   !json_is_number(json_object_get(set.body, "expires_at")) &&
                   !json_is_number(json_object_get(find.body, "expires_at"));
        reply_release(&set);
        reply_release(&find);
    }
    if (refused == 2)
        set_absent(c, OFFER_EXPIRY, "a set with expires_at is refused");
    else if (ignored == 2)
        set_absent(c, OFFER_EXPIRY, "expires_at is ignored: it comes back as null");
}

static json_t *first_of(const struct reply *r) {
    return json_array_get(json_object_get(r->body, "data"), 0);
}

static void probe_expand(struct case_run *c) {
    static const enum effect calls[] = {EFFECT_WRITES, EFFECT_READS, EFFECT_LISTS};
    int refused = 0, ignored = 0, tries = 0;

    if (!is_open_question(c, OFFER_EXPAND))
        return;
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        bool lists = calls[i] == EFFECT_LISTS;
        struct reply r;

        if (lists && is_lacking(c, OFFER_LIST))
            continue;
        ask(c, calls[i], lists ? NULL : "a",
            json_pack("{s:[s]}", "expand", lists ? "data.payload" : "payload"), NULL,
            &r);
        tries++;
        refused += is_refused(&r);
        ignored +=
            is_2xx(&r) &&
            !json_is_string(json_object_get(lists ? first_of(&r) : r.body, "payload"));
        reply_release(&r);
    }
    if (refused == tries)
        set_absent(c, OFFER_EXPAND, "each call with expand[] is refused");
    else if (refused + ignored == tries)
        set_absent(c, OFFER_EXPAND, "expand[]=payload is ignored: no call shows it");
}

/* A list of the two secrets that are there: refused, or as if nothing had been asked. */
static int is_ignored(struct case_run *c, json_t *more, size_t all, int *refused) {
    struct reply r;
    int ignored;

    ask(c, EFFECT_LISTS, NULL, more, NULL, &r);
    *refused += is_refused(&r);
    ignored = is_2xx(&r) && json_array_size(json_object_get(r.body, "data")) == all;
    reply_release(&r);
    return ignored;
}

static void probe_pagination(struct case_run *c) {
    struct reply r;
    size_t all;
    const char *first;
    int ignored = 0, refused = 0;

    if (!is_open_question(c, OFFER_PAGINATION) || is_lacking(c, OFFER_LIST))
        return;
    ask(c, EFFECT_LISTS, NULL, NULL, NULL, &r);
    all = json_array_size(json_object_get(r.body, "data"));
    first = jsonx_string(first_of(&r), "id", NULL);
    if (is_2xx(&r) && all >= 2 && all < 10 && first) {
        ignored += is_ignored(c, json_pack("{s:i}", "limit", 1), all, &refused);
        ignored +=
            is_ignored(c, json_pack("{s:s}", "starting_after", first), all, &refused);
        ignored +=
            is_ignored(c, json_pack("{s:s}", "ending_before", first), all, &refused);
        if (refused == 3)
            set_absent(c, OFFER_PAGINATION, "limit and both cursors are refused");
        else if (ignored == 3)
            set_absent(c, OFFER_PAGINATION,
                       "limit and both cursors are ignored: all is listed");
    }
    reply_release(&r);
}

/* The same key three times: a repetition is done again, other parameters are no conflict.
 */
static void probe_idempotency(struct case_run *c) {
    json_t *headers = json_pack("{s:s}", "Idempotency-Key", c->run->once);
    struct step keyed = {.verb = VERB_CALL, .as = "main", .headers = headers};
    struct reply find = {0};
    bool all, again;

    if (!is_open_question(c, OFFER_IDEMPOTENCY) || is_lacking(c, OFFER_EXPAND)) {
        json_decref(headers);
        return;
    }
    all = status_of(c, EFFECT_WRITES, "c", json_pack("{s:s}", "payload", "one"),
                    &keyed) == 200 &&
          status_of(c, EFFECT_WRITES, "c", json_pack("{s:s}", "payload", "two"),
                    NULL) == 200 &&
          status_of(c, EFFECT_WRITES, "c", json_pack("{s:s}", "payload", "one"),
                    &keyed) == 200;
    ask(c, EFFECT_READS, "c", json_pack("{s:[s]}", "expand", "payload"), NULL, &find);
    again = strcmp(jsonx_string(find.body, "payload", ""), "one") == 0;
    if (all && again &&
        status_of(c, EFFECT_WRITES, "c", json_pack("{s:s}", "payload", "three"),
                  &keyed) == 200)
        set_absent(c, OFFER_IDEMPOTENCY,
                   "Idempotency-Key is ignored: each repetition is done again");
    reply_release(&find);
    json_decref(headers);
}

static void probe_bearer(struct case_run *c) {
    static const struct step bearer = {
        .verb = VERB_CALL, .as = "main", .auth = "bearer"};
    int set, find;

    if (!is_open_question(c, OFFER_BEARER) || c->run->target.bearer)
        return;
    find = status_of(c, EFFECT_READS, "a", NULL, &bearer);
    set = find == 401 || find == 403 ? status_of(c, EFFECT_WRITES, "a", NULL, &bearer)
                                     : find;
    if ((find == 401 || find == 403) && set == find)
        set_absent(c, OFFER_BEARER, "Authorization: Bearer is answered %d", find);
}

static void probe_credential(struct case_run *c, enum offer o) {
    const char *role = offer_role(o);
    struct step as = {.verb = VERB_CALL, .as = role};
    bool moved = c->moved;
    int find, set = 0;

    if (!profile_credential(c->run->target.profile, role) || c->run->doc.gone)
        return;
    c->moved = moved || !is_lacking(c, OFFER_ACCOUNT); /* of a UI extension, too */
    find = status_of(c, EFFECT_READS, "never", NULL, &as);
    if (find == 401)
        set = status_of(c, EFFECT_READS, "never-either", NULL, &as);
    c->moved = moved;
    if (find == 401 && set == 401)
        set_absent(c, o, "each request with that key is answered 401");
}

/* ---- what it found ---- */

static void say_absent(const struct case_run *c) {
    const struct run *r = c->run;
    struct buf line = BUF_INIT(1024);

    for (unsigned o = 0; o < OFFER_COUNT; o++) {
        if (!(r->absent & OFFER_BIT(o)))
            continue;
        run_say(r, "not offered: %s (%s)", offer_name((enum offer)o), r->absent_saw[o]);
        if (o < OFFER_WITHOUT_COUNT)
            buf_addf(&line, "%s%s", line.len ? ", " : "", offer_name((enum offer)o));
    }
    if (line.len)
        run_say(r, "if that is meant, say so in the profile:  without: [%s]", line.ptr);
    if (r->absent >> OFFER_WITHOUT_COUNT)
        run_say(r,
                "a credential that the target has none of is left out of the profile");
    buf_release(&line);
}

void offer_probe_rest(struct case_run *c) {
    static const char *const names[] = {"a", "b", "c"};
    struct reply set;
    bool ready;

    ask(c, EFFECT_WRITES, "a", NULL, NULL, &set);
    ready = set.status == 200 && status_of(c, EFFECT_WRITES, "b", NULL, NULL) == 200 &&
            status_of(c, EFFECT_READS, "a", NULL, NULL) == 200;
    if (ready) { /* else a basic call is broken, and nobody can say what is there */
        probe_path(c, OFFER_LIST, EFFECT_LISTS, NULL);
        probe_account(c);
        probe_pagination(c);
        probe_expand(c);
        probe_idempotency(c);
        probe_bearer(c);
        probe_expiry(c, jsonx_int(set.body, "created", 0));
        probe_path(c, OFFER_DELETE, EFFECT_REMOVES, "a");
    }
    for (unsigned o = OFFER_OTHER_ACCOUNT; ready && o < OFFER_COUNT; o++)
        probe_credential(c, (enum offer)o);
    c->cleaning = true;
    for (size_t i = 0; i < ARRAY_LEN(names) && !is_lacking(c, OFFER_DELETE); i++)
        status_of(c, EFFECT_REMOVES, names[i], NULL, NULL);
    c->cleaning = false;
    reply_release(&set);
    say_absent(c);
}

/* One more than a scope holds: is each of them taken? */
static bool holds_more(struct case_run *c, int64_t cap) {
    char name[32];

    for (int64_t i = 0; i <= cap && i < 101 && !c->run->doc.gone; i++) {
        snprintf(name, sizeof(name), "full%lld", (long long)i);
        if (status_of(c, EFFECT_WRITES, name, NULL, NULL) != 200)
            return false;
        c->run->kept++;
    }
    return true;
}

void offer_probe_account(struct case_run *c) {
    struct run *r = c->run;
    bool moved = c->moved;
    struct reply list;

    c->moved = moved || !is_lacking(c, OFFER_ACCOUNT);
    if (is_lacking(c, OFFER_USERS) && !is_lacking(c, OFFER_LIST) &&
        !is_lacking(c, OFFER_DELETE)) {
        ask(c, EFFECT_LISTS, NULL, NULL, NULL, &list);
        r->account_taken = json_array_size(json_object_get(list.body, "data")) > 0;
        reply_release(&list);
        if (r->account_taken)
            run_say(r, "the account holds secrets already: cases that list it are not "
                       "asked in the place of a user's");
    }
    if (is_lacking(c, OFFER_DELETE) && r->target.profile->secrets_per_scope >= 0) {
        r->account_full = !holds_more(c, r->target.profile->secrets_per_scope);
        if (r->account_full)
            run_say(r,
                    "a scope is soon full and nothing can be removed: cases that share "
                    "one are not asked");
    }
    c->moved = moved;
}

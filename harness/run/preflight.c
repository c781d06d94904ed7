/* A target comes in. Why there is nothing to test goes out, or NULL. */
#include <stdio.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "harness/run/offer_probe.h"
#include "harness/run/preflight.h"
#include "harness/run/probe.h"
#include "harness/run/request.h"

/* What four simple calls saw. */
struct sighting {
    int objects, refused, missing, answers, unreachable;
    char last[256];                   /* the last thing that was no JSON object */
    int64_t made_s, begin_ms, end_ms; /* `created`, and when that was asked for */
};

static json_t *params_of(const struct call *call) {
    json_t *all = json_pack("{s:s, s:s, s:{s:s}}", "name", "preflight", "payload",
                            "preflight-8d1f-payload", "scope", "user", "preflight");
    json_t *own = json_object();

    for (size_t i = 0; i < call->param_count; i++) {
        json_t *value = json_object_get(all, call->params[i].name);

        if (value && call->params[i].required)
            json_object_set(own, call->params[i].name, value);
    }
    json_decref(all);
    return own;
}

static void describe(struct sighting *s, const struct exchange *x) {
    const char *type = http_headers_get(&x->response.headers, "Content-Type");
    const char *location = http_headers_get(&x->response.headers, "Location");
    struct buf text = BUF_INIT(4096);

    if (x->failure)
        str_add_visible(&text, x->failure, strlen(x->failure), 150);
    else {
        buf_addf(&text, "status %d with content type ", x->response.status);
        str_add_visible(&text, type ? type : "none", strlen(type ? type : "none"), 60);
        if (location) {
            buf_adds(&text, ", a redirect (not followed) to ");
            str_add_visible(&text, location, strlen(location), 100);
        }
    }
    snprintf(s->last, sizeof(s->last), "%s", text.ptr);
    buf_release(&text);
}

static void look_at(struct case_run *c, const struct call *call, struct sighting *s) {
    json_t *params = params_of(call), *body;
    struct exchange x = {0};
    struct built b = {0};

    build_call(c, NULL, call, params, &b);
    if (call->effect == EFFECT_WRITES)
        ledger_note(c->run->target.ledger, b.scope, b.name, "main", NULL);
    x.request = b.request;
    memset(&b.request, 0, sizeof(b.request));
    add_authorization(&c->run->target, NULL, "main", &x.request.headers);
    c->cleaning = call->effect == EFFECT_REMOVES; /* also when interrupted */
    run_send(c, &x);
    c->cleaning = false;
    body = x.failure ? NULL : jsonx_body(&x.response);
    s->unreachable += x.unreachable;
    s->answers += !x.failure;
    s->refused += x.response.status == 401 || x.response.status == 403;
    s->missing += x.response.status == 404;
    s->objects += json_is_object(body);
    if (!json_is_object(body))
        describe(s, &x);
    if (call->effect == EFFECT_WRITES && x.response.status == 200) {
        s->made_s = jsonx_int(body, "created", 0);
        run_note_made(c->run, &x, s->made_s);
        s->begin_ms = x.begin_ms;
        s->end_ms = x.end_ms;
    }
    json_decref(body);
    json_decref(params);
    exchange_release(&x);
    built_release(&b);
}

static void look(struct case_run *c, struct sighting *s) {
    static const enum effect order[] = {EFFECT_WRITES, EFFECT_READS, EFFECT_LISTS,
                                        EFFECT_REMOVES};

    *s = (struct sighting){0};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        look_at(c, catalogue_effect(c->run->specs->catalogue, order[i]), s);
        if (s->unreachable || (i == 1 && s->answers == 0 && !c->run->doc.gone))
            return;
    }
}

/* Cases own the scopes of the users that they are given: something that stands there
 * already would be held against the target. */
static const char *occupied_user(struct case_run *c) {
    const struct profile *p = c->run->target.profile;
    const struct call *list = catalogue_effect(c->run->specs->catalogue, EFFECT_LISTS);
    const char *found = NULL;

    for (size_t i = 0; i < p->user_count && !found; i++) {
        json_t *params = json_pack("{s:{s:s, s:s}, s:i}", "scope", "type", "user",
                                   "user", p->users[i], "limit", 1);
        struct exchange x = {0};
        struct built b = {0};
        json_t *body;

        build_call(c, NULL, list, params, &b);
        x.request = b.request;
        memset(&b.request, 0, sizeof(b.request));
        add_authorization(&c->run->target, NULL, "main", &x.request.headers);
        run_send(c, &x);
        body = x.failure ? NULL : jsonx_body(&x.response);
        if (json_array_size(json_object_get(body, "data")) > 0)
            found = p->users[i];
        json_decref(body);
        json_decref(params);
        exchange_release(&x);
        built_release(&b);
    }
    return found;
}

static void tell_clocks(struct case_run *c, const char *then) {
    const struct server_clock *clock = &c->run->target.clock;

    run_say(c->run, "two clocks: %s says %lld and a secret made then %lld; %s",
            clock->last_date_s ? "Date" : "ours", (long long)clock->seen_date,
            (long long)clock->seen_made, then);
}

/* What is made is dated by another clock than the answers are, or somebody has advanced
 * the target's before and Date does not follow: which of the two does expiry go by? */
static void find_clock(struct case_run *c, const struct sighting *s) {
    struct server_clock *clock = &c->run->target.clock;
    int64_t apart_s = server_clock_doubts(clock, s->begin_ms, s->end_ms, s->made_s);
    enum probe_end end;

    if (clock->seen_made)
        tell_clocks(c, "both are allowed for");
    if (!apart_s)
        return;
    clock->seen_made = s->made_s;
    clock->seen_date = s->made_s - apart_s;
    /* between the two: by one of them that is past, by the other to come */
    end = probe_end_at(c, apart_s > 0 ? s->made_s - 1 : s->made_s + 4);
    if (end == (apart_s > 0 ? PROBE_ENDED : PROBE_LIVES)) {
        server_clock_replace(clock, s->begin_ms, s->end_ms, s->made_s);
        tell_clocks(c, "expiry goes by what is made");
    } else if (end == PROBE_UNTOLD) {
        clock->unsure = true;
        tell_clocks(c, "what hangs on which is right is not judged");
    } else {
        tell_clocks(c, "expiry does not go by what is made");
    }
}

/* What is not there is not asked for, or told once. Where users are none, what follows is
 * asked of the account. */
static void find_offer(struct case_run *c, struct sighting *s) {
    bool was = c->moved;

    if (offer_probe_users(c) && !was)
        look(c, s);
    offer_probe_rest(c);
    offer_probe_account(c);
}

const char *preflight(struct case_run *c, char *why, size_t size) {
    const char *url = c->run->target.profile->base_url, *user;
    struct sighting s;

    c->run->without = offer_declared(c->run->target.profile);
    c->moved = c->run->without & OFFER_BIT(OFFER_USERS);
    look(c, &s);
    if (!s.unreachable && s.refused == 4) {
        c->run->target.bearer = true;
        look(c, &s);
        if (s.refused < 4)
            run_say(c->run,
                    "HTTP Basic is refused; using Bearer for the rest of the run");
    }
    c->run->unreachable = 0;
    if (s.unreachable)
        snprintf(why, size,
                 "%s cannot be reached: %s. Is it running, and is the address right?",
                 url, s.last);
    else if (s.refused == 4)
        snprintf(
            why, size,
            "%s refuses the key: set, find, list and delete are all 401 or 403, with "
            "HTTP "
            "Basic and with Bearer. Is the key of credential main known to the target?",
            url);
    else if (s.missing == 4)
        snprintf(why, size,
                 "Nothing at %s speaks the Secrets API: set, find, list and delete are "
                 "all 404. base_url is what stands before %s; is it right?",
                 url, catalogue_effect(c->run->specs->catalogue, EFFECT_LISTS)->path);
    else if (s.objects == 0)
        snprintf(why, size,
                 "Nothing at %s speaks the Secrets API: no call was answered with a "
                 "JSON object; "
                 "the last one: %s. Is base_url right?",
                 url, s.last);
    else if ((user = occupied_user(c)))
        snprintf(
            why, size,
            "The scope of user %s, which the profile lists, holds secrets already. "
            "Cases need the listed users to themselves: list others, or remove what "
            "is there (assay sweep removes what a killed run left).",
            user);
    else
        why = NULL;
    if (!why) {
        find_offer(c, &s);
        find_clock(c, &s);
    }
    return why;
}

/* A target's answers about time come in. What its clock shows goes out, and whether a
 * second is past there. */
#include <string.h>

#include "core/jsonx.h"
#include "harness/run/case_offer.h"
#include "harness/run/probe.h"
#include "harness/run/request.h"

enum {
    PROBE_EVERY_MS = 40,
    PROBES = 30,
    READINGS = 5 /* the last is after at least one advance */
};

/* What an answer says of the time, in seconds; -1 = nothing. */
struct clock_reading {
    int status; /* 0 = there was no answer */
    int64_t date_s, created_s;
};

/* One call in a scope that no case looks at. Each secret has a name of its own: when
 * one was made before is then never what `created` says. */
static struct clock_reading probe_call(struct case_run *c, enum effect effect,
                                       const char *name, int64_t expires_at) {
    const struct call *call = catalogue_effect(c->run->specs->catalogue, effect);
    json_t *params = json_pack("{s:{s:s}}", "scope", "user", "clock");
    struct clock_reading read = {0, -1, -1};
    struct exchange x = {0};
    struct built b = {0};
    const char *date;
    json_t *body;

    if (effect != EFFECT_LISTS)
        json_object_set_new(params, "name", json_string(name));
    if (effect == EFFECT_WRITES)
        json_object_set_new(params, "payload", json_string("tick-6f02-payload"));
    if (expires_at)
        json_object_set_new(params, "expires_at", json_integer(expires_at));
    build_call(c, NULL, call, params, &b);
    if (effect == EFFECT_WRITES)
        ledger_note(c->run->target.ledger, b.scope, b.name, "main", NULL);
    x.request = b.request;
    memset(&b.request, 0, sizeof(b.request));
    add_authorization(&c->run->target, NULL, "main", &x.request.headers);
    run_send(c, &x);
    read.status = x.failure ? 0 : x.response.status;
    body = x.failure ? NULL : jsonx_body(&x.response);
    date = http_headers_get(&x.response.headers, "Date");
    if (!date || !http_date_parse(date, &read.date_s))
        read.date_s = -1;
    if (effect == EFFECT_WRITES && x.response.status == 200) {
        read.created_s = jsonx_int(body, "created", -1);
        if (!expires_at) /* each of those has a name of its own */
            run_note_made(c->run, &x, read.created_s);
    }
    json_decref(body);
    exchange_release(&x);
    built_release(&b);
    json_decref(params);
    return read;
}

static struct clock_reading probe_set(struct case_run *c) {
    char name[32];
    struct clock_reading read;

    snprintf(name, sizeof(name), "tick%zu", c->requests);
    read = probe_call(c, EFFECT_WRITES, name, 0);
    c->cleaning = true;
    probe_call(c, EFFECT_REMOVES, name, 0);
    c->cleaning = false;
    return read;
}

/* The scopes are those of the cases, or what is made in another would stay. */
static bool scopes_are_taken(const struct run *r) {
    return r->target.profile->user_count || case_offer_lacks(r, OFFER_USERS) ||
           case_offer_lacks(r, OFFER_DELETE);
}

void probe_main(void *context) {
    struct case_run *c = context;

    for (int i = 0; i < PROBES && !c->run->doc.gone; i++) {
        if (scopes_are_taken(c->run))
            probe_call(c, EFFECT_READS, "tick", 0);
        else
            probe_set(c);
        run_sleep_until(c, run_now_earliest(c->run) + PROBE_EVERY_MS);
    }
    c->done = true;
}

/* The second that it surely is at least: what Date or a secret made just now says,
 * whichever is later, for a Date may be late. -1 = they do not say. */
static int64_t second_at_least(struct case_run *c) {
    struct clock_reading read = probe_set(c);

    if (read.date_s < 0 || read.created_s < 0 || read.created_s - read.date_s > 1 ||
        read.date_s - read.created_s > 1)
        return -1;
    return read.date_s > read.created_s ? read.date_s : read.created_s;
}

bool probe_enter_last_second(struct case_run *c, int64_t second) {
    const struct run *r = c->run;

    if (!r->target.profile->clock_path || r->clock_fails || r->target.clock.apart ||
        scopes_are_taken(r))
        return false;
    for (int i = 0; i < READINGS && !r->doc.gone; i++) {
        int64_t now = second_at_least(c);

        if (now < 0 || now >= second)
            return false;
        if (now == second - 1)
            return true;
        /* half a second less: the rest of an advance is rounded up */
        run_sleep_until(c, run_now_earliest(r) + (second - 1 - now) * 1000 - 500);
    }
    return false;
}

bool probe_still_before(struct case_run *c, int64_t second) {
    int64_t now = second_at_least(c);

    return now >= 0 && now < second;
}

enum probe_end probe_end_at(struct case_run *c, int64_t second) {
    struct clock_reading set = probe_call(c, EFFECT_WRITES, "ended", second), find;

    find = probe_call(c, EFFECT_READS, "ended", 0);
    c->cleaning = true;
    probe_call(c, EFFECT_REMOVES, "ended", 0);
    c->cleaning = false;
    if ((set.status == 400 || set.status == 200) && find.status == 404)
        return PROBE_ENDED;
    return set.status == 200 && find.status == 200 ? PROBE_LIVES : PROBE_UNTOLD;
}

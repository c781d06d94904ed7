/* Specs and a profile come in. One event loop runs all cases; the result document goes
 * out. */
#include "harness/run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_clock.h"
#include "core/clock.h"
#include "core/jsonx.h"
#include "core/match.h"
#include "core/mem.h"
#include "harness/run/again.h"
#include "harness/run/case.h"
#include "harness/run/case_offer.h"
#include "harness/run/ended.h"
#include "harness/run/evidence.h"
#include "harness/run/preflight.h"
#include "harness/run/probe.h"
#include "harness/run/redact_doc.h"
#include "harness/run/row.h"
#include "harness/run/selection.h"

enum {
    DEFAULT_JOBS = 8,
    CONNECTIONS = 64,
    UNREACHABLE_LIMIT = 3,
    SILENT_LIMIT = 24,
    SILENT_LIMIT_AT_END = 3
};

bool run_stop_heard(volatile sig_atomic_t *stop) {
    if (!stop || *stop == RUN_STOP_NOT)
        return false;
    *stop = RUN_STOP_HEARD;
    return true;
}

void run_say(const struct run *r, const char *fmt, ...) {
    char line[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (r->progress && r->progress->say)
        r->progress->say(r->progress->context, line);
}

void run_ready(struct run *r, struct fiber *f) {
    r->ready = mem_grow(r->ready, r->ready_count + 1, sizeof(*r->ready));
    r->ready[r->ready_count++] = f;
}

int64_t run_now_earliest(const struct run *r) {
    return server_clock_earliest(&r->target.clock, clock_even_ms());
}

int64_t run_now_latest(const struct run *r) {
    return server_clock_latest(&r->target.clock, clock_even_ms());
}

struct waiter {
    struct run *run;
    struct fiber *fiber;
};

static void answered(struct exchange *x, void *context) {
    struct waiter *w = context;

    (void)x;
    run_ready(w->run, w->fiber);
}

static void note_date(struct run *r, const struct exchange *x) {
    const char *date = http_headers_get(&x->response.headers, "Date");

    if (!date)
        return;
    if (strcmp(date, r->last_date) != 0) {
        r->last_date_good = http_date_parse(date, &r->last_date_s);
        snprintf(r->last_date, sizeof(r->last_date), "%s", date);
    }
    if (r->last_date_good)
        server_clock_note(&r->target.clock, x->begin_ms, x->end_ms, r->last_date_s);
}

void run_note_made(struct run *r, const struct exchange *x, int64_t made_s) {
    const char *date = http_headers_get(&x->response.headers, "Date");
    int64_t date_s;

    if (!date || !http_date_parse(date, &date_s))
        date_s = -1;
    server_clock_made(&r->target.clock, x->begin_ms, x->end_ms, date_s, made_s);
}

/* A target that hangs would take the time limit of each request that is left. */
static void note_silence(struct run *r, const struct case_run *c) {
    bool ending = r->doc.gone && c->cleaning;

    if (++r->silent < (ending ? SILENT_LIMIT_AT_END : SILENT_LIMIT))
        return;
    if (!r->doc.gone)
        r->doc.gone = "the target no longer answers";
    r->target.lost = true;
}

/* Somebody between us and the target says that there is none. */
static void note_gateway(struct run *r, struct case_run *c, const struct exchange *x) {
    c->saw_unreachable = true;
    row_doubt(c, VERDICT_ERROR, "%s", x->failure);
    if (++r->gateways < UNREACHABLE_LIMIT || r->doc.gone)
        return;
    snprintf(r->why_gone, sizeof(r->why_gone), "%s", x->failure);
    r->doc.gone = r->why_gone;
    r->target.lost = true;
    client_hurry(r->target.client);
}

void run_send(struct case_run *c, struct exchange *x) {
    struct run *r = c->run;
    struct waiter w = {r, fiber_self()};

    if (r->doc.gone && !c->cleaning) {
        x->failure = mem_strdup(r->doc.gone);
        return;
    }
    x->finished = answered;
    x->context = &w;
    redactor_add_sent(r->target.redactor, &x->request);
    client_send(r->target.client, x);
    c->requests++;
    while (!x->done)
        fiber_pause();
    if (r->options->seen)
        r->options->seen(r->options->seen_context, x);
    if (!r->limited && client_limited(r->target.client)) {
        r->limited = true;
        run_say(r, "the target limits the rate of requests (429); this run waits as "
                   "long as it is told");
    }
    if (x->doubtful)
        row_doubt(
            c, VERDICT_ERROR,
            "a gateway answered in the target's place: whether the target had done "
            "what was asked is not known");
    if (x->broke && target_has_ended(r))
        x->unreachable = true;
    if (x->gateway) {
        note_gateway(r, c, x);
    } else if (x->unreachable) {
        c->saw_unreachable = true;
        if (++r->unreachable >= UNREACHABLE_LIMIT) {
            r->doc.gone = "the target can no longer be reached";
            r->target.lost = true;
        }
    } else if (x->given_up) {
        r->doc.gone = r->doc.gone ? r->doc.gone : "interrupted";
        r->target.lost = r->target.lost || c->cleaning; /* nothing can be removed */
    } else if (x->timed_out) {
        note_silence(r, c);
    } else if (!x->failure) {
        r->unreachable = 0;
        r->silent = 0;
        r->gateways = 0;
        note_date(r, x);
    }
}

void run_sleep_until(struct case_run *c, int64_t target_ms) {
    struct run *r = c->run;
    bool counts = !c->sleeping && c->fiber == fiber_self();
    int64_t began = run_now_earliest(r), waited;

    if (began >= target_ms || r->doc.gone ||
        (c->timed &&
         c->clock_steps != r->target.clock.steps)) /* the row is void anyway */
        return;
    r->sleepers = mem_grow(r->sleepers, r->sleeper_count + 1, sizeof(*r->sleepers));
    r->sleepers[r->sleeper_count++] =
        (struct sleeper){fiber_self(), target_ms, r->target.clock.steps};
    if (counts) {
        c->sleeping = true;
        r->running--;
        r->waiting++;
    }
    fiber_pause();
    if (counts) {
        c->sleeping = false;
        r->running++;
        r->waiting--;
    }
    waited = target_ms - began;
    c->waited_ms += waited > 0 ? waited : 0;
}

/* ---- the clock of the target ---- */

static void set_unreached(struct run *r) {
    r->clock_fails = true;
    run_say(r, "the target's clock could not be advanced; waiting for real");
}

/* Move the target's clock on to the earliest sleeper. Runs outside fibers. */
static void advance_clock(struct run *r, int64_t to_ms) {
    int64_t seconds = (to_ms - run_now_earliest(r) + 999) / 1000;
    struct exchange x = {0};

    if (seconds <= 0)
        return;
    profile_clock_request(r->target.profile, seconds, &x.request);
    client_send(r->target.client, &x);
    while (!x.done)
        client_turn(r->target.client, 1000);
    if (x.given_up)
        r->doc.gone = "interrupted";
    else if (x.failure || x.response.status / 100 != 2)
        set_unreached(r);
    else
        server_clock_shift(&r->target.clock, seconds * 1000);
    exchange_release(&x);
}

/* ---- who goes on ---- */

static bool locks_free(const struct run *r, const struct case_run *c) {
    const struct test_case *t = c->test;

    if (c->moves && r->account_locked)
        return false;
    for (size_t i = 0; i < t->lock_count; i++)
        if (strcmp(t->locks[i], "account") == 0 ? r->account_locked : r->ui_locked)
            return false;
    return !(r->target.profile->user_count && r->running + r->waiting > 0);
}

static void set_locks(struct run *r, const struct case_run *c, bool held) {
    const struct test_case *t = c->test;

    if (c->moves)
        r->account_locked = held;
    for (size_t i = 0; i < t->lock_count; i++) {
        if (strcmp(t->locks[i], "account") == 0)
            r->account_locked = held;
        else
            r->ui_locked = held;
    }
}

static void start_cases(struct run *r) {
    size_t jobs = r->options->jobs > 0 ? (size_t)r->options->jobs : DEFAULT_JOBS;

    for (size_t i = 0; i < r->case_count && r->running < jobs; i++) {
        struct case_run *c = r->cases[i];

        if (c->started || (!c->skip && !r->doc.gone && !locks_free(r, c)))
            continue;
        c->started = true;
        r->started++;
        r->running++;
        if (!c->skip)
            set_locks(r, c, true);
        c->fiber = fiber_new(case_main, c);
        run_ready(r, c->fiber);
    }
}

/* ---- one turn ---- */

/* Of those that were judged since it was last asked. */
static bool has_red(struct run *r) {
    bool red = false;

    for (; r->asked_for_red < json_array_size(r->doc.checks); r->asked_for_red++)
        red = red || result_doc_is_red(r->target.profile,
                                       json_array_get(r->doc.checks, r->asked_for_red));
    return red;
}

static void finish_case(struct run *r, struct case_run *c) {
    json_t *o = json_object();

    fiber_free(c->fiber);
    c->fiber = NULL;
    r->running--;
    r->finished++;
    if (!c->skip)
        set_locks(r, c, false);
    if (c->duration_ms > r->slowest_ms) {
        r->slowest_ms = c->duration_ms;
        r->slowest = c->test->title;
    }
    if (c->waited_ms > r->doc.longest_wait_ms)
        r->doc.longest_wait_ms = c->waited_ms;
    json_object_set(o, "id", c->name);
    json_object_set(o, "title", c->title);
    json_object_set(o, "file", c->file);
    json_object_set_new(o, "line", json_integer(c->test->line));
    json_object_set_new(o, "verdict", json_string(c->skip ? "skip" : "pass"));
    json_object_set_new(o, "duration_ms", json_integer(c->duration_ms));
    json_object_set_new(o, "waited_ms", json_integer(c->waited_ms));
    json_object_set_new(o, "requests", json_integer((json_int_t)c->requests));
    if (c->skip)
        json_object_set_new(o, "reason", json_string(c->skip));
    json_array_append_new(r->doc.cases, o);
    if (r->options->fail_fast && !r->doc.gone && has_red(r))
        r->doc.gone = "stopped at the first failure (--fail-fast)";
}

static void resume_ready(struct run *r) {
    struct fiber **batch = r->ready;
    size_t count = r->ready_count;

    r->ready = NULL; /* what becomes ready now waits for the next turn */
    r->ready_count = 0;
    for (size_t i = 0; i < count; i++)
        fiber_resume(batch[i]);
    free(batch);
}

static void finish_done(struct run *r) {
    for (size_t i = 0; i < r->case_count; i++)
        if (r->cases[i]->fiber && r->cases[i]->done && fiber_done(r->cases[i]->fiber))
            finish_case(r, r->cases[i]);
}

static void wake_sleepers(struct run *r) {
    int64_t now = run_now_earliest(r);

    for (size_t i = 0; i < r->sleeper_count;) {
        if (r->sleepers[i].until_ms > now && !r->doc.gone &&
            r->sleepers[i].steps == r->target.clock.steps) {
            i++;
            continue;
        }
        run_ready(r, r->sleepers[i].fiber);
        r->sleepers[i] = r->sleepers[--r->sleeper_count];
    }
}

static int64_t next_wake(const struct run *r) {
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < r->sleeper_count; i++)
        if (r->sleepers[i].until_ms < next)
            next = r->sleepers[i].until_ms;
    return next;
}

static void wait_for_something(struct run *r) {
    int64_t next = next_wake(r), wait = 1000;

    if (next != INT64_MAX) {
        if (client_in_flight(r->target.client) == 0 && r->target.profile->clock_path &&
            !r->clock_fails) {
            advance_clock(r, next);
            if (!r->clock_fails)
                return;
        }
        wait = next - run_now_earliest(r) + 1;
    }
    if (r->progress && r->progress->tick) {
        const char *longest = NULL;

        for (size_t i = 0; i < r->case_count; i++)
            if (r->cases[i]->sleeping)
                longest = r->cases[i]->test->title;
        r->progress->tick(r->progress->context, r->finished, r->case_count, r->running,
                          r->waiting, longest, r->slowest, r->slowest_ms);
        wait = wait > 100 ? 100 : wait;
    }
    client_turn(r->target.client, wait > 1000 ? 1000 : wait);
}

static void loop(struct run *r, struct case_run *alone) {
    while (alone ? !fiber_done(alone->fiber) : r->finished < r->case_count) {
        if (run_stop_heard(r->options->stop) && !r->doc.gone)
            r->doc.gone = "interrupted";
        if (!alone)
            start_cases(r);
        if (r->ready_count) {
            resume_ready(r);
            if (!alone)
                finish_done(r);
            wake_sleepers(r);
            continue;
        }
        wake_sleepers(r);
        if (!r->ready_count)
            wait_for_something(r);
    }
}

void run_alone(struct run *r, struct case_run *c) {
    c->fiber = fiber_new(case_main, c);
    r->running++;
    run_ready(r, c->fiber);
    loop(r, c);
    r->running--;
    fiber_free(c->fiber);
    c->fiber = NULL;
}

/* ---- the run ---- */

struct preflight_run {
    struct case_run c;
    char why[1024];
    const char *failed;
};

static void preflight_main(void *context) {
    struct preflight_run *p = context;

    p->failed = preflight(&p->c, p->why, sizeof(p->why));
    p->c.done = true;
}

static void init_aside(struct run *r, struct case_run *c) {
    c->run = r;
    c->moved = (r->without | r->absent) & OFFER_BIT(OFFER_USERS);
    c->lack = OFFER_ALL;
    c->number = ++r->next_number;
    c->users = json_object();
    c->acked = json_object();
    c->checks = json_array();
    c->vars.map = json_object();
}

static void release_aside(struct case_run *c) {
    fiber_free(c->fiber);
    json_decref(c->users);
    json_decref(c->acked);
    json_decref(c->checks);
    for (size_t i = 0; i < c->made_count; i++) {
        json_decref(c->made[i].scope);
        free(c->made[i].name);
        free(c->made[i].role);
    }
    free(c->made);
    vars_release(&c->vars);
}

static void run_preflight(struct run *r, struct preflight_run *p) {
    init_aside(r, &p->c);
    p->c.fiber = fiber_new(preflight_main, p);
    r->running++;
    run_ready(r, p->c.fiber);
    loop(r, &p->c);
    r->running--;
    release_aside(&p->c);
}

static bool any_slow(const struct run *r) {
    for (size_t i = 0; i < r->case_count; i++)
        if (r->cases[i]->test->slow && !r->cases[i]->skip)
            return true;
    return false;
}

static void init_run(struct run *r) {
    const struct profile *p = r->target.profile;
    struct client_options o = client_options_for(p, CONNECTIONS, r->options->stop);
    struct id_source fresh;

    id_seed(&r->ids, r->options->seed);
    id_make_lower(&r->ids, "", 6, r->doc.run_id, sizeof(r->doc.run_id));
    id_seed(&fresh, id_seed_random());
    id_make_lower(&fresh, "", 12, r->once, sizeof(r->once));
    snprintf(r->prefix, sizeof(r->prefix), "assay%s", r->doc.run_id);
    id_make(&r->ids, "sk_test_nobody", 24, r->target.unknown_key,
            sizeof(r->target.unknown_key));
    r->target.clock.advances = p->clock_path != NULL;
    r->target.client = client_new(&o);
    evidence_without_keys(&r->target);
    r->target.ledger = ledger_new(r->options->ledger_dir, p->base_url, r->doc.run_id);
    r->roles = json_object();
}

static void release_run(struct run *r) {
    for (size_t i = 0; i < r->case_count; i++) {
        free(r->cases[i]->made);
        json_decref(r->cases[i]->name);
        json_decref(r->cases[i]->title);
        json_decref(r->cases[i]->file);
        free(r->cases[i]);
    }
    free(r->cases);
    free(r->ready);
    free(r->sleepers);
    client_free(r->target.client);
    redactor_free(r->target.redactor);
    result_doc_release(&r->doc);
    json_decref(r->roles);
    match_forget();
    fiber_forget();
}

/* What is red then may be the profile's fault. */
static void say_refused_keys(const struct run *r) {
    const char *role;
    json_t *let_in;

    json_object_foreach(r->roles, role, let_in)
        if (json_is_false(let_in))
            run_say(
                r,
                "every request with the key of credential %s was answered 401: does "
                "the target know that key?",
                role);
}

/* What the target does not offer, and no profile says so. */
static void note_absent(struct run *r) {
    for (unsigned o = 0; o < OFFER_COUNT; o++)
        if (r->absent & OFFER_BIT(o))
            json_array_append_new(r->doc.absent, json_pack("{s:s, s:s}", "what",
                                                           offer_name((enum offer)o),
                                                           "saw", r->absent_saw[o]));
}

json_t *run_specs(const struct specs *specs, const struct profile *profile,
                  const struct run_options *options,
                  const struct run_progress *progress, struct err *err) {
    struct run r = {.specs = specs,
                    .target = {.profile = profile},
                    .options = options,
                    .progress = progress};
    struct preflight_run p = {.failed = NULL};
    struct case_run probe = {0};
    int64_t began = clock_steady_ms(), wall = clock_wall_ms(), cases_us;
    json_t *results;

    result_doc_init(&r.doc, options->command ? options->command : "run");
    init_run(&r);
    if (options->clock_shift_ms)
        server_clock_shift(&r.target.clock, *options->clock_shift_ms);
    choose_cases(&r);
    if (r.case_count == 0)
        err_at(err, ERR_SYNTAX, 0, 0, "no check is selected");
    if (r.case_count == 0 || !ledger_ready(r.target.ledger, err)) {
        ledger_close(r.target.ledger, false);
        release_run(&r);
        return NULL;
    }
    run_preflight(&r, &p);
    if (p.failed && !r.doc.gone) {
        r.doc.gone = p.failed;
        r.target.lost = true;
    }
    case_offer_begin(&r);
    if (!r.doc.gone && any_slow(&r) && !profile->clock_path) {
        init_aside(&r, &probe);
        probe.fiber = fiber_new(probe_main, &probe);
        run_ready(&r, probe.fiber);
    }
    cases_us = clock_steady_us();
    loop(&r, NULL);
    r.doc.cases_ms = (double)(clock_steady_us() - cases_us) / 1000.0;
    if (probe.fiber && !fiber_done(probe.fiber))
        loop(&r, &probe);
    if (probe.fiber)
        release_aside(&probe);
    if (options->red_again && !r.doc.gone)
        run_red_again(&r);
    say_refused_keys(&r);
    case_offer_end(&r);
    r.doc.requests = client_sent(r.target.client);
    if (options->clock_shift_ms)
        *options->clock_shift_ms = r.target.clock.shifted;
    r.doc.target_lost = r.target.lost && r.silent;
    redact_doc(&r.doc, r.target.redactor);
    note_absent(&r);
    results = result_doc_make(&r.doc, specs, profile, options, &r.target.clock, wall,
                              clock_steady_ms() - began);
    ledger_close(r.target.ledger, json_array_size(r.doc.leftovers) > 0);
    release_run(&r);
    return results;
}

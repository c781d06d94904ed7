/* Recorded times come in. Expiries as they are today go out, and the waiting that an
 * answer needs before it can be compared. */
#include <stdlib.h>
#include <string.h>

#include "api/profile_clock.h"
#include "core/clock.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/diff/compare.h"

enum {
    MAX_WAIT_S = 30, /* without a clock that can be advanced */
    CLOSE_MS = 500,
    CLOSE_S = 2,
    FAR_S = 60, /* further ahead, some seconds do not count */
    SLACK_S = 1 /* EXP-3: so long a secret may be there past its end */
};

/* In the middle of what is known. */
static int64_t here_ms(const struct diff *d) {
    const struct server_clock *c = &d->target.clock;

    return clock_even_ms() + (c->low + c->high) / 2;
}

int64_t diff_time_now(const struct diff *d) {
    return here_ms(d) / 1000;
}

/* At least as far ahead as it was there, by less than a second more. What is sent again
 * is the same again: with an idempotency key it has to be. */
int64_t diff_time_expires(struct diff *d, const struct interaction *t, int64_t there) {
    int64_t ahead = there - t->now,
            here = (here_ms(d) + (ahead > 0 ? 999 : 0)) / 1000 + ahead;
    char key[32];
    const json_t *first;

    snprintf(key, sizeof(key), "%lld", (long long)there);
    first = json_object_get(d->sent_times, key);
    if (first && (t->key.idempotency || ahead > FAR_S))
        return json_integer_value(first);
    json_object_set_new(d->sent_times, key, json_integer(here));
    return here;
}

static void diff_note_reached(struct diff *d, const struct exchange *x) {
    d->unreached = x->unreachable ? d->unreached + 1 : 0;
    if (!x->unreachable)
        return;
    free(d->why_unreached);
    d->why_unreached = mem_printf("the target cannot be reached: %s",
                                  x->failure ? x->failure : "no connection");
}

void diff_send(struct diff *d, struct exchange *x) {
    const char *text;
    int64_t date;

    redactor_add_sent(d->target.redactor, &x->request);
    client_send(d->target.client, x);
    while (!x->done)
        client_turn(d->target.client, 1000);
    d->doc.requests++;
    text = http_headers_get(&x->response.headers, "Date");
    if (text && http_date_parse(text, &date))
        server_clock_note(&d->target.clock, x->begin_ms, x->end_ms, date);
    diff_note_reached(d, x);
    d->target.lost = d->target.lost || (x->given_up && d->doc.gone);
}

static void advance(struct diff *d, int64_t seconds) {
    struct exchange x = {0};

    profile_clock_request(d->target.profile, seconds, &x.request);
    /* its own answer may be of before or after: no Date is read from it */
    client_send(d->target.client, &x);
    while (!x.done)
        client_turn(d->target.client, 1000);
    d->doc.requests++;
    diff_note_reached(d, &x);
    if (!x.failure && x.response.status / 100 == 2)
        server_clock_shift(&d->target.clock, seconds * 1000);
    exchange_release(&x);
}

/* Let so much time pass here. False if it cannot be made to. */
static bool pass(struct diff *d, int64_t ms) {
    volatile sig_atomic_t *stop = d->options->stop;

    if (ms <= 0)
        return true;
    if (d->target.profile->clock_path) {
        advance(d, (ms + 999) / 1000);
        return true;
    }
    if (ms > MAX_WAIT_S * 1000)
        return false;
    for (int64_t until = clock_steady_ms() + ms;
         clock_steady_ms() < until && !run_stop_heard(stop);)
        client_turn(d->target.client, until - clock_steady_ms());
    return true;
}

/* When the secrets of a scope expire, there and here; made when wanted. */
static json_t *expiring_in(struct diff *d, const struct interaction *t) {
    char *scope = mem_printf("%s\n%s", diff_role(d, t) ? diff_role(d, t) : "",
                             t->key.user ? t->key.user : "");
    json_t *in = json_object_get(d->expiring, scope);

    if (!in)
        json_object_set_new_nocheck(d->expiring, scope, in = json_object());
    free(scope);
    return in;
}

/* A set, too, depends on all of its scope: what is there takes a place. */
static bool concerns(const struct interaction *t, const char *name) {
    return t->key.op == API_LIST || t->key.op == API_SET || !t->key.name ||
           strcmp(t->key.name, name) == 0;
}

/* How long past its end a secret was when that was answered there, in seconds; negative
 * = before it, 0 = in the second of its end, when it may have been there or not. Where
 * it was found to be gone then, as long as a good target is late at most. */
static int64_t past_end(const struct interaction *t, const json_t *pair) {
    int64_t past = t->now - jsonx_int(pair, "there", 0);

    return past == 0 && json_object_get(pair, "gone") ? SLACK_S : past;
}

/* What was answered there proves that this one was gone. */
static bool shows_gone(const struct interaction *t, const char *name) {
    const struct http_response *r = &t->x->response;
    json_t *body, *item;
    bool gone;
    size_t n;

    if (t->key.op == API_FIND || t->key.op == API_DELETE)
        return r->status == 404 && t->key.name && strcmp(t->key.name, name) == 0;
    if (t->key.op != API_LIST || r->status != 200 || t->key.cursor || !r->body)
        return false;
    body = jsonx_body(r);
    gone = json_is_false(json_object_get(body, "has_more"));
    json_array_foreach(json_object_get(body, "data"), n, item)
        gone = gone && strcmp(jsonx_string(item, "name", name), name) != 0;
    json_decref(body);
    return gone;
}

/* About its end, and it was not set just now. */
static bool is_close(const struct interaction *t, const json_t *pair, int64_t past) {
    return past && past >= -CLOSE_S && past <= CLOSE_S &&
           (past > 0 || t->now > jsonx_int(pair, "set", 0));
}

/* Seconds are too coarse for what ends about now: its end has to be no further ahead
 * than it was there, or as much time has to have passed since. */
static bool pass_ends(struct diff *d, const struct interaction *t) {
    int64_t until = 0;
    const char *name;
    json_t *pair;

    json_object_foreach(expiring_in(d, t), name, pair) {
        int64_t past = past_end(t, pair), then;

        if (past == 0 && shows_gone(t, name)) {
            json_object_set_new(pair, "gone", json_true());
            past = SLACK_S;
        } else if (past == 0 && t->key.op == API_SET && t->succeeded) {
            past = SLACK_S; /* it was done, whether that had its place or not */
        }
        then = (jsonx_int(pair, "here", 0) + past) * 1000;
        if (concerns(t, name) && is_close(t, pair, past) && then > until)
            until = then;
    }
    return !until ||
           pass(d, until - server_clock_earliest(&d->target.clock, clock_even_ms()));
}

bool diff_time_catch_up(struct diff *d, const struct interaction *t) {
    bool first = !d->there_ms;
    int64_t behind;

    if (t->now * 1000 > d->there_ms)
        d->there_ms = t->now * 1000;
    if (first || here_ms(d) - d->there_ms > d->shift_ms)
        d->shift_ms = here_ms(d) - d->there_ms;
    behind = d->there_ms + d->shift_ms - here_ms(d);
    if (behind < CLOSE_MS) /* of what is known of both clocks that is nothing */
        behind = 0;
    return pass(d, behind) && pass_ends(d, t);
}

void diff_time_note(struct diff *d, const struct interaction *t) {
    json_t *in = expiring_in(d, t);

    if (!t->succeeded || !t->key.name ||
        (t->key.op != API_SET && t->key.op != API_DELETE))
        return;
    json_object_del(in, t->key.name);
    if (t->key.op == API_SET && d->sent_expires)
        json_object_set_new_nocheck(
            in, t->key.name,
            json_pack("{s:I, s:I, s:I}", "there", (json_int_t)t->key.expires_at, "here",
                      (json_int_t)d->sent_expires, "set", (json_int_t)t->now));
}

bool diff_time_blurs(struct diff *d, const struct interaction *t,
                     const struct exchange *x) {
    int64_t earliest = server_clock_earliest(&d->target.clock, x->begin_ms),
            latest = server_clock_latest(&d->target.clock, x->end_ms);
    const char *name;
    json_t *pair;

    json_object_foreach(expiring_in(d, t), name, pair) {
        int64_t past = past_end(t, pair), end = jsonx_int(pair, "here", 0) * 1000;
        bool surely = past < 0   ? latest < end
                      : past > 0 ? earliest >= end + SLACK_S * 1000
                                 : false;

        if (concerns(t, name) && !surely)
            return true;
    }
    return false;
}

/* ---- what time it is ---- */

/* Set or find a secret that tells the time: when it was made. */
static int64_t tick(struct diff *d, enum effect effect, const char *name,
                    int64_t expires_at, struct exchange *x) {
    char user[40], expires[32];
    json_t *scope, *body;
    int64_t made;

    snprintf(user, sizeof(user), "usr_%sclock", d->id);
    snprintf(expires, sizeof(expires), "%lld", (long long)expires_at);
    scope = json_pack("{s:s, s:s}", "type", "user", "user", user);
    diff_ask(d, effect, "main", scope, name, expires_at ? expires : NULL, x);
    body = x->failure ? NULL : jsonx_body(&x->response);
    made = jsonx_int(body, "created", 0);
    json_decref(scope);
    json_decref(body);
    return made;
}

/* What was made there was dated so far ahead of the answers' Date; 0 = nothing was made. */
static int64_t ahead_there(const struct diff *d) {
    int64_t ahead = 0;

    for (size_t i = 0; i < d->histories->count && !ahead; i++) {
        const struct interaction *t = &d->histories->interactions[i];
        json_t *body;

        if (t->key.op != API_SET || !t->succeeded || !t->dated ||
            t->before.name_write != NO_WRITE)
            continue;
        body = jsonx_body(&t->x->response);
        ahead = jsonx_int(body, "created", t->now) - t->now;
        json_decref(body);
        break;
    }
    return ahead;
}

/* A clock that was advanced before, and a Date that does not follow it or is not there:
 * time is then what `created` says, if expiry goes by the same. Not where it was so there,
 * too: Date is then as good here as there. */
void diff_time_settle(struct diff *d) {
    struct server_clock *clock = &d->target.clock;
    struct exchange made = {0}, set = {0}, find = {0};
    int64_t created = tick(d, EFFECT_WRITES, "tick", 0, &made), date;
    const char *text = http_headers_get(&made.response.headers, "Date");

    if (made.response.status == 200)
        server_clock_made(clock, made.begin_ms, made.end_ms,
                          text && http_date_parse(text, &date) ? date : -1, created);
    if (made.response.status == 200 &&
        server_clock_doubts(clock, made.begin_ms, made.end_ms, created) &&
        created * 1000 > server_clock_latest(clock, made.end_ms) &&
        llabs(created - server_clock_latest(clock, made.end_ms) / 1000 -
              ahead_there(d)) > CLOSE_S) {
        tick(d, EFFECT_WRITES, "ended", created - 1, &set);
        tick(d, EFFECT_READS, "ended", 0, &find);
        if (find.response.status == 404)
            server_clock_replace(clock, made.begin_ms, made.end_ms, created);
    }
    exchange_release(&made);
    exchange_release(&set);
    exchange_release(&find);
}

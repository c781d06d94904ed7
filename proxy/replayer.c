/* Requests come in. Recorded, derived or modelled answers go out, with faults and
 * delays where they are asked for. */
#include "proxy/replayer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_clock.h"
#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/admin.h"
#include "proxy/kept_answer.h"
#include "proxy/replayer_state.h"

enum {
    KEPT_REQUESTS = 1000,
    SMALL_HEAD = 32 * 1024,
    MAX_KNOWN_BODY = 16 * 1024,
    MAX_UNKNOWN_KEYS = 1000,
};

static const char key_hint[] = "the recording does not know this key: replay --key KEY "
                               "says which is the main one, "
                               "--credentials PROFILE whose each is";

/* What Assay-Replay says of an answer for which nothing was done. */
static const char fault_label[] = "fault";

/* The label of one that was missed, and is the upstream's. */
static const char forwarded_label[] = "forwarded";

/* --- the API --- */

static struct request_line line_of(const struct arrival *a, int64_t now_ms,
                                   enum replay_label label, int status,
                                   uint64_t exchange) {
    return (struct request_line){.at_ms = now_ms,
                                 .method = a->request->method,
                                 .target = a->request->target,
                                 .label = replay_label_name(label),
                                 .status = status,
                                 .exchange = exchange,
                                 .us = clock_steady_us() - a->began_us};
}

/* A key that nobody knows: told in the answer, and counted for the end. */
static void hint_at_key(struct replayer *r, const struct arrival *a,
                        struct http_response *answer) {
    char *key = http_credential(&a->request->headers, NULL), digest[65];

    http_headers_add(&answer->headers, "Assay-Hint", key_hint);
    if (!key)
        return;
    str_sha256(key, strlen(key), digest);
    if (json_object_size(r->unknown_keys) < MAX_UNKNOWN_KEYS)
        json_object_set_new(r->unknown_keys, digest, json_true());
    free(key);
}

static void note(struct replayer *r, const struct arrival *a,
                 const struct replay_answer *answer, const struct fault *fault) {
    struct request_line line = line_of(a, clock_now_ms(&r->clock), answer->label,
                                       answer->response.status, answer->exchange);

    line.fault = fault ? fault_name(fault) : NULL;
    line.hint = answer->unknown_key ? key_hint : NULL;
    line.request = a->request;
    line.answer = answer->label == REPLAY_MISS ? NULL : &answer->response;
    r->labels[answer->label]++;
    request_log_add(r->requests, &line);
    if (r->options.gate)
        gate_used(r->options.gate, answer->exchange);
    if (answer->label == REPLAY_MODELLED && r->options.gate)
        gate_add(r->options.gate, GATE_MODELLED, a->request, NULL);
    if (answer->label == REPLAY_MISS) {
        json_t *body =
            jsonx_load(answer->response.body, answer->response.body_len, 32, NULL);
        json_t *nearest = jsonx_at(body, "/error/nearest");

        if (r->options.gate)
            gate_add(r->options.gate, GATE_MISSED, a->request, nearest);
        request_log_add_miss(r->requests, &line, json_incref(nearest));
        json_decref(body);
    }
}

static void spoil_status(const struct fault *f, struct replay_answer *whole) {
    struct http_response *answer = &whole->response;
    char seconds[24];

    http_response_release(answer);
    http_headers_add(&answer->headers, "Assay-Replay",
                     f->undone ? fault_label : replay_label_name(whole->label));
    admin_error(answer, f->status, "fault", "this answer was spoilt by --faults");
    if (f->retry_after >= 0) {
        snprintf(seconds, sizeof(seconds), "%lld", (long long)f->retry_after);
        http_headers_add(&answer->headers, "Retry-After", seconds);
    }
}

static void send_answer(struct replayer *r, struct arrival *a,
                        struct replay_answer *answer, const struct fault *f) {
    unsigned style = answer->chunked ? ANSWER_CHUNKED : 0;
    int64_t delay = (int64_t)((double)answer->recorded_us * r->options.latency / 1000);

    if (f) {
        r->spoilt++;
        delay += f->delay_ms;
        if (f->status)
            spoil_status(f, answer);
        style |= f->cut == CUT_AFTER  ? ANSWER_CUT_BODY
                 : f->cut == CUT_HALF ? ANSWER_CUT_HALF
                                      : 0;
        if (f->drip_ms)
            listener_drip(a, f->drip_ms);
        if (f->cut == CUT_BEFORE) {
            http_response_release(&answer->response);
            listener_drop(a);
            return;
        }
    }
    if (delay > 0)
        listener_answer_after(a, &answer->response, style, delay);
    else
        listener_answer(a, &answer->response, style);
}

/* The request is not carried out: nothing is asked of the recording. */
static void answer_undone(struct replayer *r, struct arrival *a,
                          const struct fault *f) {
    struct replay_answer none = {.response.status = f->status};
    struct request_line line =
        line_of(a, clock_now_ms(&r->clock), REPLAY_MISS, f->status, 0);

    line.label = fault_label;
    line.fault = fault_name(f);
    request_log_add(r->requests, &line);
    send_answer(r, a, &none, f);
}

/* The clock of the profile: what advanced the recorded implementation advances us. */
static bool advances_clock(struct replayer *r, const struct http_request *q) {
    const struct profile *p = r->options.replay.credentials;
    const int64_t a_century = (int64_t)100 * 366 * 86400;
    int64_t seconds;

    if (!p || !profile_clock_is(p, q, &seconds) || seconds <= 0 || seconds >= a_century)
        return false;
    clock_advance(&r->clock, seconds * 1000);
    return true;
}

/* Another id in place of that one; false if it has not as many bytes. */
static bool renew(struct replayer *r, const struct id_format *look, char *id) {
    char *next;
    bool fits;

    if (!look->number) {
        id_format_renew(look, &r->random, id);
        return true;
    }
    next = replay_new_id(r->replay, id);
    fits = strlen(next) == strlen(id); /* else it was counted on from 9 to 10 */
    if (fits)
        memcpy(id, next, strlen(id));
    free(next);
    return fits;
}

/* The same request was answered in this state and second? */
static bool answer_from_cache(struct replayer *r, struct arrival *a) {
    int64_t now_ms = clock_now_ms(&r->clock);
    const struct cached_answer *k = answer_cache_find(
        r->cache, a->request, replay_version(r->replay), now_ms / 1000);
    struct request_line line;
    char *id;

    if (!k)
        return false;
    id = kept_answer_value(k->answer);
    if (id && !renew(r, &k->id_format, id))
        return false;
    line = line_of(a, now_ms, (enum replay_label)k->label, k->status, k->exchange);
    r->labels[k->label]++;
    request_log_add(r->requests, &line);
    listener_answer_kept(a, k->answer);
    return true;
}

static void keep_answer(struct replayer *r, struct arrival *a,
                        struct replay_answer *answer, int64_t now_ms) {
    struct cached_answer *k;
    int status = answer->response.status;
    const char *id;

    k = answer_cache_keep(
        r->cache, a->request, replay_version(r->replay), now_ms / 1000,
        kept_answer_new(&answer->response, answer->new_id ? "Request-Id" : NULL));
    id = kept_answer_value(k->answer);
    if (id)
        k->id_format = id_format_of(id);
    k->label = (int)answer->label;
    k->status = status;
    k->exchange = answer->exchange;
    listener_answer_kept(a, k->answer);
}

static void answer_advanced(struct replayer *r, struct replay_answer *answer) {
    http_response_release(&answer->response);
    answer->label = REPLAY_DERIVED;
    admin_json(&answer->response, 200,
               json_pack("{s:I}", "now", (json_int_t)(clock_now_ms(&r->clock) / 1000)));
}

static bool may_keep(const struct replayer *r, const struct arrival *a,
                     const struct replay_answer *answer) {
    return r->cache && !r->faults && answer->lasting && !answer->chunked &&
           !a->request->body && answer->response.body_len <= MAX_KNOWN_BODY &&
           strcmp(a->request->method, "GET") == 0;
}

/* A request of the API; false as replayer_answer() says. */
static bool answer_api(struct replayer *r, struct arrival *a,
                       const struct fault *fault) {
    bool advanced = advances_clock(r, a->request);
    int64_t now_ms = clock_now_ms(&r->clock);
    struct replay_answer answer;

    if (r->growth)
        growth_asked(r->growth, a->request, now_ms);
    replay_answer(r->replay, a->request, now_ms, &answer);
    if (advanced && answer.response.status >= 400) /* by a time not recorded */
        answer_advanced(r, &answer);
    if (r->growth && answer.label == REPLAY_MISS) {
        http_response_release(&answer.response);
        return false;
    }
    if (r->growth && answer.response.status / 100 == 2 &&
        strcmp(a->request->method, "GET") != 0)
        growth_wrote(r->growth, answer.label == REPLAY_RECORDED);
    http_headers_add(&answer.response.headers, "Assay-Replay",
                     replay_label_name(answer.label));
    if (answer.unknown_key)
        hint_at_key(r, a, &answer.response);
    note(r, a, &answer, fault);
    if (may_keep(r, a, &answer) && !advanced)
        keep_answer(r, a, &answer, now_ms);
    else
        send_answer(r, a, &answer, fault);
    return true;
}

bool replayer_answer(struct replayer *r, struct arrival *a) {
    const struct fault *fault;

    if (r->cache && !r->faults && answer_from_cache(r, a))
        return true;
    if (admin_target(a->request->target)) {
        struct http_response page = {0};

        replay_admin(r, a, &page);
        listener_answer(a, &page, 0);
        return true;
    }
    fault = faults_pick(r->faults, a->request);
    if (fault && fault->undone) {
        answer_undone(r, a, fault);
        return true;
    }
    return answer_api(r, a, fault);
}

size_t replayer_unsent(struct replayer *r, struct recorder_before **out) {
    return growth_unsent(r->growth, out);
}

void replayer_learn(struct replayer *r, const struct arrival *a,
                    const struct recorded *x, int64_t started_ms,
                    struct http_response *relayed) {
    struct request_line line;

    r->replay = growth_add(r->growth, r->replay, x, started_ms);
    if (!a)
        return;
    line = line_of(a, clock_now_ms(&r->clock), REPLAY_MISS, relayed->status,
                   r->options.grows->count);
    line.label = forwarded_label;
    line.request = a->request;
    line.answer = relayed;
    r->forwarded++;
    request_log_add(r->requests, &line);
    http_headers_set(&relayed->headers, "Assay-Replay", forwarded_label);
}

static void handle(void *context, struct arrival *a) {
    replayer_answer(context, a);
}

/* The listener clears its buffer for every request: a small one is faster, if nothing
 * that was recorded needs more. */
static size_t head_room(const struct recording *recording) {
    size_t most = 0;

    for (size_t i = 0; i < recording->count; i++) {
        const struct http_request *q = &recording->items[i].request;
        size_t len = strlen(q->target);

        for (size_t k = 0; k < q->headers.count; k++)
            len += strlen(q->headers.items[k].name) + strlen(q->headers.items[k].value);
        most = len > most ? len : most;
    }
    return most < SMALL_HEAD / 2 ? SMALL_HEAD : 0;
}

/* Nothing was asked of the recording: such an answer is in no log of requests. */
static void own_refusal(void *context, const struct arrival *a, int status) {
    (void)context, (void)a, (void)status;
}

struct replayer *replayer_new(const struct recording *recording,
                              const struct replayer_options *options) {
    struct replayer *r = mem_new(1, sizeof(*r));

    r->options = *options;
    r->options.replay.strict = options->replay.strict || options->grows;
    clock_copy(&r->clock, &options->clock);
    r->faults = options->faults;
    r->replay = replay_new(recording, &r->options.replay);
    if (options->grows)
        r->growth = growth_new(options->grows, &r->options.replay);
    r->unknown_keys = json_object();
    r->requests = request_log_new(KEPT_REQUESTS);
    if (options->latency <= 0 && !options->listen.log && !options->listen.cors.count &&
        !options->replay.literal && !options->grows)
        r->cache = answer_cache_new();
    id_seed(&r->random, options->replay.seed + 1); /* the replay has that one's */
    return r;
}

struct replayer *replayer_start(const struct recording *recording,
                                const struct replayer_options *options,
                                struct err *err) {
    struct replayer *r = replayer_new(recording, options);
    struct listener_options listen = options->listen;

    listen.threads = 1;
    listen.max_head = head_room(recording);
    listen.handle = handle;
    listen.decode_bodies = true;
    listen.refused = own_refusal;
    listen.context = r;
    r->listener = listener_start(&listen, err);
    if (r->listener)
        return r;
    replayer_stop(r, 0, NULL);
    return NULL;
}

const char *replayer_url(const struct replayer *r) {
    return listener_url(r->listener);
}

void replayer_stop(struct replayer *r, int64_t bound_ms,
                   struct replayer_counts *counts) {
    if (r->listener)
        listener_stop(r->listener, bound_ms);
    if (counts) {
        *counts =
            (struct replayer_counts){.ran = true,
                                     .faults = r->spoilt,
                                     .forwarded = r->forwarded,
                                     .unknown_keys = json_object_size(r->unknown_keys)};
        memcpy(counts->labels, r->labels, sizeof(counts->labels));
    }
    answer_cache_free(r->cache);
    faults_free(r->own_faults);
    replay_free(r->replay);
    growth_free(r->growth);
    request_log_free(r->requests);
    json_decref(r->unknown_keys);
    free(r);
}

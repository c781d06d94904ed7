/* A recorded answer comes in. The same goes out with ids, names, times and payloads as
 * they are here. */
#include "replay/render.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/epoch.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/timestamp.h"
#include "recording/embedded_ids.h"
#include "recording/redact/redactor.h"
#include "replay/rendering.h"
#include "replay/text/json_splice.h"

/* --- values --- */

static bool on_number(void *context, const json_t *object, const char *key,
                      int64_t value, int64_t *out) {
    if (rendering_is_time(key) ? value < EPOCH_LEAST_S
                               : !rendering_is_near(context, value))
        return false;
    *out = rendering_time(context, object, key, value);
    return true;
}

/* NULL = it is no token that is known. */
static char *payload_here(const struct rendering *g, const json_t *object,
                          const char *value) {
    char *token = redactor_token_bare(value);
    const char *here = rendering_token(g, rendering_binding(g, object), token);
    char *payload = here ? mem_strdup(here) : NULL;

    free(token);
    return payload;
}

static char *on_text(void *context, const json_t *object, const char *key,
                     const char *value) {
    const struct rendering *g = context;
    const struct resource_pair *pair;
    char *payload;
    int64_t number;

    if (!key)
        return rendering_text(g, NULL, value);
    if ((pair = rendering_pair(g, value, strcmp(key, "name") == 0)))
        return mem_strdup(pair->here);
    if (strcmp(key, "name") == 0)
        return rendering_name(g, value);
    if (strcmp(key, "user") == 0)
        return rendering_user(g, value);
    if (strcmp(key, "id") == 0 && *value && !g->q->pairs)
        return mem_strdup(session_id_here(&g->q->r->sessions, g->q->session,
                                          rendering_binding(g, object),
                                          rendering_id(g, value)));
    if (strcmp(key, "payload") == 0 && (payload = payload_here(g, object, value)))
        return payload;
    if (rendering_is_time(key) && str_to_int(value, strlen(value), &number) &&
        number > EPOCH_LEAST_S)
        return mem_printf("%lld", (long long)rendering_time(g, object, key, number));
    if (timestamp_is(value, &number) && rendering_is_near(g, number))
        return timestamp_like(value, strlen(value),
                              rendering_time(g, object, key, number));
    return strcmp(key, "url") == 0 ? rendering_link(g, value)
                                   : rendering_text(g, object, value);
}

/* Words of the API itself never change. */
static bool may_change(const char *key, const json_t *value) {
    static const char *const fixed[] = {"object", "type", "code", "param"};

    if (json_is_real(value))
        return json_real_value(value) >= (double)EPOCH_LEAST_S;
    if (json_is_integer(value))
        return rendering_is_time(key) || json_integer_value(value) >= EPOCH_LEAST_S;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (strcmp(key, fixed[i]) == 0)
            return false;
    return true;
}

/* --- the whole answer --- */

static void begin_rendering(struct rendering *g, struct replay_request *q,
                            const struct interaction *t) {
    const char *id = http_headers_get(&t->x->response.headers, "Request-Id");

    *g = (struct rendering){.q = q,
                            .t = t,
                            .history = &q->r->histories->items[t->history],
                            .own = q->session->history == t->history};
    if (q->shown) {
        g->shown = jsonx_body(&q->shown->x->response);
        g->stands =
            jsonx_body(&q->r->histories->interactions[q->name->effect].x->response);
    }
    /* an id that was answered twice stays what it is */
    if (id &&
        json_integer_value(json_object_get(q->r->histories->request_ids, id)) <= 1) {
        g->request_id_there = mem_strdup(id);
        g->request_id_here = session_new_id(&q->r->sessions, id);
    }
}

/* They speak of HTTP, whatever the names are. */
static bool speaks_of_http(const char *name) {
    static const char *const names[] = {"Content-Type",
                                        "Cache-Control",
                                        "Server",
                                        "Vary",
                                        "Connection",
                                        "Pragma",
                                        "WWW-Authenticate",
                                        "Allow",
                                        "Accept",
                                        "Accept-Ranges",
                                        "ETag",
                                        "Via"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal_nocase(name, names[i]))
            return true;
    return strncasecmp(name, "Access-Control-", 15) == 0 ||
           strncasecmp(name, "X-Content-", 10) == 0;
}

static void add_header(const struct rendering *g, const struct http_header *h,
                       struct http_response *out) {
    char date[30], *text;
    int64_t there;

    if (str_equal_nocase(h->name, "Content-Encoding"))
        return;
    if (str_equal_nocase(h->name, "Date")) {
        http_date_format(g->q->now, date);
        http_headers_add(&out->headers, h->name, date);
    } else if ((str_equal_nocase(h->name, "Expires") ||
                str_equal_nocase(h->name, "Last-Modified")) &&
               http_date_parse(h->value, &there)) {
        http_date_format(there + g->q->now - g->t->now, date);
        http_headers_add(&out->headers, h->name, date);
    } else if (str_equal_nocase(h->name, "Idempotency-Key") && g->q->key.idempotency) {
        http_headers_add(&out->headers, h->name, g->q->key.idempotency);
    } else if (str_equal_nocase(h->name, "Original-Request")) {
        /* the first answer of its idempotency key had that request id here */
        text = mem_strdup(
            session_id_here(&g->q->r->sessions, g->q->session, NULL, h->value));
        http_headers_add(&out->headers, h->name, text);
        free(text);
    } else if (speaks_of_http(h->name)) {
        http_headers_add(&out->headers, h->name, h->value);
    } else {
        text = rendering_text(g, NULL, h->value);
        http_headers_add(&out->headers, h->name, text);
        free(text);
    }
}

static void add_headers(const struct rendering *g, struct http_response *out) {
    const struct http_headers *h = &g->t->x->response.headers;

    for (size_t i = 0; i < h->count; i++)
        add_header(g, &h->items[i], out);
}

/* The ids that are others here, before the texts that have them are written. */
static void find_renamed(struct rendering *g, const json_t *body) {
    const json_t *object;

    for (size_t n = 0; (object = embedded_ids_object(body, n)); n++) {
        const char *there = jsonx_string(object, "id", ""),
                   *here = *there ? session_id_here(&g->q->r->sessions, g->q->session,
                                                    rendering_binding(g, object),
                                                    rendering_id(g, there))
                                  : there;

        if (strcmp(there, here) == 0)
            continue;
        g->renamed = mem_grow(g->renamed, g->renamed_count + 1, sizeof(*g->renamed));
        g->renamed[g->renamed_count].there = there;
        g->renamed[g->renamed_count++].here = here;
    }
}

static void end_rendering(struct rendering *g) {
    json_decref(g->shown);
    json_decref(g->stands);
    free(g->renamed);
    free(g->request_id_there);
    free(g->request_id_here);
}

static bool header_shows_id(const struct http_response *r, const json_t *body) {
    const json_t *object;

    for (size_t n = 0; (object = embedded_ids_object(body, n)); n++) {
        const char *id = jsonx_string(object, "id", "");

        for (size_t i = 0; *id && i < r->headers.count; i++)
            if (strstr(r->headers.items[i].value, id))
                return true;
    }
    return false;
}

static const struct render_plan *plan_of(struct replay_request *q,
                                         const struct interaction *t) {
    struct render_plan *plan = &q->r->plans[t - q->r->histories->interactions];
    const struct http_response *there = &t->x->response;

    if (plan->splice || !there->body || !there->body_len)
        return plan;
    plan->splice = json_splice_new(there->body, there->body_len, may_change);
    plan->linked = embedded_ids_any(json_splice_root(plan->splice)) ||
                   header_shows_id(there, json_splice_root(plan->splice));
    return plan;
}

void render_headers(struct replay_request *q, const struct interaction *t,
                    struct http_response *response) {
    struct rendering g;

    begin_rendering(&g, q, t);
    add_headers(&g, response);
    end_rendering(&g);
}

/* Does another place than the Request-Id header show it? */
static bool shows_elsewhere(const struct http_response *r, const char *request_id) {
    for (size_t i = 0; i < r->headers.count; i++)
        if (!str_equal_nocase(r->headers.items[i].name, "Request-Id") &&
            strstr(r->headers.items[i].value, request_id))
            return true;
    return r->body_len && memmem(r->body, r->body_len, request_id, strlen(request_id));
}

void render(struct replay_request *q, const struct interaction *t,
            struct replay_answer *answer) {
    const struct render_plan *plan = plan_of(q, t);
    const struct http_response *there = &t->x->response;
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    struct rendering g;
    struct json_splice_values w = {&g, on_text, on_number, redactor_token_number};
    size_t len;
    char *text;

    begin_rendering(&g, q, t);
    if (plan->linked && !q->pairs)
        find_renamed(&g, json_splice_root(plan->splice));
    answer->response.status = there->status;
    add_headers(&g, &answer->response);
    if (plan->splice)
        json_splice_run(plan->splice, &w, &body);
    text = buf_take(&body, &len);
    http_response_body_take(&answer->response, text, len);
    answer->new_id = g.request_id_here != NULL;
    if (answer->new_id && shows_elsewhere(&answer->response, g.request_id_here))
        answer->lasting = false;
    answer->chunked = t->x->chunked;
    answer->exchange = t->x->number;
    answer->recorded_us = t->x->ended_us - t->x->began_us;
    end_rendering(&g);
}

/* Requests come in. The answers of the model go out. */
#include "proxy/model_server.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "proxy/admin.h"
#include "proxy/begin_state.h"
#include "proxy/request_log.h"

enum { KEPT_REQUESTS = 1000 };

struct model_server {
    struct request_log *requests;
    struct model *model;
    struct clock clock;
    const char *main_key;
    struct listener *listener;
    pthread_mutex_t lock;
};

/* --- /_assay/ --- */

static void do_clock(void *server, const struct arrival *a,
                     struct http_response *answer) {
    struct model_server *s = server;

    admin_clock(&s->clock, a->request, answer);
}

static void do_reset(void *server, const struct arrival *a,
                     struct http_response *answer) {
    struct model_server *s = server;
    struct admin_scope scope;
    char *key;
    bool known = true;

    if (!admin_scope_read(a->request, &scope, answer))
        return;
    key = http_credential(&a->request->headers, NULL);
    pthread_mutex_lock(&s->lock);
    if (scope.named) {
        known = !key || model_knows_key(s->model, key);
        model_reset_scope(s->model, key, scope.user);
    } else {
        model_reset(s->model);
        request_log_clear(s->requests);
        clock_restart(&s->clock);
    }
    pthread_mutex_unlock(&s->lock);
    if (known)
        admin_json(answer, 200, json_pack("{s:b}", "reset", 1));
    else
        admin_error(answer, 400, "scope", "nobody knows the key of this request");
    free(key);
    admin_scope_release(&scope);
}

static void set_secret(void *server, const char *key, const char *form,
                       struct http_response *answer) {
    struct model_server *s = server;
    struct http_request set = {0};

    pthread_mutex_lock(&s->lock);
    model_set_request(&set, model_rules(s->model), key ? key : s->main_key, form);
    model_answer(s->model, &set, clock_now_ms(&s->clock), answer);
    pthread_mutex_unlock(&s->lock);
    http_request_release(&set);
}

static void do_secrets(void *server, const struct arrival *a,
                       struct http_response *answer) {
    begin_state(a, NULL, set_secret, server, answer);
}

static void do_page(void *server, const struct arrival *a,
                    struct http_response *answer) {
    (void)server, (void)a;
    admin_page(answer);
}

static void do_requests(void *server, const struct arrival *a,
                        struct http_response *answer) {
    struct model_server *s = server;

    pthread_mutex_lock(&s->lock);
    admin_json(answer, 200,
               request_log_document(s->requests, "serve", false,
                                    request_log_since(a->request)));
    pthread_mutex_unlock(&s->lock);
}

static void answer_admin(struct model_server *s, const struct arrival *a,
                         struct http_response *answer) {
    static const struct admin_route routes[] = {
        {"GET", "/_assay/", do_page},
        {"GET", "/_assay", do_page},
        {"GET", "/_assay/requests", do_requests},
        {"GET", "/_assay/clock", do_clock},
        {"POST", "/_assay/clock", do_clock},
        {"POST", "/_assay/reset", do_reset},
        {"POST", "/_assay/secrets", do_secrets},
    };
    const struct admin admin = {routes, ARRAY_LEN(routes), NULL, s};

    admin_answer(&admin, a, answer);
}

/* --- the API --- */

static void note(struct model_server *s, const struct arrival *a,
                 const struct http_response *answer) {
    const struct request_line line = {.at_ms = clock_now_ms(&s->clock),
                                      .method = a->request->method,
                                      .target = a->request->target,
                                      .label = "model",
                                      .status = answer->status,
                                      .us = clock_steady_us() - a->began_us,
                                      .request = a->request,
                                      .answer = answer};

    request_log_add(s->requests, &line);
}

static void handle(void *context, struct arrival *a) {
    struct model_server *s = context;
    const struct model_rules *rules = model_rules(s->model);
    struct http_response answer = {0};
    unsigned style = 0;

    if (admin_target(a->request->target)) {
        answer_admin(s, a, &answer);
        listener_answer(a, &answer, 0);
        return;
    }
    pthread_mutex_lock(&s->lock);
    model_answer(s->model, a->request, clock_now_ms(&s->clock), &answer);
    note(s, a, &answer);
    pthread_mutex_unlock(&s->lock);
    style |= rules->http_chunked ? ANSWER_CHUNKED : 0;
    style |= rules->http_close ? ANSWER_CLOSE : 0;
    if (rules->http_slow_ms)
        listener_answer_after(a, &answer, style, rules->http_slow_ms);
    else
        listener_answer(a, &answer, style);
}

struct model_server *model_server_start(struct model *model,
                                        const struct model_server_options *options,
                                        struct err *err) {
    struct model_server *s = mem_new(1, sizeof(*s));
    struct listener_options listen = options->listen;

    listen.threads = 2;
    listen.handle = handle;
    listen.decode_bodies = true;
    listen.context = s;
    s->model = model;
    s->requests = request_log_new(KEPT_REQUESTS);
    s->main_key = options->main_key;
    clock_copy(&s->clock, &options->clock);
    pthread_mutex_init(&s->lock, NULL);
    s->listener = listener_start(&listen, err);
    if (!s->listener) {
        model_server_stop(s, 0);
        return NULL;
    }
    return s;
}

const char *model_server_url(const struct model_server *s) {
    return listener_url(s->listener);
}

void model_server_stop(struct model_server *s, int64_t bound_ms) {
    if (s->listener)
        listener_stop(s->listener, bound_ms);
    pthread_mutex_destroy(&s->lock);
    request_log_free(s->requests);
    model_free(s->model);
    free(s);
}

#include "proxy/model_server.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "proxy/admin.h"

struct model_server {
    struct model *model;
    struct clock clock;
    struct listener *listener;
    pthread_mutex_t lock;
};

static void answer_admin(struct model_server *s, const struct arrival *a,
                         struct http_response *answer) {
    const char *path = a->request->target;
    bool post = strcmp(a->request->method, "POST") == 0;

    if (!admin_is_local(a->request, a->loopback)) {
        admin_error(answer, 403, "not_local",
                    "/_assay/ answers on the loopback only, by that name");
    } else if (strcmp(path, "/_assay/clock") == 0) {
        admin_clock(&s->clock, a->request, answer);
    } else if (strcmp(path, "/_assay/reset") == 0 && post) {
        pthread_mutex_lock(&s->lock);
        model_reset(s->model);
        pthread_mutex_unlock(&s->lock);
        admin_json(answer, 200, json_pack("{s:b}", "reset", 1));
    } else {
        admin_error(answer, 404, "not_found",
                    "there are /_assay/clock and, by POST, /_assay/reset");
    }
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
    struct listener_options listen = {.address = options->address,
                                      .threads = 2,
                                      .max_body = options->max_body,
                                      .handle = handle,
                                      .log = options->log,
                                      .context = s};

    s->model = model;
    s->clock.frozen = options->clock.frozen;
    atomic_store(&s->clock.base_ms, atomic_load(&options->clock.base_ms));
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
    model_free(s->model);
    free(s);
}

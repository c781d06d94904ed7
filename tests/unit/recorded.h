/*
 * recorded.h - recordings made in memory, for tests of what reads them.
 *
 *     struct recording r = {0};
 *     record_set(&r, 1, "a", "payload:1", "id_a", 0);    at second 1
 *     record_find(&r, 2, "a", "id_a", 0);
 *
 * All is of the user `alice` and the key of main, a second an exchange unless times are given.
 */
#ifndef ASSAY_TESTS_UNIT_RECORDED_H
#define ASSAY_TESTS_UNIT_RECORDED_H

#include <stdio.h>
#include <string.h>

#include "core/base.h"
#include "core/mem.h"
#include "recording/recording.h"

enum { EPOCH_S = 1790000000 };

static inline struct recorded *record_exchange(struct recording *r, const char *method,
                                               const char *target, const char *form,
                                               int status, const char *body,
                                               int64_t began_s) {
    struct recorded *x = recording_add(r);

    r->started_ms = (int64_t)EPOCH_S * 1000;
    x->outcome = OUTCOME_ANSWERED;
    x->began_us = began_s * 1000000;
    x->ended_us = began_s * 1000000 + 1000;
    http_request_set(&x->request, method, target);
    http_headers_add(&x->request.headers, "Authorization", "Bearer key:main");
    if (form) {
        http_headers_add(&x->request.headers, "Content-Type",
                         "application/x-www-form-urlencoded");
        http_request_body(&x->request, form, strlen(form));
    }
    x->response.status = status;
    http_headers_add(&x->response.headers, "Content-Type", "application/json");
    http_response_body(&x->response, body, strlen(body));
    return x;
}

static inline char *secret_text(const char *name, const char *id, int64_t at_s) {
    return mem_printf(
        "{\"id\": \"%s\", \"object\": \"apps.secret\", \"created\": %lld, "
        "\"expires_at\": null, \"livemode\": false, \"name\": \"%s\", "
        "\"scope\": {\"type\": \"user\", \"user\": \"alice\"}}",
        id, (long long)EPOCH_S + (long long)at_s, name);
}

static inline struct recorded *record_set(struct recording *r, int64_t at_s,
                                          const char *name, const char *payload,
                                          const char *id, int64_t created_s) {
    char *form = mem_printf("scope[type]=user&scope[user]=alice&name=%s&payload=%s",
                            name, payload),
         *body = secret_text(name, id, created_s ? created_s : at_s);
    struct recorded *x =
        record_exchange(r, "POST", "/v1/apps/secrets", form, 200, body, at_s);

    free(form);
    free(body);
    return x;
}

static inline struct recorded *record_find(struct recording *r, int64_t at_s,
                                           const char *name, const char *id,
                                           int64_t created_s) {
    char *target = mem_printf("/v1/apps/secrets/find?scope[type]=user&scope[user]=alice"
                              "&name=%s",
                              name),
         *body =
             id ? secret_text(name, id, created_s)
                : mem_strdup("{\"error\": {\"type\": \"invalid_request_error\", "
                             "\"code\": \"resource_missing\", \"message\": \"none\"}}");
    struct recorded *x =
        record_exchange(r, "GET", target, NULL, id ? 200 : 404, body, at_s);

    free(target);
    free(body);
    return x;
}

/* `names` in the order of the list; the id of NAME is id_NAME. */
static inline struct recorded *record_list(struct recording *r, int64_t at_s,
                                           const char *const *names, size_t count) {
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    struct recorded *x;

    buf_adds(&body, "{\"object\": \"list\", \"url\": \"/v1/apps/secrets\", "
                    "\"has_more\": false, \"data\": [");
    for (size_t i = 0; i < count; i++) {
        char *id = mem_printf("id_%s", names[i]), *text = secret_text(names[i], id, 1);

        buf_addf(&body, "%s%s", i ? ", " : "", text);
        free(text);
        free(id);
    }
    buf_adds(&body, "]}");
    x = record_exchange(r, "GET", "/v1/apps/secrets?scope[type]=user&scope[user]=alice",
                        NULL, 200, body.ptr, at_s);
    buf_release(&body);
    return x;
}

#endif

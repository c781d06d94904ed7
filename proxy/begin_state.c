/* In: a request that lists secrets. Out: each of them set, and their ids; or which one
 * cannot be, and why. */
#include "proxy/begin_state.h"

#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/admin.h"

enum { MAX_SECRETS = 10000, MAX_PAIRS = 16, MAX_DEPTH = 8 };

struct beginning {
    begin_state_set *set;
    void *server;
    char *key; /* of the request, or NULL */
    json_t *made;
    struct http_response *answer;
};

static bool wrong(struct beginning *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

static bool wrong(struct beginning *b, const char *fmt, ...) {
    struct buf text = BUF_INIT(4096);
    va_list args;

    va_start(args, fmt);
    buf_vaddf(&text, fmt, args);
    va_end(args);
    admin_error(b->answer, 400, "secrets", text.ptr);
    buf_release(&text);
    return false;
}

static bool is_member(const char *name) {
    static const char *const names[] = {"name", "payload", "scope", "expires_at",
                                        "key"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The form of the set that makes it; NULL after telling what is wrong. free(). */
static char *form_of(struct beginning *b, const json_t *secret, size_t index) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct form form = {0};
    const char *member;
    json_t *value, *rest;

    if (!json_is_object(secret))
        return wrong(b, "secrets[%zu]: expected an object", index), NULL;
    json_object_foreach((json_t *)(uintptr_t)secret, member, value) {
        if (!is_member(member))
            return wrong(b,
                         "secrets[%zu]: unknown member \"%.60s\"; there are name, "
                         "payload, scope, expires_at and key",
                         index, member),
                   NULL;
    }
    rest = json_copy((json_t *)(uintptr_t)secret);
    json_object_del(rest, "key");
    if (json_is_null(json_object_get(rest, "expires_at")))
        json_object_del(rest, "expires_at");
    form_from_json(&form, rest, 0);
    form_write(&text, &form, 0);
    form_release(&form);
    json_decref(rest);
    return buf_take(&text, NULL);
}

static bool set_one(struct beginning *b, const char *form, const char *key,
                    size_t index) {
    struct http_response answer = {0};
    json_t *body;
    bool ok;

    b->set(b->server, key ? key : b->key, form, &answer);
    body = jsonx_load(answer.body, answer.body_len, MAX_DEPTH, NULL);
    ok = answer.status / 100 == 2;
    if (ok)
        json_array_append_new(b->made, json_pack("{s:O?, s:O?, s:O?}", "id",
                                                 json_object_get(body, "id"), "name",
                                                 json_object_get(body, "name"), "scope",
                                                 json_object_get(body, "scope")));
    else
        wrong(b, "secrets[%zu]: refused with %d: %.300s", index, answer.status,
              jsonx_string(json_object_get(body, "error"), "message", "no message"));
    json_decref(body);
    http_response_release(&answer);
    return ok;
}

static bool set_all(struct beginning *b, const json_t *list) {
    bool ok = json_array_size(list) <= MAX_SECRETS;

    if (!ok)
        wrong(b, "more than %d secrets", MAX_SECRETS);
    for (size_t i = 0; i < json_array_size(list) && ok; i++) {
        const json_t *secret = json_array_get(list, i);
        char *form = form_of(b, secret, i);

        ok = form && set_one(b, form, jsonx_string(secret, "key", NULL), i);
        free(form);
    }
    return ok;
}

static bool read_json(struct beginning *b, const struct http_request *q) {
    struct err err = {0};
    json_t *body = jsonx_load(q->body, q->body_len, MAX_DEPTH, &err);
    const json_t *list = json_is_object(body) ? json_object_get(body, "secrets") : body;
    bool ok;

    if (!body)
        ok = wrong(b, "this is not JSON: %.200s", err.text);
    else if (!json_is_array(list))
        ok = wrong(b,
                   "expected {\"secrets\": [{\"name\", \"payload\", \"scope\"}, ..]}, "
                   "or the list alone");
    else
        ok = set_all(b, list);
    json_decref(body);
    return ok;
}

void begin_state(const struct arrival *a, const char *token, begin_state_set *set,
                 void *server, struct http_response *answer) {
    struct beginning b = {.set = set,
                          .server = server,
                          .key = http_credential(&a->request->headers, NULL),
                          .made = json_array(),
                          .answer = answer};
    const char *body = a->request->body;
    size_t blank = body ? strspn(body, " \t\r\n") : 0;
    bool ok;

    if (b.key && token && strcmp(b.key, token) == 0) {
        free(b.key);
        b.key = NULL;
    }
    if (!body)
        ok = wrong(&b, "expected {\"secrets\": [..]}, or the form of one set");
    else if (body[blank] == '{' || body[blank] == '[')
        ok = read_json(&b, a->request);
    else
        ok = set_one(&b, body, NULL, 0);
    if (ok)
        admin_json(answer, 200, json_pack("{s:O}", "secrets", b.made));
    json_decref(b.made);
    free(b.key);
}

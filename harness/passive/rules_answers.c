/* Every answer comes in. What must hold for all of them goes out: JSON, its media type,
 * error envelopes, request ids. */
#include <string.h>

#include "core/jsonx.h"
#include "core/media_type.h"
#include "harness/passive/rule.h"

/* 501 is right for a method that the server does not know (RFC 9110 section 15.6.2). */
static void no_crash(struct rule_context *k) {
    const char *method = k->t->x->request.method;
    bool odd = strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0;
    int status = k->t->x->response.status;

    rule_expect_status(k, status < 500 || (odd && status == 501), "no 5xx");
}

static void envelope(struct rule_context *k) {
    const json_t *error = json_object_get(k->body, "error");

    if (k->t->x->response.status < 400 || strcmp(k->t->x->request.method, "HEAD") == 0)
        return;
    if (k->t->key.op == API_OTHER && !k->body)
        return; /* who refuses a malformed path may be a proxy in front */
    rule_expect(k, json_is_object(error), "/body/error", "an object", error);
    rule_expect(k, json_is_string(json_object_get(error, "type")), "/body/error/type",
                "a string", json_object_get(error, "type"));
    rule_expect(k, json_is_string(json_object_get(error, "message")),
                "/body/error/message", "a string", json_object_get(error, "message"));
}

static void no_key(struct rule_context *k) {
    if (!http_headers_get(&k->t->x->request.headers, "Authorization") &&
        k->t->key.op != API_OTHER)
        rule_expect_status(k, k->t->x->response.status == 401, "401: there was no key");
}

static void is_json(struct rule_context *k) {
    const char *type = http_headers_get(&k->t->x->response.headers, "Content-Type");
    json_t *shown = jsonx_text(type ? type : "", strlen(type ? type : ""));

    if (k->t->key.op != API_OTHER && k->t->x->response.body_len)
        rule_expect(k, type && media_type_is_utf8(type, "application/json") && k->body,
                    "/headers", "application/json in UTF-8", shown);
    json_decref(shown);
}

static const struct rule rules[] = {
    {"no-key", "AUTH-1", "a request without a key is 401", no_key},
    {"envelope", "ERR-1", "every error has the envelope", envelope},
    {"no-5xx", "ERR-5", "no request gets a 5xx", no_crash},
    {"json", "PROTO-3", "answers are JSON and say so", is_json},
};

const struct rules passive_answers = {rules, ARRAY_LEN(rules)};

#include "check.h"

#include <stdlib.h>

#include "core/mem.h"
#include "recording/history/request_key.h"
#include "recording/redact/redactor.h"

static struct http_request request_of(const char *type, const char *body) {
    struct http_request q = {0};

    http_request_set(&q, "POST", "/v1/apps/secrets");
    if (type)
        http_headers_add(&q.headers, "Content-Type", type);
    http_request_body(&q, body, strlen(body));
    return q;
}

/* However a body is written, the field is found in it. */
static void payloads_are_found_in_any_body(void) {
    static const char form[] = "application/x-www-form-urlencoded",
                      multipart[] = "multipart/form-data; boundary=b";
    static const struct {
        const char *type, *body, *want;
    } cases[] = {
        {form, "name=a&payload=s3cr3t", "name=a&payload=payload:1"},
        {form, "PAYLOAD=s3cr3t&name=a", "PAYLOAD=payload:1&name=a"},
        {form, "+payload=s3cr3t", "+payload=payload:1"},
        {form, "payload%5B%5D=s3cr3t", "payload%5B%5D=payload:1"},
        {form, "name=a;payload=s3cr3t", "name=a;payload=payload:1"},
        {form, "name=a&payload%3Ds3cr3t", "name=a&payload%3Dpayload:1"},
        {form, "name=a\npayload=s3cr3t", "name=a\npayload=payload:1"},
        {form, "payload: s3cr3t", "payload: payload:1"},
        {form, "<r><payload>s3cr3t</payload></r>",
         "<r><payload>payload:1</payload></r>"},
        {form, "api_key=s3cr3t&limit=3", "api_key=credential:1&limit=3"},
        {form, "accessToken=s3cr3t&x-api-key=s3cr3t",
         "accessToken=credential:1&x-api-key=credential:1"},
        {form, "<a><ns:payload>s3cr3t</ns:payload></a>",
         "<a><ns:payload>payload:1</ns:payload></a>"},
        {"application/json", "{/* */\"payload\": \"s3cr3t\"}",
         "{/* */\"payload\": \"payload:1\"}"},
        {"application/json", "{\"log\": \"{\\\"payload\\\": \\\"s3cr3t\\\"}\"}",
         "{\"log\": \"{\\\"payload\\\": \\\"payload:1\\\"}\"}"},
        {"application/json", "{\"Payload\": \"s3cr3t\"}",
         "{\"Payload\": \"payload:1\"}"},
        {"application/json", "{'payload': 's3cr3t'}", "{'payload': 'payload:1'}"},
        {"application/json", "{payload: s3cr3t}", "{payload: payload:1}"},
        {"application/json", "\xef\xbb\xbf{\"payload\": \"s3cr3t\"}",
         "\xef\xbb\xbf{\"payload\": \"payload:1\"}"},
        {"application/json", "\"{\\\"payload\\\": \\\"s3cr3t\\\"}\"",
         "\"{\\\"payload\\\": \\\"payload:1\\\"}\""},
        {"text/javascript", "cb({\"payload\": \"s3c\\u0072\"});",
         "cb({\"payload\": \"payload:1\"});"},
        {"text/event-stream", "data: {\"payload\": \"s3cr3t\"}\n\n",
         "data: {\"payload\": \"payload:1\"}\n\n"},
        {"text/html", "<input name=\"payload\" value=\"s3cr3t\">",
         "<input name=\"payload\" value=\"payload:1\">"},
        {NULL,
         "--b\r\nContent-Disposition: form-data; "
         "name=\"payload\"\r\n\r\ns3cr3t\r\n--b--",
         "--b\r\nContent-Disposition: form-data; "
         "name=\"payload\"\r\n\r\npayload:1\r\n--b--"},
        {multipart,
         "--b\nContent-Disposition: form-data; filename=x; NAME = "
         "payload\n\ns3\n--cr3t\n--b--",
         "--b\nContent-Disposition: form-data; filename=x; NAME = "
         "payload\n\npayload:1\n--b--"},
        {multipart,
         "--b\r\nContent-Disposition: form-data; "
         "name*=utf-8''payload\r\n\r\ns3cr3t\r\n--b--",
         "--b\r\nContent-Disposition: form-data; "
         "name*=utf-8''payload\r\n\r\npayload:1\r\n--b--"},
        /* and what is none stays */
        {form, "name=my-payload&limit=ten", "name=my-payload&limit=ten"},
        {"text/plain", "The payload: is too long", "The payload: is too long"},
        {"text/plain", "payload:1 is too long", "payload:1 is too long"},
        {"application/json", "{\"error\": {\"message\": \"payload: too long\"}}",
         "{\"error\": {\"message\": \"payload: too long\"}}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct redactor *r = redactor_new();
        struct http_request q = request_of(cases[i].type, cases[i].body);

        redactor_request(r, &q);
        CHECK_STR(cases[i].body, q.body, cases[i].want);
        http_request_release(&q);
        redactor_free(r);
    }
}

/* A text of unknown make: dumps, markup, tables, errors of databases, binary formats. */
static void payloads_are_found_in_any_text(void) {
    static const struct {
        const char *body, *want;
    } cases[] = {
        {"panic: {Name:x Payload:s3cr3t here Scope:account}",
         "panic: {Name:x Payload:payload:1 Scope:account}"},
        {"array(1) { [\"payload\"]=> string(6) \"s3cr3t\" }",
         "array(1) { [\"payload\"]=> string(6) \"payload:1\" }"},
        {"Array ( [payload] => s3cr3t\n )", "Array ( [payload] => payload:1\n )"},
        {"name: a\npayload: |-\n  s3cr3t\n  more\nlast: 1\n",
         "name: a\npayload: |-\n  payload:1\nlast: 1\n"},
        {"<s><payload><![CDATA[s3cr3t]]></payload></s>",
         "<s><payload><![CDATA[payload:1]]></payload></s>"},
        {"<key>payload</key>\n<string>s3cr3t</string>",
         "<key>payload</key>\n<string>payload:1</string>"},
        {"<tr><th>payload</th><td>s3cr3t</td></tr>",
         "<tr><th>payload</th><td>payload:1</td></tr>"},
        {"Key (payload)=(s3cr3t) already exists.",
         "Key (payload)=(payload:1) already exists."},
        {"INSERT INTO t (name, payload) VALUES ('a', 's3cr3t one')",
         "INSERT INTO t (name, payload) VALUES ('a', 'payload:1')"},
        {"Duplicate entry 's3cr3t' for key 'payload'",
         "Duplicate entry 'payload:1' for key 'payload'"},
        {"name,payload\na,s3cr3t\nb,\"s3c,r3t\"\n",
         "name,payload\na,payload:1\nb,\"payload:2\"\n"},
        {"/* payload: s3cr3t one */", "/* payload: payload:1"},
        {"\x81\xa7payload\xa6s3cr3t", "\x81\xa7payload\xa6payload:1"},
        {"# x\npayload = \"\"\"\ns3cr3t\n\"\"\"\n",
         "# x\npayload = \"\"\"\npayload:1\n\"\"\"\n"},
        {"mysql --password s3cr3t-1 db", "mysql --password credential:1 db"},
        {"curl -u 'a:s3cr3t-1' https://h/x", "curl -u 'a:credential:1' https://h/x"},
        {"{\"name\": \"DB_PASSWORD\", \"value\": \"s3cr3t\"}",
         "{\"name\": \"DB_PASSWORD\", \"value\": \"credential:1\"}"},
        {"{:name=>\"a\", :password=>\"s3cr3t-1\"}",
         "{:name=>\"a\", :password=>\"credential:1\"}"},
        {"{payload: s3cr3t}", "{payload: payload:1}"},
        {"{\"payload\": {\"s3cr3t one\": true}}",
         "{\"payload\": {\"payload:1\": true}}"},
        /* and what is none stays */
        {"The parameter 'payload' must not be longer than '5000' characters",
         "The parameter 'payload' must not be longer than '5000' characters"},
        {"<code>payload</code> is required", "<code>payload</code> is required"},
        {"name,type\na,account\n", "name,type\na,account\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct redactor *r = redactor_new();
        struct http_request q = request_of("text/plain", cases[i].body);

        redactor_request(r, &q);
        CHECK_STR(cases[i].body, q.body, cases[i].want);
        redactor_free(r);
        r = redactor_new(); /* as a reader who knows none of it: nothing more is found */
        redactor_request(r, &q);
        CHECK_STR(cases[i].want, q.body, cases[i].want);
        http_request_release(&q);
        redactor_free(r);
    }
}

/* What a message quotes beside the word is no secret if it is the name of something. */
static void a_guess_is_no_name(void) {
    static const char answer[] = "No payload under 'db-2-main', not 'x9-Qm4-zork'";
    struct redactor *r = redactor_new();
    struct http_request q = request_of(NULL, "name=db-2-main&payload=s3cr3t-one");
    struct http_response a = {.status = 404};

    redactor_request(r, &q);
    http_response_body(&a, answer, sizeof(answer) - 1);
    redactor_response(r, &a);
    CHECK_STR("answer", a.body, "No payload under 'db-2-main', not 'payload:2'");
    http_request_release(&q);
    http_response_release(&a);
    redactor_free(r);
}

/* A payload must not break what has nothing to do with it. */
static void the_rest_stays_as_it_is(void) {
    static const char answer[] =
        "{\"created\": 1795507011, \"n\": 20262026, "
        "\"deleted\": true, \"scope\": {\"type\": \"account\"}}";
    static const char *const payloads[] = {
        "a",   "1795",     "acco",    "true",        "2026",
        "unt", "17955070", "account", "application", "ACCOUNT",
    };

    for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
        struct redactor *r = redactor_new();
        char body[100];
        struct http_request q;
        struct http_response a = {.status = 200};

        snprintf(body, sizeof(body), "scope[type]=account&payload=%s", payloads[i]);
        q = request_of(NULL, body);
        redactor_request(r, &q);
        CHECK_STR(body, q.body, "scope[type]=account&payload=payload:1");
        http_response_body(&a, answer, sizeof(answer) - 1);
        redactor_response(r, &a);
        CHECK_STR(payloads[i], a.body, answer);
        http_request_release(&q);
        http_response_release(&a);
        redactor_free(r);
    }
}

/* A payload with fields in it is one secret, not only what is in the fields. */
static void payloads_with_fields_are_one(void) {
    static const struct {
        const char *body, *answer, *want;
    } cases[] = {
        {"payload={\"password\": \"hunter-22\", \"account\": 99}",
         "No: {\"password\": \"hunter-22\", \"account\": 99}.", "No: payload:1."},
        {"payload={\"password\": \"hunter-22\", \"account\": 99}",
         "{\"password\": \"hunter-22\", \"account\": 99}", "\"payload:1\""},
        {"payload={\"password\": \"hunter-22\", \"account\": 99}",
         "{\"payload\": \"{\\\"password\\\": \\\"hunter-22\\\", \\\"account\\\": "
         "99}\"}",
         "{\"payload\": \"payload:1\"}"},
        {"payload=password%3Dhunter-22%26host%3Ddb1", "password=hunter-22&host=db1",
         "payload:1"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct redactor *r = redactor_new();
        struct http_request q = request_of(NULL, cases[i].body);
        struct http_response a = {.status = 400};

        redactor_request(r, &q);
        CHECK_STR(cases[i].body, q.body, "payload=payload:1");
        http_response_body(&a, cases[i].answer, strlen(cases[i].answer));
        redactor_response(r, &a);
        CHECK_STR(cases[i].answer, a.body, cases[i].want);
        http_request_release(&q);
        http_response_release(&a);
        redactor_free(r);
    }
}

/* `keep` as a payload is no reason to break `Connection: keep-alive`. */
static void what_http_says_stays(void) {
    static const char *const headers[][2] = {
        {"Connection", "keep-alive"},
        {"Content-Type", "application/json; charset=utf-8"},
        {"Cache-Control", "no-cache, no-store, max-age=0"},
        {"Keep-Alive", "timeout=5, max=100"},
        {"Vary", "Accept-Encoding, Origin"},
    };
    struct redactor *r = redactor_new();
    struct http_request q = request_of(
        NULL,
        "payload=keep&payload=alive&payload=json%3B&payload=Encoding&payload=cache&"
        "payload=store&payload=time&payload=Allowed");
    struct http_response a = {.status = 405};

    redactor_request(r, &q);
    a.reason = mem_strdup("Method Not Allowed");
    for (size_t i = 0; i < ARRAY_LEN(headers); i++)
        http_headers_add(&a.headers, headers[i][0], headers[i][1]);
    http_headers_add(&a.headers, "X-Note", "keep-alive");
    redactor_response(r, &a);
    for (size_t i = 0; i < ARRAY_LEN(headers); i++)
        CHECK_STR(headers[i][0], a.headers.items[i].value, headers[i][1]);
    CHECK_STR("others", a.headers.items[ARRAY_LEN(headers)].value,
              "payload:1-payload:2");
    CHECK_STR("reason", a.reason, "Method Not Allowed");
    http_request_release(&q);
    http_response_release(&a);
    redactor_free(r);
}

/* A header that is secret by its name, and what HTTP itself says. */
static void headers_are_known_by_their_names(void) {
    static const struct {
        const char *name, *value, *want;
    } cases[] = {
        {"X-Authorization", "Bearer s3cr3t-abc", "Bearer key:1"},
        {"Authentication", "s3cr3t-abc", "credential:1"},
        {"X-Auth", "s3cr3t-abc", "credential:1"},
        {"X-Session-Id", "s3cr3t-abc", "credential:1"},
        {"Ocp-Apim-Subscription-Key", "s3cr3t-abc", "credential:1"},
        {"X-Payload", "s3cr3t-abc", "payload:1"},
        {"Idempotency-Key", "first-try-1", "first-try-1"},
        {"Surrogate-Key", "secrets all", "secrets all"},
        {"Content-Type", "application/json", "application/json"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct redactor *r = redactor_new();
        struct http_headers h = {0};

        http_headers_add(&h, cases[i].name, cases[i].value);
        redactor_headers(r, &h);
        CHECK_STR(cases[i].name, h.items[0].value, cases[i].want);
        http_headers_release(&h);
        redactor_free(r);
    }
}

static void a_secret_number_is_one_in_json(void) {
    struct redactor *r = redactor_new();
    struct http_request q = request_of(NULL, "payload=9988776655");
    struct http_response a = {.status = 200};
    static const char answer[] = "{\"x\": [9988776655, 99887766551]}";
    static const char field[] = "{\"payload\": 9988776655}";

    redactor_request(r, &q);
    http_response_body(&a, answer, sizeof(answer) - 1);
    redactor_response(r, &a);
    CHECK_STR("whole", a.body, "{\"x\": [\"payload:1\", 99887766551]}");
    http_response_body(&a, field, sizeof(field) - 1);
    redactor_response(r, &a);
    CHECK_STR("field", a.body, "{\"payload\": \"payload:1 (number)\"}");
    CHECK(redactor_token_number("payload:1 (number)"));
    CHECK(!redactor_token_number("payload:1") && !redactor_token_number("x (number)"));
    http_request_release(&q);
    http_response_release(&a);
    redactor_free(r);
}

static void lines_and_headers_are_swept(void) {
    struct redactor *r = redactor_new();
    struct http_request q = request_of(NULL, "payload=s3cr3t-one");
    struct http_response a = {.status = 400};

    free(*http_owned(&q.target));
    q.target = mem_strdup("/x?key=hunter-22&a=1#payload=s3cr3t-one");
    http_headers_add(&q.headers, "X-Vault-Token", "hunter-33");
    http_headers_add(&q.headers, "Referer", "http://h/x?api_key=hunter-44");
    http_headers_add(&q.headers, "X-sk_test_hunter55", "1");
    redactor_request(r, &q);
    CHECK_STR("target", q.target, "/x?key=credential:3&a=1#payload=payload:1");
    CHECK_STR("token", q.headers.items[0].value, "credential:1");
    CHECK_STR("referer", q.headers.items[1].value, "http://h/x?api_key=credential:2");
    CHECK_STR("name", q.headers.items[2].name, "X-key:1 (test)");
    a.reason = mem_strdup("Bad payload s3cr3t-one");
    http_headers_add(&a.headers, "Set-Cookie", "seen=true; Path=/");
    http_response_body(&a, "{\"deleted\": true}", 17);
    redactor_response(r, &a);
    CHECK_STR("reason", a.reason, "Bad payload payload:1");
    CHECK_STR("a cookie that is a word of JSON", a.body, "{\"deleted\": true}");
    http_request_release(&q);
    http_response_release(&a);
    redactor_free(r);
}

static void cut_secrets_are_none_the_less_secret(void) {
    static const struct {
        const char *name, *answer, *want;
    } cases[] = {
        {"a", "{\"message\": \"bad: s3cr3t-v...\"}",
         "{\"message\": \"bad: [part of a secret]...\"}"},
        {"a", "{\"message\": \"bad: s3cr3t-value-on\"}",
         "{\"message\": \"bad: [part of a secret]\"}"},
        {"a", "bad: s3cr3t-val\xe2\x80\xa6", "bad: [part of a secret]\xe2\x80\xa6"},
        {"s3cr3t-value", "no: s3cr3t-value", "no: s3cr3t-value"},
        {"a", "s3cr3t s3cr3t- s3cr3t-value-ones", "s3cr3t s3cr3t- [part of a secret]s"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct redactor *r = redactor_new();
        char form[100];
        struct http_request q;
        struct http_response a = {.status = 400};

        snprintf(form, sizeof(form), "name=%s&payload=s3cr3t-value-one+is+long",
                 cases[i].name);
        q = request_of(NULL, form);
        redactor_request(r, &q);
        http_response_body(&a, cases[i].answer, strlen(cases[i].answer));
        redactor_response(r, &a);
        CHECK_STR(cases[i].answer, a.body, cases[i].want);
        http_request_release(&q);
        http_response_release(&a);
        redactor_free(r);
    }
}

/* What was redacted is the same request still when a client sends it again. */
static void a_redacted_request_has_the_shape_of_the_sent_one(void) {
    static const struct {
        const char *type, *body;
    } cases[] = {
        {NULL, "name=a&PAYLOAD=s3cr3t-one"},
        {NULL, "name=a&password=s3cr3t-one&key[token]=s3cr3t-two"},
        {"application/json",
         "{\"payload\": \"s3cr3t-one\", \"api_key\": \"s3cr3t-two\"}"},
        {"text/xml", "<payload>s3cr3t-one</payload>"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct redactor *r = redactor_new();
        struct http_request q = request_of(cases[i].type, cases[i].body);
        struct request_key sent = {0}, recorded = {0};

        request_key_read(&sent, &q, NULL, NULL);
        CHECK(redactor_request(r, &q));
        request_key_read(&recorded, &q, NULL, NULL);
        CHECK_STR(cases[i].body, recorded.fingerprint, sent.fingerprint);
        request_key_release(&sent);
        request_key_release(&recorded);
        http_request_release(&q);
        redactor_free(r);
    }
}

int main(void) {
    payloads_are_found_in_any_body();
    payloads_are_found_in_any_text();
    a_guess_is_no_name();
    the_rest_stays_as_it_is();
    payloads_with_fields_are_one();
    headers_are_known_by_their_names();
    what_http_says_stays();
    a_secret_number_is_one_in_json();
    lines_and_headers_are_swept();
    cut_secrets_are_none_the_less_secret();
    a_redacted_request_has_the_shape_of_the_sent_one();
    return check_result();
}

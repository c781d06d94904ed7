/* A request under /_assay/ comes in. Whether it may ask, the clock, and JSON of our own
 * go out. */
#include "proxy/admin.h"

#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/admin_page.h"

bool admin_target(const char *target) {
    return strncmp(target, "/_assay/", 8) == 0 || strcmp(target, "/_assay") == 0;
}

/* Nothing, or a colon and digits: "[::1].evil" is no name of the loopback. */
static bool is_port(const char *text) {
    return !*text ||
           (*text == ':' && strspn(text + 1, "0123456789") == strlen(text + 1));
}

static bool names_loopback(const char *host) {
    size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    char name[64];

    if (n >= sizeof(name) || !is_port(host + n))
        return false;
    memcpy(name, host, n);
    name[n] = '\0';
    return str_equal_nocase(name, "localhost") || strcmp(name, "[::1]") == 0 ||
           str_ends(name, ".localhost") ||
           (str_starts(name, "127.") && strspn(name, "0123456789.") == n);
}

bool admin_is_foreign(const struct http_request *request) {
    const char *origin = http_headers_get(&request->headers, "Origin"),
               *host = http_headers_get(&request->headers, "Host"), *rest;

    if (!origin)
        return false;
    rest = strstr(origin, "://");
    return !rest || !host || !str_equal_nocase(rest + 3, host);
}

bool admin_is_local(const struct http_request *request, bool loopback) {
    static const char *const forwarded[] = {"Forwarded", "X-Forwarded-For", "X-Real-IP",
                                            "Via"};
    const char *host = http_headers_get(&request->headers, "Host");

    for (size_t i = 0; i < ARRAY_LEN(forwarded); i++)
        if (http_headers_get(&request->headers, forwarded[i]))
            return false;
    return loopback && (!host || names_loopback(host)) && !admin_is_foreign(request);
}

void admin_json(struct http_response *answer, int status, json_t *body) {
    char *text = json_dumps(body, JSON_INDENT(2));

    answer->status = status;
    http_headers_set(&answer->headers, "Content-Type", "application/json");
    http_headers_set(&answer->headers, "Cache-Control", "no-store");
    http_response_body_take(answer, text, strlen(text));
    json_decref(body);
}

void admin_error(struct http_response *answer, int status, const char *code,
                 const char *message) {
    json_t *text = jsonx_text(message, strlen(message));

    admin_json(answer, status,
               json_pack("{s:{s:s, s:s, s:o}}", "error", "type", "assay_error", "code",
                         code, "message", text));
}

void admin_diags(struct http_response *answer, const char *code,
                 const struct diags *diags) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    char line[1024];

    for (size_t i = 0; i < diags->count; i++)
        buf_addf(&text, "%s%s", i ? "; " : "",
                 err_format(&diags->items[i], line, sizeof(line)));
    admin_error(answer, 400, code, text.ptr);
    buf_release(&text);
}

void admin_clock(struct clock *clock, const struct http_request *request,
                 struct http_response *answer) {
    const int64_t a_century = (int64_t)100 * 366 * 86400;
    struct form form = {0};
    const struct form_pair *advance = NULL;
    int64_t seconds = 0;

    if (strcmp(request->method, "POST") == 0) {
        form_parse(&form, request->body ? request->body : "", request->body_len, 16,
                   NULL);
        advance = form_get(&form, "advance");
        if (!advance || !str_to_int(advance->value, advance->value_len, &seconds) ||
            seconds < 0 || seconds > a_century) {
            admin_error(
                answer, 400, "clock",
                "expected the form advance=SECONDS, a whole number of 0 or more");
            form_release(&form);
            return;
        }
        clock_advance(clock, seconds * 1000);
    }
    form_release(&form);
    admin_json(answer, 200,
               json_pack("{s:I, s:b}", "now", (json_int_t)(clock_now_ms(clock) / 1000),
                         "frozen", clock->frozen));
}

/* --- routes --- */

/* In a time that does not tell how much of it was right. */
static bool same_secret(const char *given, const char *wanted) {
    size_t n = strlen(wanted);
    unsigned differs = 0;

    if (strlen(given) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        differs |= (unsigned)(given[i] ^ wanted[i]);
    return !differs;
}

static bool may_administer(const struct admin *admin, const struct arrival *a) {
    char *key;
    bool ok;

    /* with a token it is always asked for: a proxy may forward without saying so */
    if (!admin->token)
        return admin_is_local(a->request, a->loopback);
    if (admin_is_foreign(a->request))
        return false;
    key = http_credential(&a->request->headers, NULL);
    ok = key && same_secret(key, admin->token);
    free(key);
    return ok;
}

static void refuse(const struct admin *admin, const struct arrival *a,
                   struct http_response *answer) {
    if (!admin->token || admin_is_foreign(a->request)) {
        admin_error(answer, 403, "not_local",
                    "/_assay/ answers on the loopback by that name, or with the admin "
                    "token; never to pages of other origins");
        return;
    }
    admin_error(answer, 401, "not_local", "/_assay/ wants the admin token");
    http_headers_add(&answer->headers, "WWW-Authenticate", "Basic realm=\"assay\"");
}

static void say_what_there_is(const struct admin *admin, struct http_response *answer) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);

    buf_adds(&text, "there is no such thing; there are");
    for (size_t i = 0; i < admin->count; i++)
        buf_addf(&text, "%s %s %s", i ? "," : "", admin->routes[i].method,
                 admin->routes[i].path);
    admin_error(answer, 404, "not_found", text.ptr);
    buf_release(&text);
}

void admin_answer(const struct admin *admin, const struct arrival *a,
                  struct http_response *answer) {
    size_t len = http_target_path_len(a->request->target);
    const char *method =
        strcmp(a->request->method, "HEAD") == 0 ? "GET" : a->request->method;
    struct buf others = BUF_INIT(BUF_UNLIMITED);

    if (!may_administer(admin, a)) {
        refuse(admin, a, answer);
        return;
    }
    for (size_t i = 0; i < admin->count; i++) {
        const struct admin_route *r = &admin->routes[i];

        if (strlen(r->path) != len || memcmp(r->path, a->request->target, len) != 0)
            continue;
        if (strcmp(r->method, method) == 0) {
            buf_release(&others);
            r->run(admin->server, a, answer);
            return;
        }
        buf_addf(&others, "%s%s", others.len ? ", " : "", r->method);
    }
    if (others.len) {
        admin_error(answer, 405, "method", "this one takes another method");
        http_headers_add(&answer->headers, "Allow", others.ptr);
    } else {
        say_what_there_is(admin, answer);
    }
    buf_release(&others);
}

/* --- scopes --- */

static bool wrong_scope(struct http_response *answer, const char *text) {
    admin_error(answer, 400, "scope", text);
    return false;
}

bool admin_scope_read(const struct http_request *request, struct admin_scope *out,
                      struct http_response *answer) {
    const char *query = http_target_query(request->target);
    const struct form_pair *type, *user;
    struct form form = {0};
    bool ok = true;

    *out = (struct admin_scope){0};
    form_parse(&form, query, strlen(query), 16, NULL);
    if (request->body)
        form_parse(&form, request->body, request->body_len, 16, NULL);
    type = form_get(&form, "scope[type]");
    user = form_get(&form, "scope[user]");
    if (form.count != (size_t)(type != NULL) + (size_t)(user != NULL))
        ok = wrong_scope(answer, "expected the form scope[type]=account, "
                                 "scope[type]=user&scope[user]=ID, or nothing");
    else if (type && strcmp(type->value, "account") == 0 && !user)
        out->named = true;
    else if (type && strcmp(type->value, "user") == 0 && user && *user->value) {
        out->named = true;
        out->user = mem_strdup(user->value);
    } else if (type || user)
        ok = wrong_scope(answer, "scope[type] is account, or user with scope[user]");
    form_release(&form);
    return ok;
}

void admin_scope_release(struct admin_scope *s) {
    free(s->user);
    *s = (struct admin_scope){0};
}

/* --- the page --- */

void admin_page(struct http_response *answer) {
    answer->status = 200;
    http_headers_add(&answer->headers, "Content-Type", "text/html; charset=utf-8");
    http_headers_add(
        &answer->headers, "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src "
        "'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri "
        "'none'; form-action 'none'");
    http_response_body(answer, admin_page_html, strlen(admin_page_html));
}

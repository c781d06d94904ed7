#include "proxy/admin.h"

#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/str.h"

bool admin_target(const char *target) {
    return strncmp(target, "/_assay/", 8) == 0 || strcmp(target, "/_assay") == 0;
}

static bool names_loopback(const char *host) {
    size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    char name[64];

    if (n >= sizeof(name))
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

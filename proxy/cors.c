/* In: a request of a page and the answer to it. Out: the headers by which its browser
 * lets it see that answer. */
#include "proxy/cors.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/str.h"

static const char prefix[] = "Access-Control-";

/* What Access-Control-Allow-Origin says to it; NULL = it is not allowed. */
static const char *allowed(const struct cors *c, const char *origin) {
    for (size_t i = 0; origin && i < c->count; i++)
        if (strcmp(c->origins[i], origin) == 0)
            return origin;
    for (size_t i = 0; origin && i < c->count; i++)
        if (strcmp(c->origins[i], "*") == 0)
            return "*";
    return NULL;
}

static void allow(const char *origin, struct http_headers *h) {
    http_headers_add(h, "Access-Control-Allow-Origin", origin);
    if (strcmp(origin, "*") != 0)
        http_headers_add(h, "Access-Control-Allow-Credentials", "true");
}

static void vary(struct http_headers *h, const char *by) {
    const char *before = http_headers_get(h, "Vary");
    char *both = before ? mem_printf("%s, %s", before, by) : mem_strdup(by);

    http_headers_set(h, "Vary", both);
    free(both);
}

bool cors_preflight(const struct cors *c, const struct http_request *q,
                    struct http_response *answer) {
    const char *method = http_headers_get(&q->headers, "Access-Control-Request-Method"),
               *headers =
                   http_headers_get(&q->headers, "Access-Control-Request-Headers"),
               *origin = http_headers_get(&q->headers, "Origin"),
               *allow_origin = allowed(c, origin);

    if (!c->count || strcmp(q->method, "OPTIONS") != 0 || !origin || !method)
        return false;
    answer->status = allow_origin ? 204 : 403;
    http_headers_add(&answer->headers, "Vary",
                     "Origin, Access-Control-Request-Method, "
                     "Access-Control-Request-Headers");
    if (!allow_origin)
        return true;
    allow(allow_origin, &answer->headers);
    http_headers_add(&answer->headers, "Access-Control-Allow-Methods", method);
    if (headers)
        http_headers_add(&answer->headers, "Access-Control-Allow-Headers", headers);
    if (http_headers_get(&q->headers, "Access-Control-Request-Private-Network"))
        http_headers_add(&answer->headers, "Access-Control-Allow-Private-Network",
                         "true");
    http_headers_add(&answer->headers, "Access-Control-Max-Age", "600");
    return true;
}

static void remove_old(struct http_headers *h) {
    for (size_t i = h->count; i-- > 0;)
        if (strncasecmp(h->items[i].name, prefix, sizeof(prefix) - 1) == 0) {
            char *name = mem_strdup(h->items[i].name);

            http_headers_remove(h, name);
            free(name);
            i = h->count;
        }
}

void cors_apply(const struct cors *c, const struct http_request *q,
                struct http_headers *answer) {
    const char *origin =
        c->count ? allowed(c, http_headers_get(&q->headers, "Origin")) : NULL;
    struct buf names = BUF_INIT(BUF_UNLIMITED);

    if (!c->count)
        return;
    remove_old(answer);
    for (size_t i = 0; i < answer->count; i++)
        buf_addf(&names, "%s%s", i ? ", " : "", answer->items[i].name);
    vary(answer, "Origin");
    if (origin) {
        allow(origin, answer);
        http_headers_add(answer, "Access-Control-Expose-Headers", names.ptr);
    }
    buf_release(&names);
}

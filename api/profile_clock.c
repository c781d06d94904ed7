/* A number of seconds and a profile come in. The request that advances the target's
 * clock goes out. */
#include "api/profile_clock.h"

#include <string.h>

#include "core/form.h"
#include "core/str.h"

static const char mark[] = "${seconds}";
enum { MARK_BYTES = sizeof(mark) - 1, MAX_PAIRS = 100 };

static void fill(struct buf *out, const char *pattern, int64_t seconds) {
    const char *at;

    for (; (at = strstr(pattern, mark)); pattern = at + MARK_BYTES) {
        buf_add(out, pattern, (size_t)(at - pattern));
        buf_addf(out, "%lld", (long long)seconds);
    }
    buf_adds(out, pattern);
}

void profile_clock_request(const struct profile *p, int64_t seconds,
                           struct http_request *out) {
    struct buf path = BUF_INIT(BUF_UNLIMITED), body = BUF_INIT(BUF_UNLIMITED);

    fill(&path, p->clock_path, seconds);
    fill(&body, p->clock_form ? p->clock_form : "", seconds);
    http_request_set(out, p->clock_method, path.ptr);
    http_headers_add(&out->headers, "Content-Type",
                     "application/x-www-form-urlencoded");
    http_request_body(out, body.ptr, body.len);
    buf_release(&path);
    buf_release(&body);
}

/* Is that the pattern, filled in? Without a mark in it *seconds stays what it is. */
static bool is_filled(const char *pattern, const char *text, int64_t *seconds) {
    const char *at = strstr(pattern, mark), *behind = at ? at + MARK_BYTES : NULL;
    size_t head = at ? (size_t)(at - pattern) : 0, tail = at ? strlen(behind) : 0,
           len = strlen(text);

    if (!at)
        return strcmp(pattern, text) == 0;
    return len > head + tail && memcmp(text, pattern, head) == 0 &&
           strcmp(text + len - tail, behind) == 0 &&
           str_to_int(text + head, len - head - tail, seconds);
}

static void read_form(const char *pattern, const struct http_request *q,
                      int64_t *seconds) {
    struct form wanted = {0}, given = {0};

    form_parse(&wanted, pattern, strlen(pattern), MAX_PAIRS, NULL);
    form_parse(&given, q->body, q->body_len, MAX_PAIRS, NULL);
    for (size_t i = 0; i < wanted.count; i++) {
        const struct form_pair *value = strstr(wanted.pairs[i].value, mark)
                                            ? form_get(&given, wanted.pairs[i].key)
                                            : NULL;

        if (value)
            is_filled(wanted.pairs[i].value, value->value, seconds);
    }
    form_release(&wanted);
    form_release(&given);
}

bool profile_clock_is(const struct profile *p, const struct http_request *q,
                      int64_t *seconds) {
    *seconds = 0;
    if (!p->clock_path || strcmp(q->method, p->clock_method) != 0 ||
        !is_filled(p->clock_path, q->target, seconds))
        return false;
    if (p->clock_form && q->body)
        read_form(p->clock_form, q, seconds);
    return true;
}

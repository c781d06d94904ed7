/* Header fields and bodies come in. Messages go out, and what a header says: dates,
 * credentials, the parts of a target. */
#include "core/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/mem.h"
#include "core/str.h"

char **http_owned(const char **text) {
    return (char **)(uintptr_t)text;
}

static void free_text(const char *text) {
    free((char *)(uintptr_t)text);
}

void http_headers_reserve(struct http_headers *h, size_t count) {
    if (h->count + count <= h->cap || !count)
        return;
    h->cap = h->count + count;
    h->items = mem_grow(h->items, h->cap, sizeof(*h->items));
}

void http_headers_add_owned(struct http_headers *h, char *name, char *value) {
    if (h->count == h->cap) {
        h->cap = h->cap ? h->cap * 2 : 8;
        h->items = mem_grow(h->items, h->cap, sizeof(*h->items));
    }
    h->items[h->count].name = name;
    h->items[h->count++].value = value;
}

void http_headers_add(struct http_headers *h, const char *name, const char *value) {
    http_headers_add_owned(h, mem_strdup(name), mem_strdup(value ? value : ""));
}

static void drop_header(struct http_headers *h, size_t i) {
    free_text(h->items[i].name);
    free_text(h->items[i].value);
    memmove(&h->items[i], &h->items[i + 1], (h->count - i - 1) * sizeof(*h->items));
    h->count--;
}

void http_headers_set(struct http_headers *h, const char *name, const char *value) {
    bool found = false;

    for (size_t i = 0; i < h->count;) {
        if (strcasecmp(h->items[i].name, name) != 0) {
            i++;
        } else if (found) {
            drop_header(h, i);
        } else {
            free_text(h->items[i].value);
            h->items[i++].value = mem_strdup(value);
            found = true;
        }
    }
    if (!found)
        http_headers_add(h, name, value);
}

const char *http_headers_get(const struct http_headers *h, const char *name) {
    for (size_t i = 0; i < h->count; i++)
        if (strcasecmp(h->items[i].name, name) == 0)
            return h->items[i].value;
    return NULL;
}

size_t http_headers_remove(struct http_headers *h, const char *name) {
    size_t removed = 0;

    for (size_t i = 0; i < h->count;) {
        if (strcasecmp(h->items[i].name, name) == 0) {
            drop_header(h, i);
            removed++;
        } else {
            i++;
        }
    }
    return removed;
}

void http_headers_copy(struct http_headers *to, const struct http_headers *from) {
    http_headers_reserve(to, from->count);
    for (size_t i = 0; i < from->count; i++)
        http_headers_add(to, from->items[i].name, from->items[i].value);
}

void http_headers_release(struct http_headers *h) {
    for (size_t i = 0; i < h->count; i++) {
        free_text(h->items[i].name);
        free_text(h->items[i].value);
    }
    free(h->items);
    memset(h, 0, sizeof(*h));
}

void http_request_set(struct http_request *r, const char *method, const char *target) {
    free_text(r->method);
    free_text(r->target);
    r->method = mem_strdup(method);
    r->target = mem_strdup(target);
}

void http_request_body(struct http_request *r, const void *bytes, size_t len) {
    free_text(r->body);
    r->body = mem_strndup(bytes, len);
    r->body_len = len;
}

void http_request_copy(struct http_request *to, const struct http_request *from) {
    http_request_set(to, from->method, from->target);
    http_headers_copy(&to->headers, &from->headers);
    if (from->body)
        http_request_body(to, from->body, from->body_len);
}

void http_request_release(struct http_request *r) {
    free_text(r->method);
    free_text(r->target);
    free_text(r->body);
    http_headers_release(&r->headers);
    memset(r, 0, sizeof(*r));
}

void http_response_body(struct http_response *r, const void *bytes, size_t len) {
    http_response_body_take(r, mem_strndup(bytes, len), len);
}

void http_response_body_take(struct http_response *r, char *bytes, size_t len) {
    free(r->body);
    r->body = bytes;
    r->body_len = len;
}

void http_response_copy(struct http_response *to, const struct http_response *from) {
    to->status = from->status;
    free(to->reason);
    to->reason = mem_strdup(from->reason);
    http_headers_copy(&to->headers, &from->headers);
    if (from->body)
        http_response_body(to, from->body, from->body_len);
}

void http_response_release(struct http_response *r) {
    free(r->reason);
    free(r->body);
    http_headers_release(&r->headers);
    memset(r, 0, sizeof(*r));
}

size_t http_target_path_len(const char *target) {
    return strcspn(target, "?#");
}

const char *http_target_query(const char *target) {
    const char *mark = strchr(target, '?');

    return mark ? mark + 1 : "";
}

void http_media_type(const char *content_type, char *out, size_t size) {
    size_t n = 0;

    while (*content_type == ' ' || *content_type == '\t')
        content_type++;
    for (; n + 1 < size && content_type[n] && !strchr("; \t", content_type[n]); n++)
        out[n] = (char)(content_type[n] >= 'A' && content_type[n] <= 'Z'
                            ? content_type[n] + 32
                            : content_type[n]);
    out[n] = '\0';
}

const char *http_reason(int status) {
    static const struct {
        int status;
        const char *phrase;
    } reasons[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {205, "Reset Content"},
        {206, "Partial Content"},
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].phrase;
    return "";
}

/* Is `name` one of the comma-separated words of `list`? */
static bool in_list(const char *list, const char *name) {
    size_t len = strlen(name);

    while (*list) {
        size_t n;

        list += strspn(list, ", \t");
        n = strcspn(list, ", \t");
        if (n == len && strncasecmp(list, name, n) == 0)
            return true;
        list += n;
    }
    return false;
}

bool http_is_hop_by_hop(const struct http_headers *h, const char *name) {
    static const char *const fixed[] = {"Connection",
                                        "Keep-Alive",
                                        "Proxy-Authenticate",
                                        "Proxy-Authorization",
                                        "Proxy-Connection",
                                        "TE",
                                        "Trailer",
                                        "Transfer-Encoding",
                                        "Upgrade"};

    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (strcasecmp(name, fixed[i]) == 0)
            return true;
    for (size_t i = 0; i < h->count; i++)
        if (strcasecmp(h->items[i].name, "Connection") == 0 &&
            in_list(h->items[i].value, name))
            return true;
    return false;
}

char *http_credential(const struct http_headers *h, const char **scheme) {
    const char *value = http_headers_get(h, "Authorization");
    struct buf pair = BUF_INIT(8192);
    char *key = NULL;
    size_t word, rest, len;

    if (scheme)
        *scheme = NULL;
    if (!value)
        return NULL;
    len = strlen(value);
    while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    for (word = 0; word < len && value[word] != ' ' && value[word] != '\t';)
        word++;
    rest = word;
    while (rest < len && (value[rest] == ' ' || value[rest] == '\t'))
        rest++;
    if (word == 6 && strncasecmp(value, "Bearer", 6) == 0) {
        key = mem_strndup(value + rest, strcspn(value + rest, " \t"));
        if (scheme)
            *scheme = "Bearer";
    } else if (word == 5 && strncasecmp(value, "Basic", 5) == 0) {
        if (scheme)
            *scheme = "Basic";
        if (str_from_base64(&pair, value + rest, len - rest) && pair.len &&
            !memchr(pair.ptr, '\0', pair.len))
            key = mem_strndup(pair.ptr, strcspn(pair.ptr, ":"));
    }
    if (key && !*key) {
        free(key);
        key = NULL;
    }
    buf_release(&pair);
    return key;
}

static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed",
                                        "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void http_date_format(int64_t epoch_s, char out[30]) {
    time_t t = (time_t)epoch_s;
    struct tm tm;

    if (!gmtime_r(&t, &tm) || tm.tm_year > 8099 || tm.tm_year < -1900) {
        t = 0;
        gmtime_r(&t, &tm);
    }
    snprintf(out, 30, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[tm.tm_wday % 7],
             tm.tm_mday % 100, month_names[tm.tm_mon % 12], (tm.tm_year + 1900) % 10000,
             tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
}

/* Two digits at text, or -1. */
static int two_digits(const char *text) {
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    return (text[0] - '0') * 10 + text[1] - '0';
}

bool http_date_parse(const char *text, int64_t *epoch_s) {
    struct tm tm = {0};
    char again[30];
    int64_t seconds;
    bool leap;

    if (strlen(text) != 29)
        return false;
    for (tm.tm_mon = 0; tm.tm_mon < 12; tm.tm_mon++)
        if (memcmp(text + 8, month_names[tm.tm_mon], 3) == 0)
            break;
    tm.tm_mday = two_digits(text + 5);
    tm.tm_year = two_digits(text + 12) * 100 + two_digits(text + 14) - 1900;
    tm.tm_hour = two_digits(text + 17);
    tm.tm_min = two_digits(text + 20);
    tm.tm_sec = two_digits(text + 23);
    leap = tm.tm_sec == 60;
    tm.tm_sec -= leap;
    seconds = timegm(&tm);
    /* What is no date, or not in this form, is written differently. The name of the day
     * says nothing that the date does not say. */
    http_date_format(seconds, again);
    if (leap)
        memcpy(again + 23, "60", 2);
    if (strcmp(again + 3, text + 3) != 0)
        return false;
    *epoch_s = seconds + leap;
    return true;
}

/* Names and values come in, one behind the other. Their JSON text goes out at once. */
#include "core/json_pen.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"

static void new_line(struct json_pen *p) {
    static const char spaces[] = "\n                                ";

    buf_add(p->out, spaces, 1 + 2 * (size_t)p->depth);
}

/* What stands before a value: a comma and a new line, or the name of it. */
static void before_value(struct json_pen *p) {
    if (p->named) {
        p->named = false;
        return;
    }
    if (!p->depth)
        return;
    if (p->any[p->depth - 1])
        buf_addc(p->out, ',');
    p->any[p->depth - 1] = true;
    new_line(p);
}

void json_pen_begin(struct json_pen *p, char open) {
    assert(p->depth < JSON_PEN_DEPTH);
    before_value(p);
    buf_addc(p->out, open);
    p->close[p->depth] = open == '{' ? '}' : ']';
    p->any[p->depth++] = false;
}

void json_pen_end(struct json_pen *p) {
    p->depth--;
    if (p->any[p->depth])
        new_line(p);
    buf_addc(p->out, p->close[p->depth]);
}

void json_pen_name(struct json_pen *p, const char *name) {
    before_value(p);
    buf_addc(p->out, '"');
    buf_adds(p->out, name);
    buf_add(p->out, "\": ", 3);
    p->named = true;
}

void json_pen_text(struct json_pen *p, const char *text, size_t len) {
    before_value(p);
    jsonx_add_text(p->out, text, len);
}

void json_pen_word(struct json_pen *p, const char *text) {
    json_pen_text(p, text, strlen(text));
}

void json_pen_int(struct json_pen *p, int64_t value) {
    char digits[24];

    before_value(p);
    buf_add(p->out, digits,
            (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)value));
}

void json_pen_thousandths(struct json_pen *p, int64_t value) {
    char digits[32];
    int n = snprintf(digits, sizeof(digits), "%s%lld.%03d", value < 0 ? "-" : "",
                     (long long)(value < 0 ? -(value / 1000) : value / 1000),
                     (int)(value < 0 ? -(value % 1000) : value % 1000));

    while (digits[n - 1] == '0' && digits[n - 2] != '.')
        n--;
    before_value(p);
    buf_add(p->out, digits, (size_t)n);
}

void json_pen_json(struct json_pen *p, const char *json, size_t len) {
    before_value(p);
    buf_add(p->out, json, len);
}

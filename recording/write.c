/* A recording comes in. YAML in a stable order goes out, the volatile values at the end
 * of each exchange. */
#include "recording/recording.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/str.h"
#include "recording/identity.h"
#include "recording/redact/redactor.h"
#include "recording/volatile.h"

enum { MAX_KEY = 200 };

/* Words and looks that a YAML reader would not take as text. */
static bool needs_quotes(const char *text, size_t len) {
    /* clang-format off */
    static const bool plain[256] = {
        ['0'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        ['A'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        ['a'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        ['/'] = 1, ['_'] = 1, ['.'] = 1, [','] = 1, [';'] = 1, ['='] = 1, ['('] = 1,
        [')'] = 1, ['+'] = 1, ['*'] = 1, ['@'] = 1, ['-'] = 1, ['&'] = 1, ['?'] = 1,
        ['['] = 1, [']'] = 1, ['%'] = 1, ['$'] = 1, ['!'] = 1, ['^'] = 1, ['~'] = 1,
    };
    /* clang-format on */
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};
    char lower[8];

    if (!len || !((text[0] >= 'A' && text[0] <= 'Z') ||
                  (text[0] >= 'a' && text[0] <= 'z') || text[0] == '/'))
        return true;
    for (size_t i = 0; i < len; i++) {
        bool apart = text[i] == ' ' || text[i] == ':';

        if (!plain[(unsigned char)text[i]] &&
            !(apart && i + 1 < len && text[i + 1] != ' ' && text[i + 1] != '#'))
            return true;
    }
    for (size_t i = 0; len < sizeof(lower) && i < len; i++)
        lower[i] = (char)(text[i] | 0x20);
    for (size_t i = 0; len < sizeof(lower) && i < ARRAY_LEN(words); i++)
        if (strlen(words[i]) == len && memcmp(words[i], lower, len) == 0)
            return true;
    return false;
}

/* Only what YAML keeps as it is in every style of scalar. */
static bool is_printable(const char *text, size_t len, bool newlines) {
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        size_t n;

        if (c >= ' ' && c < 0x7f) {
            i++;
            continue;
        }
        n = str_utf8_step(text + i, len - i);
        if (!n || c == 0x7f || (c < ' ' && !(newlines && c == '\n')))
            return false;
        /* U+0080-U+009F, U+2028, U+2029, U+FEFF, U+FFFE, U+FFFF */
        if ((c == 0xc2 && (unsigned char)text[i + 1] < 0xa0) ||
            (c == 0xe2 && (unsigned char)text[i + 1] == 0x80 &&
             ((unsigned char)text[i + 2] & 0xfe) == 0xa8) ||
            (c == 0xef && ((unsigned char)text[i + 1] == 0xbb ||
                           (unsigned char)text[i + 1] == 0xbf)))
            return false;
        i += n;
    }
    return true;
}

static void add_quoted(struct buf *out, const char *text, size_t len) {
    buf_addc(out, '"');
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        size_t n = str_utf8_step(text + i, len - i);

        if (c == '"' || c == '\\')
            buf_add(out, (const char[2]){'\\', (char)c}, 2);
        else if (c == '\n')
            buf_adds(out, "\\n");
        else if (c == '\r')
            buf_adds(out, "\\r");
        else if (c == '\t')
            buf_adds(out, "\\t");
        else if (c < ' ' || c == 0x7f)
            buf_addf(out, "\\x%02x", c);
        else if (!is_printable(text + i, n, false) && n == 2)
            buf_addf(out, "\\u%04x",
                     (unsigned)((c & 0x1f) << 6 | (text[i + 1] & 0x3f)));
        else if (!is_printable(text + i, n, false) && n == 3)
            buf_addf(out, "\\u%04x",
                     (unsigned)((c & 0xf) << 12 | (text[i + 1] & 0x3f) << 6 |
                                (text[i + 2] & 0x3f)));
        else
            buf_add(out, text + i, n);
        i += n;
    }
    buf_addc(out, '"');
}

static void add_indent(struct buf *out, int indent) {
    static const char spaces[] = "                ";

    buf_add(out, spaces, (size_t)indent);
}

static void add_block(struct buf *out, const char *text, size_t len, int indent) {
    bool ends = text[len - 1] == '\n', several = len > 1 && text[len - 2] == '\n';
    size_t i = 0;

    buf_adds(out, !ends ? "|-" : several ? "|+" : "|");
    while (i < len) {
        const char *end = memchr(text + i, '\n', len - i);
        size_t n = end ? (size_t)(end - text) - i : len - i;

        buf_addc(out, '\n');
        if (n)
            add_indent(out, indent);
        buf_add(out, text + i, n);
        i += n + 1;
    }
}

/* Text as the most readable scalar that gives it back, else as {base64: ".."}. */
static void add_scalar(struct buf *out, const char *text, size_t len, int indent) {
    bool lines = memchr(text, '\n', len) != NULL;

    if (!str_utf8_valid(text, len)) {
        buf_adds(out, "{base64: \"");
        str_add_base64(out, text, len);
        buf_adds(out, "\"}");
    } else if (!needs_quotes(text, len)) {
        buf_add(out, text, len);
    } else if (lines && is_printable(text, len, true) && text[0] != ' ' &&
               text[0] != '\n') {
        add_block(out, text, len, indent);
    } else if (memchr(text, '"', len) && !memchr(text, '\'', len) &&
               is_printable(text, len, false)) {
        buf_addc(out, '\'');
        buf_add(out, text, len);
        buf_addc(out, '\'');
    } else {
        add_quoted(out, text, len);
    }
}

static void add_member(struct buf *out, int indent, const char *key, const char *text,
                       size_t len) {
    add_indent(out, indent);
    buf_adds(out, key);
    buf_adds(out, ": ");
    add_scalar(out, text, len, indent + 2);
    buf_addc(out, '\n');
}

/* Text in which nothing is volatile; what looks like a placeholder is none. */
static void show_constant(const char *text, struct buf *out) {
    if (str_utf8_valid(text, strlen(text)))
        volatile_braces(text, strlen(text), out);
    else
        buf_adds(out, text);
}

static void add_constant(struct buf *out, int indent, const char *key,
                         const char *text) {
    struct buf shown = BUF_INIT(BUF_UNLIMITED);

    show_constant(text, &shown);
    add_member(out, indent, key, shown.ptr, shown.len);
    buf_release(&shown);
}

static void add_time(struct buf *out, int64_t epoch_us) {
    time_t s = (time_t)(epoch_us / 1000000);
    struct tm tm;

    gmtime_r(&s, &tm);
    buf_addf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ\"", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             (int)(epoch_us % 1000000));
}

struct writing {
    struct buf *out;
    struct volatile_ids ids;
    struct volatile_values values; /* of the present exchange */
};

static void add_text(struct writing *w, int indent, const char *key, const char *text,
                     size_t len) {
    struct buf shown = BUF_INIT(BUF_UNLIMITED);

    if (str_utf8_valid(text, len))
        volatile_text(&w->ids, &w->values, text, len, &shown);
    else
        buf_add(&shown, text, len);
    add_member(w->out, indent, key, shown.ptr, shown.len);
    buf_release(&shown);
}

static void add_headers(struct writing *w, const char *key,
                        const struct http_headers *h) {
    if (!h->count)
        return;
    buf_addf(w->out, "  %s:\n", key);
    for (size_t i = 0; i < h->count; i++) {
        const char *name = h->items[i].name;
        struct buf called = BUF_INIT(BUF_UNLIMITED), value = BUF_INIT(BUF_UNLIMITED);
        bool is_odd = strlen(name) > MAX_KEY || !str_utf8_valid(name, strlen(name));

        if (str_utf8_valid(h->items[i].value, strlen(h->items[i].value)))
            volatile_header(&w->ids, &w->values, name, h->items[i].value, &value);
        else
            buf_adds(&value, h->items[i].value);
        show_constant(name, &called);
        buf_adds(w->out, is_odd ? "    - name: " : "    - ");
        add_scalar(w->out, called.ptr, called.len, 8);
        buf_adds(w->out, is_odd ? "\n      value: " : ": ");
        add_scalar(w->out, value.ptr, value.len, 8);
        buf_addc(w->out, '\n');
        buf_release(&called);
        buf_release(&value);
    }
}

static void add_request(struct writing *w, const struct http_request *r) {
    buf_adds(w->out, "request:\n");
    add_constant(w->out, 2, "method", r->method);
    add_text(w, 2, "target", r->target, strlen(r->target));
    add_headers(w, "headers", &r->headers);
    if (r->body)
        add_text(w, 2, "body", r->body, r->body_len);
}

static void add_response(struct writing *w, const struct recorded *x) {
    const struct http_response *r = &x->response;

    buf_addf(w->out, "response:\n  status: %d\n", r->status);
    if (r->reason && *r->reason)
        add_constant(w->out, 2, "reason", r->reason);
    add_headers(w, "headers", &r->headers);
    if (x->chunked)
        buf_adds(w->out, "  chunked: true\n");
    if (x->encoding)
        add_constant(w->out, 2, "encoding", x->encoding);
    if (r->body && r->body_len)
        add_text(w, 2, "body", r->body, r->body_len);
    add_headers(w, "trailers", &x->trailers);
}

static void add_volatile(struct writing *w, const struct recording *r,
                         const struct recorded *x) {
    buf_adds(w->out, "volatile:\n  at: ");
    add_time(w->out, r->started_ms * 1000 + x->began_us);
    if (x->outcome != OUTCOME_UNKNOWN)
        buf_addf(w->out, "\n  took_us: %lld\n", (long long)(x->ended_us - x->began_us));
    else
        buf_addc(w->out, '\n');
    if (!w->values.count)
        return;
    buf_adds(w->out, "  values:\n");
    for (size_t i = 0; i < w->values.count; i++)
        add_member(w->out, 4, w->values.items[i].name, w->values.items[i].text,
                   strlen(w->values.items[i].text));
}

static void add_stable(struct writing *w, const struct recorded *x) {
    if (x->response.body)
        volatile_learn(&w->ids, x->response.body, x->response.body_len);
    add_request(w, &x->request);
    if (x->response.status)
        add_response(w, x);
    if (x->outcome != OUTCOME_ANSWERED)
        buf_addf(w->out, "outcome: %s\n", outcome_name(x->outcome));
    if (x->failure)
        add_constant(w->out, 0, "failure", x->failure);
}

static void add_exchange(struct writing *w, const struct recording *r,
                         const struct recorded *x) {
    buf_addf(w->out, "---\nexchange: %llu\n", (unsigned long long)x->number);
    add_stable(w, x);
    add_volatile(w, r, x);
    volatile_values_release(&w->values);
}

void recording_write_exchange(const struct recording *r, size_t from, size_t at,
                              struct buf *out) {
    struct writing w = {.out = out};

    for (size_t i = from; i < at; i++)
        if (r->items[i].response.body)
            volatile_learn(&w.ids, r->items[i].response.body,
                           r->items[i].response.body_len);
    add_exchange(&w, r, &r->items[at]);
    volatile_ids_release(&w.ids);
}

void recording_write_stable(const struct recorded *x, struct volatile_ids *ids,
                            struct buf *out) {
    struct writing w = {.out = out, .ids = *ids};

    add_stable(&w, x);
    volatile_values_release(&w.values);
    *ids = w.ids;
}

static void add_sessions(struct buf *out, const struct recording *r) {
    if (r->session_count)
        buf_adds(out, "  sessions:\n");
    for (size_t i = 0; i < r->session_count; i++) {
        const struct recorded_session *one = &r->sessions[i];

        buf_addf(out, "    - id: \"%s\"\n", one->id);
        if (one->from || i == 0)
            buf_addf(out, "      from: %llu\n",
                     (unsigned long long)(one->from ? one->from : 1));
    }
}

static void note_token(void *context, const char *token, size_t len) {
    json_object_setn_new_nocheck(context, token, len, json_true());
}

/* Those of one kind, as far as the exchanges have them: {"1 (test)": mark, ..} */
static void add_marks_of(struct buf *out, const struct recording *r, const json_t *used,
                         size_t which) {
    const char *kind = redactor_kinds[which];
    size_t n = strlen(kind);
    bool any = false;
    const char *token;
    json_t *mark;

    json_object_foreach(r->marks, token, mark) {
        if (strncmp(token, kind, n) != 0 || token[n] != ':' ||
            !json_object_get(used, token))
            continue;
        if (!any)
            buf_addf(out, "    %s:\n", redactor_kinds_plural[which]);
        any = true;
        buf_addf(out, "      \"%s\": \"%s\"\n", token + n + 1, json_string_value(mark));
    }
}

static void add_marks(struct buf *out, const struct recording *r) {
    json_t *used = json_object();
    size_t before = out->len, empty;

    for (size_t i = 0; r->marks && i < r->count; i++)
        identity_each_token(&r->items[i], note_token, used);
    buf_adds(out, "  marks:\n");
    empty = out->len;
    for (size_t i = 0; i < TOKEN_KINDS; i++)
        add_marks_of(out, r, used, i);
    if (out->len == empty)
        buf_cut(out, before);
    json_decref(used);
}

bool recording_write(const struct recording *r, struct buf *out) {
    struct writing w = {.out = out};

    buf_adds(out, "assay: recording\nversion: 1\nvolatile:\n  started: ");
    add_time(out, r->started_ms * 1000);
    buf_addc(out, '\n');
    if (r->upstream)
        add_constant(out, 2, "upstream", r->upstream);
    if (r->tool)
        add_constant(out, 2, "tool", r->tool);
    add_sessions(out, r);
    add_marks(out, r);
    for (size_t i = 0; i < r->count; i++)
        add_exchange(&w, r, &r->items[i]);
    volatile_ids_release(&w.ids);
    return !out->failed;
}

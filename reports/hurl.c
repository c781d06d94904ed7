/* A check that is red comes in, with all that its case sent. A file for hurl goes out that
 * sends it again under fresh names; its asserts hold where the fault does not show. */
#include "reports/hurl.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "reports/curl_words.h"
#include "reports/text.h"
#include "reports/writers.h"

/* ---- texts ---- */

static char *time_name(int64_t distance_s) {
    return mem_printf("t_%s_%lld", distance_s < 0 ? "minus" : "plus",
                      (long long)(distance_s < 0 ? -distance_s : distance_s));
}

bool hurl_sent_time(const struct hurl *h, int64_t distance_s) {
    char *name = time_name(distance_s);
    bool sent = json_object_get(h->times, name);

    free(name);
    return sent;
}

void hurl_add_time(struct hurl *h, int64_t distance_s) {
    char *name = time_name(distance_s);

    buf_addf(h->out, "{{%s}}", name);
    json_object_set_new(
        h->times, name,
        json_sprintf("$(($(date +%%s) + %lld))", (long long)distance_s));
    free(name);
}

/* ASSAY_KEY_LIVE as the variable key_live. */
static void add_key(struct hurl *h, const char *key, size_t len) {
    struct buf name = BUF_INIT(200);
    const char *made = NULL;

    buf_adds(&name, "key");
    for (size_t i = strlen("ASSAY_KEY"); i < len && key[i] != '%'; i++)
        buf_addc(&name,
                 key[i] >= 'A' && key[i] <= 'Z' ? (char)(key[i] - 'A' + 'a') : key[i]);
    if (memchr(key, '%', len)) {
        buf_adds(&name, "_cut");
        made = "\"${ASSAY_KEY%?}\"";
    } else if (strcmp(name.ptr, "key_recased") == 0) {
        made = "\"$(printf %s \"$ASSAY_KEY\" | tr a-zA-Z A-Za-z)\"";
    }
    buf_addf(h->out, "{{%s}}", name.ptr);
    json_object_set_new(h->keys, name.ptr,
                        made ? json_string(made)
                             : json_sprintf("\"$%.*s\"", (int)len, key));
    buf_release(&name);
}

/* A character that means something to hurl where it stands. */
static bool is_special(const char *text, size_t i, size_t len, enum hurl_place place) {
    unsigned char c = (unsigned char)text[i];
    bool edge = c == ' ' && place == HURL_VALUE && (i == 0 || i + 1 == len);
    bool brace = c == '{' &&
                 ((i + 1 < len && text[i + 1] == '{') || (i > 0 && text[i - 1] == '{'));

    return c < 0x20 || c == 0x7f || edge || brace || (c == '#' && place != HURL_QUOTED);
}

static void add_char(struct hurl *h, const char *text, size_t i, size_t len,
                     enum hurl_place place) {
    char c = text[i];

    if (is_special(text, i, len, place))
        buf_addf(h->out, "\\u{%x}", (unsigned char)c);
    else if (c == '\\' || (c == '`' && place == HURL_BODY) ||
             (c == '"' && place == HURL_QUOTED))
        buf_addf(h->out, "\\%c", c);
    else
        buf_addc(h->out, c);
}

void hurl_add_text(struct hurl *h, const char *text, size_t len,
                   enum hurl_place place) {
    for (size_t i = 0; i < len;) {
        struct fresh_place p = fresh_at(&h->fresh, text, text + i);
        const char *close =
            text[i] == KEY_OPEN ? memchr(text + i, KEY_CLOSE, len - i) : NULL;

        if (close) {
            add_key(h, text + i + 1, (size_t)(close - text) - i - 1);
            i = (size_t)(close - text) + 1;
            continue;
        }
        if (p.kind == FRESH_BASE)
            buf_adds(h->out, "{{base}}");
        else if (p.kind == FRESH_NAME)
            buf_adds(h->out, "{{n}}");
        else if (p.kind == FRESH_TIME)
            hurl_add_time(h, p.distance_s);
        else if (p.kind == FRESH_ID)
            buf_addf(h->out, "{{id_%zu_%zu}}", p.id->number, p.id->k);
        else
            add_char(h, text, i, len, place);
        if (p.kind == FRESH_ID)
            h->used[p.id - h->fresh.ids] = true;
        i += p.len ? p.len : 1;
    }
}

static void add_comment(struct buf *out, const char *label, const char *text) {
    buf_addf(out, "# %s", label);
    str_add_visible(out, text, strlen(text), 400);
    buf_addc(out, '\n');
}

/* ---- requests ---- */

static bool is_word(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (!str_is_word_char(text[i]))
            return false;
    return len > 0;
}

static bool can_send(const struct curl_request *r) {
    if (strspn(r->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(r->method))
        return false;
    for (size_t i = 0; i < r->header_count; i++) {
        size_t colon = strcspn(r->headers[i], ":");

        if (!r->headers[i][colon] || !is_word(r->headers[i], colon))
            return false;
    }
    return true;
}

static bool has_header(const struct curl_request *r, const char *name) {
    for (size_t i = 0; i < r->header_count; i++)
        if (strncasecmp(r->headers[i], name, strlen(name)) == 0 &&
            r->headers[i][strlen(name)] == ':')
            return true;
    return false;
}

static void add_headers(struct hurl *h, const struct curl_request *r) {
    for (size_t i = 0; i < r->header_count; i++) {
        size_t colon = strcspn(r->headers[i], ":");
        const char *value = r->headers[i] + colon + 1;

        value += strspn(value, " ");
        buf_add(h->out, r->headers[i], colon);
        buf_adds(h->out, ": ");
        hurl_add_text(h, value, strlen(value), HURL_VALUE);
        buf_addc(h->out, '\n');
    }
    if (r->body && !r->untyped && !has_header(r, "Content-Type"))
        buf_adds(h->out, "Content-Type: application/x-www-form-urlencoded\n");
}

static void add_body(struct hurl *h, const struct curl_request *r) {
    if (str_utf8_valid(r->body, r->body_len) && !memchr(r->body, 0, r->body_len)) {
        buf_addc(h->out, '`');
        hurl_add_text(h, r->body, r->body_len, HURL_BODY);
        buf_adds(h->out, "`\n");
        return;
    }
    buf_adds(h->out, "hex,");
    for (size_t i = 0; i < r->body_len; i++)
        buf_addf(h->out, "%02x", (unsigned char)r->body[i]);
    buf_adds(h->out, ";\n");
}

/* What was hidden in an address stands there as words: a blank would end it. */
static void add_url(struct hurl *h, const char *url) {
    const char *blank;

    for (; (blank = strchr(url, ' ')); url = blank + 1) {
        hurl_add_text(h, url, (size_t)(blank - url), HURL_VALUE);
        buf_adds(h->out, "%20");
    }
    hurl_add_text(h, url, strlen(url), HURL_VALUE);
}

/* A request up to its answer; false: hurl cannot send it. */
static bool add_request(struct hurl *h, const json_t *x, size_t number,
                        long long delay_ms) {
    struct curl_request r;
    bool ok = curl_request_parse(&r, text_of(x, "curl")) && can_send(&r);

    buf_addf(h->out, "\n# %zu", number);
    if (json_is_true(json_object_get(x, "overlaps")))
        buf_adds(h->out, ": was sent beside the one before, which hurl cannot do");
    if (json_is_true(json_object_get(x, "cleaning")))
        buf_adds(h->out, ": cleaning up");
    buf_addc(h->out, '\n');
    if (ok) {
        buf_addf(h->out, "%s ", r.method);
        add_url(h, r.url);
        buf_addc(h->out, '\n');
        add_headers(h, &r);
        if (r.path_as_is || delay_ms)
            buf_adds(h->out, "[Options]\n");
        if (r.path_as_is)
            buf_adds(h->out, "path-as-is: true\n");
        if (delay_ms)
            buf_addf(h->out, "delay: %lld\n", delay_ms);
        if (r.user) {
            buf_adds(h->out, "[BasicAuth]\n");
            hurl_add_text(h, r.user, strlen(r.user), HURL_VALUE);
            buf_adds(h->out, ":\n");
        }
        if (r.body)
            add_body(h, &r);
    } else {
        buf_adds(h->out, "# not sent, for hurl cannot:\n");
        add_comment(h->out, "", text_of(x, "curl"));
    }
    curl_request_release(&r);
    return ok;
}

/* The ids of an answer that later requests send. */
static void add_captures(struct hurl *h, const json_t *x, size_t number) {
    size_t from = h->fresh.id_count;
    bool any = false;

    fresh_note_ids(&h->fresh, text_of(x, "response_body"), number);
    for (size_t i = from; i < h->fresh.id_count; i++) {
        const struct shown_id *id = &h->fresh.ids[i];
        char *path =
            h->used[i] ? hurl_id_path(text_of(x, "response_body"), id->k) : NULL;

        if (!path)
            continue;
        buf_addf(h->out, "%sid_%zu_%zu: jsonpath \"%s\"\n", any ? "" : "[Captures]\n",
                 id->number, id->k, path);
        any = true;
        free(path);
    }
}

/* The clock of the target is advanced as the profile says. */
static void add_clock(struct hurl *h, const json_t *clock, long long seconds) {
    char *number = mem_printf("%lld", seconds);
    static const char variable[] = "${seconds}";
    const char *parts[] = {text_of(clock, "path"), text_of(clock, "form")};

    buf_addf(h->out, "\n# the clock is advanced\n%s {{base}}",
             text_of(clock, "method"));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const char *at = strstr(parts[i], variable);

        if (i && *parts[i])
            buf_adds(h->out, "\nContent-Type: application/x-www-form-urlencoded\n`");
        buf_add(h->out, parts[i], at ? (size_t)(at - parts[i]) : strlen(parts[i]));
        if (at)
            buf_addf(h->out, "%s%s", number, at + strlen(variable));
        if (i && *parts[i])
            buf_addc(h->out, '`');
    }
    buf_adds(h->out, "\nHTTP *\n");
    free(number);
}

struct hurl_case {
    const json_t *results, *check, *exchanges;
    size_t to; /* the request whose answer is judged */
};

static void add_judged(struct hurl *h, const struct hurl_case *c, const json_t *x) {
    const json_t *m = json_array_get(json_object_get(c->check, "mismatches"), 0);
    size_t mark;

    add_comment(h->out, "at      ", text_of(m, "pointer"));
    add_comment(h->out, "wanted  ", text_of(m, "expected"));
    add_comment(h->out, "got     ",
                m ? text_of(m, "got") : text_of(c->check, "reason"));
    mark = h->out->len;
    buf_adds(h->out, "[Asserts]\n");
    if (hurl_add_asserts(h, m, x))
        return;
    buf_cut(h->out, mark);
    buf_adds(h->out,
             "# There are no words in hurl for this one: compare by eye, or let\n"
             "# assay report --format sh tell\n");
}

static void add_exchanges(struct hurl *h, const struct hurl_case *c) {
    const json_t *clock = jsonx_at(c->results, "/target/clock");
    long long passed = 0;

    for (size_t i = 0; i < json_array_size(c->exchanges); i++) {
        const json_t *x = json_array_get(c->exchanges, i);
        long long at = jsonx_int(x, "at_ms", 0), delay = at - passed;
        bool cleaning = json_is_true(json_object_get(x, "cleaning"));

        if (i > c->to && !cleaning)
            continue;
        delay = delay >= 1000 && !cleaning ? delay / 1000 * 1000 : 0;
        passed += delay;
        if (delay && json_is_object(clock))
            add_clock(h, clock, delay / 1000);
        if (!add_request(h, x, i + 1, json_is_object(clock) ? 0 : delay))
            continue;
        buf_addf(h->out, "HTTP *\n# was %lld\n", (long long)jsonx_int(x, "status", 0));
        if (i == c->to)
            add_judged(h, c, x);
        else if (!cleaning)
            add_captures(h, x, i + 1);
    }
}

/* ---- the whole ---- */

static void add_variables(struct buf *out, json_t *values, const char *option) {
    const char *name;
    json_t *how;

    json_object_foreach(values, name, how)
        buf_addf(out, " \\\n#     %s %s=%s", option, name, json_string_value(how));
}

static void add_head(struct hurl *h, const struct hurl_case *c) {
    const json_t *clause = clause_of(c->results, text_of(c->check, "clause"));

    buf_adds(h->out, "# Sends the case of one red check again, under fresh names.\n");
    add_comment(h->out, "check   ", text_of(c->check, "id"));
    add_comment(h->out, "case    ", text_of(c->check, "title"));
    buf_addf(h->out, "# clause  %s (%s): ", text_of(c->check, "clause"),
             text_of(c->check, "level"));
    str_add_visible(h->out, text_of(clause, "text"), strlen(text_of(clause, "text")),
                    400);
    buf_adds(h->out, "\n# Exit: 4 the fault shows, 0 it does not.\n#\n"
                     "# hurl --test --continue-on-error");
    buf_adds(h->out, " \\\n#     --variable base=");
    str_add_shell(h->out, h->fresh.base, strlen(h->fresh.base));
    buf_adds(h->out, " \\\n#     --variable n=assay$(date +%s | tail -c 7)");
    add_variables(h->out, h->times, "--variable");
    add_variables(h->out, h->keys, "--secret");
    buf_adds(h->out, " \\\n#     FILE.hurl\n");
}

bool write_hurl(const json_t *results, const struct report_options *o,
                struct buf *out) {
    const json_t *check = check_named(results, o->check),
                 *row = json_object_get(json_object_get(results, "rows"),
                                        text_of(check, "row"));
    struct hurl_case c = {results, check, json_object_get(row, "exchanges"),
                          (size_t)jsonx_int(check, "to", 0)};
    struct buf first = BUF_INIT(BUF_UNLIMITED);
    struct hurl *h = mem_new(1, sizeof(*h));

    h->times = json_object();
    h->keys = json_object();
    fresh_init(&h->fresh, results, row);
    h->out = &first; /* once to see which variables there are */
    add_exchanges(h, &c);
    fresh_release(&h->fresh);
    h->out = out;
    add_head(h, &c);
    add_exchanges(h, &c);
    fresh_release(&h->fresh);
    json_decref(h->times);
    json_decref(h->keys);
    buf_release(&first);
    free(h);
    return !out->failed;
}

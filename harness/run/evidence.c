/* An exchange or a mismatch comes in. JSON for the result document goes out, without
 * keys and without payloads that are not ours. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jsonx.h"
#include "core/match.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/run/evidence.h"
#include "harness/run/request.h"

enum {
    BODY_SHOWN = 4096,
    BODY_OF_ROW = 65536,
    BODY_REPEATED = 100000, /* what fits into one word of a command line */
    LINE_SHOWN = 4 * BODY_REPEATED
};

enum verdict verdict_for(const struct clause *clause) {
    static const enum verdict by_level[] = {VERDICT_FAIL, VERDICT_WARN, VERDICT_NOTE};

    return by_level[clause->level];
}

void evidence_without_keys(struct target *t) {
    const struct profile *p = t->profile;
    char *near;

    t->redactor = redactor_new();
    for (size_t i = 0; i < p->credential_count; i++) {
        char *token = strcmp(p->credentials[i].role, "main") == 0
                          ? mem_strdup("$ASSAY_KEY")
                          : mem_printf("$ASSAY_KEY_%s", p->credentials[i].role);

        for (char *ch = token; *ch; ch++)
            if (*ch >= 'a' && *ch <= 'z')
                *ch = (char)(*ch - 32);
        redactor_add_key(t->redactor, p->credentials[i].key, token);
        free(token);
    }
    redactor_add_own(t->redactor, t->unknown_key, strlen(t->unknown_key));
    for (size_t i = 0; i < near_key_count; i++) {
        near = near_key(p, near_keys[i].as);
        redactor_add_key(t->redactor, near,
                         strcmp(near_keys[i].as, "shorter") == 0 ? "${ASSAY_KEY%?}"
                                                                 : "$ASSAY_KEY_NEAR");
        free(near);
    }
}

/* Bytes as text for a report: secrets out, what is not UTF-8 as \xNN, cut. */
static json_t *shown_cut(const struct target *t, const char *bytes, size_t len,
                         size_t max) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    size_t i = 0, end, clean_len;
    char *clean = redactor_bytes(t->redactor, bytes, len, &clean_len);
    json_t *text;

    end = clean_len > max ? max : clean_len;
    while (i < end) {
        size_t n = str_utf8_step(clean + i, clean_len - i);

        if (n && clean[i])
            buf_add(&out, clean + i, n);
        else
            buf_addf(&out, "\\x%02x", (unsigned char)clean[i]);
        i += n ? n : 1;
    }
    text = jsonx_text(out.ptr, out.len);
    free(clean);
    buf_release(&out);
    return text;
}

static json_t *shown_text(const struct target *t, const char *bytes, size_t len) {
    return shown_cut(t, bytes, len, BODY_SHOWN);
}

static json_t *headers_json(const struct target *t, const struct http_headers *h) {
    json_t *list = json_array();

    for (size_t i = 0; i < h->count; i++) {
        bool secret = strcasecmp(h->items[i].name, "Authorization") == 0;
        json_t *value =
            secret ? json_string("(see the curl line)")
                   : shown_text(t, h->items[i].value, strlen(h->items[i].value));

        json_array_append_new(
            list, json_pack("[o, o]",
                            shown_text(t, h->items[i].name, strlen(h->items[i].name)),
                            value));
    }
    return list;
}

static void add_word(struct buf *line, const char *option, const char *text,
                     size_t len) {
    buf_addf(line, " %s ", option);
    str_add_shell(line, text, len);
}

/* $ASSAY_KEY, $ASSAY_KEY_LIVE and so on; the made-up key as it is. */
static char *key_variable(const struct target *t, const char *as) {
    char *name;

    if (strcmp(as, "unknown") == 0)
        return mem_strdup(t->unknown_key);
    if (strcmp(as, "main") == 0)
        return mem_strdup("$ASSAY_KEY");
    for (size_t i = 0; i < near_key_count; i++)
        if (strcmp(as, near_keys[i].as) == 0)
            return mem_strdup(near_keys[i].shell);
    name = mem_printf("$ASSAY_KEY_%s", as);
    for (char *p = name; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 32);
    return name;
}

/* The request as a line for sh; the key is a variable. */
static char *curl_line(const struct target *t, const struct exchange *x,
                       const char *as) {
    const struct http_request *q = &x->request;
    struct buf line = BUF_INIT(BUF_UNLIMITED);
    bool post = strcmp(q->method, "POST") == 0;
    const char *auth = http_headers_get(&q->headers, "Authorization");
    bool raw = strcmp(as, "nobody") == 0; /* the step wrote the header itself */
    char *variable = auth && !raw ? key_variable(t, as) : NULL;
    bool piped = q->body && !str_is_plain(q->body, q->body_len);

    if (q->body_len > BODY_REPEATED)
        buf_addf(&line, "# with a body of %zu bytes: ", q->body_len);
    else if (piped)
        str_add_printf(&line, q->body, q->body_len);
    buf_adds(&line, "curl -sS -i --path-as-is -g");
    if (variable && str_starts(auth, "Bearer"))
        buf_addf(&line, " -H \"Authorization: Bearer %s\"", variable);
    else if (variable)
        buf_addf(&line, " -u \"%s:\"", variable);
    if (x->bare)
        buf_adds(&line, " -H User-Agent: -H Accept:");
    if (q->body && !http_headers_get(&q->headers, "Content-Type"))
        buf_adds(&line, " -H Content-Type:"); /* else curl adds one */
    if (strcmp(q->method, q->body ? "POST" : "GET") != 0)
        add_word(&line, "-X", q->method, strlen(q->method));
    for (size_t i = 0; i < q->headers.count; i++) {
        const struct http_header *h = &q->headers.items[i];
        char *text;

        if ((variable && strcasecmp(h->name, "Authorization") == 0) ||
            (post && strcmp(h->value, "application/x-www-form-urlencoded") == 0))
            continue;
        text = mem_printf("%s: %s", h->name, h->value);
        add_word(&line, "-H", text, strlen(text));
        free(text);
    }
    if (piped && q->body_len <= BODY_REPEATED)
        buf_adds(&line, " --data-binary @-");
    else if (q->body && q->body_len <= BODY_REPEATED)
        add_word(&line, "--data-raw", q->body, q->body_len);
    buf_addc(&line, ' ');
    str_add_curl_url(&line, t->profile->base_url, q->target);
    free(variable);
    return buf_take(&line, NULL);
}

/* What a target shows that this run did not send may be somebody's secret. */
static json_t *exchange_upto(const struct target *t, const struct exchange *x,
                             const char *as, size_t max) {
    struct http_response answer = {0}, *a = &answer;
    json_t *o = json_object();
    char *url = mem_printf("%s%s", t->profile->base_url, x->request.target);
    char *curl = curl_line(t, x, as);

    http_response_copy(a, &x->response);
    redactor_response(t->redactor, a);
    json_object_set_new(o, "method", json_string(x->request.method));
    json_object_set_new(o, "url", shown_text(t, url, strlen(url)));
    json_object_set_new(o, "request_headers", headers_json(t, &x->request.headers));
    json_object_set_new(
        o, "request_body",
        shown_text(t, x->request.body ? x->request.body : "", x->request.body_len));
    json_object_set_new(o, "status", json_integer(a->status));
    json_object_set_new(
        o, "reason_phrase",
        shown_text(t, a->reason ? a->reason : "", a->reason ? strlen(a->reason) : 0));
    json_object_set_new(o, "response_headers", headers_json(t, &a->headers));
    json_object_set_new(o, "response_body",
                        shown_cut(t, a->body ? a->body : "", a->body_len, max));
    json_object_set_new(o, "response_bytes",
                        json_integer((json_int_t)x->response.body_len));
    json_object_set_new(o, "truncated", json_boolean(a->body_len > max));
    if (x->failure)
        json_object_set_new(o, "failure",
                            shown_text(t, x->failure, strlen(x->failure)));
    json_object_set_new(o, "ms", json_real(x->ms));
    json_object_set_new(o, "curl", shown_cut(t, curl, strlen(curl), LINE_SHOWN));
    http_response_release(a);
    free(url);
    free(curl);
    return o;
}

json_t *exchange_json(const struct target *t, const struct exchange *x,
                      const char *as) {
    return exchange_upto(t, x, as, BODY_SHOWN);
}

json_t *exchange_of_row(const struct target *t, const struct exchange *x,
                        const char *as) {
    return exchange_upto(t, x, as, BODY_OF_ROW);
}

static void undo_name(const struct case_run *c, json_t *object) {
    const char *name = json_string_value(json_object_get(object, "name"));
    const char *without = name ? case_undo_name(c, name) : NULL;

    if (without)
        json_object_set_new(object, "name", json_string(without));
}

/* Names in small letters; what comes twice is joined (RFC 9110, section 5.3). */
static void add_header(json_t *headers, const struct http_header *h) {
    char *name = mem_strdup(h->name), *joined = NULL;
    const char *before, *value = h->value;

    for (char *p = name; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    before = jsonx_string(headers, name, NULL);
    if (before)
        value = joined = mem_printf("%s, %s", before, h->value);
    json_object_set_new(headers, name, jsonx_text(value, strlen(value)));
    free(joined);
    free(name);
}

json_t *result_json(const struct case_run *c, const struct exchange *x,
                    const json_t *sent) {
    const struct http_response *a = &x->response;
    json_t *o = json_object(), *headers = json_object(), *body, *data;

    json_object_set_new(o, "status", json_integer(x->failure ? 0 : a->status));
    if (x->failure)
        json_object_set_new(o, "failure", jsonx_text(x->failure, strlen(x->failure)));
    for (size_t i = 0; i < a->headers.count; i++)
        add_header(headers, &a->headers.items[i]);
    json_object_set_new(o, "headers", headers);
    body = jsonx_body(a);
    if (body) {
        undo_name(c, body);
        data = json_object_get(body, "data");
        for (size_t i = 0; i < json_array_size(data); i++)
            undo_name(c, json_array_get(data, i));
        json_object_set_new(o, "body", body);
    }
    json_object_set_new(o, "text", jsonx_text(a->body ? a->body : "", a->body_len));
    if (sent)
        json_object_set(o, "sent", (json_t *)(uintptr_t)sent);
    json_object_set_new(o, "ms", json_integer((json_int_t)x->ms));
    return o;
}

/* The name that a place has: of `/body/data/0/payload/1` it is payload. */
static void add_name(struct buf *out, const char *pointer) {
    const char *end = pointer + strlen(pointer), *from = end;
    json_t *name;

    while (from > pointer) {
        for (from = end; from > pointer && from[-1] != '/';)
            from--;
        if (strspn(from, "0123456789") < (size_t)(end - from))
            break;
        end = from > pointer ? from - 1 : from;
        from = end;
    }
    name = jsonx_text(from, (size_t)(end - from));
    jsonx_add(out, name);
    json_decref(name);
}

/* What was got at a place, as JSON text: by the place's name it may be a secret. */
static json_t *shown_got(const struct target *t, const char *pointer, const char *got) {
    struct buf member = BUF_INIT(BUF_UNLIMITED);
    json_t *parsed = jsonx_told(got, strlen(got)), *text;
    size_t head, len;
    char *shown;

    if (!parsed)
        return shown_text(t, got, strlen(got));
    buf_addc(&member, '{');
    add_name(&member, pointer);
    buf_addc(&member, ':');
    head = member.len;
    buf_addf(&member, "%s}", got);
    shown = redactor_body(t->redactor, NULL, member.ptr, member.len, &len);
    if (len > head && memcmp(shown, member.ptr, head) == 0)
        text = shown_text(t, shown + head, len - head - 1);
    else
        text = json_string("[hidden]");
    free(shown);
    buf_release(&member);
    json_decref(parsed);
    return text;
}

json_t *evidence_mismatch(const struct target *t, const char *pointer,
                          const char *expected, const char *got) {
    return json_pack("{s:o, s:o, s:o}", "pointer",
                     shown_text(t, pointer, strlen(pointer)), "expected",
                     shown_text(t, expected, strlen(expected)), "got",
                     shown_got(t, pointer, got));
}

json_t *evidence_mismatches(const struct target *t, const struct mismatches *m) {
    json_t *list = json_array();

    for (size_t i = 0; i < m->count; i++)
        json_array_append_new(list,
                              evidence_mismatch(t, m->items[i].pointer,
                                                m->items[i].expected, m->items[i].got));
    return list;
}

/* What is red in a step that needs what the target does not offer: another clause than
 * that of the lack itself says nothing then. */
static void lay_to_lack(const struct case_run *c, const struct check *k, json_t *o) {
    const char *v = jsonx_string(o, "verdict", ""), *name = offer_name(c->lack);
    bool blocked = strcmp(v, "blocked") == 0;

    if (!blocked && strcmp(v, "fail") != 0 && strcmp(v, "warn") != 0)
        return;
    json_object_set_new(o, "lacks", json_string(name));
    if (blocked || offer_owns(c->lack, k->clause->id))
        return;
    json_object_set_new(o, "verdict", json_string(verdict_name(VERDICT_BLOCKED)));
    json_object_set_new(o, "reason", json_sprintf("%s: not offered", name));
}

void check_record(struct case_run *c, const struct check *k, enum verdict v,
                  const char *reason, json_t *mismatches, json_t *transcript) {
    char *id = check_full_id(c->test, k, c->row);
    const char *pointer = jsonx_string(json_array_get(mismatches, 0), "pointer", "");
    const struct yaml_node *place =
        k->expect_place ? yaml_node_at(k->expect_place, pointer) : NULL;
    json_t *o = json_object();

    if (c->run->doc.gone && v != VERDICT_SKIP) { /* it says nothing about the target */
        v = VERDICT_ERROR;
        reason = c->run->doc.gone;
    }
    json_object_set_new(o, "id", json_string(id));
    json_object_set_new(o, "clause", json_string(k->clause->id));
    json_object_set_new(o, "level", json_string(level_name(k->clause->level)));
    json_object_set_new(o, "verdict", json_string(verdict_name(v)));
    json_object_set(o, "case", c->name);
    json_object_set(o, "title", c->title);
    json_object_set(o, "file", c->file);
    json_object_set_new(o, "line", json_integer(place ? place->line : k->line));
    json_object_set_new(o, "column", json_integer(place ? place->column : k->column));
    if (reason)
        json_object_set_new(o, "reason",
                            shown_text(&c->run->target, reason, strlen(reason)));
    if (mismatches)
        json_object_set_new(o, "mismatches", mismatches);
    if (transcript && json_array_size(transcript)) {
        json_object_set(o, "transcript", transcript);
        json_object_set_new(o, "exchange",
                            json_integer((json_int_t)json_array_size(transcript) - 1));
    }
    if (c->judged_us) /* the time since the one before: its requests, and its judging */
        json_object_set_new(
            o, "duration_ms",
            json_real((double)(clock_steady_us() - c->judged_us) / 1000.0));
    c->judged_us = clock_steady_us();
    if (v != VERDICT_PASS && c->log.count > 0 && c->run->options->red_again) {
        if (k->outcome_count && !c->status_decides)
            /* what differs from the first outcome is not all of it */
            json_object_set_new(o, "whole", json_true());
        json_object_set_new(o, "from", json_integer((json_int_t)c->log.step_from));
        json_object_set_new(o, "to", json_integer((json_int_t)c->log.count - 1));
    }
    if (c->lack != OFFER_ALL)
        lay_to_lack(c, k, o);
    json_array_append_new(c->checks, o);
    free(id);
}

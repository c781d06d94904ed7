/* A cassette of the VCR family comes in, YAML or JSON. The exchanges of one server go
 * out. */
#include "recording/vcr.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

/* --- YAML as these tools write it: with tags, anchors and multi-line scalars --- */

enum { MAX_DEPTH = 24, MAX_NODES = 2000000 };

struct cassette_reading {
    yaml_document_t *doc;
    const char *source;
    size_t nodes;
    struct err *err;
};

static bool fail_at(struct cassette_reading *g, const yaml_mark_t *mark,
                    const char *what) {
    err_at(g->err, ERR_SYNTAX, (int)mark->line + 1, (int)mark->column + 1, "%s", what);
    return err_in(g->err, g->source);
}

static bool is_binary(const yaml_node_t *n) {
    const char *tag = (const char *)n->tag;

    return tag && (strcmp(tag, "tag:yaml.org,2002:binary") == 0 ||
                   strcmp(tag, "!binary") == 0);
}

/* A plain `null`, `~` or nothing; a quoted one is text. */
static bool is_null(const yaml_node_t *n) {
    const char *text = (const char *)n->data.scalar.value;

    return n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || strcmp(text, "null") == 0 || strcmp(text, "~") == 0);
}

static json_t *scalar(struct cassette_reading *g, const yaml_node_t *n) {
    const char *text = (const char *)n->data.scalar.value;
    size_t len = n->data.scalar.length;

    if (is_binary(n))
        return json_pack("{s:o}", "base64_string", json_stringn(text, len));
    if (is_null(n))
        return json_null();
    (void)g;
    return json_stringn(text, len);
}

static json_t *value_of(struct cassette_reading *g, int index, int depth);

static json_t *sequence(struct cassette_reading *g, const yaml_node_t *n, int depth) {
    json_t *list = json_array();

    for (yaml_node_item_t *i = n->data.sequence.items.start;
         i < n->data.sequence.items.top; i++) {
        json_t *item = value_of(g, *i, depth + 1);

        if (!item || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *mapping(struct cassette_reading *g, const yaml_node_t *n, int depth) {
    json_t *map = json_object();

    for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
         p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = yaml_document_get_node(g->doc, p->key);
        json_t *value = value_of(g, p->value, depth + 1);

        if (!value || key->type != YAML_SCALAR_NODE) {
            if (value)
                fail_at(g, &n->start_mark, "a key is no text");
            json_decref(value);
            json_decref(map);
            return NULL;
        }
        json_object_setn_new_nocheck(map, (const char *)key->data.scalar.value,
                                     key->data.scalar.length, value);
    }
    return map;
}

/* NULL = an error was told. */
static json_t *value_of(struct cassette_reading *g, int index, int depth) {
    const yaml_node_t *n = yaml_document_get_node(g->doc, index);
    json_t *value;

    if (depth > MAX_DEPTH || ++g->nodes > MAX_NODES) {
        fail_at(g, &n->start_mark, "is nested too deep, or too large");
        return NULL;
    }
    value = n->type == YAML_SCALAR_NODE     ? scalar(g, n)
            : n->type == YAML_SEQUENCE_NODE ? sequence(g, n, depth)
                                            : mapping(g, n, depth);
    if (!value)
        fail_at(g, &n->start_mark, "a text is no UTF-8");
    return value;
}

static json_t *load_yaml(const char *source, const char *text, size_t len,
                         struct err *err) {
    struct cassette_reading g = {.source = source, .err = err};
    yaml_parser_t parser;
    yaml_document_t doc;
    json_t *value = NULL;

    if (!yaml_parser_initialize(&parser))
        return NULL;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    if (!yaml_parser_load(&parser, &doc)) {
        fail_at(&g, &parser.problem_mark,
                parser.problem ? parser.problem : "is no YAML");
    } else {
        g.doc = &doc;
        if (yaml_document_get_root_node(&doc))
            value = value_of(&g, 1, 0);
        else
            fail_at(&g, &doc.start_mark, "is empty");
        yaml_document_delete(&doc);
    }
    yaml_parser_delete(&parser);
    return value;
}

json_t *vcr_load(const char *source, const char *text, size_t len, struct err *err) {
    size_t blank = 0;
    json_t *value;

    while (blank < len && strchr(" \t\r\n", text[blank]) && text[blank])
        blank++;
    if (blank == len || text[blank] != '{')
        return load_yaml(source, text, len, err);
    value = jsonx_load(text, len, MAX_DEPTH, err);
    if (!value)
        err_in(err, source);
    return value;
}

/* --- interactions --- */

/* A number that YAML gives as text. */
static int64_t number_of(const json_t *value) {
    int64_t n = 0;

    if (json_is_integer(value))
        return json_integer_value(value);
    if (json_is_string(value))
        str_to_int(json_string_value(value), json_string_length(value), &n);
    return n;
}

/* {Name: [value, ..]}, {Name: value}, or of old ones ["Name: value", ..] */
static void headers_in(const json_t *headers, struct http_headers *h) {
    const char *name, *text, *colon;
    json_t *values;
    size_t i;

    json_object_foreach((json_t *)(uintptr_t)headers, name, values) {
        if (json_is_string(values))
            archive_header(h, name, json_string_value(values));
        for (i = 0; i < json_array_size(values); i++)
            if ((text = json_string_value(json_array_get(values, i))))
                archive_header(h, name, text);
    }
    for (i = 0; i < json_array_size(headers); i++) {
        char *called;

        text = json_string_value(json_array_get(headers, i));
        if (!text || !(colon = strchr(text, ':')))
            continue;
        called = mem_strndup(text, (size_t)(colon - text));
        archive_header(h, called, colon + 1 + strspn(colon + 1, " "));
        free(called);
    }
}

/* Base64 with line ends in it. */
static bool add_base64(struct buf *out, const char *text) {
    struct buf plain = BUF_INIT(BUF_UNLIMITED);
    bool ok;

    for (; *text; text++)
        if (!strchr(" \t\r\n", *text))
            buf_addc(&plain, *text);
    ok = str_from_base64(out, plain.ptr ? plain.ptr : "", plain.len);
    buf_release(&plain);
    return ok;
}

enum cassette_body { BODY_NONE, BODY_HERE, BODY_UNREADABLE };

/* A text, {string: ..} or {base64_string: ..}, the string with a tag of its own. */
static enum cassette_body body_in(const json_t *body, struct buf *out) {
    const json_t *inner = json_object_get(body, "string");
    const char *coded = jsonx_string(body, "base64_string", NULL);

    if (json_is_string(body)) {
        buf_add(out, json_string_value(body), json_string_length(body));
        return BODY_HERE;
    }
    if (coded)
        return add_base64(out, coded) ? BODY_HERE : BODY_UNREADABLE;
    if (inner)
        return body_in(inner, out);
    return !body || json_is_null(body) ? BODY_NONE : BODY_UNREADABLE;
}

static int64_t time_of(const json_t *interaction, const json_t *headers) {
    const json_t *date = json_object_get(headers, "Date");
    const char *text = jsonx_string(interaction, "recorded_at", NULL);
    int64_t seconds;

    if (!date)
        date = json_object_get(headers, "date");
    if (!text)
        text = json_string_value(json_is_array(date) ? json_array_get(date, 0) : date);
    if (text && http_date_parse(text, &seconds))
        return seconds * 1000000;
    return text ? archive_time(text) : ARCHIVE_NO_TIME;
}

static void answer_in(struct archive *a, const json_t *answer, struct recorded *x) {
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    enum cassette_body is;

    headers_in(json_object_get(answer, "headers"), &x->response.headers);
    is = body_in(json_object_get(answer, "body"), &body);
    if (is == BODY_HERE)
        archive_response_body(a, x, body.ptr ? body.ptr : "", body.len);
    else if (is == BODY_UNREADABLE)
        archive_no_body(a, x, "the answer's body in the cassette cannot be read");
    buf_release(&body);
}

static char *method_of(const json_t *q) {
    char *method = mem_strdup(jsonx_string(q, "method", ""));

    for (char *c = method; *c; c++) /* Ruby's are in small letters */
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
    return method;
}

static void interaction_in(struct archive *a, const json_t *interaction) {
    const json_t *q = json_object_get(interaction, "request"),
                 *answer = json_object_get(interaction, "response"),
                 *status = json_object_get(answer, "status"),
                 *headers = json_object_get(answer, "headers");
    int64_t at = time_of(interaction, headers);
    char *method = method_of(q);
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    struct recorded *x;
    int code = (int)number_of(json_is_object(status) ? json_object_get(status, "code")
                                                     : status);

    if (at != ARCHIVE_NO_TIME && at <= a->latest_us)
        at = ARCHIVE_NO_TIME; /* within the second of the one before */
    x = archive_entry(a, method, jsonx_string(q, "uri", ""), at, 0);
    if (x) {
        headers_in(json_object_get(q, "headers"), &x->request.headers);
        if (body_in(json_object_get(q, "body"), &body) == BODY_HERE && body.len)
            archive_request_body(x, body.ptr, body.len);
        if (code >= 100 && code <= 599)
            answer_in(a, answer, x);
        archive_answered(a, x, code, jsonx_string(status, "message", ""),
                         "the cassette holds no answer");
    }
    free(method);
    buf_release(&body);
}

static const char *wrong_with(const json_t *interaction) {
    const json_t *q = json_object_get(interaction, "request");
    const char *method = jsonx_string(q, "method", "");

    if (!json_is_object(q))
        return "`request` is missing";
    if (!json_is_string(json_object_get(q, "uri")))
        return "`request.uri` is missing";
    if (!*method || strpbrk(method, " \t\r\n"))
        return "`request.method` is none";
    return NULL;
}

bool vcr_to(const json_t *cassette, struct archive *a, struct err *err) {
    const json_t *list = json_object_get(cassette, "http_interactions");

    if (!list)
        list = json_object_get(cassette, "interactions");
    if (!json_is_array(list))
        return err_at(err, ERR_SYNTAX, 0, 0,
                      "is no cassette: neither `http_interactions` (Ruby) nor "
                      "`interactions` (Python) is there");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!wrong_with(json_array_get(list, i)))
            archive_saw(a, json_string_value(
                               jsonx_at(json_array_get(list, i), "/request/uri")));
    if (!archive_choose(a, err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);

        if (wrong_with(one))
            archive_leave_out(a, i + 1, wrong_with(one));
        else
            interaction_in(a, one);
    }
    archive_finish(a);
    return true;
}

/* What was wanted of an answer and what came, in words, come in. Asserts of hurl go out that
 * hold where the fault does not show. */
#include "reports/hurl.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "reports/text.h"

enum { EACH = 30, LIKE_DEPTH = 4 };

/* ---- places ---- */

static bool is_plain(const char *token) {
    for (const char *p = token; *p; p++)
        if (!str_is_word_char(*p))
            return false;
    return *token;
}

static void add_step(struct buf *path, const char *token, bool index) {
    buf_addf(path, index ? "[%s]" : "['%s']", token);
}

/* "/body/data/0/name" as `jsonpath "$['data'][0]['name']"`, "/headers/x" as `header "x"`. */
static bool add_query(struct buf *query, const char *pointer) {
    char token[100];

    if (strcmp(pointer, "/status") == 0)
        return buf_adds(query, "status");
    if (str_starts(pointer, "/headers/") && is_plain(pointer + strlen("/headers/")))
        return buf_addf(query, "header \"%s\"", pointer + strlen("/headers/"));
    if (!str_starts(pointer, "/body") || (pointer[5] && pointer[5] != '/'))
        return false;
    buf_adds(query, "jsonpath \"$");
    for (const char *p = pointer + strlen("/body"); *p;) {
        size_t len = strcspn(++p, "/");

        if (len == 0 || len >= sizeof(token))
            return false;
        memcpy(token, p, len);
        token[len] = '\0';
        if (!is_plain(token))
            return false;
        add_step(query, token, strspn(token, "0123456789") == len);
        p += len;
    }
    return buf_addc(query, '"');
}

static bool id_path(json_t *v, size_t *left, struct buf *path) {
    size_t len = path->len, i;
    const char *key;
    json_t *member;

    json_object_foreach(v, key, member) {
        if (strcmp(key, "id") == 0 && json_string_length(member) > 0 && --*left == 0)
            return buf_adds(path, "['id']");
        if (!is_plain(key))
            continue;
        add_step(path, key, false);
        if (id_path(member, left, path))
            return true;
        buf_cut(path, len);
    }
    json_array_foreach(v, i, member) {
        buf_addf(path, "[%zu]", i);
        if (id_path(member, left, path))
            return true;
        buf_cut(path, len);
    }
    return false;
}

char *hurl_id_path(const char *body, size_t k) {
    struct buf path = BUF_INIT(BUF_UNLIMITED);
    json_t *v = jsonx_told(body, strlen(body));

    buf_addc(&path, '$');
    if (!id_path(v, &k, &path)) {
        buf_release(&path);
        json_decref(v);
        return NULL;
    }
    json_decref(v);
    return buf_take(&path, NULL);
}

/* ---- predicates ---- */

struct assertion {
    struct hurl *h;
    const char *query;
    const json_t *was; /* what stood there in the recorded answer, or NULL */
    size_t added;
};

static void begin(struct assertion *a, const char *predicate) {
    buf_addf(a->h->out, "%s %s", a->query, predicate);
    a->added++;
}

static bool is_scalar(const json_t *v) {
    return v && !json_is_object(v) && !json_is_array(v);
}

/* Evidence shows the names of a case as its spec has them; the answers hold them behind the
 * prefix of the run. */
static bool is_name(const struct assertion *a, const json_t *was) {
    return *a->h->fresh.prefix && json_is_string(was) &&
           strstr(json_string_value(was), a->h->fresh.prefix);
}

/* A text, behind what stands before `shown` in the recorded one. */
static bool add_name(struct assertion *a, const char *text, const char *shown) {
    const char *was = json_string_value(a->was);
    size_t len = strlen(was), shown_len = strlen(shown);

    if (!str_ends(was, shown))
        return false;
    hurl_add_text(a->h, was, len - shown_len, HURL_QUOTED);
    hurl_add_text(a->h, text, strlen(text), HURL_QUOTED);
    return true;
}

static bool is_far_time(const struct assertion *a, const json_t *v, int64_t *distance) {
    return json_is_integer(v) && json_integer_value(v) > 1000000000 &&
           fresh_time(&a->h->fresh, json_integer_value(v), distance);
}

static void add_scalar(struct assertion *a, const json_t *v) {
    int64_t distance;

    if (json_is_string(v)) {
        buf_addc(a->h->out, '"');
        hurl_add_text(a->h, json_string_value(v), json_string_length(v), HURL_QUOTED);
        buf_addc(a->h->out, '"');
    } else if (is_far_time(a, v, &distance)) {
        hurl_add_time(a->h, distance);
    } else {
        jsonx_add(a->h->out, v);
    }
}

/* What cannot be compared with another run's: names, and times that nobody sent. */
static bool can_compare(const struct assertion *a, const json_t *v) {
    int64_t distance;

    return !(json_is_string(v) && is_name(a, a->was)) &&
           (!is_far_time(a, v, &distance) || hurl_sent_time(a->h, distance));
}

static void add_compared(struct assertion *a, const char *predicate, const json_t *v) {
    if (!can_compare(a, v))
        return;
    begin(a, predicate);
    buf_addc(a->h->out, ' ');
    add_scalar(a, v);
    buf_addc(a->h->out, '\n');
}

/* Of a name: `shown` is what the evidence calls the one that came. */
static bool add_compared_name(struct assertion *a, const char *predicate,
                              const json_t *v, const char *shown) {
    size_t mark = a->h->out->len;

    if (!json_is_string(v) || !is_name(a, a->was))
        return false;
    begin(a, predicate);
    buf_adds(a->h->out, " \"");
    if (add_name(a, json_string_value(v), shown))
        return buf_adds(a->h->out, "\"\n");
    buf_cut(a->h->out, mark);
    a->added--;
    return false;
}

static void add_count(struct assertion *a, size_t n) {
    begin(a, "count == ");
    buf_addf(a->h->out, "%zu\n", n);
}

static bool add_each(struct assertion *a, const json_t *list, bool whole) {
    size_t n = json_array_size(list);
    bool names = is_name(a, json_array_get(a->was, 0));

    if (!json_is_array(list) || n > EACH)
        return false;
    if (whole)
        add_count(a, n);
    for (size_t i = 0; i < n; i++)
        if (is_scalar(json_array_get(list, i)) && !names)
            add_compared(a, "includes", json_array_get(list, i));
    return a->added > 0;
}

static void add_type(struct assertion *a, const char *type) {
    static const struct {
        const char *type, *predicate;
    } types[] = {{"string", "isString\n"},
                 {"integer", "isInteger\n"},
                 {"boolean", "isBoolean\n"},
                 {"array", "isCollection\n"},
                 {"object", "isCollection\n"}};

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(types[i].type, type) == 0)
            begin(a, types[i].predicate);
}

/* One of several texts, as a regular expression. */
static void add_one_of(struct assertion *a, const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i)))
            return;
    if (!json_array_size(list) || is_name(a, a->was))
        return;
    begin(a, "matches \"^(");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));

        buf_adds(a->h->out, i ? "|" : "");
        for (const char *p = text; *p; p++) {
            if (!str_is_word_char(*p))
                buf_adds(a->h->out, "\\\\");
            hurl_add_text(a->h, p, 1, HURL_QUOTED);
        }
    }
    buf_adds(a->h->out, ")$\"\n");
}

/* The members of an object that it must be like. */
static void add_like(struct assertion *a, json_t *like, unsigned depth) {
    const json_t *type = json_object_get(like, "$type"),
                 *any = json_object_get(like, "$any_of");
    const char *key;
    json_t *member;

    if (is_scalar(like))
        add_compared(a, "==", like);
    else if (json_is_string(type))
        add_type(a, json_string_value(type));
    else if (any)
        add_one_of(a, any);
    else if (depth < LIKE_DEPTH)
        json_object_foreach(like, key, member) {
            struct buf query = BUF_INIT(1000);
            struct assertion below = {a->h, query.ptr, json_object_get(a->was, key), 0};

            if (!is_plain(key) || !str_ends(a->query, "\""))
                continue;
            buf_add(&query, a->query, strlen(a->query) - 1);
            buf_addf(&query, "['%s']\"", key);
            below.query = query.ptr;
            add_like(&below, member, depth + 1);
            a->added += below.added;
            buf_release(&query);
        }
}

/* ---- what was wanted, in words ---- */

static json_t *value_in(const char *text) {
    return json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

enum wish { AT_MOST, AT_LEAST, LENGTH, ANY_ORDER, HAS, LIKE, MEDIA, TYPE };

static bool add_wish(struct assertion *a, enum wish wish, json_t *v) {
    switch (wish) {
    case AT_MOST:
        add_compared(a, "<=", v);
        break;
    case AT_LEAST:
        add_compared(a, ">=", v);
        break;
    case LENGTH:
        if (json_is_integer(v))
            add_count(a, (size_t)json_integer_value(v));
        break;
    case ANY_ORDER:
        return add_each(a, v, true);
    case HAS:
        return add_each(a, v, false);
    case LIKE:
        add_like(a, v, 0);
        break;
    case MEDIA:
        add_compared(a, "contains", v);
        break;
    case TYPE:
        add_type(a, json_is_string(v) ? json_string_value(v) : "");
        break;
    }
    return a->added > 0;
}

static bool add_wanted(struct assertion *a, const char *expected, const char *shown) {
    static const struct {
        const char *words;
        enum wish wish;
    } wishes[] = {{"a number of at most ", AT_MOST},
                  {"a number of at least ", AT_LEAST},
                  {"a length of ", LENGTH},
                  {"in any order ", ANY_ORDER},
                  {"an array that has ", HAS},
                  {"an object like ", LIKE},
                  {"in UTF-8, the media type ", MEDIA},
                  {"a value of type ", TYPE}};
    json_t *v = value_in(expected);
    bool ok = false;

    if (is_scalar(v)) {
        if (!shown || !add_compared_name(a, "==", v, shown))
            add_compared(a, "==", v);
        ok = a->added > 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(wishes) && !v && !ok; i++)
        if (str_starts(expected, wishes[i].words)) {
            json_decref(v);
            v = value_in(expected + strlen(wishes[i].words));
            ok = v && add_wish(a, wishes[i].wish, v);
        }
    json_decref(v);
    return ok;
}

/* What stood at a place of the recorded answer; new; NULL = it was not kept. */
static json_t *value_recorded(const char *pointer, const json_t *x) {
    json_t *body, *v;

    if (!str_starts(pointer, "/body") || json_is_true(json_object_get(x, "truncated")))
        return NULL;
    body = jsonx_told(text_of(x, "response_body"), strlen(text_of(x, "response_body")));
    v = json_incref(jsonx_at(body, pointer + strlen("/body")));
    json_decref(body);
    return v;
}

/* Else: that what came does not come again. */
static bool add_not_again(struct assertion *a, const char *expected, const char *got) {
    json_t *shown = value_in(got);
    const json_t *v = shown ? shown : a->was; /* a long text is cut in `got` */

    if (strcmp(expected, "nothing") == 0)
        begin(a, "not exists\n");
    else if (strcmp(got, "nothing") == 0)
        begin(a, "exists\n");
    else if (is_scalar(v) && !str_starts(expected, "null or nothing"))
        add_compared(a, "!=", v);
    json_decref(shown);
    return a->added > 0;
}

/* A member that is to be null or nothing: hurl's own words tell these two apart. */
static bool add_absent(struct assertion *a, const char *pointer, const char *expected) {
    const char *member = strrchr(pointer, '/');

    if (!str_starts(expected, "null or nothing") || !member || !is_plain(member + 1) ||
        !str_starts(pointer, "/body/"))
        return false;
    a->query = "body";
    begin(a, "not matches ");
    buf_addf(a->h->out, "\"\\\"%s\\\"\\\\s*:\\\\s*[^n\\\\s]\"\n", member + 1);
    return true;
}

bool hurl_add_asserts(struct hurl *h, const json_t *mismatch, const json_t *x) {
    const char *pointer = text_of(mismatch, "pointer"),
               *expected = text_of(mismatch, "expected"),
               *got = text_of(mismatch, "got");
    struct buf query = BUF_INIT(2000);
    json_t *was = value_recorded(pointer, x), *shown = value_in(got);
    struct assertion a = {h, "", was, 0};
    bool ok = add_query(&query, pointer) && !query.failed;

    a.query = query.ptr;
    ok = ok && (add_wanted(&a, expected, json_string_value(shown)) ||
                add_absent(&a, pointer, expected) || add_not_again(&a, expected, got));
    json_decref(was);
    json_decref(shown);
    buf_release(&query);
    return ok;
}

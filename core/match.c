/* An expectation and a value come in. Whether it is met goes out, with a mismatch for
 * each place where it is not. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/match.h"

#include <math.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/jsonx.h"
#include "core/matcher.h"
#include "core/media_type.h"
#include "core/mem.h"
#include "core/regex.h"
#include "core/str.h"

enum { SHOWN_BYTES = 300 };

struct comparison {
    struct mismatches *out; /* NULL: only the answer is wanted */
    struct buf pointer;
};

static bool compare(struct comparison *c, const json_t *want, const json_t *got);

static char *shown(const json_t *value) {
    struct buf text = BUF_INIT(BUF_UNLIMITED), out = BUF_INIT(BUF_UNLIMITED);

    jsonx_add(&text, value);
    str_add_visible(&out, text.ptr, text.len, SHOWN_BYTES);
    buf_release(&text);
    return buf_take(&out, NULL);
}

/* Note a mismatch at the present place; takes `expected`. Always false. */
static bool differs(struct comparison *c, char *expected, const json_t *got) {
    struct mismatch *m;

    if (!c->out || c->out->count >= MISMATCHES_MAX) {
        free(expected);
        return false;
    }
    c->out->items = mem_grow(c->out->items, c->out->count + 1, sizeof(*m));
    m = &c->out->items[c->out->count++];
    m->pointer = mem_strdup(c->pointer.ptr);
    m->expected = expected;
    m->got = shown(got);
    return false;
}

static bool differs_words(struct comparison *c, const char *words, const json_t *want,
                          const json_t *got) {
    char *value = want ? shown(want) : NULL;
    char *text = value ? mem_printf("%s %s", words, value) : mem_strdup(words);

    free(value);
    return differs(c, text, got);
}

static bool silent(const json_t *want, const json_t *got) {
    struct comparison c = {.pointer = BUF_INIT(1 << 16)};
    bool ok = compare(&c, want, got);

    buf_release(&c.pointer);
    return ok;
}

static bool at_token(struct comparison *c, const char *token, const json_t *want,
                     const json_t *got) {
    size_t before = c->pointer.len;
    bool ok;

    jsonx_pointer_add(&c->pointer, token);
    ok = compare(c, want, got);
    buf_cut(&c->pointer, before);
    return ok;
}

static bool at_index(struct comparison *c, size_t index, const json_t *want,
                     const json_t *got) {
    char token[24];

    snprintf(token, sizeof(token), "%zu", index);
    return at_token(c, token, want, got);
}

static bool on_type(struct comparison *c, const json_t *want, const json_t *got) {
    const char *name = json_string_value(want);

    if (name && (strcmp(name, jsonx_type(got)) == 0 ||
                 (strcmp(name, "number") == 0 && json_is_number(got))))
        return true;
    return differs_words(c, "a value of type", want, got);
}

static bool on_absent(struct comparison *c, const json_t *want, const json_t *got) {
    if (json_is_true(want) == !got)
        return true;
    return differs_words(c, json_is_true(want) ? "nothing there" : "something there",
                         NULL, got);
}

static bool on_null_or_absent(struct comparison *c, const json_t *want,
                              const json_t *got) {
    if (json_is_true(want) == (!got || json_is_null(got)))
        return true;
    return differs_words(c, json_is_true(want) ? "null or nothing" : "a value", NULL,
                         got);
}

static bool on_any_of(struct comparison *c, const json_t *want, const json_t *got) {
    for (size_t i = 0; i < json_array_size(want); i++)
        if (silent(json_array_get(want, i), got))
            return true;
    return differs_words(c, "one of", want, got);
}

static bool on_not(struct comparison *c, const json_t *want, const json_t *got) {
    bool text = json_object_size(want) == 1 && json_object_get(want, "$match");

    return !silent(want, got) ||
           differs_words(c, text ? "anything but text that matches" : "anything but",
                         text ? json_object_get(want, "$match") : want, got);
}

static bool on_eq(struct comparison *c, const json_t *want, const json_t *got) {
    return json_equal(want, got) || differs(c, shown(want), got);
}

/* The last few patterns, compiled; expectations repeat. */
static _Thread_local struct {
    char *pattern;
    pcre2_code *code;
} cache[8];
static _Thread_local unsigned cache_next;

static pcre2_code *compiled(const char *pattern) {
    size_t offset;
    unsigned slot;
    int error;

    for (size_t i = 0; i < ARRAY_LEN(cache); i++)
        if (cache[i].pattern && strcmp(cache[i].pattern, pattern) == 0)
            return cache[i].code;
    slot = cache_next++ % ARRAY_LEN(cache);
    free(cache[slot].pattern);
    pcre2_code_free(cache[slot].code);
    cache[slot].pattern = mem_strdup(pattern);
    cache[slot].code = regex_compile(pattern, strlen(pattern), &error, &offset);
    return cache[slot].code;
}

void match_forget(void) {
    for (size_t i = 0; i < ARRAY_LEN(cache); i++) {
        free(cache[i].pattern);
        pcre2_code_free(cache[i].code);
        cache[i].pattern = NULL;
        cache[i].code = NULL;
    }
}

static bool on_match(struct comparison *c, const json_t *want, const json_t *got) {
    const char *pattern = json_string_value(want);
    pcre2_code *code = pattern ? compiled(pattern) : NULL;
    bool ok = false;

    if (code && json_is_string(got)) {
        pcre2_match_data *data = pcre2_match_data_create(1, NULL);
        pcre2_match_context *limits = pcre2_match_context_create(NULL);

        pcre2_set_match_limit(limits, 1000000);
        pcre2_set_depth_limit(limits, 10000);
        ok = pcre2_match(code, (PCRE2_SPTR)json_string_value(got),
                         json_string_length(got), 0, 0, data, limits) >= 0;
        pcre2_match_context_free(limits);
        pcre2_match_data_free(data);
    }
    return ok || differs_words(c, "text that matches", want, got);
}

static bool on_prefix(struct comparison *c, const json_t *want, const json_t *got) {
    size_t len = json_string_length(want);

    if (json_is_string(want) && json_is_string(got) && json_string_length(got) >= len &&
        memcmp(json_string_value(got), json_string_value(want), len) == 0)
        return true;
    return differs_words(c, "text that begins with", want, got);
}

static bool on_media(struct comparison *c, const json_t *want, const json_t *got) {
    return (json_is_string(want) && json_is_string(got) &&
            media_type_is_utf8(json_string_value(got), json_string_value(want))) ||
           differs_words(c, "in UTF-8, the media type", want, got);
}

static bool on_len(struct comparison *c, const json_t *want, const json_t *got) {
    json_t *len = NULL;
    bool ok;

    if (json_is_array(got))
        len = json_integer((json_int_t)json_array_size(got));
    else if (json_is_object(got))
        len = json_integer((json_int_t)json_object_size(got));
    else if (json_is_string(got))
        len = json_integer((json_int_t)str_utf8_count(json_string_value(got),
                                                      json_string_length(got)));
    ok = len && silent(want, len);
    json_decref(len);
    return ok || differs_words(c, "a length of", want, got);
}

static bool on_each(struct comparison *c, const json_t *want, const json_t *got) {
    bool ok = true;

    if (!json_is_array(got))
        return differs_words(c, "an array", NULL, got);
    for (size_t i = 0; i < json_array_size(got); i++)
        ok = at_index(c, i, want, json_array_get(got, i)) && ok;
    return ok;
}

static bool on_none(struct comparison *c, const json_t *want, const json_t *got) {
    if (!json_is_array(got))
        return differs_words(c, "an array", NULL, got);
    for (size_t i = 0; i < json_array_size(got); i++)
        if (silent(want, json_array_get(got, i)))
            return differs_words(c, "no item like", want, got);
    return true;
}

/* Augmenting path of a bipartite matching: can expectation `i` get an item? */
static bool assign(const json_t *wants, const json_t *items, size_t i, size_t *owner,
                   bool *tried) {
    for (size_t j = 0; j < json_array_size(items); j++) {
        if (tried[j] || !silent(json_array_get(wants, i), json_array_get(items, j)))
            continue;
        tried[j] = true;
        if (owner[j] == SIZE_MAX || assign(wants, items, owner[j], owner, tried)) {
            owner[j] = i;
            return true;
        }
    }
    return false;
}

static bool all_assigned(const json_t *wants, const json_t *items) {
    size_t n = json_array_size(items);
    size_t *owner = mem_new(n, sizeof(*owner));
    bool *tried = mem_new(n, sizeof(*tried)), ok = true;

    for (size_t j = 0; j < n; j++)
        owner[j] = SIZE_MAX;
    for (size_t i = 0; ok && i < json_array_size(wants); i++) {
        memset(tried, 0, n * sizeof(*tried));
        ok = assign(wants, items, i, owner, tried);
    }
    free(owner);
    free(tried);
    return ok;
}

static bool on_has(struct comparison *c, const json_t *want, const json_t *got) {
    if (json_is_array(got) && all_assigned(want, got))
        return true;
    return differs_words(c, "an array that has", want, got);
}

static bool on_same_set(struct comparison *c, const json_t *want, const json_t *got) {
    if (json_is_array(got) && json_array_size(want) == json_array_size(got) &&
        all_assigned(want, got))
        return true;
    return differs_words(c, "in any order", want, got);
}

static bool on_unique(struct comparison *c, const json_t *want, const json_t *got) {
    bool unique = true;

    if (!json_is_array(got))
        return differs_words(c, "an array", NULL, got);
    for (size_t i = 0; i < json_array_size(got); i++)
        for (size_t j = 0; j < i; j++)
            unique =
                unique && !json_equal(json_array_get(got, i), json_array_get(got, j));
    if (unique == json_is_true(want))
        return true;
    return differs_words(c, unique ? "an item twice" : "no item twice", NULL, got);
}

static bool on_near(struct comparison *c, const json_t *want, const json_t *got) {
    double to = json_number_value(json_object_get(want, "to"));
    double within = json_number_value(json_object_get(want, "within"));

    if (json_is_number(got) && json_is_number(json_object_get(want, "to")) &&
        fabs(json_number_value(got) - to) <= within)
        return true;
    return differs(c, mem_printf("%.15g, give or take %.15g", to, within), got);
}

static bool on_order(struct comparison *c, const char *words, bool holds,
                     const json_t *want, const json_t *got) {
    return (holds && json_is_number(want) && json_is_number(got)) ||
           differs_words(c, words, want, got);
}

#define ORDER(name, words, op)                                                         \
    static bool name(struct comparison *c, const json_t *want, const json_t *got) {    \
        bool holds = json_number_value(got) op json_number_value(want);                \
                                                                                       \
        return on_order(c, words, holds, want, got);                                   \
    }
ORDER(on_ge, "a number of at least", >=)
ORDER(on_le, "a number of at most", <=)
ORDER(on_gt, "a number above", >)
ORDER(on_lt, "a number below", <)

/* What a matcher's operand must be, for match_check(). */
typedef bool run_matcher(struct comparison *c, const json_t *want, const json_t *got);

static run_matcher *const runs[MATCHERS] = {
    [MATCH_TYPE] = on_type,
    [MATCH_ABSENT] = on_absent,
    [MATCH_NULL_OR_ABSENT] = on_null_or_absent,
    [MATCH_ANY_OF] = on_any_of,
    [MATCH_NOT] = on_not,
    [MATCH_EQ] = on_eq,
    [MATCH_MATCH] = on_match,
    [MATCH_PREFIX] = on_prefix,
    [MATCH_MEDIA] = on_media,
    [MATCH_LEN] = on_len,
    [MATCH_EACH] = on_each,
    [MATCH_NONE] = on_none,
    [MATCH_HAS] = on_has,
    [MATCH_SAME_SET] = on_same_set,
    [MATCH_UNIQUE] = on_unique,
    [MATCH_NEAR] = on_near,
    [MATCH_GE] = on_ge,
    [MATCH_LE] = on_le,
    [MATCH_GT] = on_gt,
    [MATCH_LT] = on_lt,
};

static bool is_matcher(const json_t *want) {
    void *iter = json_object_iter((json_t *)(uintptr_t)want);

    return iter && json_object_iter_key(iter)[0] == '$';
}

static bool compare_matchers(struct comparison *c, const json_t *want,
                             const json_t *got) {
    json_t *object = (json_t *)(uintptr_t)want;
    bool ok = true;

    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const struct matcher *m = matcher_find(json_object_iter_key(i));

        if (!m)
            return differs_words(c, "a known matcher", want, got);
        ok = runs[m - matchers](c, json_object_iter_value(i), got) && ok;
    }
    return ok;
}

/* Where nothing is, no member is: what only asks for that is met. */
static bool holds_on_nothing(const json_t *want) {
    json_t *object = (json_t *)(uintptr_t)want, *member;
    const char *key;

    json_object_foreach(object, key, member)
        if (!silent(member, NULL))
            return false;
    return json_object_size(want) > 0;
}

static bool compare_object(struct comparison *c, const json_t *want,
                           const json_t *got) {
    json_t *object = (json_t *)(uintptr_t)want;
    bool ok = true;

    if (is_matcher(want))
        return compare_matchers(c, want, got);
    if (!json_is_object(got))
        return (!got && holds_on_nothing(want)) ||
               differs_words(c, "an object like", want, got);
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const char *key = json_object_iter_key(i);
        size_t len = json_object_iter_key_len(i);

        ok = at_token(c, key, json_object_iter_value(i),
                      json_object_getn(got, key, len)) &&
             ok;
    }
    return ok;
}

static bool compare_array(struct comparison *c, const json_t *want, const json_t *got) {
    bool ok = true;

    if (!json_is_array(got) || json_array_size(got) != json_array_size(want))
        return differs(c, shown(want), got);
    for (size_t i = 0; i < json_array_size(want); i++)
        ok = at_index(c, i, json_array_get(want, i), json_array_get(got, i)) && ok;
    return ok;
}

static bool compare(struct comparison *c, const json_t *want, const json_t *got) {
    if (json_is_object(want))
        return compare_object(c, want, got);
    if (json_is_array(want))
        return compare_array(c, want, got);
    if (got && json_equal(want, got))
        return true;
    return differs(c, shown(want), got);
}

bool match(const json_t *want, const json_t *got, struct mismatches *out) {
    struct comparison c = {.out = out, .pointer = BUF_INIT(1 << 16)};
    bool ok = compare(&c, want, got);

    buf_release(&c.pointer);
    return ok;
}

void mismatches_release(struct mismatches *m) {
    for (size_t i = 0; i < m->count; i++) {
        free(m->items[i].pointer);
        free(m->items[i].expected);
        free(m->items[i].got);
    }
    free(m->items);
    memset(m, 0, sizeof(*m));
}

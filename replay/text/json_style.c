/* A value and a recorded text come in. The value goes out with the members, order and
 * spacing of the text. */
#include "replay/text/json_style.h"

#include <stdlib.h>
#include <string.h>

#include "core/epoch.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/timestamp.h"
#include "core/word_replace.h"

char *json_style_dump(const json_t *value, const char *like, size_t like_len) {
    size_t flags = JSON_ENCODE_ANY, indent = 0;
    const char *line = memchr(like, '\n', like_len);
    char *text, *with_end;

    if (line)
        for (line++; line < like + like_len && *line == ' '; line++)
            indent++;
    if (indent)
        flags |= JSON_INDENT(indent);
    else if (!str_find(like, like_len, "\": ", 3))
        flags |= JSON_COMPACT;
    if (str_find(like, like_len, "\\u", 2))
        flags |= JSON_ENSURE_ASCII;
    text = json_dumps(value, flags);
    if (!text || !like_len || like[like_len - 1] != '\n')
        return text;
    with_end = mem_printf("%s\n", text);
    free(text);
    return with_end;
}

static json_t *merge_list(const json_t *pattern, const json_t *item,
                          const json_t *value, bool exact, int64_t shift) {
    bool own = json_array_size(pattern) > 0 && (exact || !item);
    const json_t *first = own ? json_array_get(pattern, 0) : item;
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *one = json_array_get(value, i);

        if (json_is_string(first))
            json_array_append(list, json_object_get(one, "id"));
        else if (first)
            json_array_append_new(
                list, json_style_merge(first, NULL, one, own && exact, shift));
        else
            json_array_append(list, (json_t *)(uintptr_t)one);
    }
    return list;
}

/* Members that another answer has for reasons of its own. */
static bool speaks_of_its_own(const char *key) {
    return strcmp(key, "user") == 0 || strcmp(key, "code") == 0 ||
           strcmp(key, "param") == 0;
}

/* An answer as it was and as it is now: what its other members follow. */
struct change {
    const json_t *was, *now;
    int64_t shift; /* of times that are not a secret's; seconds */
};

static void swap_member(const json_t *before, const json_t *after, const char *member,
                        char **text) {
    const char *was = jsonx_string(before, member, NULL),
               *now = jsonx_string(after, member, NULL);
    char *other = was && now ? word_replace(*text, was, now) : NULL;

    if (other) {
        free(*text);
        *text = other;
    }
}

/* Seconds that the one answer is later than the other. */
static int64_t later_by(const struct change *c) {
    int64_t was = jsonx_int(c->was, "created", 0),
            now = jsonx_int(c->now, "created", 0);

    return was && now ? now - was : c->shift;
}

static json_t *renew_text(const struct change *c, const char *old) {
    int64_t timestamp;
    char *text = timestamp_is(old, &timestamp)
                     ? timestamp_like(old, strlen(old), timestamp + later_by(c))
                     : mem_strdup(old);
    json_t *out;

    swap_member(c->was, c->now, "id", &text);
    swap_member(json_object_get(c->was, "scope"), json_object_get(c->now, "scope"),
                "user", &text);
    swap_member(c->was, c->now, "name", &text);
    out = json_string(text);
    free(text);
    return out;
}

bool json_style_counts(const char *name) {
    return strcasestr(name, "count") || strcasestr(name, "total") ||
           strcasestr(name, "size") || strcasestr(name, "length");
}

static json_t *renew_number(const struct change *c, const char *key, json_int_t old) {
    const json_t *was = json_object_get(c->was, "data"),
                 *now = json_object_get(c->now, "data");

    if (was && now && json_style_counts(key) && old == (json_int_t)json_array_size(was))
        return json_integer((json_int_t)json_array_size(now));
    if (old >= EPOCH_LEAST_S)
        return json_integer(old + later_by(c) * epoch_unit(old));
    return json_integer(old);
}

static const char *of_item(const json_t *list, size_t i, const char *member) {
    return jsonx_string(json_array_get(json_object_get(list, "data"), i), member, NULL);
}

static const char *last_id(const json_t *list) {
    size_t n = json_array_size(json_object_get(list, "data"));

    return n ? of_item(list, n - 1, "id") : NULL;
}

/* A text that is an end of the page, or has it in it: NULL = it has not. */
static json_t *renew_end(const struct change *c, const char *key, const char *old) {
    const char *last = last_id(c->was), *first = last ? of_item(c->was, 0, "id") : NULL;
    const char *now = last_id(c->now);
    char *text;
    json_t *out;

    if (first && strcmp(old, first) == 0 &&
        (strcmp(old, last) != 0 || strstr(key, "first"))) {
        now = of_item(c->now, 0, "id");
        return now ? json_string(now) : json_null();
    }
    if (last && strcmp(old, last) == 0)
        text = mem_strdup(now ? now : "");
    else if (!last || !(text = word_replace(old, last, now ? now : "")))
        return NULL;
    out = !now || (json_is_true(json_object_get(c->was, "has_more")) &&
                   !json_is_true(json_object_get(c->now, "has_more")))
              ? json_null() /* it was where to go on */
              : json_string(text);
    free(text);
    return out;
}

/* The names or ids of a page: NULL = it is something else. */
static json_t *renew_column(const struct change *c, const json_t *old) {
    static const char *const members[] = {"name", "id"};
    size_t was = json_array_size(json_object_get(c->was, "data")),
           now = json_array_size(json_object_get(c->now, "data")), same;
    json_t *out;

    if (!was || json_array_size(old) != was)
        return NULL;
    for (size_t k = 0; k < ARRAY_LEN(members); k++) {
        for (same = 0; same < was; same++) {
            const char *text = json_string_value(json_array_get(old, same)),
                       *shown = of_item(c->was, same, members[k]);

            if (!text || !shown || strcmp(text, shown) != 0)
                break;
        }
        if (same < was)
            continue;
        out = json_array();
        for (size_t i = 0; i < now; i++)
            json_array_append(
                out, json_object_get(json_array_get(json_object_get(c->now, "data"), i),
                                     members[k]));
        return out;
    }
    return NULL;
}

/* A member that the model does not know. */
static json_t *renew(const struct change *c, const char *key, const json_t *old) {
    json_t *out, *one;
    const char *member;
    size_t i;

    if (json_is_string(old)) {
        out = renew_end(c, key, json_string_value(old));
        return out ? out : renew_text(c, json_string_value(old));
    }
    if (json_is_array(old) && (out = renew_column(c, old)))
        return out;
    if (json_is_integer(old))
        return renew_number(c, key, json_integer_value(old));
    if (json_is_real(old) && json_real_value(old) >= (double)EPOCH_LEAST_S)
        return json_real(json_real_value(old) + (double)later_by(c));
    if (!json_is_object(old) && !json_is_array(old))
        return json_incref((json_t *)(uintptr_t)old);
    out = json_is_object(old) ? json_object() : json_array();
    json_object_foreach((json_t *)(uintptr_t)old, member, one)
        json_object_set_new(out, member, renew(c, member, one));
    json_array_foreach(old, i, one)
        json_array_append_new(out, renew(c, key, one));
    return out;
}

json_t *json_style_merge(const json_t *pattern, const json_t *item, const json_t *value,
                         bool exact, int64_t shift) {
    const struct change change = {pattern, value, shift};
    json_t *out;

    if (json_is_array(pattern) && json_is_array(value))
        return merge_list(pattern, item, value, exact, shift);
    if (!json_is_object(pattern) || !json_is_object(value))
        return json_incref((json_t *)(uintptr_t)value);
    out = json_object();
    for (void *i = json_object_iter((json_t *)(uintptr_t)pattern); i;
         i = json_object_iter_next((json_t *)(uintptr_t)pattern, i)) {
        const char *key = json_object_iter_key(i);
        const json_t *old = json_object_iter_value(i),
                     *now = json_object_get(value, key);
        bool dropped = !now && speaks_of_its_own(key);

        if (now)
            json_object_set_new(out, key,
                                json_style_merge(old, item, now, exact, shift));
        else if (strcmp(key, "payload") == 0 && !json_is_null(old))
            continue; /* the pattern was asked to expand it */
        else if (!dropped)
            json_object_set_new(out, key, renew(&change, key, old));
    }
    /* what is asked for or says which scope, although the pattern had none */
    for (void *i = json_object_iter((json_t *)(uintptr_t)value); i;
         i = json_object_iter_next((json_t *)(uintptr_t)value, i)) {
        const char *key = json_object_iter_key(i);

        if (!exact && !json_object_get(out, key) &&
            (strcmp(key, "payload") == 0 || strcmp(key, "user") == 0 ||
             (strcmp(key, "expires_at") == 0 &&
              !json_is_null(json_object_iter_value(i)))))
            json_object_set(out, key, json_object_iter_value(i));
    }
    return out;
}

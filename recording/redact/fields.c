/* A body comes in; out go its leaves: names and values, and which of them are secret. */
#include "recording/redact/fields.h"

#include <stdlib.h>
#include <string.h>

#include "api/secrets_api.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/fields_parts.h"
#include "recording/redact/token.h"

enum { MAX_NESTED = 4, MIN_NESTED = 4, MAX_LEVELS = 4 };

void field_rules_add(struct field_rules *r, const char *path) {
    r->chosen = mem_grow(r->chosen, r->chosen_count + 1, sizeof(*r->chosen));
    r->chosen[r->chosen_count++] = mem_strdup(path);
}

void field_rules_release(struct field_rules *r) {
    for (size_t i = 0; i < r->chosen_count; i++)
        free(r->chosen[i]);
    free(r->chosen);
    *r = (struct field_rules){0};
}

/* Is `path`, or one of its containers, one that was chosen? */
static bool is_chosen(const struct field_rules *r, const char *path) {
    size_t end = strlen(path);

    for (size_t i = 0; i < r->chosen_count; i++) {
        const char *at = path;

        while ((at = strchr(at, '.'))) {
            size_t n;

            at++;
            n = secret_name_spelt(at, (size_t)(path + end - at), r->chosen[i]);
            if (n && (at[n] == '\0' || at[n] == '.'))
                return true;
        }
    }
    return false;
}

enum secret_kind field_kind(const struct field_walk *w, const char *name, size_t len,
                            const char *path) {
    enum secret_kind kind =
        redactor_has_token(name, len) ? SECRET_NONE : secret_name_kind(name, len);

    if (kind == SECRET_NONE && w->rules->query && secret_name_is_key(name, len))
        return SECRET_CREDENTIAL;
    if (kind == SECRET_NONE && path && w->rules->chosen_count &&
        is_chosen(w->rules, path))
        return SECRET_CHOSEN;
    return kind;
}

static bool is_word_of_api(const char *key, size_t len) {
    char plain[32];
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        bool escape = key[i] == '%' && len - i >= 3;
        bool open = escape && strncasecmp(key + i, "%5b", 3) == 0;
        bool close = escape && strncasecmp(key + i, "%5d", 3) == 0;

        if (!key[i] || n + 1 == sizeof(plain))
            return false;
        plain[n++] = (char)(open ? '[' : close ? ']' : key[i]);
        i += open || close ? 2 : 0;
    }
    plain[n] = '\0';
    return api_has_word(plain);
}

/* The same names come again and again. */
bool field_is_structure(const char *key, size_t len) {
    enum { SLOTS = 64, LONGEST = 30 };
    static _Thread_local struct {
        char key[LONGEST];
        unsigned char len;
        bool is;
    } known[SLOTS];
    unsigned hash = 2166136261u, slot;

    if (!len || len > LONGEST)
        return is_word_of_api(key, len);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)key[i]) * 16777619u;
    slot = hash % SLOTS;
    if (known[slot].len != len || memcmp(known[slot].key, key, len) != 0) {
        known[slot].is = is_word_of_api(key, len);
        known[slot].len = (unsigned char)len;
        memcpy(known[slot].key, key, len);
    }
    return known[slot].is;
}

/* --- leaves --- */

struct leaf field_make(const struct field_walk *w, enum leaf_kind kind,
                       const char *text, size_t len) {
    return (struct leaf){.at = w->depth ? 0 : (size_t)(text - w->body),
                         .len = len,
                         .kind = kind,
                         .nested = w->depth > 0,
                         .name = "",
                         .value = text,
                         .value_len = len,
                         .flaw = ""};
}

/* May there be names in it? */
static bool says_more(const struct leaf *leaf) {
    if (leaf->value_len < MIN_NESTED || leaf->secret || leaf->structure ||
        leaf->kind == LEAF_KEY)
        return false;
    for (size_t i = 0; i < leaf->value_len; i++)
        if (leaf->value[i] == '=' || leaf->value[i] == ':' || leaf->value[i] == '<' ||
            leaf->value[i] == '%' || leaf->value[i] == '\'')
            return true;
    return str_find(leaf->value, leaf->value_len, "Bearer ", 7) ||
           str_find(leaf->value, leaf->value_len, "Basic ", 6);
}

void field_leaf(const struct field_walk *w, struct leaf *leaf) {
    w->use(w->context, leaf);
    if (w->depth < MAX_NESTED && says_more(leaf)) {
        struct field_walk inner = *w;

        inner.depth++;
        fields_walk_any(&inner, NULL, leaf->value, leaf->value_len);
    }
}

/* --- which of them is it? --- */

/* Is what stands before the first '=' a name? */
static bool is_form(const char *body, size_t len) {
    for (size_t i = 0; i < len && body[i] != '='; i++)
        if (memchr("<>{}\"'(:\n", body[i], 9))
            return false;
    return true;
}

static bool is_in(char c, const char *of) {
    return c && strchr(of, c);
}

/* Does a bracket open JSON, perhaps broken: no [section], no {:ruby=>1}, {java=1}? */
static bool is_json(const char *p, const char *end) {
    bool object = *p++ == '{';
    const char *word;

    while (p < end && is_in(*p, " \t\r\n"))
        p++;
    if (p == end || is_in(*p, object ? "\"'}/" : "\"'{[]/-0123456789"))
        return true;
    if (!object)
        return *p == 't' || *p == 'f' || *p == 'n';
    for (word = p; p < end && (str_is_word_char(*p) || *p == ' ');)
        p++;
    return p == end || (*p == ':' && p > word);
}

static bool is_multipart(const char *content_type, const char *body, size_t len) {
    static const char disposition[] = "form-data";

    return len > 2 &&
           ((content_type && strncasecmp(content_type, "multipart/", 10) == 0) ||
            (memcmp(body, "--", 2) == 0 &&
             str_find(body, len, disposition, sizeof(disposition) - 1)));
}

/* Where the query of a URL begins, 0 = it is none. */
static size_t query_of(const char *body, size_t len) {
    const char *equals = memchr(body, '=', len),
               *mark = equals ? memchr(body, '?', (size_t)(equals - body)) : NULL;

    return mark ? (size_t)(mark + 1 - body) : 0;
}

static void walk_url(const struct field_walk *w, const char *url, size_t query,
                     size_t len) {
    struct field_rules rules = *w->rules;
    struct field_walk inner = *w;
    struct leaf leaf = field_make(w, LEAF_TEXT, url, query);

    rules.query = true;
    inner.rules = &rules;
    w->use(w->context, &leaf);
    fields_walk_form(&inner, url + query, len - query);
}

void fields_walk_any(const struct field_walk *w, const char *content_type,
                     const char *body, size_t len) {
    size_t i = len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, query;
    struct fields_table table;

    while (i < len && memchr(" \t\r\n", body[i], 4))
        i++;
    if (w->level < MAX_LEVELS && is_multipart(content_type, body, len))
        fields_walk_multipart(w, body, len);
    else if (i < len &&
             (((body[i] == '{' || body[i] == '[') && is_json(body + i, body + len)) ||
              (body[i] == '"' && w->depth == 0)))
        fields_walk_json(w, body + i, len - i);
    else if (!memchr(body, '\n', len) && !memchr(body, ' ', len) &&
             (query = query_of(body, len)))
        walk_url(w, body, query, len);
    else if (is_form(body, len) && (memchr(body, '=', len) || !w->depth))
        fields_walk_form(w, body, len);
    else if (fields_table_read(w, body, len, &table))
        fields_walk_table(w, &table, body, len);
    else
        fields_walk_text(w, body, len);
}

void fields_each(const struct field_rules *rules, const char *content_type,
                 const char *body, size_t len, leaf_use *use, void *context) {
    struct field_walk w = {rules, use, context, body, 0, 0};

    fields_walk_any(&w, content_type, body, len);
}

void fields_each_in_form(const struct field_rules *rules, const char *form, size_t len,
                         leaf_use *use, void *context) {
    struct field_walk w = {rules, use, context, form, 0, 0};

    fields_walk_form(&w, form, len);
}

/* --- flaws --- */

void field_flaws(enum leaf_kind kind, const char *text, size_t len, struct buf *out) {
    if (kind == LEAF_STRING)
        fields_string_flaws(text, len, out);
    else if (kind == LEAF_FORM)
        fields_form_flaws(text, len, out);
}

/* The length of the escape whose first character is text[at], 1 = it is none. */
static size_t escape_length(enum leaf_kind kind, const char *text, size_t at) {
    size_t slashes = 0;

    if (kind == LEAF_FORM)
        return text[at] == '%' ? 3 : 1;
    if (text[at] != '\\')
        return 1;
    while (slashes < at && text[at - slashes - 1] == '\\')
        slashes++;
    return slashes % 2 ? 1 : text[at + 1] == 'u' ? 6 : 2; /* it may be escaped itself */
}

size_t field_after_escape(enum leaf_kind kind, const char *text, size_t len,
                          size_t at) {
    enum { LONGEST = 6 };

    for (size_t back = 1;
         (kind == LEAF_STRING || kind == LEAF_FORM) && back < LONGEST && back <= at;
         back++) {
        size_t end = at - back + escape_length(kind, text, at - back);

        if (end > at)
            return end < len ? end : len;
    }
    return at;
}

/* --- replacing --- */

void field_put(const struct leaf *leaf, const char *text, struct buf *out) {
    if (leaf->number)
        buf_addc(out, '"');
    buf_adds(out, text);
    if (leaf->number)
        buf_adds(out, leaf->kind == LEAF_BYTES ? "\"" : REDACTOR_NUMBER "\"");
    buf_add(out, leaf->flaw, leaf->flaw_len);
}

struct replacing {
    const char *body;
    size_t done;
    field_replacement *with;
    void *context;
    struct buf *out;
};

static void replace_leaf(void *context, const struct leaf *leaf) {
    struct replacing *r = context;
    const char *text = leaf->secret && !leaf->nested ? r->with(r->context, leaf) : NULL;

    if (!text)
        return;
    buf_add(r->out, r->body + r->done, leaf->at - r->done);
    field_put(leaf, text, r->out);
    r->done = leaf->at + leaf->len;
}

void fields_replace(const struct field_rules *rules, const char *content_type,
                    const char *body, size_t len, field_replacement *with,
                    void *context, struct buf *out) {
    struct replacing r = {body, 0, with, context, out};

    fields_each(rules, content_type, body, len, replace_leaf, &r);
    buf_add(out, body + r.done, len - r.done);
}

/* A text of unknown make comes in; out go the values that stand behind secret names, and
 * the text around them, as leaves. */
#include <jansson.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "recording/redact/fields_parts.h"
#include "recording/redact/text_value.h"
#include "recording/redact/token.h"

enum {
    NEARBY = 160, /* bytes between a name without a value and a value without a name */
};

static const char *word_end(const char *p, const char *end) {
    while (p < end && str_is_word_char(*p))
        p++;
    return p;
}

/* "No such secret: 'a'" tells a name; only `"secret": ".."` and `secret=..` tell one. */
static bool is_noun(const char *name, const char *p, const char *end) {
    size_t len = (size_t)(p - name);

    return p < end && *p == ':' &&
           ((len == 6 && strncasecmp(name, "secret", 6) == 0) ||
            (len == 7 && strncasecmp(name, "secrets", 7) == 0));
}

/* A token may be glued to a word: where the payload was "before", ending_before is
 * ending_payload:8 by now. */
static bool ends_in_token(const char *name, const char *end, const char *text_end) {
    for (const char *p = end; p > name; p--)
        if (p[-1] == '_' || p[-1] == '-')
            return redactor_token(p, (size_t)(text_end - p)) > (size_t)(end - p);
    return false;
}

/* What kind of secret has this name here? In a URL `?key=` is one. */
static enum secret_kind kind_at(const struct field_walk *w, const char *text,
                                const char *name, const char *end,
                                const char *text_end) {
    size_t len = (size_t)(end - name);
    struct buf path = BUF_INIT(BUF_UNLIMITED);
    enum secret_kind kind;

    if (is_noun(name, end, text_end) || ends_in_token(name, end, text_end))
        return SECRET_NONE;
    if (secret_name_is_key(name, len) && name > text && strchr("?&", name[-1]))
        return SECRET_CREDENTIAL;
    buf_addc(&path, '.');
    buf_add(&path, name, len);
    kind = field_kind(w, name, len, w->rules->chosen_count ? path.ptr : NULL);
    buf_release(&path);
    return kind;
}

static void text_leaf(const struct field_walk *w, const char *from, const char *to) {
    struct leaf leaf = field_make(w, LEAF_TEXT, from, (size_t)(to - from));

    if (leaf.len)
        w->use(w->context, &leaf);
}

static void value_leaf(const struct field_walk *w, enum secret_kind kind,
                       const char *name, size_t name_len,
                       const struct text_value *found) {
    struct leaf leaf =
        field_make(w, LEAF_TEXT, found->from, (size_t)(found->to - found->from));
    json_t *decoded =
        found->quoted ? jsonx_load(found->from - 1, leaf.len + 2, 1, NULL) : NULL;

    leaf.secret = kind;
    leaf.guessed = found->guessed;
    leaf.name = name;
    leaf.name_len = name_len;
    if (decoded) {
        leaf.value = json_string_value(decoded);
        leaf.value_len = json_string_length(decoded);
    }
    field_leaf(w, &leaf);
    json_decref(decoded);
}

/* `Basic dXNlcjpwYXNzd29yZA==` has a password in it. */
static void basic_leaf(const struct field_walk *w, const struct text_value *found) {
    struct buf plain = BUF_INIT(BUF_UNLIMITED);
    struct field_walk inner = *w;
    const char *colon;

    inner.depth++;
    if (str_from_base64(&plain, found->from, (size_t)(found->to - found->from)) &&
        (colon = memchr(plain.ptr, ':', plain.len))) {
        const char *from = colon[1] ? colon + 1 : plain.ptr;
        struct leaf leaf = field_make(&inner, LEAF_TEXT, from,
                                      colon[1] ? plain.len - (size_t)(from - plain.ptr)
                                               : (size_t)(colon - from));

        leaf.secret = SECRET_CREDENTIAL;
        w->use(w->context, &leaf);
    }
    buf_release(&plain);
}

/* Names of secrets that a text speaks of, for values that stand near them without a name. */
struct mentions {
    const struct field_walk *w;
    const char *text, *end;
    const char *scanned; /* up to here */
    const char *last;    /* the last name that was found, or NULL */
    enum secret_kind kind;
};

/* Is one within reach of the value at [from, to)? Each byte is read once. */
static enum secret_kind mentioned_near(struct mentions *m, const char *from,
                                       const char *to) {
    const char *stop;

    if (m->last && m->last < from && from - m->last <= NEARBY)
        return m->kind;
    if (m->scanned < to)
        m->scanned = to;
    while (m->scanned < m->end && m->scanned - to <= NEARBY &&
           !(m->last && m->last >= to)) {
        stop = word_end(m->scanned, m->end);
        if (stop > m->scanned &&
            (m->kind = kind_at(m->w, m->text, m->scanned, stop, m->end)))
            m->last = m->scanned;
        m->scanned = stop > m->scanned ? stop : stop + 1;
    }
    return m->last && m->last >= to && m->last - to <= NEARBY ? m->kind : SECRET_NONE;
}

/* 'apiKey' names one, and so does what a token stands in; 'x-payload-91' has a digit. */
static bool is_quoted_name(const struct field_walk *w, const struct text_value *found) {
    size_t len = (size_t)(found->to - found->from);
    bool digit = false;

    for (const char *p = found->from; p < found->to; p++)
        digit = digit || (*p >= '0' && *p <= '9');
    return (!digit && field_kind(w, found->from, len, NULL)) ||
           redactor_has_token(found->from, len);
}

/* "Duplicate entry 'v' for key 'payload'", "(name, payload) VALUES ('a', 'v')" */
static enum secret_kind quoted_at(struct mentions *m, const char *at,
                                  struct text_value *found) {
    if (*m->text == '<' || !text_value_quoted(m->text, at, m->end, found))
        return SECRET_NONE;
    if (is_quoted_name(m->w, found))
        return SECRET_NONE;
    return mentioned_near(m, found->from, found->to);
}

/* The secret at `at`, where a word or a quote begins; *stop is where to go on. */
static enum secret_kind secret_at(const struct field_walk *w, struct mentions *m,
                                  const char *at, const char **stop,
                                  struct text_value *found) {
    struct text_name name = {m->text, m->end, at, *stop, w->depth > 0};
    enum secret_kind kind;

    if (text_value_of_scheme(&name, found) || text_value_of_user(&name, found))
        return SECRET_CREDENTIAL;
    kind = kind_at(w, m->text, at, *stop, m->end);
    if (!kind)
        return SECRET_NONE;
    if (text_value_may_follow(*stop, m->end) && text_value_behind(&name, found))
        return kind;
    m->last = at;
    m->kind = kind;
    return SECRET_NONE;
}

void fields_walk_text(const struct field_walk *w, const char *text, size_t len) {
    const char *end = text + len, *done = text, *stop;
    struct mentions mentions = {w, text, end, text, NULL, SECRET_NONE};

    for (const char *at = text; at < end; at = stop) {
        struct text_value found = {0};
        enum secret_kind kind = SECRET_NONE;

        size_t token = redactor_token(at, (size_t)(end - at));

        stop = token ? at + token : word_end(at, end);
        if (token)
            continue;
        if (stop > at)
            kind = secret_at(w, &mentions, at, &stop, &found);
        else if (*at == '\'' || *at == '"')
            kind = quoted_at(&mentions, at, &found);
        if (stop == at)
            stop++;
        if (!kind || found.to == found.from)
            continue;
        if ((*at | 0x20) == 'b')
            basic_leaf(w, &found);
        text_leaf(w, done, found.from);
        value_leaf(w, kind, at, (size_t)(stop - at), &found);
        done = found.to;
        stop = done > stop ? done : stop;
    }
    text_leaf(w, done, end);
}

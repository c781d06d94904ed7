/* A redacted message comes in; out go the names of values in it that look random. */
#include "recording/redact/suspects.h"

#include <string.h>

#include "recording/redact/fields.h"
#include "recording/redact/token.h"
#include "recording/redact/vocabulary.h"

enum {
    MIN_RANDOM = 20, /* characters of letters in both cases and digits */
    MIN_HEX = 32,    /* characters of hex digits */
    MAX_RANDOM = 512,
    MIN_DIFFERENT = 12,
    MIN_HEX_DIFFERENT = 10
};

struct search_for_suspects {
    suspect_use *use;
    void *context;
};

/* How many different characters, and of which classes? */
struct classes {
    size_t different;
    bool small, large, digit, other, no_hex;
};

static struct classes classes_of(const char *text, size_t len) {
    struct classes c = {0};
    bool seen[256] = {false};

    for (size_t i = 0; i < len; i++) {
        unsigned char ch = (unsigned char)text[i];

        c.different += !seen[ch];
        seen[ch] = true;
        if (ch >= 'a' && ch <= 'z')
            c.small = true;
        else if (ch >= 'A' && ch <= 'Z')
            c.large = true;
        else if (ch >= '0' && ch <= '9')
            c.digit = true;
        else if (!strchr("+/_=-.~", ch))
            c.other = true;
        c.no_hex = c.no_hex || !((ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') ||
                                 (ch >= 'A' && ch <= 'F'));
    }
    return c;
}

static bool is_random(const char *text, size_t len) {
    struct classes c;

    if (len < MIN_RANDOM || len > MAX_RANDOM || redactor_token(text, len))
        return false;
    c = classes_of(text, len);
    if (!c.no_hex)
        return len >= MIN_HEX && c.digit && c.different >= MIN_HEX_DIFFERENT &&
               (c.small || c.large);
    return !c.other && c.small && c.large && c.digit && c.different >= MIN_DIFFERENT;
}

static void look_at_leaf(void *context, const struct leaf *leaf) {
    const struct search_for_suspects *s = context;

    if (!leaf->nested && leaf->name_len && leaf->kind != LEAF_KEY &&
        !field_is_structure(leaf->name, leaf->name_len) &&
        !secret_name_is_identifier(leaf->name, leaf->name_len) &&
        is_random(leaf->value, leaf->value_len))
        s->use(s->context, leaf->name, leaf->name_len, leaf->value_len);
}

static void look_at_headers(const struct search_for_suspects *s,
                            const struct http_headers *headers) {
    for (size_t i = 0; i < headers->count; i++) {
        const struct http_header *h = &headers->items[i];
        size_t len = strlen(h->name);

        if (!vocabulary_is_http(h->name, h->value) &&
            !secret_name_is_identifier(h->name, len) &&
            is_random(h->value, strlen(h->value)))
            s->use(s->context, h->name, len, strlen(h->value));
    }
}

static void look_at_body(struct search_for_suspects *s,
                         const struct http_headers *headers, const char *body,
                         size_t len) {
    static const struct field_rules rules = {0};

    if (body)
        fields_each(&rules, http_headers_get(headers, "Content-Type"), body, len,
                    look_at_leaf, s);
}

void suspects_in_request(const struct http_request *q, suspect_use *use,
                         void *context) {
    static const struct field_rules rules = {0};
    struct search_for_suspects s = {use, context};
    const char *query = http_target_query(q->target);

    look_at_headers(&s, &q->headers);
    fields_each_in_form(&rules, query, strlen(query), look_at_leaf, &s);
    look_at_body(&s, &q->headers, q->body, q->body_len);
}

void suspects_in_response(const struct http_response *a, suspect_use *use,
                          void *context) {
    struct search_for_suspects s = {use, context};

    look_at_headers(&s, &a->headers);
    look_at_body(&s, &a->headers, a->body, a->body_len);
}

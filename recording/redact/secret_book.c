/* Secrets come in; out go their tokens. */
#include "recording/redact/secret_book.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/lookalike.h"
#include "recording/redact/vocabulary.h"

/* Four characters in a row. */
enum { QUAD = 4, QUAD_BITS = 20, MIN_GUESS = 6 };

void secret_book_init(struct secret_book *b) {
    *b = (struct secret_book){.query.query = true};
    b->secrets = secret_set_new();
    b->tokens = json_object();
    b->marked_tokens = json_object();
    b->new_marks = json_object();
    b->named = json_object();
}

void secret_book_release(struct secret_book *b) {
    for (size_t i = 0; i < b->key_count; i++)
        free(b->keys[i]);
    for (size_t i = 0; i < b->header_count; i++)
        free(b->headers[i]);
    free(b->keys);
    free(b->headers);
    field_rules_release(&b->fields);
    field_rules_release(&b->query);
    json_decref(b->tokens);
    json_decref(b->marked_tokens);
    json_decref(b->new_marks);
    json_decref(b->named);
    secret_set_free(b->own);
    json_decref(b->own_short);
    free(b->own_quads);
    secret_set_free(b->secrets);
}

static void mark_token(struct secret_book *b, const char *text, size_t len,
                       const char *token) {
    char mark[IDENTITY_MARK_SIZE];

    if (!b->identity.name[0])
        return;
    identity_mark(&b->identity, text, len, mark);
    json_object_set_new_nocheck(b->marked_tokens, mark, json_string_nocheck(token));
    json_object_set_new_nocheck(b->new_marks, token, json_string(mark));
}

void secret_book_add(struct secret_book *b, enum token_kind kind, const char *text,
                     size_t len, const char *token) {
    b->version++;
    json_object_setn_new_nocheck(b->tokens, text, len, json_string_nocheck(token));
    mark_token(b, text, len, token);
    if (!vocabulary_has(text, len))
        secret_set_add(b->secrets, text, len, token);
    if (kind == TOKEN_KEY) {
        b->keys = mem_grow(b->keys, b->key_count + 1, sizeof(*b->keys));
        b->keys[b->key_count++] = mem_strndup(text, len);
    }
}

/* In a report a secret that is not the reader's is said to be one, no more. */
static char *new_token(struct secret_book *b, enum token_kind kind, const char *text,
                       size_t len) {
    const char *note = "";

    if (b->own)
        return mem_printf("[%s not ours]", redactor_kinds[kind]);
    if (kind == TOKEN_KEY && str_find(text, len, "_test_", 6))
        note = " (test)";
    else if (kind == TOKEN_KEY && str_find(text, len, "_live_", 6))
        note = " (live)";
    return mem_printf("%s:%u%s", redactor_kinds[kind], ++b->counts[kind], note);
}

/* The one that an earlier session gave it; free(). NULL = none is known. */
static char *token_by_mark(const struct secret_book *b, const char *text, size_t len) {
    char mark[IDENTITY_MARK_SIZE];

    if (!b->identity.name[0])
        return NULL;
    identity_mark(&b->identity, text, len, mark);
    return mem_strdup(json_string_value(json_object_get(b->marked_tokens, mark)));
}

static char small(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static size_t quad_at(const char *text) {
    uint32_t quad = 0;

    for (size_t i = 0; i < QUAD; i++)
        quad = quad << 8 | (unsigned char)small(text[i]);
    return (quad * 0x9e3779b1u) >> (32 - QUAD_BITS);
}

void secret_book_own(struct secret_book *b, const char *text, size_t len, bool whole) {
    b->version++;
    if (!b->own) {
        b->own = secret_set_new();
        b->own_short = json_object();
        b->own_quads = mem_new((1 << QUAD_BITS) / 8, 1);
    }
    if (len < SECRET_PART)
        json_object_setn_new_nocheck(b->own_short, text, len, json_true());
    for (size_t i = 0; whole && i + QUAD <= len; i++)
        b->own_quads[quad_at(text + i) / 8] |= (uint8_t)(1 << quad_at(text + i) % 8);
    secret_set_add(b->own, text, len, "own");
}

/* How much of it are four characters in a row and more of own secrets? Then it is one that
 * came back without its quotation marks, say, or with the end of another one. */
static size_t alike(const struct secret_book *b, const char *text, size_t len) {
    size_t covered = 0, until = 0;

    for (size_t i = 0; i + QUAD <= len; i++)
        if (b->own_quads[quad_at(text + i) / 8] >> quad_at(text + i) % 8 & 1) {
            covered += i + QUAD - (until > i ? until : i);
            until = i + QUAD;
        }
    return covered;
}

/* Most of it is what the reader has sent: perhaps cut, or in the other case. */
static bool is_own(const struct secret_book *b, const char *text, size_t len) {
    struct secret_hits hits;
    size_t covered = 0;

    if (!b->own)
        return false;
    if (redactor_token(text, len) == len || secret_text_is_dull(text, len) ||
        json_object_getn(b->own_short, text, len) || 5 * alike(b, text, len) >= 3 * len)
        return true;
    secret_set_find(b->own, text, len, &hits);
    for (size_t i = 0; i < hits.count; i++)
        covered += hits.items[i].len;
    secret_hits_release(&hits);
    return 2 * covered >= len && covered;
}

const char *secret_book_token(struct secret_book *b, enum token_kind kind,
                              const char *text, size_t len) {
    json_t *known = json_object_getn(b->tokens, text, len);
    char *token;

    if (!len || (b->keep_tokens && redactor_token(text, len) == len) ||
        is_own(b, text, len))
        return NULL;
    if (known)
        return json_string_value(known);
    if (!(token = token_by_mark(b, text, len)))
        token = new_token(b, kind, text, len);
    secret_book_add(b, kind, text, len, token);
    b->learned = true;
    free(token);
    return json_string_value(json_object_getn(b->tokens, text, len));
}

void secret_book_name(struct secret_book *b, const char *text, size_t len) {
    enum { MOST_NAMES = 100000, LONGEST = 256 };

    if (len >= MIN_GUESS && len <= LONGEST && json_object_size(b->named) < MOST_NAMES)
        json_object_setn_new_nocheck(b->named, text, len, json_true());
}

bool secret_book_is_named(const struct secret_book *b, const char *text, size_t len) {
    return json_object_getn(b->named, text, len) != NULL;
}

static bool masks(const char *key, const char *text, size_t len) {
    size_t head = 0, tail = 0, key_len = strlen(key);

    while (head < len && text[head] != '*' && text[head] != '.' &&
           (unsigned char)text[head] < 0x80)
        head++;
    while (tail < len - head && text[len - 1 - tail] != '*' &&
           text[len - 1 - tail] != '.' && (unsigned char)text[len - 1 - tail] < 0x80)
        tail++;
    return head + tail > 0 && head + tail <= key_len && memcmp(key, text, head) == 0 &&
           memcmp(key + key_len - tail, text + len - tail, tail) == 0;
}

char *secret_book_masked(const struct secret_book *b, const char *text, size_t len) {
    for (size_t i = 0; i < b->key_count; i++)
        if (masks(b->keys[i], text, len)) {
            json_t *token = json_object_getn(b->tokens, b->keys[i], strlen(b->keys[i]));

            return mem_printf("masked %s", json_string_value(token));
        }
    return lookalike_is_key(text, len) ? mem_strdup("masked key") : NULL;
}

void secret_book_count(struct secret_book *b, const char *token) {
    b->hidden += token && *token != '$';
    b->parts += !token;
}

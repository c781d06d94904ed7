/* Nodes and plain scalars come in. A document that holds them goes out, each scalar with
 * its kind. */
#include "core/yaml_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

enum { BLOCK_BYTES = 16000 };

struct yaml_block {
    struct yaml_block *next;
    size_t used, size;
    _Alignas(max_align_t) char bytes[];
};

struct yaml_document *yaml_document_new(const char *source) {
    struct yaml_document *d = mem_new(1, sizeof(*d));

    d->source = mem_strdup(source);
    d->doc.source = d->source;
    return d;
}

void *yaml_document_alloc(struct yaml_document *d, size_t size) {
    struct yaml_block *b = d->blocks;
    void *p;

    size = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    if (!b || b->size - b->used < size) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

        b = mem_grow(NULL, 1, sizeof(*b) + room);
        *b = (struct yaml_block){.next = d->blocks, .size = room};
        d->blocks = b;
    }
    p = b->bytes + b->used;
    b->used += size;
    return p;
}

void yaml_document_append(struct yaml_document *d, struct yaml_node ***array,
                          size_t *cap, size_t count, struct yaml_node *item) {
    if (count == *cap) {
        size_t more = *cap ? *cap * 2 : 4;
        struct yaml_node **grown = yaml_document_alloc(d, more * sizeof(*grown));

        if (count)
            memcpy(grown, *array, count * sizeof(*grown));
        *array = grown;
        *cap = more;
    }
    (*array)[count] = item;
}

void yaml_doc_free(struct yaml_doc *doc) {
    struct yaml_document *d = (struct yaml_document *)doc;

    if (!d)
        return;
    while (d->blocks) {
        struct yaml_block *next = d->blocks->next;

        free(d->blocks);
        d->blocks = next;
    }
    free(d->source);
    free(d);
}

/* --- plain scalars --- */

static bool is_octal_like(const char *t, size_t len) {
    t += *t == '-' || *t == '+';
    return len > 1 && t[0] == '0' &&
           strspn(t, "0123456789oxXbabcdefABCDEF_") == strlen(t) && strlen(t) > 1;
}

static bool is_date(const char *t) {
    int y, m, d, used = 0;

    return strlen(t) >= 8 && strspn(t, "0123456789") == 4 &&
           sscanf(t, "%4d-%2d-%2d%n", &y, &m, &d, &used) == 3 &&
           (t[used] == '\0' || t[used] == 'T' || t[used] == 't' || t[used] == ' ');
}

static bool is_float(const char *t) {
    char *end;

    if (!strpbrk(t, "0123456789") || strspn(t, "+-.0123456789eE_") != strlen(t) ||
        strspn(t, "+-") == strlen(t))
        return false;
    strtod(t, &end);
    return *end == '\0' ||
           (*t >= '0' && *t <= '9' && strchr(t, '_') && !strchr(t, '-'));
}

/* How another reader of YAML would take this plain text, or NULL if they all agree. */
static const char *ambiguous(const char *t, size_t len) {
    static const struct {
        const char *word, *as;
    } words[] = {
        {"yes", "true"},       {"no", "false"},      {"on", "true"},
        {"off", "false"},      {"y", "true"},        {"n", "false"},
        {"true", "true"},      {"false", "false"},   {"null", "null"},
        {"~", "null"},         {".inf", "a number"}, {"-.inf", "a number"},
        {"+.inf", "a number"}, {".nan", "a number"}, {"=", "a default key"},
    };

    for (size_t i = 0; len <= 5 && i < ARRAY_LEN(words); i++)
        if ((*t | 32) == *words[i].word && str_equal_nocase(t, words[i].word))
            return words[i].as;
    if (is_octal_like(t, len))
        return "an octal or hexadecimal number";
    if (is_date(t))
        return "a date";
    if (len > 2 && t[0] >= '0' && t[0] <= '9' && strchr(t, ':') &&
        strspn(t, "0123456789:._") == len && t[len - 1] != ':')
        return "a number in base 60";
    if (is_float(t))
        return "a number";
    return NULL;
}

/* Most are words, which nobody takes for anything else. */
static bool is_long_word(const struct yaml_node *n) {
    char first = (char)(n->text[0] | 0x20);

    return n->len > 5 && first >= 'a' && first <= 'z' && first != 'e';
}

const char *yaml_plain_resolve(struct yaml_node *n, bool days) {
    if (is_long_word(n))
        return NULL;
    if (n->len == 0 || strcmp(n->text, "null") == 0) {
        n->kind = YAML_NODE_NULL;
    } else if (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0) {
        n->kind = YAML_NODE_BOOL;
        n->integer = n->text[0] == 't';
    } else if (strspn(n->text, "-0123456789") == n->len &&
               str_to_int(n->text, n->len, &n->integer) &&
               (strcmp(n->text, "0") == 0 || n->text[n->text[0] == '-'] != '0')) {
        n->kind = YAML_NODE_INT;
    } else if (!days || n->len != 10 || !is_date(n->text)) {
        return ambiguous(n->text, n->len);
    }
    return NULL;
}

/*
 * form.h - application/x-www-form-urlencoded with brackets, both ways.
 *
 * `scope[type]=user&expand[]=payload` is a list of pairs, and as a tree
 * {"scope": {"type": "user"}, "expand": ["payload"]}. `expand[0]=payload` is the same
 * tree.
 *
 * Rules      '+' and %20 are a space, brackets may be percent-encoded, a bad percent
 *            sequence stays as it is and is counted (URL Standard, section 5.1; clause
 *            PROTO-4). Keys and values may hold NUL: use the lengths.
 * Errors     form_parse() fails only over `max_pairs`.
 * Ownership  a zeroed form is empty; form_release() empties it.
 */
#ifndef ASSAY_CORE_FORM_H
#define ASSAY_CORE_FORM_H

#include <jansson.h>

#include "core/buf.h"
#include "core/err.h"

struct form_pair {
    char *key, *value; /* decoded, terminated beyond their length */
    size_t key_len, value_len;
    bool has_equals; /* `a` and `a=` differ on the wire, not in meaning */
};

struct form {
    struct form_pair *pairs;
    size_t count, cap;
    size_t bad_percent; /* sequences that were not two hex digits */
};

enum form_flags {
    FORM_RAW_BRACKETS = 1 << 0,  /* write [ and ] as they are */
    FORM_PERCENT_SPACE = 1 << 1, /* %20, not + */
    FORM_INDEXED = 1 << 2,       /* arrays as a[0]=, not a[]= */
};

bool form_parse(struct form *f, const char *text, size_t len, size_t max_pairs,
                struct err *err);
/* Parse more into the same form (query, then body: one bucket). */
void form_add(struct form *f, const char *key, size_t key_len, const char *value,
              size_t value_len);
const struct form_pair *form_get(const struct form *f,
                                 const char *key); /* last of the name */
bool form_write(struct buf *out, const struct form *f, unsigned flags);

/* Pairs to tree. Strings that are not UTF-8 fail. A scalar and a mapping of one name
 * clash: fail. The last of two equal scalar keys wins. New reference. */
json_t *form_to_json(const struct form *f, struct err *err);
/* Tree to pairs, in the order of the tree; numbers and booleans as text, null as "". */
void form_from_json(struct form *f, const json_t *tree, unsigned flags);
void form_release(struct form *f);

#endif

/*
 * secret_index.h - which secrets there are, by their first and by all their characters.
 *
 * Private to secret_set. All texts are folded, with TEXT_VIEW_SPARE bytes behind
 * them.
 *
 * Ownership  an index copies what it is told and lends its patterns.
 * Threads    adding wants exclusive use; asking may be shared.
 */
#ifndef ASSAY_RECORDING_REDACT_SECRET_INDEX_H
#define ASSAY_RECORDING_REDACT_SECRET_INDEX_H

#include "core/base.h"

/* One form of a secret; other secrets that fold alike follow. */
struct secret_pattern {
    char *folded, *shown, *token;
    size_t len;
    bool word;  /* only where no letter or digit is before or behind it */
    bool slash; /* begins with a backslash, which may have fallen out */
    struct secret_pattern *alike, *added_before;
};

struct secret_index;

struct secret_index *secret_index_new(void);
void secret_index_free(struct secret_index *x);
bool secret_index_is_empty(const struct secret_index *x);
/* `shown` and `folded` have `len` bytes, from four on. */
void secret_index_add(struct secret_index *x, const char *shown, const char *folded,
                      size_t len, bool word, bool slash, const char *token);
/* Text in the open. */
void secret_index_open(struct secret_index *x, const char *folded, size_t len);

enum {
    SECRET_PART = 12, /* characters of a secret that are one as well */
    SECRET_HEAD = 8,  /* of its beginning, before a mark that it was cut */
};

enum secret_gram { GRAM_NONE = 0, GRAM_PART = 1 << 0, GRAM_BEGIN = 1 << 1 };

/* The first place from `at` on where anything may be found, or `count`. */
size_t secret_index_next(const struct secret_index *x, const char *folded, size_t count,
                         size_t at);
/* Of the SECRET_PART characters at `folded`. */
unsigned secret_index_gram(const struct secret_index *x, const char *folded);
/* Do these SECRET_PART characters tell nothing? */
bool secret_gram_is_dull(const char *folded);
/* Do SECRET_HEAD to SECRET_PART - 1 characters before a cut begin a secret? */
bool secret_index_head(const struct secret_index *x, const char *folded, size_t len);
/* The longest pattern under SECRET_PART characters at `folded`, or NULL. */
const struct secret_pattern *secret_index_short(const struct secret_index *x,
                                                const char *folded, size_t len);
/* The longest other one, and how many bytes were looked at. */
const struct secret_pattern *secret_index_long(const struct secret_index *x,
                                               const char *folded, size_t len,
                                               size_t *walked);

#endif

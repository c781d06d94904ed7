/*
 * secret_set.h - known secrets, and parts of them, found in any text.
 *
 * A secret is found as it is and in every form of text_view.h (percent-encoded, escaped
 * as JSON, HTML and programming languages do, in the other case from eight bytes on, in
 * NFC and NFD), in hex (also 61:62), in lists of byte values (`[115, 51]`), in base64
 * (any alignment, standard and URL alphabet, with line ends, also of gzip), as UTF-8
 * that was encoded twice, without the blanks around it, and in one of these forms
 * within another. A part is any twelve characters or more of a secret in a row, in the
 * same forms.
 *
 * A short secret of letters and digits alone is found as a whole word only: "blue" is
 * none in "bluebird", nor "1795" in 1795507011.
 *
 * The time is linear in the text, whatever the secrets and the text: every run of
 * twelve characters is looked up by its hash, and only where a secret begins is it
 * walked through. Walks that come to nothing have a budget; when it is spent, secrets
 * are found as parts alone.
 *
 * Units      bytes.
 * Ownership  a search copies what it is told; hits lend its tokens.
 * Threads    adding wants exclusive use; finding may be shared.
 */
#ifndef ASSAY_RECORDING_REDACT_SECRET_SET_H
#define ASSAY_RECORDING_REDACT_SECRET_SET_H

#include "core/base.h"
#include "recording/redact/secret_index.h"

struct secret_set;

struct secret_set *secret_set_new(void);
void secret_set_free(struct secret_set *s);
/* Under four bytes, blanks around it not counted, it would be found everywhere: false.
 * An equal secret keeps its first token. */
bool secret_set_add(struct secret_set *s, const char *secret, size_t len,
                    const char *token);
/* What stands in the open: it is no part of a secret. */
void secret_set_open(struct secret_set *s, const char *text, size_t len);

/* So much alike that no part of it tells anything: "aaaaaaaaaaaaaaaa". */
bool secret_text_is_dull(const char *text, size_t len);

struct secret_hit {
    size_t at, len;
    const char *token; /* NULL = a part of a secret */
    bool numbers;      /* among numbers with commas: what replaces it wants quotes */
};

struct secret_hits {
    struct secret_hit *items;
    size_t count;
};

/* In order, none overlaps another. What overlaps is one hit, with the longest secret's
 * token. */
void secret_set_find(const struct secret_set *s, const char *text, size_t len,
                     struct secret_hits *hits);
void secret_hits_release(struct secret_hits *hits);

#endif

/*
 * redact.h - known secret texts out of anything that is written down.
 *
 * A secret is found in these forms: raw, percent-encoded (either case of the hex
 * digits, space as + or %20), JSON-escaped (also \uXXXX, also again inside a string),
 * as programming languages print it (\xe9, \303, \u{e9}), HTML-escaped (named and
 * numbered), in hex (also 61:62), base64 (any alignment, standard and URL alphabet) and
 * as the user part of a Basic credential; from eight bytes on in upper and lower case;
 * without the blanks around it; as UTF-8 that was encoded twice. The replacement says
 * nothing of the value, not even its length.
 *
 * A short secret of letters and digits alone is found as a whole word only: "blue" is
 * none in "bluebird", nor "1795" in 1795507011.
 *
 * Ownership  a redactor copies what it is told.
 * Threads    adding wants exclusive use; applying may be shared.
 */
#ifndef ASSAY_REDACT_H
#define ASSAY_REDACT_H

#include "core/buf.h"

struct redactor;

struct redactor *redactor_new(void);
void redactor_free(struct redactor *r);
/* Texts under 4 bytes, blanks around them not counted, are not searched for in free
 * text: they would hit everything. False for those; callers that know the field replace
 * it there. An equal value keeps its first token. */
bool redactor_add(struct redactor *r, const char *secret, size_t len,
                  const char *token);
/* Copy bytes to out with every form of every secret replaced; longest match first. */
bool redactor_apply(const struct redactor *r, const char *bytes, size_t len,
                    struct buf *out);
/* Is this beginning of a secret to stay, because it is no secret by itself? */
typedef bool redactor_spares(void *context, const char *text, size_t len);
/* Beginnings of secrets that are cut off, as error messages show them: "s3cr3t-va..".
 */
bool redactor_apply_parts(const struct redactor *r, const char *bytes, size_t len,
                          const char *with, redactor_spares *spares, void *context,
                          struct buf *out);
/* Is any form of any secret in there? */
bool redactor_finds(const struct redactor *r, const char *bytes, size_t len);

#endif

/*
 * secret_set.h - known secret texts out of anything that is written down.
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
 * Ownership  a secret_set copies what it is told.
 * Threads    adding wants exclusive use; applying may be shared.
 */
#ifndef ASSAY_RECORDING_REDACT_SECRET_SET_H
#define ASSAY_RECORDING_REDACT_SECRET_SET_H

#include "core/buf.h"

struct secret_set;

struct secret_set *secret_set_new(void);
void secret_set_free(struct secret_set *r);
/* Texts under 4 bytes, blanks around them not counted, are not searched for in free
 * text: they would hit everything. False for those; callers that know the field replace
 * it there. An equal value keeps its first token. */
bool secret_set_add(struct secret_set *r, const char *secret, size_t len,
                    const char *token);
/* Copy bytes to out with every form of every secret replaced; longest match first. */
bool secret_set_replace(const struct secret_set *r, const char *bytes, size_t len,
                        struct buf *out);
/* Is this beginning of a secret to stay, because it is no secret by itself? */
typedef bool secret_set_spares(void *context, const char *text, size_t len);
/* Beginnings of secrets that are cut off, as error messages show them: "s3cr3t-va..".
 */
bool secret_set_replace_parts(const struct secret_set *r, const char *bytes, size_t len,
                              const char *with, secret_set_spares *spares,
                              void *context, struct buf *out);
/* Is any form of any secret in there? */
bool secret_set_finds(const struct secret_set *r, const char *bytes, size_t len);

#endif

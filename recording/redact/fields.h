/*
 * fields.h - the values of named fields in a body, replaced where they stand.
 *
 * A field is named by its key, or by the end of its path with dots: "payload" is every
 * field of that name at any depth, "owner.email" every `email` in an `owner`; case, `_`
 * and `-` do not count: accessToken is access_token. In a form the path is the
 * bracketed key. All bytes that are no such value stay as they are.
 *
 * Errors     a body that is not what its type says is taken as far as it can be read: a
 *            text of no known make is searched for `payload=..`, `"payload": ".."`,
 *            `<payload>..` and their like.
 */
#ifndef ASSAY_RECORDING_REDACT_FIELDS_H
#define ASSAY_RECORDING_REDACT_FIELDS_H

#include "core/buf.h"

struct field_set {
    char **paths;
    size_t count;
};

/* How many bytes at the beginning of `text` spell the name, 0 = they do not. */
size_t field_spelt(const char *text, size_t len, const char *name);

void field_set_add(struct field_set *s, const char *path);
void field_set_release(struct field_set *s);

/* Set around the names of parameters and members that the API itself has, and around
 * the numbers of JSON, so that no secret is searched for in them: a payload "before" is
 * no reason to break `ending_before`. */
enum { FIELD_MARK = 0x1a };

/* Is this one of them (brackets may be percent-encoded)? */
bool field_is_structure(const char *key, size_t len);

/* The text that stands for a value, lent, or NULL to leave it. `value` is decoded;
 * `field` is which path of the set named it, from 1. */
typedef const char *field_replacement(void *context, const char *value, size_t len,
                                      size_t field);

/* JSON, multipart/form-data or a form, by the type and by the look; may be NULL. */
void fields_replace(const struct field_set *s, const char *content_type,
                    const char *body, size_t len, field_replacement *with,
                    void *context, struct buf *out);
void fields_replace_form(const struct field_set *s, const char *form, size_t len,
                         field_replacement *with, void *context, struct buf *out);

#endif

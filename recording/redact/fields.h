/*
 * fields.h - the leaves of a body: its names and values, where they stand, what they say.
 *
 * A body is read as JSON, multipart, a form or a text of unknown make, by its type and by
 * its look, as far as it can be read. Every byte that is in no leaf is structure.
 *
 * A value is secret by its name (secret_names.h), by a name that the rules choose, or
 * because it stands in a container of such a name. What a value says is read as well: JSON
 * in a form in JSON, base64, gzip, multipart in multipart. The leaves in there are nested:
 * they have no place in the body, only a value.
 *
 * Errors     none: what is broken is read as well as it can be.
 * Threads    pure functions.
 */
#ifndef ASSAY_RECORDING_REDACT_FIELDS_H
#define ASSAY_RECORDING_REDACT_FIELDS_H

#include "core/buf.h"
#include "recording/redact/secret_names.h"

struct field_rules {
    char **chosen; /* names, or ends of paths with dots: "token", "owner.email" */
    size_t chosen_count;
    bool query; /* `key` alone is a secret */
};

enum leaf_kind {
    LEAF_TEXT,
    LEAF_STRING, /* of JSON, between its quotes */
    LEAF_BARE,   /* of JSON: a number, a literal, or what is neither */
    LEAF_BYTES,  /* of JSON: numbers with commas, that are the bytes of a text */
    LEAF_KEY,    /* a name; secret only within a secret */
    LEAF_FORM,   /* a value, percent-encoded */
};

struct leaf {
    size_t at, len; /* in the body, if it is not nested */
    enum leaf_kind kind;
    enum secret_kind secret;
    bool structure; /* a name of the API's own: nothing is searched in it */
    bool number;    /* LEAF_BARE as JSON has them, LEAF_BYTES */
    bool nested;
    bool guessed;     /* no name says that it is secret, only what stands near it */
    const char *name; /* of a value; may be empty */
    size_t name_len;
    const char *value; /* what it says */
    size_t value_len;
    const char *flaw; /* what is invalid in it, and is to stay: a raw tab, %zz */
    size_t flaw_len;
};

/* All is lent for the call. */
typedef void leaf_use(void *context, const struct leaf *leaf);

/* In the order of the body, none within another, but for nested ones. */
void fields_each(const struct field_rules *rules, const char *content_type,
                 const char *body, size_t len, leaf_use *use, void *context);
void fields_each_in_form(const struct field_rules *rules, const char *form, size_t len,
                         leaf_use *use, void *context);

/* The text that stands for a secret value, lent, or NULL to leave it. */
typedef const char *field_replacement(void *context, const struct leaf *leaf);
/* Copy a body, with its secret values replaced. */
void fields_replace(const struct field_rules *rules, const char *content_type,
                    const char *body, size_t len, field_replacement *with,
                    void *context, struct buf *out);
/* A leaf's value becomes `text`: in quotes where JSON wants them, what was invalid stays
 * invalid in the same way. */
void field_put(const struct leaf *leaf, const char *text, struct buf *out);

/* What is invalid in a part of a leaf, as `flaw` is. */
void field_flaws(enum leaf_kind kind, const char *text, size_t len, struct buf *out);
/* Where the escape ends that `at` stands within, in the text of a leaf; `at` itself if in
 * none. */
size_t field_after_escape(enum leaf_kind kind, const char *text, size_t len, size_t at);

void field_rules_add(struct field_rules *rules, const char *path);
void field_rules_release(struct field_rules *rules);

/* A parameter, member or path of the API (brackets may be percent-encoded). */
bool field_is_structure(const char *key, size_t len);

#endif

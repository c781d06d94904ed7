/*
 * fields_parts.h - what the files of fields share. Private to recording/redact.
 */
#ifndef ASSAY_RECORDING_REDACT_FIELDS_PARTS_H
#define ASSAY_RECORDING_REDACT_FIELDS_PARTS_H

#include "recording/redact/fields.h"

struct field_walk {
    const struct field_rules *rules;
    leaf_use *use;
    void *context;
    const char *body; /* what `at` of a leaf counts from */
    unsigned depth;   /* of what is said in what is said */
    unsigned level;   /* of multipart in multipart */
};

/* Of a name, and of the path ".a.b" that it ends; NULL = it has none. */
enum secret_kind field_kind(const struct field_walk *w, const char *name, size_t len,
                            const char *path);
/* Hands a leaf on; what a value says is walked through. */
void field_leaf(const struct field_walk *w, struct leaf *leaf);
/* A leaf that says what it is. */
struct leaf field_make(const struct field_walk *w, enum leaf_kind kind,
                       const char *text, size_t len);

/* fields_json.c: by its tokens. */
void fields_string_flaws(const char *text, size_t len, struct buf *out);
void fields_walk_json(const struct field_walk *w, const char *text, size_t len);
/* fields_text.c: whatever reads like `field: "value"`, `field=value` or
 * `<field>value</field>` in a text of unknown make. */
void fields_walk_text(const struct field_walk *w, const char *text, size_t len);
/* fields_table.c: columns that have a name, as CSV has them. */
struct fields_table {
    char separator;
    const char *rows; /* the end of the head */
    enum secret_kind columns[64];
};
/* Is it one, with a column of secrets? */
bool fields_table_read(const struct field_walk *w, const char *text, size_t len,
                       struct fields_table *t);
void fields_walk_table(const struct field_walk *w, const struct fields_table *t,
                       const char *text, size_t len);
/* fields_form.c: pairs, and the parts of multipart. */
void fields_form_flaws(const char *text, size_t len, struct buf *out);
void fields_walk_form(const struct field_walk *w, const char *form, size_t len);
void fields_walk_multipart(const struct field_walk *w, const char *body, size_t len);
/* fields.c: by its type and its look. */
void fields_walk_any(const struct field_walk *w, const char *content_type,
                     const char *body, size_t len);

#endif

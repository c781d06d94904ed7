/*
 * fields_parts.h - what the files of fields share. Private to recording.
 */
#ifndef ASSAY_RECORDING_REDACT_FIELDS_PARTS_H
#define ASSAY_RECORDING_REDACT_FIELDS_PARTS_H

#include "recording/redact/fields.h"

struct replacing {
    const struct field_set *set;
    field_replacement *with;
    void *context;
    struct buf *out;
};

/* `path` is ".a.b.c"; the index of the field that it is or one of its containers, from
 * 1; 0 = none. */
size_t fields_find(const struct field_set *s, const char *path);
/* False: the value has no replacement, nothing was added. */
bool fields_put(const struct replacing *r, size_t field, const char *value, size_t len);
/* A key, marked if the API has it. */
void fields_put_key(struct buf *out, const char *key, size_t len);

/* fields_json.c: by its tokens, so that every other byte stays. */
void fields_replace_json(const struct replacing *r, const char *text, size_t len);
/* fields_text.c: whatever reads like `field: "value"`, `field=value` or
 * `<field>value</field>` in a text of unknown make. */
void fields_replace_text(const struct replacing *r, const char *text, size_t len);

#endif

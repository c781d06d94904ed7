/* What a run has kept comes in. It goes out without the secrets that were learned later. */
#include "harness/run/redact_doc.h"

#include <stdlib.h>
#include <string.h>

#include "core/base.h"
#include "core/jsonx.h"

enum { MIN_SECRET = 4 };

/* Members that hold the suite's words, never the target's. */
static bool is_ours(const char *member) {
    static const char *const ours[] = {"id",     "clause", "level",   "verdict",
                                       "case",   "file",   "pointer", "title",
                                       "method", "cases",  "waiver"};

    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (strcmp(member, ours[i]) == 0)
            return true;
    return false;
}

/* NULL = it stays as it is. */
static json_t *without_secrets(struct redactor *r, const json_t *text) {
    size_t len = json_string_length(text), clean_len;
    json_t *changed = NULL;
    char *clean;

    if (len < MIN_SECRET)
        return NULL;
    clean = redactor_bytes(r, json_string_value(text), len, &clean_len);
    if (clean_len != len || memcmp(clean, json_string_value(text), len) != 0)
        changed = jsonx_text(clean, clean_len);
    free(clean);
    return changed;
}

static void redact_value(struct redactor *r, json_t *value) {
    json_t *item, *changed;
    const char *member;
    size_t i;

    json_object_foreach(value, member, item) {
        if (json_is_string(item) && !is_ours(member) &&
            (changed = without_secrets(r, item)))
            json_object_set_new(value, member, changed);
        else
            redact_value(r, item);
    }
    for (i = 0; i < json_array_size(value); i++) {
        item = json_array_get(value, i);
        if (json_is_string(item) && (changed = without_secrets(r, item)))
            json_array_set_new(value, i, changed);
        else
            redact_value(r, item);
    }
}

void redact_doc(struct result_doc *doc, struct redactor *r) {
    json_t *const parts[] = {doc->checks, doc->rows, doc->choices, doc->leftovers,
                             doc->absent};

    for (size_t i = 0; redactor_has_learned(r) && i < ARRAY_LEN(parts); i++)
        redact_value(r, parts[i]);
    doc->hidden_secrets = redactor_counts(r).secrets;
    doc->hidden_parts = redactor_counts(r).parts;
}

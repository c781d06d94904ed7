/* Forms: what was read, written and read again is the same; so are trees. */
#include "core/form.h"
#include "fuzz.h"

static void same_pairs(const struct form *a, const struct form *b) {
    HOLDS(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct form_pair *p = &a->pairs[i], *q = &b->pairs[i];

        HOLDS(p->key_len == q->key_len && memcmp(p->key, q->key, p->key_len) == 0);
        HOLDS(p->value_len == q->value_len &&
              memcmp(p->value, q->value, p->value_len) == 0);
    }
}

static void written_is_read_alike(const struct form *f, unsigned flags) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct form again = {0};

    HOLDS(form_write(&text, f, flags));
    HOLDS(form_parse(&again, text.ptr, text.len, SIZE_MAX, NULL));
    HOLDS(again.bad_percent == 0);
    same_pairs(f, &again);
    form_release(&again);
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct form f = {0}, back = {0};
    struct err err = {0};
    json_t *trie;

    HOLDS(form_parse(&f, (const char *)data, size, 1000, &err) ||
          err.code == ERR_LIMIT);
    for (size_t i = 0; i < f.count; i++) {
        HOLDS(f.pairs[i].key[f.pairs[i].key_len] == '\0');
        HOLDS(f.pairs[i].value[f.pairs[i].value_len] == '\0');
        /* An empty pair without a sign is not written as anything. */
        if (f.pairs[i].key_len == 0)
            f.pairs[i].has_equals = true;
    }
    for (unsigned flags = 0; flags < 8; flags++)
        written_is_read_alike(&f, flags);
    trie = form_to_json(&f, NULL);
    if (trie)
        form_from_json(&back, trie, FORM_INDEXED);
    json_decref(trie);
    form_release(&back);
    form_release(&f);
    return 0;
}

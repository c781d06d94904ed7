/* Texts without a secret come in. Out goes whether a text is one of them. */
#include "recording/redact/clean_texts.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

enum { SLOTS = 1024, MAX_TEXT = 2048 };

struct clean_slot {
    uint64_t version;
    enum clean_place place;
    size_t name_len;
    struct buf text; /* name and text */
};

struct clean_texts {
    struct clean_slot slots[SLOTS];
};

struct clean_texts *clean_texts_new(void) {
    struct clean_texts *c = mem_new(1, sizeof(*c));

    for (size_t i = 0; i < SLOTS; i++)
        buf_init(&c->slots[i].text, BUF_UNLIMITED);
    return c;
}

void clean_texts_free(struct clean_texts *c) {
    for (size_t i = 0; c && i < SLOTS; i++)
        buf_release(&c->slots[i].text);
    free(c);
}

static uint64_t add_hash(uint64_t hash, const char *text, size_t len) {
    uint64_t bytes = 0;

    for (; len >= sizeof(bytes); text += sizeof(bytes), len -= sizeof(bytes)) {
        memcpy(&bytes, text, sizeof(bytes));
        hash = (hash ^ bytes) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    bytes = len;
    memcpy(&bytes, text, len);
    hash = (hash ^ bytes ^ len << 56) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static size_t slot_of(const struct clean_text *t, size_t name_len) {
    uint64_t hash = add_hash((uint64_t)t->place, t->name, name_len);

    return (size_t)(add_hash(hash, t->text, t->len) % SLOTS);
}

bool clean_texts_has(const struct clean_texts *c, const struct clean_text *t) {
    size_t name_len = strlen(t->name);
    const struct clean_slot *s = &c->slots[slot_of(t, name_len)];

    return s->text.len == name_len + t->len && s->name_len == name_len &&
           s->version == t->version && s->place == t->place && s->text.len &&
           memcmp(s->text.ptr, t->name, name_len) == 0 &&
           memcmp(s->text.ptr + name_len, t->text, t->len) == 0;
}

void clean_texts_add(struct clean_texts *c, const struct clean_text *t) {
    size_t name_len = strlen(t->name);
    struct clean_slot *s = &c->slots[slot_of(t, name_len)];

    if (name_len + t->len > MAX_TEXT)
        return;
    buf_cut(&s->text, 0);
    buf_add(&s->text, t->name, name_len);
    buf_add(&s->text, t->text, t->len);
    s->name_len = name_len;
    s->place = t->place;
    s->version = t->version;
}

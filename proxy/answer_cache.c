/* A request comes in. The answer that it had in this state and this second goes out, if
 * it is known. */
#include "proxy/answer_cache.h"
#include "proxy/kept_answer.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum { SLOTS = 1024 }; /* a power of two; bounds what is held */

struct answer_cache {
    struct cached_answer slots[SLOTS]; /* by hash; a newer one takes the place */
};

struct answer_cache *answer_cache_new(void) {
    return mem_new(1, sizeof(struct answer_cache));
}

static uint64_t add_word(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
    return hash ^ hash >> 32;
}

/* Eight bytes at a step: it only chooses the slot, is_same() decides. */
static uint64_t add_text(uint64_t hash, const char *text) {
    size_t left = strlen(text);
    uint64_t word;

    for (; left >= sizeof(word); left -= sizeof(word), text += sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        hash = add_word(hash, word);
    }
    word = left;
    memcpy(&word, text, left);
    return add_word(hash, word);
}

static uint64_t hash_of(const struct http_request *r) {
    uint64_t hash = add_text(r->headers.count, r->target);

    for (size_t i = 0; i < r->headers.count; i++)
        hash = add_text(hash, r->headers.items[i].value);
    return hash;
}

static bool is_same(const struct http_request *a, const struct http_request *b) {
    if (strcmp(a->method, b->method) != 0 || strcmp(a->target, b->target) != 0 ||
        a->headers.count != b->headers.count)
        return false;
    for (size_t i = 0; i < a->headers.count; i++)
        if (strcmp(a->headers.items[i].name, b->headers.items[i].name) != 0 ||
            strcmp(a->headers.items[i].value, b->headers.items[i].value) != 0)
            return false;
    return true;
}

struct cached_answer *answer_cache_find(struct answer_cache *k,
                                        const struct http_request *request,
                                        uint64_t version, int64_t second) {
    uint64_t hash = hash_of(request);
    struct cached_answer *a = &k->slots[hash % SLOTS];

    return a->answer && a->hash == hash && a->version == version &&
                   a->second == second && !request->body &&
                   is_same(&a->request, request)
               ? a
               : NULL;
}

static void forget(struct cached_answer *a) {
    kept_answer_free(a->answer);
    http_request_release(&a->request);
    memset(a, 0, sizeof(*a));
}

struct cached_answer *answer_cache_keep(struct answer_cache *k,
                                        const struct http_request *request,
                                        uint64_t version, int64_t second,
                                        struct kept_answer *answer) {
    uint64_t hash = hash_of(request);
    struct cached_answer *a = &k->slots[hash % SLOTS];

    forget(a);
    http_request_copy(&a->request, request);
    a->hash = hash;
    a->version = version;
    a->second = second;
    a->answer = answer;
    return a;
}

void answer_cache_free(struct answer_cache *k) {
    for (size_t i = 0; k && i < SLOTS; i++)
        forget(&k->slots[i]);
    free(k);
}

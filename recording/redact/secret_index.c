/* Forms of secrets come in; out goes whether a text begins as one of them, or has
 * twelve characters of one. */
#include "recording/redact/secret_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/mem.h"
#include "core/trie.h"
#include "recording/redact/text_view.h"

enum {
    MIN_PATTERN = 4,
    FILTER_BITS = 16,
    MIN_WIDE = 12,         /* bits of an index in the filter of grams: 4,096 */
    MAX_WIDE = 21,         /* to two million, sixteen for each gram */
    LONG_SECRET = 1 << 16, /* of a longer one only both ends are looked for in parts */
    MAX_PERIOD = 4,        /* of characters that tell nothing */
    MAX_ALIKE = 16,        /* that differ in case alone and keep tokens of their own */
};

struct grams { /* hashes, open addressing; 0 = free; bit 0: a secret begins so */
    uint64_t *slots;
    size_t count, size; /* size is a power of two, or 0 */
};

struct secret_index {
    uint64_t seed[2];
    struct grams grams, open, heads;
    uint8_t *wide; /* which eight bytes a gram begins with */
    unsigned wide_bits;
    struct trie *long_ones;
    struct secret_pattern **short_ones; /* open addressing */
    size_t short_count, short_size;
    unsigned short_lengths; /* bit n: there is one of n bytes */
    uint8_t filter[(1 << FILTER_BITS) / 8];
    uint8_t pairs[(1 << 16) / 8]; /* two bytes with which anything may be found */
    struct secret_pattern *added;
};

struct secret_index *secret_index_new(void) {
    struct secret_index *x = mem_new(1, sizeof(*x));

    /* so that nobody can choose texts whose hashes collide */
    if (getrandom(x->seed, sizeof(x->seed), GRND_NONBLOCK) != sizeof(x->seed))
        x->seed[0] = 0x9e3779b97f4a7c15u, x->seed[1] = 0xd1b54a32d192ed03u;
    x->long_ones = trie_new();
    return x;
}

static void free_pattern(struct secret_pattern *p) {
    free(p->folded);
    free(p->shown);
    free(p->token);
    free(p);
}

void secret_index_free(struct secret_index *x) {
    if (!x)
        return;
    for (struct secret_pattern *p = x->added, *before; p; p = before) {
        before = p->added_before;
        free_pattern(p);
    }
    free(x->grams.slots);
    free(x->wide);
    free(x->open.slots);
    free(x->heads.slots);
    free(x->short_ones);
    trie_free(x->long_ones);
    free(x);
}

bool secret_index_is_empty(const struct secret_index *x) {
    return !x->added;
}

static uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_gram(const struct secret_index *x, const char *at) {
    uint64_t a;
    uint32_t b;

    memcpy(&a, at, sizeof(a));
    memcpy(&b, at + sizeof(a), sizeof(b));
    return mix(a ^ x->seed[0], b ^ x->seed[1]) | 2; /* never 0 */
}

static uint64_t hash_short(const struct secret_index *x, const char *at, size_t len) {
    uint64_t a = 0;
    uint32_t b = 0;

    memcpy(&a, at, len < sizeof(a) ? len : sizeof(a));
    if (len > sizeof(a))
        memcpy(&b, at + sizeof(a), len - sizeof(a));
    return mix(a ^ x->seed[0], (b ^ x->seed[1]) + len);
}

/* --- grams --- */

static size_t slot_of(const struct grams *g, uint64_t hash) {
    size_t i = (size_t)(hash >> 1) & (g->size - 1);

    while (g->slots[i] && (g->slots[i] | 1) != (hash | 1))
        i = (i + 1) & (g->size - 1);
    return i;
}

static void grams_grow(struct grams *g) {
    struct grams old = *g;

    g->size = old.size ? old.size * 2 : 1024;
    g->slots = mem_new(g->size, sizeof(*g->slots));
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i])
            g->slots[slot_of(g, old.slots[i])] = old.slots[i];
    free(old.slots);
}

static void grams_add(struct grams *g, uint64_t hash, bool begins) {
    size_t i;

    if (2 * g->count >= g->size)
        grams_grow(g);
    i = slot_of(g, hash);
    if (!g->slots[i]) {
        g->slots[i] = hash & ~(uint64_t)1;
        g->count++;
    }
    g->slots[i] |= begins;
}

static unsigned filter_bit(const struct secret_index *x, const char *folded) {
    uint32_t a;

    memcpy(&a, folded, sizeof(a));
    return (unsigned)(((a ^ (uint32_t)x->seed[0]) * 0x9e3779b1u) >> (32 - FILTER_BITS));
}

static size_t wide_bit(const struct secret_index *x, const char *at) {
    uint64_t bytes;

    memcpy(&bytes, at, sizeof(bytes));
    return (size_t)(((bytes ^ x->seed[0]) * 0x9e3779b97f4a7c15u) >>
                    (64 - x->wide_bits));
}

static uint16_t pair_at(const char *folded) {
    uint16_t pair;

    memcpy(&pair, folded, sizeof(pair));
    return pair;
}

static void set_pair(struct secret_index *x, const char *folded) {
    uint16_t pair = pair_at(folded);

    x->pairs[pair / 8] |= (uint8_t)(1 << pair % 8);
}

/* Marks before which the beginning of a secret may stand: "s3cr3t-va..". */
static bool is_cut_mark(char c) {
    return c == '.' || c == '*' || c == '\xe2';
}

static void set_cut_pairs(struct secret_index *x) {
    static const char marks[] = {'.', '*', '\xe2'};

    for (size_t i = 0; i < sizeof(marks); i++)
        for (int next = 0; next < 256; next++)
            set_pair(x, (const char[2]){marks[i], (char)next});
}

static void set_wide(struct secret_index *x, const char *folded, size_t len) {
    for (size_t i = 0; i + SECRET_PART <= len; i++) {
        size_t bit = wide_bit(x, folded + i);

        set_pair(x, folded + i);
        x->wide[bit / 8] |= (uint8_t)(1 << bit % 8);
    }
}

/* As the grams become more, it is made anew from the patterns. */
static void grow_wide(struct secret_index *x) {
    unsigned bits = x->wide_bits ? x->wide_bits : MIN_WIDE;

    while (bits < MAX_WIDE && 16 * x->grams.count > (size_t)1 << bits)
        bits++;
    if (bits == x->wide_bits)
        return;
    free(x->wide);
    x->wide_bits = bits;
    x->wide = mem_new(((size_t)1 << bits) / 8, 1);
    for (const struct secret_pattern *p = x->added; p; p = p->added_before)
        if (p->len >= SECRET_PART)
            set_wide(x, p->folded, p->len);
}

static void add_grams(const struct secret_index *x, struct grams *g, const char *folded,
                      size_t len, bool secret) {
    for (size_t i = 0; i + SECRET_PART <= len; i++)
        if (len <= LONG_SECRET || i < LONG_SECRET / 2 || len - i <= LONG_SECRET / 2)
            grams_add(g, hash_gram(x, folded + i), secret && i == 0);
}

/* "aaaaaaaaaaaa" tells nothing, nor does "abcdabcdabcd", nor "aaaaaaaaaaab". */
bool secret_gram_is_dull(const char *folded) {
    size_t others = 0;

    for (size_t period = 1; period <= MAX_PERIOD; period++)
        if (memcmp(folded, folded + period, SECRET_PART - period) == 0)
            return true;
    for (size_t i = 1; i < SECRET_PART; i++)
        others += folded[i] != folded[i - 1];
    return others < 2;
}

size_t secret_index_next(const struct secret_index *x, const char *folded, size_t count,
                         size_t at) {
    static const uint8_t none[(1 << MIN_WIDE) / 8];
    const struct secret_index like = {
        .seed = {x->seed[0], 0}, .wide_bits = x->wide_bits ? x->wide_bits : MIN_WIDE};
    const uint8_t *wide = x->wide ? x->wide : none;

    for (; at < count; at++) {
        uint16_t pair = pair_at(folded + at);
        size_t bit;

        if (!(x->pairs[pair / 8] >> pair % 8 & 1))
            continue;
        bit = wide_bit(&like, folded + at);
        if (wide[bit / 8] >> bit % 8 & 1)
            return at;
        bit = filter_bit(&like, folded + at);
        if (x->filter[bit / 8] >> bit % 8 & 1)
            return at;
        if (is_cut_mark(folded[at]))
            return at;
    }
    return count;
}

unsigned secret_index_gram(const struct secret_index *x, const char *folded) {
    uint64_t hash, found;

    if (!x->grams.count)
        return GRAM_NONE;
    hash = hash_gram(x, folded);
    found = x->grams.slots[slot_of(&x->grams, hash)];
    if (!found)
        return GRAM_NONE;
    if (secret_gram_is_dull(folded) ||
        (x->open.count && x->open.slots[slot_of(&x->open, hash)]))
        return found & 1 ? GRAM_BEGIN : GRAM_NONE;
    return found & 1 ? GRAM_PART | GRAM_BEGIN : GRAM_PART;
}

void secret_index_open(struct secret_index *x, const char *folded, size_t len) {
    add_grams(x, &x->open, folded, len, false);
}

static void add_heads(struct secret_index *x, const char *folded, size_t len) {
    if (!x->heads.count)
        set_cut_pairs(x);
    for (size_t n = SECRET_HEAD; n < SECRET_PART && n < len; n++)
        grams_add(&x->heads, hash_short(x, folded, n) | 2, false);
}

bool secret_index_head(const struct secret_index *x, const char *folded, size_t len) {
    return x->heads.count &&
           x->heads.slots[slot_of(&x->heads, hash_short(x, folded, len) | 2)];
}

/* --- patterns --- */

static size_t short_slot(const struct secret_index *x, const char *folded, size_t len) {
    size_t i = (size_t)hash_short(x, folded, len) & (x->short_size - 1);

    while (x->short_ones[i] && (x->short_ones[i]->len != len ||
                                memcmp(x->short_ones[i]->folded, folded, len) != 0))
        i = (i + 1) & (x->short_size - 1);
    return i;
}

static void shorts_grow(struct secret_index *x) {
    struct secret_pattern **old = x->short_ones;
    size_t size = x->short_size;

    x->short_size = size ? size * 2 : 64;
    x->short_ones = mem_new(x->short_size, sizeof(struct secret_pattern *));
    for (size_t i = 0; i < size; i++)
        if (old[i])
            x->short_ones[short_slot(x, old[i]->folded, old[i]->len)] = old[i];
    free(old);
}

/* The one that folds like `p`, which is put there if there is none. */
static struct secret_pattern *short_like(struct secret_index *x,
                                         struct secret_pattern *p) {
    unsigned bit = filter_bit(x, p->folded);
    size_t i;

    if (2 * x->short_count >= x->short_size)
        shorts_grow(x);
    i = short_slot(x, p->folded, p->len);
    if (x->short_ones[i])
        return x->short_ones[i];
    x->short_ones[i] = p;
    x->short_count++;
    x->short_lengths |= 1u << p->len;
    x->filter[bit / 8] |= (uint8_t)(1 << bit % 8);
    set_pair(x, p->folded);
    return p;
}

static struct secret_pattern *long_like(struct secret_index *x,
                                        struct secret_pattern *p) {
    struct trie_place place = trie_root(x->long_ones);

    if (trie_add(x->long_ones, p->folded, p->len, p)) {
        add_grams(x, &x->grams, p->folded, p->len, true);
        return p;
    }
    for (size_t i = 0; i < p->len; i++)
        trie_step(&place, p->folded[i]);
    return (struct secret_pattern *)(uintptr_t)trie_value(&place);
}

void secret_index_add(struct secret_index *x, const char *shown, const char *folded,
                      size_t len, bool word, bool slash, const char *token) {
    struct secret_pattern *p, *like;
    int alike = 0;

    if (len < MIN_PATTERN)
        return;
    p = mem_new(1, sizeof(*p));
    p->folded = mem_strndup(folded, len);
    p->shown = mem_strndup(shown, len);
    p->token = mem_strdup(token);
    p->len = len;
    p->word = word;
    p->slash = slash;
    like = len < SECRET_PART ? short_like(x, p) : long_like(x, p);
    for (; like != p; like = like->alike) {
        if (memcmp(like->shown, shown, len) == 0 || ++alike == MAX_ALIKE) {
            free_pattern(p);
            return;
        }
        if (!like->alike)
            like->alike = p;
    }
    add_heads(x, folded, len);
    p->added_before = x->added;
    x->added = p;
    if (len >= SECRET_PART) {
        grow_wide(x);
        set_wide(x, folded, len);
    }
}

const struct secret_pattern *secret_index_short(const struct secret_index *x,
                                                const char *folded, size_t len) {
    unsigned bit;

    if (!x->short_count || len < MIN_PATTERN)
        return NULL;
    bit = filter_bit(x, folded);
    if (!(x->filter[bit / 8] >> bit % 8 & 1))
        return NULL;
    for (size_t n = SECRET_PART - 1; n >= MIN_PATTERN; n--)
        if (n <= len && (x->short_lengths >> n & 1)) {
            const struct secret_pattern *p = x->short_ones[short_slot(x, folded, n)];

            if (p)
                return p;
        }
    return NULL;
}

const struct secret_pattern *secret_index_long(const struct secret_index *x,
                                               const char *folded, size_t len,
                                               size_t *walked) {
    struct trie_place place = trie_root(x->long_ones);
    const struct secret_pattern *best = NULL;
    size_t i = 0;

    while (i < len && trie_step(&place, folded[i])) {
        const struct secret_pattern *p = trie_value(&place);

        best = p ? p : best;
        i++;
    }
    *walked = i;
    return best;
}

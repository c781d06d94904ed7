/* Factors, their values and what may not go together come in. Rows that hold every
 * allowed combination of the asked strength go out. */
#include "core/covering.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum {
    UNSET = COVERING_MAX_VALUES,
    MAX_TOGETHER = 4, /* factors of a combination */
    TRIES = 6,        /* rows made for each that is kept: orders of the factors */
    MAX_STEPS = 20000 /* values tried for one row; then it is taken for impossible */
};

/* Some factors, and which combinations of their values no row has yet. */
struct covering_block {
    unsigned factors[MAX_TOGETHER], count;
    unsigned char *open; /* one a combination */
    size_t size, left;
};

struct maker {
    const struct covering *c;
    struct covering_block *blocks;
    size_t block_count;
    unsigned *rows;
    size_t row_count, steps;
    size_t used[COVERING_MAX_FACTORS][COVERING_MAX_VALUES]; /* in how many rows */
};

static bool term_met(const struct covering_term *t, const unsigned *row) {
    return row[t->factor] != UNSET && (t->values >> row[t->factor] & 1);
}

/* What is set so far breaks no rule. */
static bool may_be(const struct covering *c, const unsigned *row) {
    unsigned invalid = 0;

    for (size_t f = 0; f < c->factor_count; f++)
        invalid += row[f] != UNSET && (c->invalid[f] >> row[f] & 1);
    if (invalid > 1)
        return false;
    for (size_t i = 0; i < c->never_count; i++) {
        size_t k = 0;

        while (k < c->never[i].term_count && term_met(&c->never[i].terms[k], row))
            k++;
        if (k == c->never[i].term_count)
            return false;
    }
    return true;
}

bool covering_allows(const struct covering *c, const unsigned *row) {
    return may_be(c, row);
}

/* Where a block keeps the combination that the row has; false = the row is not set
 * there. */
static bool place_in(const struct maker *m, const struct covering_block *b,
                     const unsigned *row, size_t *at) {
    *at = 0;
    for (unsigned i = 0; i < b->count; i++) {
        if (row[b->factors[i]] == UNSET)
            return false;
        *at = *at * m->c->values[b->factors[i]] + row[b->factors[i]];
    }
    return true;
}

static void unpack(const struct maker *m, const struct covering_block *b, size_t at,
                   unsigned *row) {
    for (unsigned i = b->count; i-- > 0;) {
        unsigned n = m->c->values[b->factors[i]];

        row[b->factors[i]] = (unsigned)(at % n);
        at /= n;
    }
}

static bool has_factor(const struct covering_block *b, unsigned factor) {
    for (unsigned i = 0; i < b->count; i++)
        if (b->factors[i] == factor)
            return true;
    return false;
}

/* How many open combinations that factor's value closes, with what is set. */
static size_t gain(const struct maker *m, const unsigned *row, unsigned factor) {
    size_t n = 0, at;

    for (size_t i = 0; i < m->block_count; i++)
        if (m->blocks[i].left && has_factor(&m->blocks[i], factor) &&
            place_in(m, &m->blocks[i], row, &at))
            n += m->blocks[i].open[at];
    return n;
}

/* Set the factors from `step` of the order on, the best value first; false: no values
 * go together with what is set. */
static bool fill(struct maker *m, unsigned *row, const unsigned *order, size_t step) {
    const struct covering *c = m->c;
    size_t gains[COVERING_MAX_VALUES];
    bool tried[COVERING_MAX_VALUES] = {false};
    unsigned f, best;

    while (step < c->factor_count && row[order[step]] != UNSET)
        step++;
    if (step == c->factor_count)
        return true;
    f = order[step];
    for (unsigned v = 0; v < c->values[f]; v++) {
        row[f] = v;
        gains[v] = gain(m, row, f);
    }
    for (unsigned n = 0; n < c->values[f]; n++) {
        best = UNSET;
        for (unsigned v = 0; v < c->values[f]; v++)
            if (!tried[v] &&
                (best == UNSET || gains[v] > gains[best] ||
                 (gains[v] == gains[best] && m->used[f][v] < m->used[f][best])))
                best = v;
        tried[best] = true;
        row[f] = best;
        if (m->steps++ >= MAX_STEPS)
            break;
        if (may_be(c, row) && fill(m, row, order, step + 1))
            return true;
    }
    row[f] = UNSET;
    return false;
}

static size_t closes(const struct maker *m, const unsigned *row) {
    size_t n = 0, at;

    for (size_t i = 0; i < m->block_count; i++)
        if (place_in(m, &m->blocks[i], row, &at))
            n += m->blocks[i].open[at];
    return n;
}

static void keep(struct maker *m, const unsigned *row) {
    size_t n = m->c->factor_count, at;

    m->rows = mem_grow(m->rows, (m->row_count + 1) * n, sizeof(*m->rows));
    memcpy(m->rows + m->row_count++ * n, row, n * sizeof(*row));
    for (size_t i = 0; i < m->block_count; i++)
        if (place_in(m, &m->blocks[i], row, &at) && m->blocks[i].open[at]) {
            m->blocks[i].open[at] = 0;
            m->blocks[i].left--;
        }
    for (size_t f = 0; f < n; f++)
        m->used[f][row[f]]++;
}

/* The best of some rows that hold this combination; false: there is none. */
static bool row_for(struct maker *m, const struct covering_block *b, size_t at) {
    size_t n = m->c->factor_count, most = 0, tries = n < TRIES ? n : TRIES;
    unsigned best[COVERING_MAX_FACTORS];
    bool found = false;

    for (size_t t = 0; t < tries; t++) {
        unsigned row[COVERING_MAX_FACTORS], order[COVERING_MAX_FACTORS];
        size_t now;

        for (size_t f = 0; f < n; f++) {
            row[f] = UNSET;
            order[f] = (unsigned)((f + t * n / tries) % n);
        }
        unpack(m, b, at, row);
        m->steps = 0;
        if (!may_be(m->c, row) || !fill(m, row, order, 0))
            return found;
        now = closes(m, row);
        if (!found || now > most) {
            memcpy(best, row, sizeof(best));
            most = now;
        }
        found = true;
    }
    if (found)
        keep(m, best);
    return found;
}

/* `within`: only those combinations; NULL = all. */
static void add_block(struct maker *m, const unsigned *factors, unsigned count,
                      const struct covering_rule *within) {
    struct covering_block *b;

    m->blocks = mem_grow(m->blocks, m->block_count + 1, sizeof(*m->blocks));
    b = &m->blocks[m->block_count++];
    *b = (struct covering_block){.count = count, .size = 1};
    for (unsigned i = 0; i < count; i++) {
        b->factors[i] = factors[i];
        b->size *= m->c->values[factors[i]];
    }
    b->open = mem_new(b->size, 1);
    for (size_t at = 0; at < b->size; at++) {
        unsigned row[COVERING_MAX_FACTORS];
        size_t k = 0;

        for (size_t f = 0; f < m->c->factor_count; f++)
            row[f] = UNSET;
        unpack(m, b, at, row);
        while (within && k < within->term_count && term_met(&within->terms[k], row))
            k++;
        b->open[at] = (!within || k == within->term_count) && may_be(m->c, row);
        b->left += b->open[at];
    }
}

/* Every choice of `strength` factors, from the `first` on. */
static void add_blocks(struct maker *m, unsigned *chosen, unsigned count,
                       unsigned first) {
    if (count == m->c->strength || count == m->c->factor_count) {
        add_block(m, chosen, count, NULL);
        return;
    }
    for (unsigned f = first; f < m->c->factor_count; f++) {
        chosen[count] = f;
        add_blocks(m, chosen, count + 1, f + 1);
    }
}

static size_t product(const struct covering *c, const unsigned *factors, size_t count) {
    size_t n = 1;

    for (size_t i = 0; i < count; i++)
        n *= c->values[factors[i]];
    return n;
}

/* Of every choice of so many factors from the `first` on. */
static size_t size_of(const struct covering *c, unsigned left, size_t first) {
    size_t n = 0;

    if (left == 0)
        return 1;
    for (size_t f = first; f < c->factor_count; f++)
        n += c->values[f] * size_of(c, left - 1, f + 1);
    return n;
}

size_t covering_size(const struct covering *c) {
    unsigned strength =
        c->strength < c->factor_count ? c->strength : (unsigned)c->factor_count;
    size_t n = size_of(c, strength, 0);

    for (size_t i = 0; i < c->also_count; i++) {
        unsigned factors[MAX_TOGETHER], k = 0;

        for (; k < c->also[i].term_count && k < MAX_TOGETHER; k++)
            factors[k] = c->also[i].terms[k].factor;
        n += product(c, factors, k);
    }
    return n;
}

unsigned *covering_rows(const struct covering *c, size_t *count) {
    struct maker m = {.c = c};
    unsigned chosen[MAX_TOGETHER];

    for (size_t i = 0; i < c->also_count; i++) {
        const struct covering_rule *r = &c->also[i];
        unsigned n = 0;

        for (; n < r->term_count && n < MAX_TOGETHER; n++)
            chosen[n] = r->terms[n].factor;
        add_block(&m, chosen, n, r);
    }
    add_blocks(&m, chosen, 0, 0);
    for (size_t i = 0; i < m.block_count; i++)
        for (size_t at = 0; m.blocks[i].left && at < m.blocks[i].size; at++)
            if (m.blocks[i].open[at] && !row_for(&m, &m.blocks[i], at)) {
                m.blocks[i].open[at] = 0; /* no row can hold it */
                m.blocks[i].left--;
            }
    for (size_t i = 0; i < m.block_count; i++)
        free(m.blocks[i].open);
    free(m.blocks);
    *count = m.row_count;
    return m.rows;
}

/* What is red and open comes in. The known defect that fits it best goes out. */
#include "harness/causes/cause_search.h"

#include <string.h>

#include "core/mem.h"

/* Found by leaving out a family of defects at a time (tools/causes). */
static const double PRECISION = 0.8, /* so much of what a defect breaks must be red */
    UNLIKE = 0.7,                    /* what looks like another defect counts so much */
    OWN_COVER =
        0.9,     /* of what is red of its clauses, one of several explains so much */
    SURE = 0.95; /* of what it breaks, so much is red */

bool search_is_open(const struct symptom *one) {
    return one->kind == SYMPTOM_FAILED && one->cause == SIZE_MAX;
}

struct cause *search_add(struct cause_search *f, const char *clause) {
    struct cause *c;

    f->causes = mem_grow(f->causes, f->count + 1, sizeof(*f->causes));
    c = &f->causes[f->count++];
    *c = (struct cause){.clause = clause, .confidence = CONFIDENCE_GUESS};
    return c;
}

void search_take(struct cause_search *f, struct symptom *one, size_t cause) {
    one->cause = cause;
    f->causes[cause].count++;
    f->causes[cause].blocked += one->kind == SYMPTOM_BLOCKED;
}

double search_looks_like(const struct cause_search *f, const struct diagnosis *item) {
    size_t known = 0, alike = 0;

    for (size_t i = 0; item->likes && i < f->s.count; i++) {
        const struct symptom *one = &f->s.items[i];

        if (!search_is_open(one) || !*one->like || !diagnosis_has(item, one->place))
            continue;
        known++;
        for (size_t k = 0; k < json_array_size(item->likes); k++)
            if (strcmp(one->seen, json_string_value(json_array_get(item->likes, k))) ==
                0) {
                alike++;
                break;
            }
    }
    return known ? (double)alike / (double)known : 1;
}

struct fit search_fit(const struct cause_search *f, const struct diagnosis *item) {
    const struct symptoms *s = &f->s;
    struct fit fit = {0};

    for (size_t i = 0; i < s->count; i++) {
        if (!search_is_open(&s->items[i]))
            continue;
        if (diagnosis_has(item, s->items[i].place))
            fit.explained += likelihood_weight(f->l, s->items[i].place);
        else if (diagnosis_speaks_of(s->table, item, s->items[i].place))
            fit.missed += likelihood_weight(f->l, s->items[i].place);
    }
    for (size_t w = 0; fit.explained > 0 && w <= s->table->check_count / 64; w++)
        for (uint64_t both = item->red[w] & s->green[w]; both; both &= both - 1)
            fit.refuted +=
                likelihood_weight(f->l, w * 64 + (size_t)__builtin_ctzll(both));
    return fit;
}

/* How much of what is red of the clauses that it breaks, it explains. */
static double own_cover(const struct cause_search *f, const struct diagnosis *item) {
    size_t red = 0, explained = 0;

    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *one = &f->s.items[i];

        if (!search_is_open(one) ||
            !diagnosis_speaks_of(f->s.table, item, one->place) ||
            !diagnosis_breaks(item, one->clause_place))
            continue;
        red++;
        explained += diagnosis_has(item, one->place);
    }
    return red ? (double)explained / (double)red : 0;
}

static bool is_sure(const struct cause_search *f, const struct diagnosis *item,
                    const struct fit *fit) {
    return fit->explained >= SURE * (fit->explained + fit->refuted) &&
           own_cover(f, item) >= OWN_COVER;
}

const struct diagnosis *search_best_known(const struct cause_search *f, bool sure,
                                          struct fit *out) {
    const struct diagnosis *best = NULL;
    double gain, most = 0;

    for (size_t i = 0; i < f->s.table->count; i++) {
        const struct diagnosis *item = &f->s.table->items[i];
        struct fit fit;

        if (item->left_out)
            continue;
        fit = search_fit(f, item);
        if (fit.explained <= 0 ||
            fit.explained < PRECISION * (fit.explained + fit.refuted) ||
            fit.explained - fit.refuted <= most || (sure && !is_sure(f, item, &fit)))
            continue;
        gain = (fit.explained - fit.refuted) *
               (UNLIKE + (1 - UNLIKE) * search_looks_like(f, item));
        if (gain <= most)
            continue;
        most = gain;
        best = item;
        *out = fit;
    }
    return best;
}

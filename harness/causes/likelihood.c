/* What comes in: the table of known defects, and symptoms. What goes out: the clause whose
 * breaking explains them best. */
#include "harness/causes/likelihood.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

/* Found by leaving out a family of defects at a time (tools/causes-measure). */
static const double BACKGROUND = 1, /* one made-up defect behaves as all do */
    PRIOR = 0.5, SHARE = 4, FIRST_SHARE = 3, OWN = 0.99,
                    OF_GRID = 0.2; /* rows of a grid are many and alike */

struct likelihood {
    const struct diagnoses *table;
    size_t clauses, defects, with_grids;
    double *broken;   /* defects by clause; one that breaks two counts half for each */
    double *together; /* [broken * clauses + red] */
    double *usual;    /* defects in which the clause is red */
    double *weights;  /* by check */
};

static void add_defect(struct likelihood *l, const struct diagnosis *item, bool *red) {
    double part = 1.0 / (double)item->clause_count;

    memset(red, 0, l->clauses * sizeof(*red));
    for (size_t k = 0; k < l->table->check_count; k++)
        if (diagnosis_has(item, k)) {
            red[l->table->check_clause[k]] = true;
            l->weights[k] += 1;
        }
    for (size_t x = 0; x < l->clauses; x++)
        l->usual[x] += red[x];
    for (size_t i = 0; i < item->clause_count; i++) {
        l->broken[item->clauses[i]] += part;
        for (size_t x = 0; x < l->clauses; x++)
            l->together[item->clauses[i] * l->clauses + x] += red[x] ? part : 0;
    }
    l->defects++;
    l->with_grids += item->grids;
}

struct likelihood *likelihood_new(const struct diagnoses *d) {
    struct likelihood *l = mem_new(1, sizeof(*l));
    bool *red = mem_new(d->clause_count + 1, sizeof(*red));

    l->table = d;
    l->clauses = d->clause_count;
    l->broken = mem_new(l->clauses + 1, sizeof(double));
    l->usual = mem_new(l->clauses + 1, sizeof(double));
    l->together = mem_new(l->clauses * l->clauses + 1, sizeof(double));
    l->weights = mem_new(d->check_count + 1, sizeof(double));
    for (size_t i = 0; i < d->count; i++)
        if (!d->items[i].left_out)
            add_defect(l, &d->items[i], red);
    for (size_t k = 0; k < d->check_count; k++)
        l->weights[k] = log(((double)(d->of_grid[k] ? l->with_grids : l->defects) + 1) /
                            (l->weights[k] + 0.5));
    free(red);
    return l;
}

void likelihood_free(struct likelihood *l) {
    if (!l)
        return;
    free(l->broken);
    free(l->usual);
    free(l->together);
    free(l->weights);
    free(l);
}

double likelihood_usual(const struct likelihood *l, size_t red) {
    return (l->usual[red] + 0.5) / ((double)l->defects + 1);
}

double likelihood_together(const struct likelihood *l, size_t broken, size_t red) {
    return (l->together[broken * l->clauses + red] +
            BACKGROUND * likelihood_usual(l, red)) /
           (l->broken[broken] + BACKGROUND);
}

double likelihood_weight(const struct likelihood *l, size_t check) {
    return l->weights[check];
}

static bool is_open(const struct symptom *one) {
    return one->kind == SYMPTOM_FAILED && one->cause == SIZE_MAX &&
           one->clause_place != SIZE_MAX;
}

/* Nothing of its case went wrong before it. Symptoms of one case stand side by side. */
static bool is_first(const struct symptoms *s, size_t at) {
    const struct symptom *one = &s->items[at], *other;

    for (size_t i = at; i-- > 0 && strcmp(s->items[i].case_id, one->case_id) == 0;) {
        other = &s->items[i];
        if (is_open(other) && other->line < one->line)
            return false;
    }
    for (size_t i = at + 1;
         i < s->count && strcmp(s->items[i].case_id, one->case_id) == 0; i++) {
        other = &s->items[i];
        if (is_open(other) && other->line < one->line)
            return false;
    }
    return true;
}

/* How many open symptoms cite each clause, and how many of these are the first of their
 * case. */
static void count(const struct symptoms *s, double *red, double *first) {
    for (size_t i = 0; i < s->count; i++) {
        const struct symptom *one = &s->items[i];
        double weight = str_starts(one->id, "grid.") ? OF_GRID : 1;

        if (!is_open(one))
            continue;
        red[one->clause_place] += weight;
        first[one->clause_place] += is_first(s, i) ? weight : 0;
    }
}

static double sum(const double *numbers, size_t n) {
    double all = 0;

    for (size_t i = 0; i < n; i++)
        all += numbers[i];
    return all;
}

static double score(const struct likelihood *l, size_t broken, const double *red,
                    const double *first) {
    double s = PRIOR * log((l->broken[broken] + 1) / ((double)l->defects + 1));

    for (size_t x = 0; x < l->clauses; x++) {
        double p = x == broken ? OWN : likelihood_together(l, broken, x);

        p = p < 1e-4 ? 1e-4 : p > 0.9999 ? 0.9999 : p;
        s += log(red[x] > 0 ? p : 1 - p);
    }
    return s + SHARE * log(red[broken] / sum(red, l->clauses)) +
           FIRST_SHARE * log((first[broken] + 0.2) / sum(first, l->clauses));
}

size_t likelihood_broken(const struct likelihood *l, const struct symptoms *s) {
    double *red = mem_new(l->clauses + 1, sizeof(*red)),
           *first = mem_new(l->clauses + 1, sizeof(*first)), best = 0;
    size_t found = SIZE_MAX;

    count(s, red, first);
    for (size_t c = 0; c < l->clauses; c++) {
        double now = red[c] > 0 ? score(l, c, red, first) : 0;

        if (red[c] > 0 && (found == SIZE_MAX || now > best)) {
            found = c;
            best = now;
        }
    }
    free(red);
    free(first);
    return found;
}

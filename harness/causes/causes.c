/* What comes in: a result document and the table of known defects. What goes out: its
 * red checks, each in one cause, the causes in the order in which to mend them. */
#include "harness/causes/causes.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/causes/cause.h"
#include "harness/causes/likelihood.h"

/* Found by leaving out a family of defects at a time (tools/causes-measure). */
static const double PRECISION = 0.8, /* so much of what a defect breaks must be red */
    ALONE = 0.7,  /* all that is red, if another clause is likelier */
    COVER = 0.6,  /* and it explains so much of what the likeliest clause would */
    TAKES = 0.15, /* how often a clause must be red when that one is broken */
    LIFT = 1.5,   /* how much more often than it usually is */
    UNLIKE = 0.7, /* what looks like another defect counts so much */
    ALIKE = 0.5,  /* less than that is told in its own words */
    OWN_COVER =
        0.9,     /* of what is red of its clauses, one of several explains this much */
    SURE = 0.95; /* of what it breaks, this much is red */

enum { FEW = 3 };

struct cause_search {
    struct symptoms s;
    size_t root; /* the clause that is likeliest broken, over all; or SIZE_MAX */
    struct likelihood *l; /* NULL without a table */
    struct cause *causes;
    size_t count;
    const json_t *results;
};

static bool is_open(const struct symptom *one) {
    return one->kind == SYMPTOM_FAILED && one->cause == SIZE_MAX;
}

static struct cause *add_cause(struct cause_search *f, const char *clause) {
    struct cause *c;

    f->causes = mem_grow(f->causes, f->count + 1, sizeof(*f->causes));
    c = &f->causes[f->count++];
    *c = (struct cause){.clause = clause, .confidence = CONFIDENCE_GUESS};
    return c;
}

static void take(struct cause_search *f, struct symptom *one, size_t cause) {
    one->cause = cause;
    f->causes[cause].count++;
    f->causes[cause].blocked += one->kind == SYMPTOM_BLOCKED;
}

/* ---- a known defect ---- */

/* How much of what it explains looks like it; 1 where nobody knows. */
static double looks_like(const struct cause_search *f, const struct diagnosis *item) {
    size_t known = 0, alike = 0;

    for (size_t i = 0; item->likes && i < f->s.count; i++) {
        const struct symptom *one = &f->s.items[i];

        if (!is_open(one) || !*one->like || !diagnosis_has(item, one->place))
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

struct fit {
    double explained, refuted; /* weights: red and foretold; green and foretold */
    double missed;             /* red, and not foretold */
};

static struct fit fit_of(const struct cause_search *f, const struct diagnosis *item) {
    const struct symptoms *s = &f->s;
    struct fit fit = {0};

    for (size_t i = 0; i < s->count; i++) {
        if (!is_open(&s->items[i]))
            continue;
        if (diagnosis_has(item, s->items[i].place))
            fit.explained += likelihood_weight(f->l, s->items[i].place);
        else if (s->items[i].place != SIZE_MAX)
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

        if (!is_open(one) || one->place == SIZE_MAX ||
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

static const struct diagnosis *best_known(const struct cause_search *f, bool sure,
                                          struct fit *out) {
    const struct diagnosis *best = NULL;
    double gain, most = 0;

    for (size_t i = 0; i < f->s.table->count; i++) {
        const struct diagnosis *item = &f->s.table->items[i];
        struct fit fit;

        if (item->left_out)
            continue;
        fit = fit_of(f, item);
        if (fit.explained <= 0 ||
            fit.explained < PRECISION * (fit.explained + fit.refuted) ||
            fit.explained - fit.refuted <= most || (sure && !is_sure(f, item, &fit)))
            continue;
        gain = (fit.explained - fit.refuted) *
               (UNLIKE + (1 - UNLIKE) * looks_like(f, item));
        if (gain <= most)
            continue;
        most = gain;
        best = item;
        *out = fit;
    }
    return best;
}

/* The clause that a defect breaks and that is red; the first of them. */
static const char *clause_of(const struct cause_search *f,
                             const struct diagnosis *item) {
    for (size_t c = 0; c < item->clause_count; c++)
        for (size_t i = 0; i < f->s.count; i++)
            if (is_open(&f->s.items[i]) &&
                f->s.items[i].clause_place == item->clauses[c])
                return f->s.table->clauses[item->clauses[c]];
    return NULL;
}

static bool goes_with(const struct likelihood *l, size_t broken, size_t red) {
    double together = red == SIZE_MAX ? 0 : likelihood_together(l, broken, red);

    return red == broken ||
           (together > TAKES && together > LIFT * likelihood_usual(l, red));
}

/* A check that is newer than the table is taken by its clause. */
static bool foretells(const struct cause_search *f, const struct diagnosis *item,
                      const struct symptom *one) {
    const struct diagnoses *t = f->s.table;

    if (one->place != SIZE_MAX)
        return diagnosis_has(item, one->place);
    for (size_t i = 0; i < item->clause_count; i++)
        if (goes_with(f->l, item->clauses[i], one->clause_place))
            return true;
    for (size_t i = 0; i < t->check_count; i++)
        if (t->check_clause[i] == one->clause_place && diagnosis_has(item, i))
            return true;
    return false;
}

static void take_known(struct cause_search *f, const struct diagnosis *item,
                       const struct fit *fit) {
    struct cause *c = add_cause(f, clause_of(f, item));
    bool alike = looks_like(f, item) >= ALIKE;

    c->known = item;
    c->unlike = !alike;
    c->confidence = fit->refuted > 0 || !alike ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN;
    for (size_t i = 0; i < f->s.count; i++)
        if (is_open(&f->s.items[i]) && foretells(f, item, &f->s.items[i]))
            take(f, &f->s.items[i], f->count - 1);
}

/* ---- what is not there ---- */

static bool needs(const struct symptom *one, const char *what) {
    return one->lacks && strcmp(one->lacks, what) == 0;
}

/* The known defect that turns just these checks red; or NULL. */
static const struct diagnosis *known_absence(const struct cause_search *f,
                                             const char *what) {
    for (size_t i = 0; f->l && i < f->s.table->count; i++) {
        const struct diagnosis *item = &f->s.table->items[i];
        size_t foretold = 0, all = 0;

        for (size_t k = 0; k < f->s.count; k++) {
            const struct symptom *one = &f->s.items[k];

            if (!needs(one, what) || one->kind != SYMPTOM_FAILED ||
                one->place == SIZE_MAX)
                continue;
            all++;
            foretold += diagnosis_has(item, one->place);
        }
        if (!item->left_out && all && foretold == all && fit_of(f, item).refuted <= 0)
            return item;
    }
    return NULL;
}

/* The clause of what fails for that alone; else of what is blocked by it. */
static const char *clause_lacking(const struct cause_search *f, const char *what) {
    const char *clause = NULL;

    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *one = &f->s.items[i];
        const char *verdict = jsonx_string(one->check, "verdict", "");

        if (!needs(one, what))
            continue;
        if (strcmp(verdict, "fail") == 0 || strcmp(verdict, "warn") == 0)
            return one->clause;
        clause = clause ? clause : one->clause;
    }
    return clause;
}

/* One cause for each thing that is not offered, before any is looked for. */
static void take_absent(struct cause_search *f) {
    const json_t *absent = json_object_get(f->results, "absent");

    for (size_t i = 0; i < json_array_size(absent); i++) {
        const json_t *o = json_array_get(absent, i);
        const char *what = jsonx_string(o, "what", ""),
                   *clause = clause_lacking(f, what);
        struct cause *c;

        if (!clause)
            continue;
        c = add_cause(f, clause);
        c->lacks = what;
        c->saw = jsonx_string(o, "saw", "");
        c->known = known_absence(f, what);
        c->confidence = CONFIDENCE_LIKELY;
        for (size_t k = 0; k < f->s.count; k++)
            if (needs(&f->s.items[k], what))
                take(f, &f->s.items[k], f->count - 1);
    }
}

/* ---- the likeliest clause ---- */

/* One of the cause's own clause with the same mismatch, or earlier in the same case. */
static bool follows(const struct cause_search *f, const struct symptom *one,
                    const char *clause) {
    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *other = &f->s.items[i];

        if (other->kind != SYMPTOM_FAILED || strcmp(other->clause, clause) != 0)
            continue;
        if (*one->like && strcmp(one->like, other->like) == 0)
            return true;
        if (strcmp(one->case_id, other->case_id) == 0 && other->line <= one->line)
            return true;
    }
    return false;
}

static double weight_with(const struct cause_search *f, size_t broken) {
    double all = 0;

    for (size_t i = 0; i < f->s.count; i++)
        if (is_open(&f->s.items[i]) && f->s.items[i].place != SIZE_MAX &&
            goes_with(f->l, broken, f->s.items[i].clause_place))
            all += likelihood_weight(f->l, f->s.items[i].place);
    return all;
}

static void take_clause(struct cause_search *f, const char *clause, size_t place) {
    size_t cause = f->count;

    add_cause(f, clause);
    for (size_t i = 0; i < f->s.count; i++) {
        struct symptom *one = &f->s.items[i];

        if (is_open(one) &&
            (strcmp(one->clause, clause) == 0 ||
             (f->l && place != SIZE_MAX && goes_with(f->l, place, one->clause_place)) ||
             follows(f, one, clause)))
            take(f, one, cause);
    }
}

/* Without a table, or for what is not in it: the clause most often red. */
static const char *most_red(const struct cause_search *f) {
    json_t *counts = json_object();
    const char *best = NULL;
    int64_t most = 0;

    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *one = &f->s.items[i];
        int64_t n = is_open(one) ? jsonx_int(counts, one->clause, 0) + 1 : 0;

        if (n)
            json_object_set_new(counts, one->clause, json_integer(n));
        if (n > most) {
            most = n;
            best = one->clause;
        }
    }
    json_decref(counts);
    return best;
}

/* Not sure, but better than the likeliest clause. */
static bool is_enough(const struct cause_search *f, const struct diagnosis *known,
                      const struct fit *fit, size_t likeliest) {
    double all = fit->explained + fit->refuted + fit->missed;

    return fit->explained >= COVER * weight_with(f, likeliest) &&
           (diagnosis_breaks(known, likeliest) || fit->explained >= ALONE * all);
}

/* ---- what is no cause of its own ---- */

/* An earlier cause that this symptom may follow from: it has the same mismatch, or
 * something earlier in the same case. */
static size_t root_of(const struct cause_search *f, const struct symptom *one) {
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *other = &f->s.items[i];

        if (other->kind != SYMPTOM_FAILED || other->cause >= one->cause)
            continue;
        if (*one->like && strcmp(one->like, other->like) == 0)
            return other->cause;
        if (strcmp(one->case_id, other->case_id) == 0 && other->line < one->line)
            found = other->cause;
    }
    return found;
}

/* Few checks, or none that the table knows. */
static bool is_small(const struct cause_search *f, size_t cause) {
    for (size_t i = 0; f->causes[cause].count > FEW && i < f->s.count; i++)
        if (f->s.items[i].cause == cause && f->s.items[i].place != SIZE_MAX)
            return false;
    return f->causes[cause].count <= FEW || f->l;
}

/* The one with most checks before it, for a few that the table says nothing of. */
static size_t largest_for_new(const struct cause_search *f, size_t last) {
    size_t largest = 0;

    for (size_t i = 0; i < f->s.count; i++)
        if (f->s.items[i].cause == last && f->s.items[i].place != SIZE_MAX)
            return SIZE_MAX;
    for (size_t i = 1; i < last; i++)
        largest = f->causes[i].count > f->causes[largest].count ? i : largest;
    return f->l && last > 0 && f->causes[last].count <= FEW ? largest : SIZE_MAX;
}

/* The last cause is a guess at what an earlier one cites, too; or it is so small that
 * each of its checks may follow from another. Then it is none. */
static void drop_if_none(struct cause_search *f) {
    size_t last = f->count - 1, same = SIZE_MAX;
    bool few = is_small(f, last);

    for (size_t i = 0; i < last && !f->causes[last].known; i++)
        if (!f->causes[i].lacks &&
            strcmp(f->causes[i].clause, f->causes[last].clause) == 0)
            same = i;
    for (size_t i = 0; i < f->s.count && same == SIZE_MAX && few; i++)
        few = f->s.items[i].cause != last || root_of(f, &f->s.items[i]) != SIZE_MAX;
    if (same == SIZE_MAX && !few)
        same = largest_for_new(f, last);
    if (same == SIZE_MAX && !few)
        return;
    for (size_t i = 0; i < f->s.count; i++) {
        struct symptom *one = &f->s.items[i];

        if (one->cause == last)
            take(f, one, same != SIZE_MAX ? same : root_of(f, one));
    }
    f->count--;
}

/* One more cause of what has none; false = all have one. */
static bool find_next(struct cause_search *f) {
    size_t place = f->l ? likelihood_broken(f->l, &f->s) : SIZE_MAX;
    struct fit fit = {0};
    const struct diagnosis *known;

    if (place == SIZE_MAX) {
        const char *clause = most_red(f);

        if (clause) {
            take_clause(f, clause, SIZE_MAX);
            drop_if_none(f);
        }
        return clause != NULL;
    }
    known = best_known(f, true, &fit);
    if (!known) {
        known = best_known(f, false, &fit);
        if (known && !is_enough(f, known, &fit, place))
            known = NULL;
    }
    if (known && clause_of(f, known))
        take_known(f, known, &fit);
    else
        take_clause(f, f->s.table->clauses[place], place);
    drop_if_none(f);
    return true;
}

/* ---- what is no failed answer ---- */

static size_t cause_of_clause(const struct cause_search *f, const char *clause) {
    for (size_t i = 0; *clause && i < f->count; i++)
        if (strcmp(f->causes[i].clause, clause) == 0)
            return i;
    for (size_t i = 0; *clause && i < f->s.count; i++)
        if (f->s.items[i].kind == SYMPTOM_FAILED &&
            strcmp(f->s.items[i].clause, clause) == 0)
            return f->s.items[i].cause;
    return SIZE_MAX;
}

static size_t cause_of_case(const struct cause_search *f, const char *id) {
    for (size_t i = 0; i < f->s.count; i++)
        if (f->s.items[i].kind == SYMPTOM_FAILED &&
            strcmp(f->s.items[i].case_id, id) == 0)
            return f->s.items[i].cause;
    return SIZE_MAX;
}

/* The first that has a failed check of the same suite. */
static size_t cause_of_suite(const struct cause_search *f, const char *id) {
    size_t len = strcspn(id, "/");

    for (size_t i = 0; i < f->s.count; i++)
        if (f->s.items[i].kind == SYMPTOM_FAILED &&
            strncmp(f->s.items[i].id, id, len + 1) == 0)
            return f->s.items[i].cause;
    return SIZE_MAX;
}

static const char *reason_of(const struct symptom *one) {
    return jsonx_string(one->check, "reason", "");
}

/* The one that has the first with the same words. */
static size_t cause_of_reason(const struct cause_search *f, size_t before) {
    for (size_t i = 0; i < before; i++)
        if (f->s.items[i].kind == f->s.items[before].kind &&
            f->s.items[i].kind != SYMPTOM_FAILED &&
            strcmp(reason_of(&f->s.items[i]), reason_of(&f->s.items[before])) == 0)
            return f->s.items[i].cause;
    return SIZE_MAX;
}

static void place_rest(struct cause_search *f) {
    for (size_t i = 0; i < f->s.count; i++) {
        struct symptom *one = &f->s.items[i];
        size_t cause = SIZE_MAX;

        if (one->cause != SIZE_MAX)
            continue;
        if (one->kind == SYMPTOM_BLOCKED) {
            cause = cause_of_clause(f, one->culprit);
            if (cause == SIZE_MAX)
                cause = cause_of_case(f, one->case_id);
        }
        if (cause == SIZE_MAX && one->kind == SYMPTOM_BLOCKED)
            cause = cause_of_clause(f, one->clause);
        if (cause == SIZE_MAX && one->kind == SYMPTOM_BLOCKED)
            cause = cause_of_suite(f, one->id);
        if (cause == SIZE_MAX)
            cause = cause_of_reason(f, i);
        if (cause == SIZE_MAX) {
            cause = f->count;
            add_cause(f, *one->culprit ? one->culprit : one->clause);
        }
        take(f, one, cause);
    }
}

/* ---- in order ---- */

static int level_rank(const struct cause_search *f, const char *clause) {
    static const char *const order[] = {"must", "should", "may"};
    const json_t *clauses = json_object_get(f->results, "clauses");

    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);

        for (size_t k = 0;
             k < ARRAY_LEN(order) && strcmp(jsonx_string(c, "id", ""), clause) == 0;
             k++)
            if (strcmp(jsonx_string(c, "level", ""), order[k]) == 0)
                return (int)k;
    }
    return 0;
}

static bool is_root(const struct cause_search *f, const struct cause *c) {
    return f->root != SIZE_MAX && strcmp(c->clause, f->s.table->clauses[f->root]) == 0;
}

/* MUST before SHOULD; what blocks others before what does not; then the clause that is
 * likeliest broken, and what frees most. */
static bool comes_before(const struct cause_search *f, const struct cause *a,
                         const struct cause *b) {
    int ra = level_rank(f, a->clause), rb = level_rank(f, b->clause);

    if (ra != rb)
        return ra < rb;
    if ((a->blocked > 0) != (b->blocked > 0))
        return a->blocked > 0;
    if (is_root(f, a) != is_root(f, b))
        return is_root(f, a);
    return a->count > b->count;
}

static json_t *in_order(const struct cause_search *f) {
    size_t *order = mem_new(f->count + 1, sizeof(*order));
    json_t *list = json_array();

    for (size_t i = 0; i < f->count; i++) {
        size_t at = i;

        for (; at > 0 && comes_before(f, &f->causes[i], &f->causes[order[at - 1]]);
             at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (size_t i = 0; i < f->count; i++) {
        json_t *o = cause_json(&f->causes[order[i]], order[i], &f->s);

        json_object_set_new(o, "id", json_sprintf("cause-%zu", i + 1));
        json_array_append_new(list, o);
    }
    free(order);
    return list;
}

void causes_find(json_t *results, const struct catalogue *catalogue,
                 const struct diagnoses *table) {
    struct cause_search f = {.results = results,
                             .l = table ? likelihood_new(table) : NULL};

    symptoms_read(&f.s, results, catalogue, table);
    f.root = f.l ? likelihood_broken(f.l, &f.s) : SIZE_MAX;
    take_absent(&f);
    while (find_next(&f))
        continue;
    place_rest(&f);
    json_object_set_new(results, "causes", in_order(&f));
    symptoms_release(&f.s);
    likelihood_free(f.l);
    free(f.causes);
}

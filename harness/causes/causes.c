/* What comes in: a result document and the table of known defects. What goes out: its
 * red checks, each in one cause, the causes in the order in which to mend them. */
#include "harness/causes/causes.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/causes/cause_search.h"

/* Found by leaving out a family of defects at a time (tools/causes). */
static const double ALONE = 0.7, /* all that is red, if another clause is likelier */
    COVER = 0.6,  /* and it explains so much of what the likeliest clause would */
    TAKES = 0.15, /* how often a clause must be red when that one is broken */
    LIFT = 1.5,   /* how much more often than it usually is */
    ALIKE = 0.5;  /* less than that is told in its own words */

enum {
    FEW = 5,
    RATHER = 2 /* a clause that is red so much oftener stands for itself */
};

/* The clause that a defect breaks and that is red; the first of them. */
static const char *clause_of(const struct cause_search *f,
                             const struct diagnosis *item) {
    for (size_t c = 0; c < item->clause_count; c++)
        for (size_t i = 0; i < f->s.count; i++)
            if (search_is_open(&f->s.items[i]) &&
                f->s.items[i].clause_place == item->clauses[c])
                return f->s.table->clauses[item->clauses[c]];
    return NULL;
}

static bool goes_with(const struct likelihood *l, size_t broken, size_t red) {
    double together = red == SIZE_MAX ? 0 : likelihood_together(l, broken, red);

    return red == broken ||
           (together > TAKES && together > LIFT * likelihood_usual(l, red));
}

/* A check that the defect does not speak of is taken by its clause: one that it breaks, or,
 * `widely`, one that goes with these or is red with it elsewhere. */
static bool may_follow(const struct cause_search *f, const struct diagnosis *item,
                       const struct symptom *one, bool widely) {
    const struct diagnoses *t = f->s.table;

    for (size_t i = 0; i < item->clause_count; i++)
        if (widely ? goes_with(f->l, item->clauses[i], one->clause_place)
                   : item->clauses[i] == one->clause_place)
            return true;
    for (size_t i = 0; widely && i < t->check_count; i++)
        if (t->check_clause[i] == one->clause_place && diagnosis_has(item, i))
            return true;
    return false;
}

static bool foretells(const struct cause_search *f, const struct diagnosis *item,
                      const struct symptom *one, bool widely) {
    return diagnosis_speaks_of(f->s.table, item, one->place)
               ? diagnosis_has(item, one->place)
               : may_follow(f, item, one, widely);
}

/* Is most of what would go with the defect such that it is known to? */
static bool is_well_known(const struct cause_search *f, const struct diagnosis *item) {
    size_t known = 0, guessed = 0;

    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *one = &f->s.items[i];

        if (!search_is_open(one) || !foretells(f, item, one, true))
            continue;
        if (diagnosis_speaks_of(f->s.table, item, one->place))
            known++;
        else
            guessed++;
    }
    return guessed <= 2 * known;
}

static void take_known(struct cause_search *f, const struct diagnosis *item,
                       const struct fit *fit) {
    bool alike = search_looks_like(f, item) >= ALIKE, widely = is_well_known(f, item);
    struct cause *c = search_add(f, clause_of(f, item));

    c->known = item;
    c->unlike = !alike;
    c->confidence =
        fit->refuted > 0 || !alike || !widely ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN;
    for (size_t i = 0; i < f->s.count; i++)
        if (search_is_open(&f->s.items[i]) &&
            foretells(f, item, &f->s.items[i], widely))
            search_take(f, &f->s.items[i], f->count - 1);
}

/* ---- the likeliest clause ---- */

static size_t open_of(const struct cause_search *f, const char *clause) {
    size_t n = 0;

    for (size_t i = 0; i < f->s.count; i++)
        n +=
            search_is_open(&f->s.items[i]) && strcmp(f->s.items[i].clause, clause) == 0;
    return n;
}

/* One of the cause's own clause with the same mismatch, or earlier in the same case. A
 * clause that is red oftener than that one is no consequence for a like mismatch alone. */
static bool follows(const struct cause_search *f, const struct symptom *one,
                    const char *clause, size_t own) {
    bool fewer = open_of(f, one->clause) <= own;

    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *other = &f->s.items[i];

        if (other->kind != SYMPTOM_FAILED || strcmp(other->clause, clause) != 0)
            continue;
        if (fewer && *one->like && strcmp(one->like, other->like) == 0)
            return true;
        if (strcmp(one->case_id, other->case_id) == 0 && other->line <= one->line)
            return true;
    }
    return false;
}

static double weight_with(const struct cause_search *f, size_t broken) {
    double all = 0;

    for (size_t i = 0; i < f->s.count; i++)
        if (search_is_open(&f->s.items[i]) && f->s.items[i].place != SIZE_MAX &&
            goes_with(f->l, broken, f->s.items[i].clause_place))
            all += likelihood_weight(f->l, f->s.items[i].place);
    return all;
}

static void take_clause(struct cause_search *f, const char *clause, size_t place) {
    size_t cause = f->count, own = open_of(f, clause);

    search_add(f, clause);
    for (size_t i = 0; i < f->s.count; i++) {
        struct symptom *one = &f->s.items[i];

        if (search_is_open(one) &&
            (strcmp(one->clause, clause) == 0 ||
             (f->l && place != SIZE_MAX && open_of(f, one->clause) <= RATHER * own &&
              goes_with(f->l, place, one->clause_place)) ||
             follows(f, one, clause, own)))
            search_take(f, one, cause);
    }
}

/* Without a table, or for what is not in it: the clause most often red. */
static const char *most_red(const struct cause_search *f) {
    json_t *counts = json_object();
    const char *best = NULL;
    int64_t most = 0;

    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *one = &f->s.items[i];
        int64_t n = search_is_open(one) ? jsonx_int(counts, one->clause, 0) + 1 : 0;

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
            search_take(f, one, same != SIZE_MAX ? same : root_of(f, one));
    }
    f->count--;
}

/* Another cause with more checks that has each mismatch of this one; or SIZE_MAX. */
static size_t twin_of(const struct cause_search *f, size_t cause) {
    size_t twin = SIZE_MAX;

    for (size_t i = 0; i < f->s.count; i++) {
        const struct symptom *one = &f->s.items[i];
        size_t found = SIZE_MAX;

        if (one->cause != cause)
            continue;
        for (size_t k = 0; *one->like && k < f->s.count && found == SIZE_MAX; k++)
            if (f->s.items[k].cause != cause && f->s.items[k].cause != SIZE_MAX &&
                (twin == SIZE_MAX || f->s.items[k].cause == twin) &&
                f->causes[f->s.items[k].cause].count > f->causes[cause].count &&
                !f->causes[f->s.items[k].cause].lacks &&
                strcmp(one->like, f->s.items[k].like) == 0)
                found = f->s.items[k].cause;
        if (found == SIZE_MAX)
            return SIZE_MAX;
        twin = found;
    }
    return twin;
}

/* A few checks with the mismatch of a larger cause are of that one, whichever was found
 * first. */
static void join_twins(struct cause_search *f) {
    for (size_t c = 0; c < f->count; c++) {
        size_t twin = f->causes[c].count <= FEW && f->l && !f->causes[c].went_away
                          ? twin_of(f, c)
                          : SIZE_MAX;

        if (twin == SIZE_MAX)
            continue;
        f->count--;
        for (size_t i = 0; i < f->s.count; i++) {
            struct symptom *one = &f->s.items[i];

            if (one->cause == c)
                search_take(f, one, twin);
            if (one->cause != SIZE_MAX && one->cause > c)
                one->cause--;
        }
        memmove(f->causes + c, f->causes + c + 1, (f->count - c) * sizeof(*f->causes));
        c--;
    }
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
    known = search_best_known(f, true, &fit);
    if (!known) {
        known = search_best_known(f, false, &fit);
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
            search_add(f, *one->culprit ? one->culprit : one->clause);
        }
        search_take(f, one, cause);
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
    search_take_absent(&f);
    while (find_next(&f))
        continue;
    join_twins(&f);
    place_rest(&f);
    json_object_set_new(results, "causes", in_order(&f));
    symptoms_release(&f.s);
    likelihood_free(f.l);
    free(f.causes);
}

/* What comes in: red checks that say nothing of an answer's content, since what they need is
 * not offered or the target went away. What goes out: one cause for each of these. */
#include <string.h>

#include "core/jsonx.h"
#include "harness/causes/cause_search.h"

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
                !diagnosis_speaks_of(f->s.table, item, one->place))
                continue;
            all++;
            foretold += diagnosis_has(item, one->place);
        }
        if (!item->left_out && all && foretold == all &&
            search_fit(f, item).refuted <= 0)
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
static void take_lacks(struct cause_search *f) {
    const json_t *absent = json_object_get(f->results, "absent");

    for (size_t i = 0; i < json_array_size(absent); i++) {
        const json_t *o = json_array_get(absent, i);
        const char *what = jsonx_string(o, "what", ""),
                   *clause = clause_lacking(f, what);
        struct cause *c;

        if (!clause)
            continue;
        c = search_add(f, clause);
        c->lacks = what;
        c->saw = jsonx_string(o, "saw", "");
        c->known = known_absence(f, what);
        c->confidence = CONFIDENCE_LIKELY;
        for (size_t k = 0; k < f->s.count; k++)
            if (needs(&f->s.items[k], what))
                search_take(f, &f->s.items[k], f->count - 1);
    }
}

/* What had no answer since the target went away: it is to answer the next request,
 * whatever came. */
static void take_departure(struct cause_search *f) {
    const char *clause = "ERR-5";
    size_t cause = f->count;

    if (!jsonx_string(f->results, "gone", NULL) || !f->s.catalogue ||
        !catalogue_clause(f->s.catalogue, clause))
        return;
    for (size_t i = 0; i < f->s.count; i++) {
        struct symptom *one = &f->s.items[i];
        const json_t *sent = json_object_get(one->check, "transcript");

        if (one->kind != SYMPTOM_OTHER ||
            strcmp(jsonx_string(one->check, "verdict", ""), "error") != 0)
            continue;
        if (f->count == cause) {
            search_add(f, clause)->went_away = true;
            f->causes[cause].confidence = CONFIDENCE_LIKELY;
        }
        search_take(f, one, cause);
        f->causes[cause].blocked += json_array_size(sent) > 0; /* it comes first */
    }
}

void search_take_absent(struct cause_search *f) {
    take_lacks(f);
    take_departure(f);
}

/*
 * symptoms.h - the red checks of a result document, ready to be explained.
 *
 * Ownership  symptoms_release() frees what symptoms_read() made; the document and the
 *            table must live as long. Texts are lent but for `like`.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_CAUSES_SYMPTOMS_H
#define ASSAY_HARNESS_CAUSES_SYMPTOMS_H

#include "harness/causes/diagnoses.h"
#include "harness/spec/catalogue.h"

enum symptom_kind {
    SYMPTOM_FAILED,  /* the target answered, and not as it must or should */
    SYMPTOM_BLOCKED, /* something before it failed */
    SYMPTOM_OTHER    /* a waiver that is over, no answer */
};

struct symptom {
    json_t *check; /* entry of `checks`, lent */
    const char *id, *clause, *case_id;
    size_t clause_place, place; /* in the table; SIZE_MAX = not in it */
    enum symptom_kind kind;
    const char *lacks; /* it needs what is not offered; or NULL */
    int64_t line;      /* in the spec: what stands later in a case comes later */
    char *like; /* "call wanted place got", values cut to their kind; "" = not known */
    const char *seen; /* the end of `like`: "place got", as the table has it */
    char culprit[32]; /* of a blocked one: the clause that broke its preparation */
    size_t cause;     /* SIZE_MAX = none yet */
};

struct symptoms {
    const struct catalogue *catalogue;
    const struct diagnoses *table; /* or NULL */
    struct symptom *items;
    size_t count;
    uint64_t *green; /* checks of the table that were judged and passed */
};

void symptoms_read(struct symptoms *s, const json_t *results,
                   const struct catalogue *catalogue, const struct diagnoses *table);
void symptoms_release(struct symptoms *s);

/* The name of the call that the last exchange of a check is, or "the request". */
const char *symptom_call(const struct symptoms *s, const json_t *check);

#endif

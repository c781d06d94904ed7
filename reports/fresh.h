/*
 * fresh.h - what of a recorded case is another each time it is sent: the address, names,
 * ids and times. Private to reports.
 *
 * Ownership  fresh_release() frees what fresh_note_ids() noted; texts are lent.
 * Threads    none shared.
 */
#ifndef ASSAY_REPORTS_FRESH_H
#define ASSAY_REPORTS_FRESH_H

#include <jansson.h>

#include "core/base.h"

enum { FRESH_IDS = 2000 };

/* An id that an answer shows: the k-th in that of request `number`, both from 1. */
struct shown_id {
    char *text;
    size_t number, k;
};

struct fresh {
    const char *base, *prefix;
    int64_t began_s; /* when the case began, by the target's clock */
    struct shown_id ids[FRESH_IDS];
    size_t id_count;
};

enum fresh_kind { FRESH_NOTHING, FRESH_BASE, FRESH_NAME, FRESH_ID, FRESH_TIME };

struct fresh_place {
    enum fresh_kind kind;
    size_t len;                /* in the text */
    const struct shown_id *id; /* FRESH_ID */
    int64_t distance_s;        /* FRESH_TIME: from the beginning */
};

void fresh_init(struct fresh *f, const json_t *results, const json_t *row);
void fresh_release(struct fresh *f);
/* What stands at `at` of a text that begins at `begin`. A time is ten digits behind '='
 * or '"'. */
struct fresh_place fresh_at(const struct fresh *f, const char *begin, const char *at);
/* The ids of an answer, from the next request on. */
void fresh_note_ids(struct fresh *f, const char *body, size_t number);
/* A number that is a time near the beginning: its distance. */
bool fresh_time(const struct fresh *f, int64_t value, int64_t *distance_s);

#endif

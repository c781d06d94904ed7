/*
 * hurl.h - the case of a red check as a file for hurl (https://hurl.dev). Private to
 * reports.
 *
 * Names, ids, times, keys and the address are variables; the file's head says how to set
 * them. A hurl file has no side by side and no arithmetic.
 *
 * Ownership  values are borrowed.
 * Threads    none shared.
 */
#ifndef ASSAY_REPORTS_HURL_H
#define ASSAY_REPORTS_HURL_H

#include <jansson.h>

#include "core/buf.h"
#include "reports/fresh.h"

struct hurl {
    struct buf *out;
    struct fresh fresh;
    bool used[FRESH_IDS]; /* ids that a later request sends */
    json_t *times, *keys; /* variables that are used: name -> how a shell makes it */
};

/* Where a text stands, and so what is escaped in it. */
enum hurl_place { HURL_VALUE, HURL_BODY, HURL_QUOTED };

/* A text with what is another each time as variables. */
void hurl_add_text(struct hurl *h, const char *text, size_t len, enum hurl_place place);
/* Is that time one that a request sends? Others are another each time. */
bool hurl_sent_time(const struct hurl *h, int64_t distance_s);
/* "{{t_plus_60}}" */
void hurl_add_time(struct hurl *h, int64_t distance_s);

/* hurl_assert.c: the lines that hold if the fault does not show. False, and nothing is
 * added, where hurl has no words for it. `x` is the exchange that is judged. */
bool hurl_add_asserts(struct hurl *h, const json_t *mismatch, const json_t *x);
/* The path of the k-th member `id` that is a text; free(). NULL = there is none. */
char *hurl_id_path(const char *body, size_t k);

#endif

/*
 * clean_texts.h - texts that were looked at and hold no secret, as of now.
 *
 * Clients send the same headers with every request. What was found clean stays clean
 * until something new is known, so it is looked at once: a table of fixed size, in which
 * a later text takes the place of an earlier one.
 *
 * Private to recording/redact.
 *
 * Ownership  a table copies what it is told.
 * Threads    one at a time.
 */
#ifndef ASSAY_RECORDING_REDACT_CLEAN_TEXTS_H
#define ASSAY_RECORDING_REDACT_CLEAN_TEXTS_H

#include "core/base.h"

struct clean_texts;

/* Where a text stands: the same one is read otherwise elsewhere. */
enum clean_place {
    CLEAN_REQUEST_HEADER,
    CLEAN_REQUEST_BODY,
    CLEAN_TARGET,
    CLEAN_ANSWER_HEADER,
    CLEAN_ANSWER_BODY
};

struct clean_text {
    enum clean_place place;
    const char *name; /* of a header; the type of a body */
    const char *text;
    size_t len;
    uint64_t version; /* of what is known */
};

struct clean_texts *clean_texts_new(void);
void clean_texts_free(struct clean_texts *c);
bool clean_texts_has(const struct clean_texts *c, const struct clean_text *t);
/* Long texts are not kept. */
void clean_texts_add(struct clean_texts *c, const struct clean_text *t);

#endif

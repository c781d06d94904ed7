/*
 * draft.h - a text that is being redacted: its leaves, and what stands for them.
 *
 * First everything of a message is drafted, which teaches the redactor its secrets; then
 * each draft is written, with what is known by then.
 *
 * Private to recording/redact.
 *
 * Ownership  a draft borrows its text, which must live until it is released.
 * Threads    as the redactor.
 */
#ifndef ASSAY_RECORDING_REDACT_DRAFT_H
#define ASSAY_RECORDING_REDACT_DRAFT_H

#include "recording/redact/secret_book.h"

struct draft_leaf {
    size_t at, len;
    const char *token; /* NULL = what is known is searched in it */
    enum leaf_kind kind;
    bool structure, number;
    size_t flaw, flaw_len; /* in draft->flaws */
};

struct draft {
    struct secret_book *book;
    struct buf text, flaws;
    struct draft_leaf *leaves;
    size_t count, room;
    size_t base; /* where in `text` what is drafted now began */
    bool opens;  /* values under names of the API stand in the open */
};

void draft_init(struct draft *d, struct secret_book *b);
void draft_release(struct draft *d);
/* Each adds its text behind what is there. */
void draft_body(struct draft *d, const char *type, const char *text, size_t len);
void draft_target(struct draft *d, const char *target);
void draft_text(struct draft *d, const char *text, size_t len);
/* Stays as it is: what stands between texts, a token. */
void draft_kept(struct draft *d, const char *text, size_t len);
/* Everything, with tokens. */
void draft_write(const struct draft *d, struct buf *out);

/* May what is known stand in this text? No: a draft of it, in which nothing has a name, is
 * written as it is. Shared: nothing is learned. */
bool draft_may_change(const struct secret_book *b, const char *text, size_t len);

#endif

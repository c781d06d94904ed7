/*
 * identity.h - are two tokens of a recording the same secret?
 *
 * One run of the recorder gives equal secrets one token, and different ones two. Of
 * tokens of two runs that is known only by their marks (identity_key.h). Without marks,
 * or with marks of two keys, it is not known, and nobody may act as if it was.
 *
 *   tokens                                        are
 *   the same text                                 the same
 *   two, with marks of one key                    the same if the marks are
 *   two that were first seen in one session       different
 *   all others                                    not known
 *
 * Ownership  an identity borrows the recording.
 * Threads    read-only once made.
 */
#ifndef ASSAY_RECORDING_IDENTITY_H
#define ASSAY_RECORDING_IDENTITY_H

#include "recording/recording.h"

enum sameness { SAMENESS_SAME, SAMENESS_DIFFERENT, SAMENESS_UNKNOWN };

struct identity;

struct identity *identity_new(const struct recording *r);
void identity_free(struct identity *i); /* NULL is fine */
/* Of two texts that may be tokens, or have tokens in them. */
enum sameness identity_compare(const struct identity *i, const char *a, const char *b);
/* Tokens of one group can be compared; -1 = it cannot be with any other. Not to be
 * called by several threads. */
int identity_group(const struct identity *i, const char *token);

/* Calls `each` for every token in the texts of an exchange. */
void identity_each_token(const struct recorded *x,
                         void (*each)(void *context, const char *token, size_t len),
                         void *context);

#endif

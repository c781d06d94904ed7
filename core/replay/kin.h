/*
 * kin.h - which recorded answer lends its looks to one that was not recorded.
 *
 * What a recorded refusal means is found by asking the model the recorded request: its
 * words are the implementation's own, and nothing that the model knows.
 *
 * Ownership  kin_item() and kin_reword() return new references. kin_release() frees
 * what was found out for the replay.
 */
#ifndef ASSAY_KIN_H
#define ASSAY_KIN_H

#include "core/replay/parts.h"

struct kin {
    const struct tale *tale;
    const struct refusal *refusal; /* NULL = it is none */
    bool same_kind;                /* it was refused for the same reason */
};

/* For an answer of the model; false if nothing is like it. */
bool kin_find(struct asking *q, int status, const json_t *model, struct kin *out);
/* An item of a recorded list, or a secret; NULL = none. */
json_t *kin_item(const struct asking *q);
/* The error with the parameter that is meant here, and what was sent as it. */
json_t *kin_reword(const struct asking *q, const struct kin *kin, const json_t *error);
/* Was a payload refused that can only have been too long? */
bool kin_refuses_long(struct replay *r);
void kin_release(struct replay *r);

#endif

/*
 * template.h - which recorded answer lends its looks to one that was not recorded.
 *
 * What a recorded refusal means is found by asking the model the recorded request: its
 * words are the implementation's own, and nothing that the model knows.
 *
 * Ownership  template_item() and template_reword() return new references.
 *            template_release() frees what was found out for the replay.
 */
#ifndef ASSAY_REPLAY_TEMPLATE_H
#define ASSAY_REPLAY_TEMPLATE_H

#include "replay/replay_request.h"

struct template_match {
    const struct interaction *interaction;
    const struct refusal *refusal; /* NULL = it is none */
    bool same_kind;                /* it was refused for the same reason */
};

/* For an answer of the model; false if nothing is like it. */
bool template_find(struct replay_request *q, int status, const json_t *model,
                   struct template_match *out);
/* An item of a recorded list, or a secret; NULL = none. */
json_t *template_item(const struct replay_request *q);
/* The error with the parameter that is meant here, and what was sent as it. */
json_t *template_reword(const struct replay_request *q,
                        const struct template_match *match, const json_t *error);
/* Was a payload refused that can only have been too long? */
bool template_refuses_long(struct replay *r);
void template_release(struct replay *r);

#endif

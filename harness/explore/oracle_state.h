/*
 * oracle_state.h - what the oracles keep in mind of a sequence. Private to explore.
 *
 * Units      seconds of a clock of its own.
 * Ownership  oracle_step(), oracle_check() and oracle_body() steal their json_t. What
 *            is returned as json_t is new; the step that oracle_step() returns is lent.
 *            Threads none shared.
 */
#ifndef ASSAY_HARNESS_EXPLORE_ORACLE_STATE_H
#define ASSAY_HARNESS_EXPLORE_ORACLE_STATE_H

#include "api/model/model.h"
#include "harness/explore/prediction.h"

enum { ORACLE_LONG_S = 86400, ORACLE_MANY = 100 };
enum fate { FATE_NEVER, FATE_LIVE, FATE_DELETED, FATE_EXPIRED };

/* What became of a name in a scope, as the spec speaks of it. */
struct expected_secret {
    enum fate fate,
        before;        /* before: at its last set; FATE_LIVE = it was a replacement */
    unsigned number;   /* of its last set: variables id3, made3, ends3, payload3 */
    int64_t ends_s;    /* 0 = never */
    bool long_payload; /* `payload` is a variable, to be saved */
    json_t *payload;
    const char *shaken; /* the clause that says why it is as before, or NULL */
};

struct oracle {
    const struct prediction *f;
    const struct sequence *s;
    const struct move *m; /* the present one */
    struct model *model;
    int64_t now_s;
    unsigned number; /* of the move, from 1 */
    bool last,
        check_written; /* check_written: the one check that is wanted stands there */
    struct expected_secret secrets[2][PLACES][NAMES]; /* by world */
    json_t *steps;
    unsigned index; /* of the move's latest check */
    bool needs_clock, needs[MOVE_ROLES], locks_account;
};

struct model *oracle_model(void); /* with the keys of all roles */
/* The model's body, new or NULL; *status (may be NULL) is filled. */
json_t *oracle_ask(struct oracle *t, const struct call *call, const json_t *params,
                   int *status);
const struct call *oracle_call(const struct oracle *t, enum effect e);
struct expected_secret *oracle_secret_at(struct oracle *t, const struct move *m);
json_t *oracle_variable(const char *word, unsigned number);
/* A step `VERB: params`; steals params; lent. */
json_t *oracle_step(struct oracle *t, const char *verb, json_t *params);
void oracle_save(json_t *step, const char *word, unsigned number, const char *pointer);
/* `what` is the part of the move that is checked; steals expect. A check is called
 * NUMBER.WHAT-INDEX.CLAUSE, so that the order of ids is that of importance. */
void oracle_check(struct oracle *t, json_t *step, const char *what, const char *clause,
                  json_t *expect);
json_t *oracle_body(const char *key, json_t *value);
json_t *oracle_hidden(void);
json_t *oracle_not_deleted(void);
void oracle_check_media(struct oracle *t, json_t *step, const char *what);
/* What every refusal is like. */
void oracle_check_envelope(struct oracle *t, json_t *step, const char *what);
/* And that of a bad request, or of a secret that is not there. */
void oracle_check_error(struct oracle *t, json_t *step, const char *what,
                        const json_t *body);
/* An answer after that second says nothing of a secret that ends then. */
void oracle_valid_before(json_t *step, const struct expected_secret *s);
/* The clause by which a way of writing, if it is not the usual one, is judged. */
const char *oracle_by(const struct oracle *t, const char *clause);
void oracle_encode(const struct oracle *t, json_t *step);
json_t *oracle_scope(const struct move *m);
/* The name as answers show it. */
json_t *oracle_name(const struct oracle *t, const struct move *m);
/* What stands elsewhere under the name, or beside it, must be as before. */
void oracle_shake(struct oracle *t, const struct expected_secret *but,
                  const char *same_name, const char *same_place);
void oracle_check_scope(struct oracle *t, json_t *step, const char *what);
json_t *oracle_params(const struct oracle *t);
/* After a refused set the runner looks for what was acknowledged last (SET-12), and
 * knows of no expiry; a scope that is spelled out it leaves alone. */
void oracle_spell_out(struct oracle *t, json_t *params);

/* One move each: its steps, and what the model says of them. */
void oracle_set(struct oracle *t);
void oracle_find(struct oracle *t);
void oracle_delete(struct oracle *t);
void oracle_page(struct oracle *t);
void oracle_walk(struct oracle *t);
void oracle_refused(struct oracle *t);
/* The whole list; what stands where is saved as order3.0, order3.1 and so on. Returns
 * the model's items, new; NULL = the call is refused. */
json_t *oracle_whole_list(struct oracle *t);

#endif

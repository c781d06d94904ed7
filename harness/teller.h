/*
 * teller.h - what foretelling a sequence keeps in mind. Private to foretell.
 *
 * Units      seconds of a clock of its own.
 * Ownership  teller_step(), teller_check() and teller_body() steal their json_t. What
 * is returned as json_t is new; the step that teller_step() returns is lent. Threads
 * none shared.
 */
#ifndef ASSAY_TELLER_H
#define ASSAY_TELLER_H

#include "core/model/model.h"
#include "harness/foretell.h"

enum { TELLER_LONG_S = 86400, TELLER_MANY = 100 };
enum fate { FATE_NEVER, FATE_LIVE, FATE_DELETED, FATE_EXPIRED };

/* What became of a name in a scope, as the spec speaks of it. */
struct story {
    enum fate fate,
        before;        /* before: at its last set; FATE_LIVE = it was a replacement */
    unsigned number;   /* of its last set: variables id3, made3, ends3, payload3 */
    int64_t ends_s;    /* 0 = never */
    bool long_payload; /* `payload` is a variable, to be saved */
    json_t *payload;
    const char *shaken; /* the clause that says why it is as before, or NULL */
};

struct teller {
    const struct foretelling *f;
    const struct sequence *s;
    const struct move *m; /* the present one */
    struct model *model;
    int64_t now_s;
    unsigned number; /* of the move, from 1 */
    bool last, told; /* told: the one check that is wanted stands there */
    struct story stories[2][PLACES][NAMES]; /* by world */
    json_t *steps;
    unsigned index; /* of the move's latest check */
    bool needs_clock, needs[MOVE_ROLES], locks_account;
};

struct model *teller_model(void); /* with the keys of all roles */
/* The model's body, new or NULL; *status (may be NULL) is filled. */
json_t *teller_ask(struct teller *t, const struct call *call, const json_t *params,
                   int *status);
const struct call *teller_call(const struct teller *t, enum effect e);
struct story *teller_story(struct teller *t, const struct move *m);
json_t *teller_variable(const char *word, unsigned number);
/* A step `VERB: params`; steals params; lent. */
json_t *teller_step(struct teller *t, const char *verb, json_t *params);
void teller_save(json_t *step, const char *word, unsigned number, const char *pointer);
/* `what` is the part of the move that is checked; steals expect. A check is called
 * NUMBER.WHAT-INDEX.CLAUSE, so that the order of ids is that of importance. */
void teller_check(struct teller *t, json_t *step, const char *what, const char *clause,
                  json_t *expect);
json_t *teller_body(const char *key, json_t *value);
json_t *teller_hidden(void);
json_t *teller_not_deleted(void);
void teller_check_media(struct teller *t, json_t *step, const char *what);
/* What every refusal is like. */
void teller_check_error(struct teller *t, json_t *step, const char *what,
                        const json_t *body);
/* An answer after that second says nothing of a secret that ends then. */
void teller_valid_before(json_t *step, const struct story *s);
/* The clause by which a way of writing, if it is not the usual one, is judged. */
const char *teller_by(const struct teller *t, const char *clause);
void teller_encode(const struct teller *t, json_t *step);
json_t *teller_scope(const struct move *m);
/* The name as answers show it. */
json_t *teller_name(const struct teller *t, const struct move *m);
/* What stands elsewhere under the name, or beside it, must be as before. */
void teller_shake(struct teller *t, const struct story *but, const char *same_name,
                  const char *same_place);
void teller_check_scope(struct teller *t, json_t *step, const char *what,
                        const json_t *body);
json_t *teller_params(const struct teller *t);
/* After a refused set the runner looks for what was acknowledged last (SET-12), and
 * knows of no expiry; a scope that is spelled out it leaves alone. */
void teller_spell_out(struct teller *t, json_t *params);

/* One move each: its steps, and what the model says of them. */
void tell_set(struct teller *t);
void tell_find(struct teller *t);
void tell_delete(struct teller *t);
void tell_page(struct teller *t);
void tell_walk(struct teller *t);
void tell_refused(struct teller *t);
/* The whole list; what stands where is saved as order3.0, order3.1 and so on. Returns
 * the model's items, new; NULL = the call is refused. */
json_t *tell_whole(struct teller *t);

#endif

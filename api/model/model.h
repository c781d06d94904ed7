/*
 * model.h - the Secrets API as code: request + state + clock + credentials -> answer.
 *
 * No sockets, no printing, no clock of its own: the caller says what time it is. What
 * an implementation is free to choose, and every way that we know to be wrong, is a
 * number in `struct model_rules` (rules.h): zero is the correct, most ordinary
 * behaviour. A defect or a freedom is a row in a table that sets one of them; a learned
 * recording sets them too.
 *
 * Units      times are milliseconds since the epoch; the API speaks seconds.
 * Errors     model_answer() always answers; what is malformed gets the API's own error.
 * Ownership  model_free() frees all. The answer's contents are the caller's to release.
 * Threads    one caller at a time.
 */
#ifndef ASSAY_API_MODEL_MODEL_H
#define ASSAY_API_MODEL_MODEL_H

#include "api/model/rules.h"
#include "api/profile.h"
#include "core/err.h"
#include "core/http.h"

struct model;

/* One key that the model knows. Keys of one `account` share their secrets, test and
 * live apart; a key with `user` is a UI extension's, held to the account scope and that
 * user. */
struct model_key {
    const char *key, *account, *user; /* user may be NULL; copied */
    bool live;
};

struct model_secret {
    const char *name, *id, *payload;
    int64_t created, expires;
};

struct model *model_new(const struct model_rules *rules, uint64_t seed);
void model_add_key(struct model *m, const struct model_key *key);
/* The roles of a profile: main, ui_extension and live one account, other_account
 * another. */
void model_add_profile(struct model *m, const struct profile *p);
void model_answer(struct model *m, const struct http_request *request, int64_t now_ms,
                  struct http_response *answer);
/* The request of a set, with the key in a scheme that the rules do not refuse. */
void model_set_request(struct http_request *out, const struct model_rules *rules,
                       const char *key, const char *form);
/* What another implementation has said of a secret: replay keeps the model in step. The
 * key must be known. `expires` in seconds, 0 = never. Returns the id that the secret
 * has, lent, or NULL if the key is unknown. */
const char *model_put(struct model *m, const char *key, const char *user,
                      const struct model_secret *secret, int64_t now_ms);
void model_remove(struct model *m, const char *key, const char *user, const char *name,
                  int64_t now_ms);
bool model_knows_key(const struct model *m, const char *key);
const struct model_rules *model_rules(const struct model *m); /* lends */
void model_reset(struct model *m); /* forget every secret and idempotency key */
/* Those of one scope: of the key's account and mode, or (NULL) of every one. */
void model_reset_scope(struct model *m, const char *key, const char *user);
/* How a secret stands: its texts are lent until the next call. False: it does not. */
bool model_get(struct model *m, const char *key, const char *user, const char *name,
               int64_t now_ms, struct model_secret *out);
void model_free(struct model *m);

#endif

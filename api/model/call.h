/*
 * call.h - one request on its way through the model. Private to core/model.
 *
 * Ownership  a call borrows the model and the request; call_release() frees what it
 *            made.
 */
#ifndef ASSAY_API_MODEL_CALL_H
#define ASSAY_API_MODEL_CALL_H

#include <jansson.h>

#include "api/model/model.h"
#include "api/model/store.h"
#include "api/secrets_api.h"
#include "core/form.h"
#include "core/id.h"

struct known_key {
    char *key, *account, *user;
    bool live;
};

struct remembered; /* idempotency.c */
struct stale;      /* stale.c */

struct model {
    struct model_rules rules;
    struct id_source ids;
    struct store store;
    struct known_key *keys;
    size_t key_count;
    struct remembered *remembered;
    struct stale *stale;
    uint64_t reads; /* lists answered, for list_rotates */
    uint64_t shown; /* secrets, for shown_counted */
    uint64_t looks; /* finds and lists, for expired_comes_back */
};

struct model_call {
    struct model *m;
    const struct model_rules *rules;
    const struct http_request *request;
    struct http_response *answer;
    int64_t now_ms;
    enum api_call op;
    const struct known_key *key;
    char *world;    /* account and mode */
    json_t *params; /* the tree of all parameters */

    char *name, *payload, *user; /* checked; user NULL = account scope */
    /* ISO-5 broken: who is checked, who is used instead; "" = the account, NULL = `user` */
    char *checked_user, *used_user;
    bool scope_known;
    int64_t expires; /* 0 = none */
    int64_t limit;
    const char *after, *before;
    bool expand;
    bool refused;      /* an error answer is made; later errors are ignored */
    bool wrong_verb;   /* the path is known, with another method */
    bool refused_bare; /* in plain text */
    bool bad_params;   /* refused before anything was looked up */
};

/* answer.c */
bool call_refuse(struct model_call *c, int status, const char *type, const char *code,
                 const char *param, const char *fmt, ...) PRINTF_LIKE(6, 7);
bool call_refuse_missing(struct model_call *c, const char *name);
void call_answer(struct model_call *c, json_t *body); /* 200; steals body */
json_t *secret_json(struct model_call *c, const struct scope *scope,
                    const struct secret *s, enum api_call as, bool expand);
json_t *deleted_json(struct model_call *c, const struct scope *scope,
                     const struct secret *s);
char *call_make_id(struct model_call *c, const char *name);
void call_finish(struct model_call *c); /* headers that every answer has */

/* params.c */
bool call_read_params(struct model_call *c);

/* permission.c: ISO-4, ISO-5 */
bool call_permitted(struct model_call *c); /* false = it is refused */
/* Before the parameters are read: the first `query_count` pairs stood in the query. */
void call_note_scopes(struct model_call *c, struct form *f, size_t query_count);
void call_use_scope(struct model_call *c); /* after they were read */

/* calls.c */
void call_run(struct model_call *c);
void call_after_refusal(struct model_call *c);
int64_t call_ms(int64_t seconds); /* as milliseconds, or as many as there are */
bool call_expired(const struct model_call *c, const struct secret *s);
bool call_shows_ended(const struct model_call *c); /* EXP-3 broken, now and then */
bool call_live(const struct model_call *c, const struct secret *s);
/* Ids of users that a loose comparison takes for one. */
bool call_like_user(const char *a, const char *b);
/* The scope of the call; NULL = nothing was ever set there and `make` is false. */
struct scope *call_scope(struct model_call *c, bool make);

/* list.c */
void call_list(struct model_call *c);

/* idempotency.c: true if the answer is there already */
bool idempotency_before(struct model_call *c);
void idempotency_after(struct model_call *c);
void idempotency_clear(struct model *m);
/* The answers about one scope; world NULL = of every account and mode. */
void idempotency_forget(struct model *m, const char *world, const char *user);

/* lenient.c: defects that take one text for another; without one nothing is alike */
/* AUTH-1 broken: the key given is near enough. */
bool lenient_key(const struct model_rules *r, const char *given, const char *known);
/* AUTH-1 broken: a key that stands elsewhere than in Authorization, or NULL. */
char *lenient_key_elsewhere(const struct model_call *c);
/* SET-9, DEL-4 broken. */
bool lenient_name(const struct model_call *c, const char *stored, const char *asked);
/* ISO-2 (find), ISO-3 (list) broken. */
bool lenient_user(const struct model_call *c, const char *stored, const char *asked);
/* SET-6, LIST-4 broken: what some language's parser takes for an integer. */
bool lenient_integer(const struct model_rules *r, bool limit, const char *text,
                     int64_t *to);
/* EXP-1 broken: what a narrow integer keeps. */
int64_t lenient_width(const struct model_rules *r, int64_t value);
/* ERR-5 broken: the path is taken for that of a call. */
bool lenient_path(const struct model_rules *r, const char *path, size_t len,
                  const char *known);
/* A refusal that a header brings about, or 0: the status. */
int lenient_header_status(const struct model_call *c);
/* SET-8, OBJ-3 broken: the text as it is kept, from the one given, which is freed. */
char *lenient_text(const struct model_rules *r, char *text, bool user);

/* stale.c: defects that answer a read with what was answered before */
/* After a read was answered: perhaps the earlier answer to the same request instead. */
void stale_answer(struct model_call *c);
void stale_clear(struct model *m);

#endif

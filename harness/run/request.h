/*
 * request.h - a call of a spec as an HTTP request.
 *
 * Ownership  built_release() empties what build_call() fills. near_key() and make_value()
 *            return new ones.
 * Threads    the fiber of the case.
 */
#ifndef ASSAY_HARNESS_RUN_REQUEST_H
#define ASSAY_HARNESS_RUN_REQUEST_H

#include "harness/run/case_state.h"

/* `params` have their variables filled in. */
struct built {
    struct http_request request;
    json_t *sent;  /* the trie as sent, name short */
    json_t *scope; /* as sent, or NULL */
    char *name;    /* wire name, or NULL */
};
void build_call(struct case_run *c, const struct step *s, const struct call *call,
                const json_t *params, struct built *out);
void built_release(struct built *b);
/* A raw request, its variables filled in. */
void request_build(const json_t *params, struct http_request *out);
int64_t built_time(const struct call *call, const struct built *b); /* -1 = none */
/* "longer", "recased", "altered-middle" and so on: the main key, changed so that it is no
 * credential; free(). */
char *near_key(const struct profile *p, const char *as);
struct near_key_kind {
    const char *as, *shell; /* shell: the same as a word of sh, of $ASSAY_KEY */
};
extern const struct near_key_kind near_keys[];
extern const size_t near_key_count;
void add_authorization(const struct target *t, const struct step *s, const char *as,
                       struct http_headers *headers);
json_t *make_value(const json_t *value); /* $repeat, $recased, $raw ..; new */

#endif

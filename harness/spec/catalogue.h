/*
 * catalogue.h - the clauses (specs/clauses.yaml) and the calls (specs/endpoints.yaml).
 *
 * Levels live here only, so that no case can promote a SHOULD.
 *
 * Ownership  catalogue_free() frees all; lookups lend.
 * Threads    read-only once loaded.
 */
#ifndef ASSAY_HARNESS_SPEC_CATALOGUE_H
#define ASSAY_HARNESS_SPEC_CATALOGUE_H

#include "core/yaml.h"

enum level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };
const char *level_name(enum level l); /* "must", "should", "may" */

/* Which answers a clause says something of; what another one lacks is no fault in it. */
enum speaks_of { OF_ALL, OF_BODIES, OF_REFUSALS };

struct clause {
    const char *id, *source, *area, *text;
    enum level level;
    enum speaks_of of; /* OF_BODIES: with a body; OF_REFUSALS: it is a 4xx */
    int line;
};

/* What a parameter's value means, so that the code need not know its name. */
enum param_kind {
    PARAM_TEXT,
    PARAM_NAME,
    PARAM_SCOPE,
    PARAM_TIME,
    PARAM_ID,
    PARAM_LIST,
    PARAM_SECRET
};

struct param {
    const char *name;
    enum param_kind kind;
    bool required;
};

/* What a call does to a secret: the clean-up, walks and linearizability need it. */
enum effect { EFFECT_WRITES, EFFECT_READS, EFFECT_LISTS, EFFECT_REMOVES };

struct call {
    const char *name, *method, *path; /* "set", "POST", "/v1/apps/secrets" */
    bool in_body;                     /* parameters in a form body, else in the query */
    enum effect effect;
    struct param *params;
    size_t param_count;
    const struct clause *clause; /* that is broken when the call fails in a `given` */
};

struct catalogue {
    struct clause *clauses;
    size_t clause_count;
    struct call *calls;
    size_t call_count;
    struct yaml_doc *clauses_doc, *calls_doc;
};

/* clauses.yaml and endpoints.yaml of a folder; or of any two files. */
struct catalogue *catalogue_load(const char *dir, struct diags *diags);
struct catalogue *catalogue_load_files(const char *clauses, const char *calls,
                                       struct diags *diags);
const struct clause *catalogue_clause(const struct catalogue *c, const char *id);
const struct call *catalogue_call(const struct catalogue *c, const char *name);
const struct call *catalogue_effect(const struct catalogue *c, enum effect e);
void catalogue_free(struct catalogue *c);

#endif

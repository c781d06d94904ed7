/*
 * spec.h - the conformance suite as loaded: suites, cases, steps, checks.
 *
 * The language is described in docs/spec-language.md. Loading checks everything that
 * can be known without a target, and tells all errors of all files at once.
 *
 * Ownership  specs_free() frees all; every pointer below is lent by the `struct specs`.
 *            JSON trees are the YAML as written, variables `${x}` still in them.
 * Threads    read-only once loaded.
 */
#ifndef ASSAY_HARNESS_SPEC_SPEC_H
#define ASSAY_HARNESS_SPEC_SPEC_H

#include "core/yaml.h"
#include "harness/spec/catalogue.h"

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_WARN,
    VERDICT_NOTE,
    VERDICT_SKIP,
    VERDICT_BLOCKED,
    VERDICT_WAIVED,
    VERDICT_STALE,
    VERDICT_ERROR,
    VERDICT_COUNT
};
const char *verdict_name(enum verdict v);

struct outcome {
    enum verdict verdict; /* PASS, WARN, FAIL or NOTE */
    const char *say;      /* or NULL */
    json_t *expect;       /* NULL = whatever came */
    const struct yaml_node *place;
};

struct check {
    const char *id; /* the last part; may hold ${variables} of for_each */
    const struct clause *clause;
    json_t *expect; /* NULL when there are outcomes, or for left_nothing */
    const struct yaml_node *expect_place;
    struct outcome *outcomes;
    size_t outcome_count;
    bool left_nothing; /* added by the loader: the SET-12 look after a refused set */
    int line, column;
};

enum verb { VERB_CALL, VERB_WALK, VERB_REQUEST, VERB_WAIT, VERB_PARALLEL };

struct save {
    const char *variable, *pointer;
    int line, column;
};

struct branch {
    struct step *steps;
    size_t step_count;
};

struct step {
    enum verb verb;
    const struct call *call; /* VERB_CALL, and VERB_WALK (its list call); else NULL */
    json_t *params;          /* the verb's value: mapping, or the text of `wait: 2s` */
    struct branch *branches; /* VERB_PARALLEL */
    size_t branch_count;

    const char *as;   /* role, "nobody", "unknown", "longer", "shorter" and so on
                         (near_key); "main" when not said */
    const char *auth; /* "basic", "bearer" or NULL */
    json_t *encoding, *headers, *extra; /* mappings or NULL */
    json_t *again;  /* {place, pairs: [[key, value], ..]}: sent besides, or NULL */
    bool fresh;     /* over a new connection */
    bool bare;      /* without what the client adds: User-Agent, Accept */
    json_t *repeat; /* integer or "${x}", or NULL */
    int64_t pace_ms;
    struct save *saves;
    size_t save_count;
    json_t *eventually;          /* mapping or NULL, checked for its keys and kinds */
    const char *valid_if_before; /* "${x}" or NULL */
    struct check *checks;
    size_t check_count;
    const char *judge; /* the id of a check that the model makes, or NULL */
    const struct yaml_node *judge_place;
    const char *judge_clause; /* cited whatever differs, or NULL */
    const char *hidden;       /* a text that a refusal does not show, or NULL */
    json_t *lawful;           /* array of other right readings, or NULL */
    int line, column;
};

struct need {
    const char *role;          /* other_account, live, ui_extension, or NULL */
    int64_t secrets_per_scope; /* 0 = not asked */
    bool capped, clock, own_users;
};

struct test_case {
    const struct suite *suite;
    const char *id, *title, *why_no_control;
    struct step *given, *steps;
    size_t given_count, step_count;
    json_t *for_each; /* array of objects, or NULL */
    struct need *needs;
    size_t need_count;
    const char **locks;
    size_t lock_count;
    bool slow; /* tag */
    const struct yaml_node *node; /* as it was written, or made of a grid */
    int line, column;
};

struct suite {
    const char *name, *about, *file; /* file: path as given */
    struct test_case *cases;
    size_t case_count;
    struct yaml_doc *doc;
};

struct specs {
    struct catalogue *catalogue;
    struct suite *suites; /* in the order of the file names */
    size_t suite_count;
    char digest[65]; /* SHA-256 over all files, catalogue and endpoints included */
    void **owned;    /* what is freed with the specs */
    size_t owned_count;
    json_t *trees; /* array of every JSON tree above */
};

struct spec_loader;
/* What reads grids, and plays cases against the model (harness/grid); where there is none,
 * neither is understood. */
struct spec_extension {
    const char *folder; /* of `dir`, read when no files are given; NULL = none */
    /* The spec that a document stands for; NULL = it has errors, or is a plain spec. */
    const struct yaml_node *(*expand)(struct spec_loader *l);
    void (*play)(struct spec_loader *l,
                 struct test_case *c); /* judged steps get checks */
    const void *options;
};

/* `dir` holds clauses.yaml, endpoints.yaml and suites/; with `files`, those instead of
 * suites/. NULL if there was any error. */
struct specs *specs_load(const char *dir, const char *const *files, size_t file_count,
                         struct diags *diags);
/* The same with an extension, which may be NULL. */
struct specs *specs_load_extended(const char *dir, const char *const *files,
                                  size_t file_count,
                                  const struct spec_extension *extension,
                                  struct diags *diags);
/* The same from memory; `file` is what messages and results call a text. */
struct spec_text {
    const char *file, *text;
    size_t len;
};
struct specs *specs_load_texts(const char *dir, const struct spec_text *texts,
                               size_t count, struct diags *diags);
void specs_free(struct specs *s);

/* "suite/case/check" for one row of for_each (an object, or NULL); free() it. */
char *check_full_id(const struct test_case *c, const struct check *k,
                    const json_t *row);
/* Visit every check of the suite, rows of for_each expanded, in the order of the files.
 */
bool specs_each_check(const struct specs *s,
                      bool (*each)(const struct test_case *c, const struct step *step,
                                   const struct check *k, const json_t *row,
                                   const char *full_id, void *context),
                      void *context);

#endif

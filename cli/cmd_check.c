/* Files come in: specs, profiles, recordings, results. What is wrong with each goes to
 * stdout, for a recording also the clauses that its traffic breaks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_load.h"
#include "cli/check_data.h"
#include "cli/commands.h"
#include "cli/diagnose.h"
#include "cli/options.h"
#include "cli/target.h"
#include "core/file.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/parallel_for.h"
#include "core/str.h"
#include "core/yaml.h"
#include "harness/grid/grids.h"
#include "harness/passive/passive.h"
#include "harness/result_doc.h"
#include "harness/run/run.h"
#include "harness/spec/spec.h"
#include "recording/recording.h"
#include "recording/redact/redactor.h"
#include "recording/redact/suspects.h"
#include "reports/reports.h"

static bool coverage;
static const char *results_path;
static struct option_list allowed;

static const struct option options[] = {
    {.name = "coverage",
     .kind = OPTION_FLAG,
     .value = &coverage,
     .help = "list the clauses that no check proves; exit 1 if there are any"},
    {.name = "results",
     .kind = OPTION_TEXT,
     .value = &results_path,
     .argument = "FILE",
     .help = "of a recording: write the result document"},
    {.name = "allow",
     .kind = OPTION_LIST,
     .value = &allowed,
     .argument = "NAME",
     .help = "of a recording: what looks random under this name is no secret"},
};

static size_t count_checks;

static bool count_one(const struct test_case *t, const struct step *s,
                      const struct check *k, const json_t *row, const char *id,
                      void *context) {
    json_t *cited = context;

    (void)t, (void)s, (void)row, (void)id;
    count_checks++;
    json_object_set_new(cited, k->clause->id, json_true());
    return true;
}

static size_t specs_seen, recordings_seen;

static int check_specs(const char *const *files, size_t count, const char *name) {
    struct diags diags = {0};
    const struct grid_options grids = {.depth = 2};
    struct specs *specs = grids_load(specs_dir(), files, count, &grids, &diags);
    json_t *cited = json_object();
    size_t cases = 0;
    int code = 0;

    specs_seen++;
    if (!specs) {
        json_decref(cited);
        return print_diags(&diags, 1);
    }
    count_checks = 0;
    specs_each_check(specs, count_one, cited);
    for (size_t i = 0; i < specs->suite_count; i++)
        cases += specs->suites[i].case_count;
    printf("%s: ok (%zu cases, %zu checks)\n", name, cases, count_checks);
    for (size_t i = 0; coverage && i < specs->catalogue->clause_count; i++)
        if (!json_object_get(cited, specs->catalogue->clauses[i].id)) {
            printf("no check: %s\n", specs->catalogue->clauses[i].id);
            code = 1;
        }
    json_decref(cited);
    specs_free(specs);
    return code;
}

static int check_profile(const char *path) {
    struct diags diags = {0};
    struct profile *p = profile_load(path, PROFILE_ALLOW_LIVE, &diags);
    struct specs *specs;

    if (!p)
        return print_diags(&diags, 1);
    if (p->waiver_count && (specs = specs_load(specs_dir(), NULL, 0, &diags))) {
        target_tell_waivers(p, specs);
        specs_free(specs);
    }
    diags_release(&diags);
    printf("%s: ok (profile of %s, %zu credentials)\n", path, p->target,
           p->credential_count);
    profile_free(p);
    return 0;
}

static int check_results(const char *path) {
    struct err err = {0};
    json_t *results = jsonx_load_file(path, 1 << 30, &err);
    bool ok = results && results_check(results, &err);

    if (ok)
        printf("%s: ok (results, %zu checks)\n", path,
               json_array_size(json_object_get(results, "checks")));
    err_in(&err, path);
    json_decref(results);
    return ok ? 0 : print_err(&err, 1);
}

/* --- recordings --- */

/* --- does any exchange hold a secret, or what may be one? --- */

enum { PART_EXCHANGES = 500 };

struct secrecy_part {
    const struct recording *recording;
    size_t from, to;
    bool has_secret, has_suspect;
};

static void note_suspect(void *context, const char *name, size_t name_len, size_t len) {
    struct secrecy_part *p = context;

    (void)name, (void)name_len, (void)len;
    p->has_suspect = true;
}

static bool redacts(struct redactor *redactor, const struct recorded *x) {
    struct http_request q = {0};
    struct http_response a = {0};
    bool changed;

    http_request_copy(&q, &x->request);
    http_response_copy(&a, &x->response);
    changed = redactor_request(redactor, &q);
    changed = redactor_response(redactor, &a) || changed;
    http_request_release(&q);
    http_response_release(&a);
    return changed;
}

static void *look_at_part(void *context) {
    struct secrecy_part *p = context;
    struct redactor *redactor = redactor_new();

    redactor_keep_tokens(redactor);
    for (size_t i = p->from; i < p->to; i++) {
        const struct recorded *x = &p->recording->items[i];

        p->has_secret = p->has_secret || redacts(redactor, x);
        suspects_in_request(&x->request, note_suspect, p);
        suspects_in_response(&x->response, note_suspect, p);
    }
    redactor_free(redactor);
    return NULL;
}

/* Several exchanges at once. What has none need not be looked at in its order. */
static void look_for_secrets(const struct recording *r, bool *secrets, bool *suspects) {
    size_t count = parallel_for_parts(r->count, PART_EXCHANGES);
    struct secrecy_part parts[MAX_PARTS];

    *secrets = *suspects = false;
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct secrecy_part){.recording = r,
                                         .from = r->count * i / count,
                                         .to = r->count * (i + 1) / count};
    parallel_for(parts, count, sizeof(*parts), look_at_part);
    for (size_t i = 0; i < count; i++) {
        *secrets = *secrets || parts[i].has_secret;
        *suspects = *suspects || parts[i].has_suspect;
    }
}

/* Redacting again must change nothing. `exchanges`: one of them may hold a secret. */
static size_t count_secrets(struct recording *r, const char *path, bool exchanges) {
    struct redactor *redactor = redactor_new();
    size_t found = 0;

    redactor_keep_tokens(redactor);
    redactor_continue(redactor, r);
    if (redactor_head(redactor, r)) {
        exchanges = true;
        found++;
        fprintf(stderr,
                "%s:1: the upstream in its head holds something that looks secret; "
                "`assay fixture scrub` replaces it\n",
                path);
    }
    for (size_t i = 0; exchanges && i < r->count; i++) {
        const struct recorded *x = &r->items[i];
        struct http_request q = {0};
        struct http_response a = {0};
        bool in_request, in_answer;

        http_request_copy(&q, &x->request);
        http_response_copy(&a, &x->response);
        in_request = redactor_request(redactor, &q);
        in_answer = redactor_response(redactor, &a);
        if (in_request || in_answer) {
            found++;
            fprintf(stderr,
                    "%s:%d: exchange %llu: its %s %s something that looks secret; "
                    "`assay fixture scrub` replaces it\n",
                    path, x->line, (unsigned long long)x->number,
                    in_request && in_answer ? "request and answer"
                    : in_request            ? "request"
                                            : "answer",
                    in_request && in_answer ? "hold" : "holds");
        }
        http_request_release(&q);
        http_response_release(&a);
    }
    redactor_free(redactor);
    return found;
}

/* --- what may be a secret --- */

struct suspects {
    json_t *known; /* names that were told */
    const char *path;
    const struct recorded *exchange;
    size_t count;
};

static bool is_allowed(const char *name, size_t len) {
    for (size_t i = 0; i < allowed.count; i++)
        if (strlen(allowed.items[i]) == len &&
            strncasecmp(allowed.items[i], name, len) == 0)
            return true;
    return false;
}

static void tell_suspect(void *context, const char *name, size_t name_len, size_t len) {
    struct suspects *s = context;
    struct buf shown = BUF_INIT(BUF_UNLIMITED);

    if (is_allowed(name, name_len) || json_object_getn(s->known, name, name_len))
        return;
    json_object_setn_new_nocheck(s->known, name, name_len, json_true());
    s->count++;
    str_add_visible(&shown, name, name_len, 80);
    fprintf(
        stderr,
        "%s:%d: exchange %llu: suspect: \"%s\" holds %zu random characters; if they "
        "are a secret, record with --redact-field or --redact-header, else check "
        "with --allow %s\n",
        s->path, s->exchange->line, (unsigned long long)s->exchange->number, shown.ptr,
        len, shown.ptr);
    buf_release(&shown);
}

/* For a person to judge: no reason to fail. */
static size_t count_suspects(const struct recording *r, const char *path) {
    struct suspects s = {.known = json_object(), .path = path};

    for (size_t i = 0; i < r->count; i++) {
        s.exchange = &r->items[i];
        suspects_in_request(&r->items[i].request, tell_suspect, &s);
        suspects_in_response(&r->items[i].response, tell_suspect, &s);
    }
    json_decref(s.known);
    return s.count;
}

static void print_violations(const json_t *results) {
    const json_t *checks = json_object_get(results, "checks");

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i),
                     *list = json_object_get(k, "mismatches");

        for (size_t j = 0; j < json_array_size(list); j++) {
            const json_t *m = json_array_get(list, j);
            struct buf line = BUF_INIT(BUF_UNLIMITED);
            const char *got = jsonx_string(m, "got", "");

            buf_addf(&line, "%s %s: %s: %s: expected %s, got ",
                     jsonx_string(k, "clause", ""), jsonx_string(k, "verdict", ""),
                     jsonx_string(k, "title", ""), jsonx_string(m, "pointer", ""),
                     jsonx_string(m, "expected", ""));
            str_add_visible(&line, got, strlen(got), 200);
            puts(line.ptr);
            buf_release(&line);
        }
    }
}

/* What the last line says of it. */
static const char *word_for(int code, size_t secrets) {
    if (secrets)
        return code == 1 ? "holds what looks secret, and breaks clauses"
                         : "holds what looks secret";
    return code == 0 ? "ok" : code == 1 ? "breaks clauses" : "nothing to judge";
}

static int judge_recording(const struct recording *r, const char *path,
                           size_t secrets) {
    struct diags diags = {0};
    struct err err = {0};
    struct specs *specs = specs_load(specs_dir(), NULL, 0, &diags);
    json_t *results;
    char *text;
    int code;

    if (!specs)
        return print_diags(&diags, 2);
    results = passive_check(r, path, specs);
    diagnose(results);
    print_violations(results);
    code = result_doc_exit_code(results);
    printf("%s: %s (recording, %zu exchanges). %s\n", path, word_for(code, secrets),
           r->count, jsonx_string(results, "reason", ""));
    if (results_path) {
        text = json_dumps(results, JSON_INDENT(2));
        if (!file_replace_own(results_path, text, strlen(text), &err))
            code = print_err(&err, 2);
        free(text);
    }
    json_decref(results);
    specs_free(specs);
    return code;
}

static int check_recording(const char *path) {
    struct recording r = {0};
    struct diags diags = {0};
    bool has_secrets, has_suspects;
    size_t secrets;
    int code;

    recordings_seen++;
    if (!recording_load(&r, path, &diags))
        return print_diags(&diags, 1);
    look_for_secrets(&r, &has_secrets, &has_suspects);
    secrets = count_secrets(&r, path, has_secrets);
    if (has_suspects)
        count_suspects(&r, path);
    code = judge_recording(&r, path, secrets);
    recording_release(&r);
    return secrets && code != 2 ? 1 : code;
}

static int check_spec(const char *path) {
    return check_specs(&path, 1, path);
}

/* What a file is, its members say; the first row that has one of them decides. */
static const struct kind {
    const char *members[4];
    int (*check)(const char *path);
} kinds[] = {
    {{"target", "credentials"}, check_profile},
    {{"suite", "spec", "cases", "grid"}, check_spec},
    {{"areas"}, check_clauses},
    {{"endpoints", "calls"}, check_endpoints},
    {{"faults"}, check_faults},
};

static const struct kind *kind_of(const struct yaml_node *root) {
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        for (size_t k = 0; k < ARRAY_LEN(kinds[i].members) && kinds[i].members[k]; k++)
            if (yaml_node_get(root, kinds[i].members[k]))
                return &kinds[i];
    return NULL;
}

static int check_yaml(const char *path, const char *text, size_t len) {
    struct diags diags = {0};
    /* the widest: what it turns out to be is read again, as that */
    struct yaml_doc *doc =
        yaml_doc_parse(path, text, len, &yaml_limits_profile, &diags);
    const struct kind *kind;

    if (!doc)
        return print_diags(&diags, 1);
    kind = kind_of(doc->root);
    yaml_doc_free(doc);
    if (kind)
        return kind->check(path);
    fprintf(stderr,
            "%s: is no spec (spec, suite, cases), profile (target, credentials), "
            "catalogue (areas, calls), file of faults (faults), recording (assay: "
            "recording) or result document\n",
            path);
    return 1;
}

static int check_json(const char *path, const char *text, size_t len) {
    json_t *root = jsonx_load(text, len, 64, NULL);
    int (*check)(const char *) = json_object_get(root, "assay_diagnoses")
                                     ? check_diagnoses
                                 : json_object_get(root, "faults") ? check_faults
                                                                   : check_results;

    json_decref(root);
    return check(path);
}

static int check_file(const char *path) {
    struct err err = {0};
    size_t len;
    char *text = file_slurp(path, 1 << 30, &len, &err);
    int code;

    if (!text)
        return print_err(&err, err.code == ERR_LIMIT ? 1 : 2);
    if (len && text[strspn(text, " \t\r\n")] == '{')
        code = check_json(path, text, len);
    else if (recording_is(text, len))
        code = check_recording(path);
    else
        code = check_yaml(path, text, len);
    free(text);
    return code;
}

/* Options for files that are not among them. -1 = there are none. */
static int refuse_unused(const struct command *c) {
    if (coverage && !specs_seen)
        return usage_error(c, "--coverage is for specs, and none of these is one");
    if (results_path && !recordings_seen)
        return usage_error(c, "--results is for a recording, and none of these is one");
    if (allowed.count && !recordings_seen)
        return usage_error(c, "--allow is for a recording, and none of these is one");
    return -1;
}

int cmd_check(int argc, char **argv) {
    const struct command *c = command_find("check");
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv), worst = 0;

    if (code >= 0)
        return code;
    if (argc < 2)
        worst = check_specs(NULL, 0, specs_dir());
    for (int i = 1; i < argc; i++) {
        code = check_file(argv[i]);
        worst = code > worst ? code : worst;
    }
    code = worst == 2 ? -1 : refuse_unused(c);
    return code > 0 ? code : worst;
}

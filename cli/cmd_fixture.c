/* A verb, recordings and options come in. A recording goes out, repaired, redacted again,
 * shown, converted, joined or cut. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_load.h"
#include "cli/commands.h"
#include "cli/fixture.h"
#include "cli/identity.h"
#include "core/file.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/history/history_load.h"
#include "recording/join.h"
#include "recording/recover.h"
#include "replay/load/traits.h"

struct fixture_options fixture_options;
static struct fixture_options *const given = &fixture_options;

static const struct option options[] = {
    {.name = "output",
     .kind = OPTION_TEXT,
     .value = &fixture_options.output,
     .argument = "FILE",
     .help = "where the result goes (export: - is stdout, the default)"},
    {.name = "force",
     .kind = OPTION_FLAG,
     .value = &fixture_options.force,
     .help = "recover: leave out damaged records, do without a lost fixture"},
    {.name = "curl",
     .kind = OPTION_FLAG,
     .value = &fixture_options.curl_lines,
     .help = "show: a curl line that repeats each request"},
    {.name = "learned",
     .kind = OPTION_FLAG,
     .value = &fixture_options.learned,
     .help = "show: the implementation's own ways, and the exchange that shows each"},
    {.name = "stable",
     .kind = OPTION_FLAG,
     .value = &fixture_options.stable,
     .help = "show: the text without what is volatile, as for git's textconv"},
    {.name = "har",
     .kind = OPTION_FLAG,
     .value = &fixture_options.har,
     .help = "export, import: HTTP Archive 1.2"},
    {.name = "vcr",
     .kind = OPTION_FLAG,
     .value = &fixture_options.vcr,
     .help = "import: a cassette of Ruby's VCR or Python's vcrpy, YAML or JSON"},
    {.name = "upstream",
     .kind = OPTION_TEXT,
     .value = &fixture_options.upstream,
     .argument = "URL",
     .help = "import: the server whose traffic is taken (default: the one with most "
             "requests to the API's paths)"},
    {.name = "from",
     .kind = OPTION_INT,
     .value = &fixture_options.from_number,
     .argument = "N",
     .min = 1,
     .max = INT64_MAX,
     .help = "slice: the first exchange"},
    {.name = "to",
     .kind = OPTION_INT,
     .value = &fixture_options.to_number,
     .argument = "N",
     .min = 1,
     .max = INT64_MAX,
     .help = "slice: the last exchange"},
    {.name = "path",
     .kind = OPTION_TEXT,
     .value = &fixture_options.path_glob,
     .argument = "GLOB",
     .help = "slice: only paths like this"},
    {.name = "credentials",
     .kind = OPTION_TEXT,
     .value = &fixture_options.credentials,
     .argument = "PROFILE",
     .help = "scrub, import: keys of this profile become key:ROLE"},
    {.name = "redact-header",
     .kind = OPTION_LIST,
     .value = &fixture_options.redact_headers,
     .argument = "NAME",
     .help = "scrub, import: this header is secret too; may be repeated"},
    {.name = "redact-field",
     .kind = OPTION_LIST,
     .value = &fixture_options.redact_fields,
     .argument = "PATH",
     .help = "scrub, import: this field is secret too; may be repeated"},
};

/* What was done; beside a result that goes to stdout, on stderr. */
FILE *fixture_talk(const char *path) {
    return path && file_is_stdout(path) ? stderr : stdout;
}

bool fixture_load(struct recording *r, const char *path, int *code) {
    struct diags diags = {0};

    if (recording_load(r, path, &diags))
        return true;
    *code = print_diags(&diags, diags.items[0].line ? 1 : 2);
    return false;
}

int fixture_save(const struct recording *r, const char *path) {
    struct err err = {0};

    return recording_save(r, path, &err) ? 0 : print_err(&err, 2);
}

struct redactor *fixture_redactor(int *code) {
    struct redactor *r = redactor_new();

    identity_give(r);
    for (size_t i = 0; i < given->redact_headers.count; i++)
        redactor_add_header(r, given->redact_headers.items[i]);
    for (size_t i = 0; i < given->redact_fields.count; i++)
        redactor_add_field(r, given->redact_fields.items[i]);
    if (given->credentials) {
        struct diags diags = {0};
        struct profile *p = profile_load(
            given->credentials, PROFILE_KEYS_ONLY | PROFILE_ALLOW_LIVE, &diags);

        if (!p) {
            *code = print_diags(&diags, 2);
            redactor_free(r);
            return NULL;
        }
        redactor_add_profile(r, p);
        profile_free(p);
    }
    return r;
}

static void add_mark(void *context, const char *token, const char *mark) {
    recording_add_mark(context, token, mark);
}

size_t fixture_redact(struct redactor *r, struct recording *recording) {
    size_t changed = redactor_head(r, recording);

    for (size_t i = 0; i < recording->count; i++) {
        struct recorded *x = &recording->items[i];
        bool any = redactor_request(r, &x->request);

        any = redactor_response(r, &x->response) || any;
        changed += redactor_headers(r, &x->trailers) || any;
    }
    redactor_again(r, recording); /* what was learned late may stand early */
    redactor_take_marks(r, add_mark, recording);
    return changed;
}

/* --- the verbs; each gets its files --- */

static int do_recover(const struct command *c, char **files, int count) {
    struct recovery report;
    struct err err = {0};

    if (count != 1)
        return usage_error(c, "recover takes one recording");
    if (!recover(files[0], given->force ? RECOVER_FORCE : 0, NULL, &report, &err))
        return print_err(&err, err.line ? 1 : 2);
    if (report.nothing) {
        printf("%s: nothing to recover\n", files[0]);
        return file_exists(files[0]) ? 0 : 2;
    }
    if (report.done_before)
        printf("%s: held what its journal holds already\n", files[0]);
    else
        printf("%s: recovered %zu exchanges, %zu in all\n", files[0], report.added,
               report.total);
    if (report.journal.cut_bytes)
        printf("cut off: %zu bytes of a record that was not whole\n",
               report.journal.cut_bytes);
    if (report.journal.damaged_bytes)
        printf("left out: %zu damaged bytes, from line %d of the journal\n",
               report.journal.damaged_bytes, report.journal.damaged_line);
    if (report.journal.unknown)
        printf("outcome unknown: %zu request%s (see `outcome: unknown`)\n",
               report.journal.unknown, report.journal.unknown == 1 ? "" : "s");
    if (report.base_lost)
        printf("without the exchanges that the fixture held before\n");
    return 0;
}

static int do_scrub(const struct command *c, char **files, int count) {
    struct recording recording = {0};
    struct redactor *r;
    size_t changed;
    int code = 2;

    if (count != 1)
        return usage_error(c, "scrub takes one recording");
    if (!fixture_load(&recording, files[0], &code))
        return code;
    if ((r = fixture_redactor(&code))) {
        redactor_keep_tokens(r);
        redactor_continue(r, &recording);
        changed = fixture_redact(r, &recording);
        code = fixture_save(&recording, given->output ? given->output : files[0]);
        if (code == 0)
            fprintf(fixture_talk(given->output), "%s: %zu of %zu exchanges changed\n",
                    given->output ? given->output : files[0], changed, recording.count);
        redactor_free(r);
    }
    recording_release(&recording);
    return code;
}

/* The key comes from the environment, in the form that the request had. */
static void add_curl_header(struct buf *line, const struct http_header *h) {
    char *text = mem_printf("%s: %s", h->name, h->value);

    if (str_equal_nocase(h->name, "Host")) {
        free(text);
        return;
    }
    if (str_equal_nocase(h->name, "Authorization") &&
        strncasecmp(h->value, "Basic ", 6) == 0) {
        buf_adds(line, " -u \"$ASSAY_KEY:\"");
    } else if (str_equal_nocase(h->name, "Authorization") &&
               strncasecmp(h->value, "Bearer ", 7) == 0) {
        buf_adds(line, " -H \"Authorization: Bearer $ASSAY_KEY\"");
    } else {
        buf_adds(line, " -H ");
        str_add_shell(line, text, strlen(text));
    }
    free(text);
}

static void show_curl(const struct recording *r, const struct recorded *x) {
    const struct http_request *q = &x->request;
    struct buf line = BUF_INIT(BUF_UNLIMITED), visible = BUF_INIT(BUF_UNLIMITED);
    bool piped = q->body && !str_is_plain(q->body, q->body_len);

    if (piped)
        str_add_printf(&line, q->body, q->body_len);
    buf_adds(&line, "curl -g --path-as-is ");
    if (strcmp(q->method, "HEAD") == 0) {
        buf_adds(&line, "--head");
    } else {
        buf_adds(&line, "-X ");
        str_add_shell(&line, q->method, strlen(q->method));
    }
    for (size_t i = 0; i < q->headers.count; i++)
        add_curl_header(&line, &q->headers.items[i]);
    if (piped) {
        buf_adds(&line, " --data-binary @-");
    } else if (q->body) {
        buf_adds(&line, " --data-raw ");
        str_add_shell(&line, q->body, q->body_len);
    }
    buf_addc(&line, ' ');
    str_add_curl_url(&line, r->upstream ? r->upstream : "http://HOST", q->target);
    str_add_visible(&visible, line.ptr, line.len, BUF_UNLIMITED);
    printf("    %s\n", visible.ptr);
    buf_release(&line);
    buf_release(&visible);
}

static void show_one(const struct recording *r, const struct recorded *x) {
    const char *authorization = http_headers_get(&x->request.headers, "Authorization");
    struct buf line = BUF_INIT(BUF_UNLIMITED);

    buf_addf(&line, "%5llu  %8.3fs  ", (unsigned long long)x->number,
             (double)x->began_us / 1e6);
    if (x->response.status)
        buf_addf(&line, "%3d", x->response.status);
    else
        buf_adds(&line, "---");
    buf_addf(&line, " %7.1f ms  ", (double)(x->ended_us - x->began_us) / 1000);
    str_add_visible(&line, x->request.method, strlen(x->request.method), 20);
    for (size_t n = strlen(x->request.method); n < 7; n++)
        buf_addc(&line, ' ');
    str_add_visible(&line, x->request.target, strlen(x->request.target), 200);
    if (x->request.body) {
        buf_adds(&line, "  ");
        str_add_visible(&line, x->request.body, x->request.body_len, 120);
    }
    if (authorization) {
        buf_adds(&line, "  [");
        str_add_visible(&line, authorization, strlen(authorization), 60);
        buf_adds(&line, "]");
    }
    if (x->outcome != OUTCOME_ANSWERED)
        buf_addf(&line, "  %s%s%s", outcome_name(x->outcome), x->failure ? ": " : "",
                 x->failure ? x->failure : "");
    puts(line.ptr);
    buf_release(&line);
    if (given->curl_lines)
        show_curl(r, x);
}

static void show_learned(const struct recording *r) {
    struct histories *s = histories_new(r);
    json_t *list = traits_facts(s);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *o = json_array_get(list, i);
        const char *is = jsonx_string(o, "is", NULL);
        struct buf line = BUF_INIT(BUF_UNLIMITED);

        buf_addf(&line, "%-26s ", jsonx_string(o, "what", ""));
        str_add_visible(&line, is ? is : "no evidence", strlen(is ? is : "no evidence"),
                        200);
        if (is)
            buf_addf(&line, " (exchange %lld)", (long long)jsonx_int(o, "exchange", 0));
        puts(line.ptr);
        buf_release(&line);
    }
    json_decref(list);
    histories_free(s);
}

static int do_show(const struct command *c, char **files, int count) {
    struct recording r = {0};
    int code = 2;

    if (count != 1)
        return usage_error(c, "show takes one recording");
    if (!fixture_load(&r, files[0], &code))
        return code;
    if (given->stable) {
        fixture_show_stable(&r);
        recording_release(&r);
        return 0;
    }
    printf("%s: %zu exchanges with %s\n", files[0], r.count,
           r.upstream ? r.upstream : "an unknown server");
    for (size_t i = 0; !given->learned && i < r.count; i++)
        show_one(&r, &r.items[i]);
    if (given->learned)
        show_learned(&r);
    recording_release(&r);
    return 0;
}

static int do_merge(const struct command *c, char **files, int count) {
    struct recording all = {0};
    int code = 2;

    if (count < 2 || !given->output)
        return usage_error(c, "merge takes two recordings or more, and -o FILE");
    for (int i = 0; i < count; i++) {
        struct recording next = {0};

        if (!fixture_load(&next, files[i], &code)) {
            recording_release(&all);
            return code;
        }
        recording_join(&all, &next);
    }
    code = fixture_save(&all, given->output);
    if (code == 0)
        fprintf(fixture_talk(given->output), "%s: %zu exchanges\n", given->output,
                all.count);
    recording_release(&all);
    return code;
}

static bool wanted(const struct recorded *x) {
    char *path =
        mem_strndup(x->request.target, http_target_path_len(x->request.target));
    bool ok = (!given->from_number || x->number >= (uint64_t)given->from_number) &&
              (!given->to_number || x->number <= (uint64_t)given->to_number) &&
              (!given->path_glob || str_glob(given->path_glob, path));

    free(path);
    return ok;
}

static int do_slice(const struct command *c, char **files, int count) {
    struct recording r = {0};
    size_t kept = 0;
    int code = 2;

    if (count != 1 || !given->output)
        return usage_error(c, "slice takes one recording and -o FILE");
    if (given->from_number && given->to_number && given->from_number > given->to_number)
        return usage_error(c, "slice: --from %lld is behind --to %lld",
                           (long long)given->from_number, (long long)given->to_number);
    if (!fixture_load(&r, files[0], &code))
        return code;
    for (size_t i = 0; i < r.count; i++) {
        if (wanted(&r.items[i]))
            r.items[kept++] = r.items[i];
        else
            recorded_release(&r.items[i]);
    }
    r.count = kept;
    code = kept ? fixture_save(&r, given->output)
                : usage_error(c, "slice: no exchange is selected");
    if (code == 0)
        fprintf(fixture_talk(given->output), "%s: %zu exchanges\n", given->output,
                r.count);
    recording_release(&r);
    return code;
}

/* Each takes files, and the options that it names; any other one is an error. */
static const struct verb {
    const char *name;
    int (*run)(const struct command *c, char **files, int count);
    const char *uses[8];
} verbs[] = {
    {"recover", do_recover, {"force"}},
    {"scrub", do_scrub, {"output", "credentials", "redact-header", "redact-field"}},
    {"show", do_show, {"curl", "learned", "stable"}},
    {"diff", fixture_diff, {NULL}},
    {"export", fixture_export, {"output", "har"}},
    {"import",
     fixture_import,
     {"output", "har", "vcr", "upstream", "credentials", "redact-header",
      "redact-field"}},
    {"merge", do_merge, {"output"}},
    {"slice", do_slice, {"output", "from", "to", "path"}},
};

static bool uses(const struct verb *v, const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(v->uses) && v->uses[i]; i++)
        if (strcmp(v->uses[i], name) == 0)
            return true;
    return false;
}

/* -1 = none was given that the verb does not use. */
static int refuse_unused(const struct command *c, const struct verb *v) {
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (option_is_set(&options[i]) && !uses(v, options[i].name))
            return usage_error(c, "%s does not use --%s (%s)", v->name, options[i].name,
                               options[i].help);
    return -1;
}

static const struct verb *find_verb(const struct command *c, const char *name) {
    const char *words[ARRAY_LEN(verbs)], *near;

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        words[i] = verbs[i].name;
        if (strcmp(name, verbs[i].name) == 0)
            return &verbs[i];
    }
    near = str_nearest(name, words, ARRAY_LEN(words));
    usage_error(c, "unknown verb \"%s\"%s%s%s", name, near ? "; did you mean \"" : "",
                near ? near : "", near ? "\"?" : "");
    return NULL;
}

int cmd_fixture(int argc, char **argv) {
    const struct command *c = command_find("fixture");
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    const struct verb *v;

    if (code >= 0)
        return code;
    if (argc < 2)
        return usage_error(c,
                           "expected recover, scrub, show, diff, export, import, merge "
                           "or slice");
    v = find_verb(c, argv[1]);
    code = v ? refuse_unused(c, v) : 2;
    if (code < 0)
        code = v->run(c, argv + 2, argc - 2);
    free(given->redact_headers.items);
    free(given->redact_fields.items);
    return code;
}

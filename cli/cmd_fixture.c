#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/file.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/har.h"
#include "recording/history/history_load.h"
#include "recording/recover.h"
#include "recording/redact/redactor.h"
#include "replay/load/traits.h"

static const char *output, *path_glob, *credentials;
static struct option_list redact_headers, redact_fields;
static bool force, curl_lines, har, learned;
static int64_t from_number, to_number;

static const struct option options[] = {
    {.name = "output",
     .kind = OPTION_TEXT,
     .value = &output,
     .argument = "FILE",
     .help = "where the result goes (export: - is stdout, the default)"},
    {.name = "force",
     .kind = OPTION_FLAG,
     .value = &force,
     .help = "recover: leave out damaged records, do without a lost fixture"},
    {.name = "curl",
     .kind = OPTION_FLAG,
     .value = &curl_lines,
     .help = "show: a curl line that repeats each request"},
    {.name = "learned",
     .kind = OPTION_FLAG,
     .value = &learned,
     .help = "show: the implementation's own ways, and the exchange that shows each"},
    {.name = "har",
     .kind = OPTION_FLAG,
     .value = &har,
     .help = "export, import: HTTP Archive 1.2 (the only format now)"},
    {.name = "from",
     .kind = OPTION_INT,
     .value = &from_number,
     .argument = "N",
     .min = 1,
     .max = INT64_MAX,
     .help = "slice: the first exchange"},
    {.name = "to",
     .kind = OPTION_INT,
     .value = &to_number,
     .argument = "N",
     .min = 1,
     .max = INT64_MAX,
     .help = "slice: the last exchange"},
    {.name = "path",
     .kind = OPTION_TEXT,
     .value = &path_glob,
     .argument = "GLOB",
     .help = "slice: only paths like this"},
    {.name = "credentials",
     .kind = OPTION_TEXT,
     .value = &credentials,
     .argument = "PROFILE",
     .help = "scrub, import: keys of this profile become key:ROLE"},
    {.name = "redact-header",
     .kind = OPTION_LIST,
     .value = &redact_headers,
     .argument = "NAME",
     .help = "scrub, import: this header is secret too; may be repeated"},
    {.name = "redact-field",
     .kind = OPTION_LIST,
     .value = &redact_fields,
     .argument = "PATH",
     .help = "scrub, import: this field is secret too; may be repeated"},
};

/* What was done; beside a result that goes to stdout, on stderr. */
static FILE *talk(const char *path) {
    return path && file_is_stdout(path) ? stderr : stdout;
}

static bool load(struct recording *r, const char *path, int *code) {
    struct diags diags = {0};

    if (recording_load(r, path, &diags))
        return true;
    *code = print_diags(&diags, diags.items[0].line ? 1 : 2);
    return false;
}

static int save(const struct recording *r, const char *path) {
    struct err err = {0};

    return recording_save(r, path, &err) ? 0 : print_err(&err, 2);
}

static struct redactor *make_redaction(int *code) {
    struct redactor *r = redactor_new();

    for (size_t i = 0; i < redact_headers.count; i++)
        redactor_add_header(r, redact_headers.items[i]);
    for (size_t i = 0; i < redact_fields.count; i++)
        redactor_add_field(r, redact_fields.items[i]);
    if (credentials) {
        struct diags diags = {0};
        struct profile *p =
            profile_load(credentials, PROFILE_KEYS_ONLY | PROFILE_ALLOW_LIVE, &diags);

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

/* How many exchanges it changed. */
static size_t redact_all(struct redactor *r, struct recording *recording) {
    size_t changed = 0;

    for (size_t i = 0; i < recording->count; i++) {
        struct recorded *x = &recording->items[i];
        bool any = redactor_request(r, &x->request);

        any = redactor_response(r, &x->response) || any;
        changed += redactor_headers(r, &x->trailers) || any;
    }
    redactor_again(r, recording); /* what was learned late may stand early */
    return changed;
}

/* --- the verbs; each gets its files --- */

static int do_recover(const struct command *c, char **files, int count) {
    struct recovery report;
    struct err err = {0};

    if (count != 1)
        return usage_error(c, "recover takes one recording");
    if (!recover(files[0], force ? RECOVER_FORCE : 0, NULL, &report, &err))
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
    if (!load(&recording, files[0], &code))
        return code;
    if ((r = make_redaction(&code))) {
        redactor_keep_tokens(r);
        redactor_continue(r, &recording);
        changed = redact_all(r, &recording);
        code = save(&recording, output ? output : files[0]);
        if (code == 0)
            fprintf(talk(output), "%s: %zu of %zu exchanges changed\n",
                    output ? output : files[0], changed, recording.count);
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
    char *url =
        mem_printf("%s%s", r->upstream ? r->upstream : "http://HOST", q->target);
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
    str_add_shell(&line, url, strlen(url));
    str_add_visible(&visible, line.ptr, line.len, BUF_UNLIMITED);
    printf("    %s\n", visible.ptr);
    buf_release(&line);
    buf_release(&visible);
    free(url);
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
    if (curl_lines)
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
    if (!load(&r, files[0], &code))
        return code;
    printf("%s: %zu exchanges with %s\n", files[0], r.count,
           r.upstream ? r.upstream : "an unknown server");
    for (size_t i = 0; !learned && i < r.count; i++)
        show_one(&r, &r.items[i]);
    if (learned)
        show_learned(&r);
    recording_release(&r);
    return 0;
}

static int do_export(const struct command *c, char **files, int count) {
    struct recording r = {0};
    struct err err = {0};
    int code = 2;
    json_t *archive;
    char *text;

    if (count != 1 || !har)
        return usage_error(c, "export takes one recording and --har");
    if (!load(&r, files[0], &code))
        return code;
    archive = har_from(&r);
    text = json_dumps(archive, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    code = 0;
    if (!output || strcmp(output, "-") == 0)
        puts(text);
    else if (!file_replace(output, text, strlen(text), &err))
        code = print_err(&err, 2);
    free(text);
    json_decref(archive);
    recording_release(&r);
    return code;
}

static int do_import(const struct command *c, char **files, int count) {
    struct recording r = {.tool = NULL};
    struct har_report report;
    struct redactor *redactor;
    struct err err = {0};
    json_t *archive;
    int code = 2;

    if (count != 1 || !har || !output)
        return usage_error(c, "import takes one HAR file, --har and -o FILE");
    archive = jsonx_load_file(files[0], 1 << 30, &err);
    if (!archive)
        return print_err(&err, err.line ? 1 : 2);
    if (!har_to(archive, &r, &report, &err)) {
        err_in(&err, files[0]);
        code = print_err(&err, 1);
    } else if ((redactor = make_redaction(&code))) {
        r.tool = mem_strdup("assay " ASSAY_VERSION);
        redactor_keep_tokens(redactor); /* of an archive that we exported */
        redact_all(redactor, &r);
        redactor_free(redactor);
        code = save(&r, output);
        if (code == 0)
            fprintf(talk(output), "%s: %zu exchanges with %s\n", output, r.count,
                    r.upstream ? r.upstream : "nobody");
        if (report.other_origin || report.not_http)
            fprintf(talk(output),
                    "left out: %zu with other servers, %zu that are not HTTP\n",
                    report.other_origin, report.not_http);
        if (report.no_body)
            fprintf(talk(output),
                    "%zu answers have no text in the archive: they are partial, and "
                    "nothing is judged by them\n",
                    report.no_body);
        if (report.no_key)
            fprintf(talk(output),
                    "%zu requests were let in without a key in the archive: taken as "
                    "key:left_out\n",
                    report.no_key);
    }
    json_decref(archive);
    recording_release(&r);
    return code;
}

static int do_merge(const struct command *c, char **files, int count) {
    struct recording all = {0};
    int code = 2;

    if (count < 2 || !output)
        return usage_error(c, "merge takes two recordings or more, and -o FILE");
    for (int i = 0; i < count; i++) {
        struct recording next = {0};

        if (!load(&next, files[i], &code)) {
            recording_release(&all);
            return code;
        }
        redactor_renumber(&next, &all);
        recording_append(&all, &next);
    }
    code = save(&all, output);
    if (code == 0)
        fprintf(talk(output), "%s: %zu exchanges\n", output, all.count);
    recording_release(&all);
    return code;
}

static bool wanted(const struct recorded *x) {
    char *path =
        mem_strndup(x->request.target, http_target_path_len(x->request.target));
    bool ok = (!from_number || x->number >= (uint64_t)from_number) &&
              (!to_number || x->number <= (uint64_t)to_number) &&
              (!path_glob || str_glob(path_glob, path));

    free(path);
    return ok;
}

static int do_slice(const struct command *c, char **files, int count) {
    struct recording r = {0};
    size_t kept = 0;
    int code = 2;

    if (count != 1 || !output)
        return usage_error(c, "slice takes one recording and -o FILE");
    if (from_number && to_number && from_number > to_number)
        return usage_error(c, "slice: --from %lld is behind --to %lld",
                           (long long)from_number, (long long)to_number);
    if (!load(&r, files[0], &code))
        return code;
    for (size_t i = 0; i < r.count; i++) {
        if (wanted(&r.items[i]))
            r.items[kept++] = r.items[i];
        else
            recorded_release(&r.items[i]);
    }
    r.count = kept;
    code = kept ? save(&r, output) : usage_error(c, "slice: no exchange is selected");
    if (code == 0)
        fprintf(talk(output), "%s: %zu exchanges\n", output, r.count);
    recording_release(&r);
    return code;
}

static const struct verb {
    const char *name;
    int (*run)(const struct command *c, char **files, int count);
} verbs[] = {
    {"recover", do_recover}, {"scrub", do_scrub},   {"show", do_show},
    {"export", do_export},   {"import", do_import}, {"merge", do_merge},
    {"slice", do_slice},
};

int cmd_fixture(int argc, char **argv) {
    const struct command *c = command_find("fixture");
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    const char *words[ARRAY_LEN(verbs)], *near;

    if (code >= 0)
        return code;
    if (argc < 2)
        return usage_error(c, "expected recover, scrub, show, export, import, merge or "
                              "slice");
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        words[i] = verbs[i].name;
        if (strcmp(argv[1], verbs[i].name) != 0)
            continue;
        code = verbs[i].run(c, argv + 2, argc - 2);
        free(redact_headers.items);
        free(redact_fields.items);
        return code;
    }
    near = str_nearest(argv[1], words, ARRAY_LEN(words));
    return usage_error(c, "unknown verb \"%s\"%s%s%s", argv[1],
                       near ? "; did you mean \"" : "", near ? near : "",
                       near ? "\"?" : "");
}

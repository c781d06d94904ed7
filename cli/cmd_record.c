/* An upstream and the path of a fixture come in. The recorder runs between them until a
 * signal; the fixture is on disk at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_connection.h"
#include "api/profile_load.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/identity.h"
#include "cli/listen.h"
#include "cli/reach.h"
#include "cli/server.h"
#include "core/build_info.h"
#include "core/clock.h"
#include "core/connection.h"
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/recorder.h"
#include "recording/recover.h"

static struct listen_flags face = {.address = LISTEN_DEFAULT};
static const char *upstream_url, *fixture, *credentials;
static const char *durability_text = "strict", *conflict = "append";
static struct reach_flags reach = {.timeout_ms = 60000};
static struct option_list redact_headers, redact_fields;
static int64_t max_body = 16 << 20;
enum { CONNECTIONS = 256 };

static const char *const durabilities[] = {"strict", "batch", "none", NULL};
static const char *const conflicts[] = {"append", "fail", "replace", NULL};

static const struct option options[] = {
    {.name = "upstream",
     .kind = OPTION_TEXT,
     .value = &upstream_url,
     .argument = "URL",
     .help = "the one server that is forwarded to"},
    {.name = "fixture",
     .kind = OPTION_TEXT,
     .value = &fixture,
     .argument = "FILE",
     .help = "the recording; its journal stands beside it"},
    LISTEN_OPTIONS(face),
    FORWARD_OPTION(face),
    {.name = "credentials",
     .kind = OPTION_TEXT,
     .value = &credentials,
     .argument = "PROFILE",
     .help = "a target profile: its keys are recorded by role, key:main"},
    {.name = "durability",
     .kind = OPTION_TEXT,
     .value = &durability_text,
     .choices = durabilities,
     .argument = "HOW",
     .help =
         "strict: synced before an answer is relayed; batch: written before, synced "
         "soon; none: written before (default strict)"},
    {.name = "on-conflict",
     .kind = OPTION_TEXT,
     .value = &conflict,
     .choices = conflicts,
     .argument = "HOW",
     .help = "when FILE exists: append, fail or replace (default append)"},
    {.name = "redact-header",
     .kind = OPTION_LIST,
     .value = &redact_headers,
     .argument = "NAME",
     .help = "the values of this header are secret too; may be repeated"},
    {.name = "redact-field",
     .kind = OPTION_LIST,
     .value = &redact_fields,
     .argument = "PATH",
     .help = "this field of forms and JSON is secret too, as `token` or "
             "`owner.email`; may be repeated"},
    {.name = "upstream-insecure",
     .kind = OPTION_FLAG,
     .value = &reach.insecure,
     .help = "the same as --insecure"},
    REACH_OPTIONS(reach),
    {.name = "max-body",
     .kind = OPTION_INT,
     .value = &max_body,
     .argument = "BYTES",
     .min = 1,
     .max = 1 << 30,
     .help = "the largest body of a request or an answer (default 16 MiB)"},
    {.name = "timeout",
     .kind = OPTION_DURATION,
     .value = &reach.timeout_ms,
     .argument = "TIME",
     .min = 1,
     .max = 86400000,
     .help = "how long the upstream may take: 500ms, 2m (default 60s)"},
};

static void report_recovery(const struct recovery *r) {
    if (common.quiet || r->nothing)
        return;
    if (r->done_before)
        fprintf(stderr, "%s: held what the journal holds already\n", fixture);
    else
        fprintf(stderr,
                "%s: recovered %zu exchanges of a recording that was not "
                "finished\n",
                fixture, r->added);
    if (r->journal.cut_bytes)
        fprintf(stderr, "  cut off: %zu bytes of a record that was not whole\n",
                r->journal.cut_bytes);
    if (r->journal.unknown)
        fprintf(stderr, "  outcome unknown: %zu request%s\n", r->journal.unknown,
                r->journal.unknown == 1 ? "" : "s");
}

static bool finish_last_time(int *code) {
    struct recovery report;
    struct err err = {0};

    if (recover(fixture, 0, NULL, &report, &err)) {
        report_recovery(&report);
        return true;
    }
    *code = print_err(&err, 2);
    return false;
}

/* The upstream as a target: that of the profile, if there is one, with what the options
 * say. NULL after saying what is wrong. */
static struct profile *load_upstream(const struct command *c) {
    struct diags diags = {0};
    struct err err = {0};
    struct profile *p = credentials
                            ? profile_load(credentials, PROFILE_OTHER_URL, &diags)
                            : mem_new(1, sizeof(*p));

    if (!p) {
        print_diags(&diags, 2);
        return NULL;
    }
    free(p->base_url);
    p->base_url = connection_url(upstream_url, &err);
    if (!p->base_url)
        usage_error(c, "--upstream: %s", err.text);
    else if (reach_apply(c, &reach, &p->connection) < 0)
        return p;
    profile_free(p);
    return NULL;
}

/* What the fixture holds already; -1 to go on. */
static int look_at_fixture(const struct command *c, struct redactor *redactor,
                           struct journal_head *head) {
    struct recording base = {0};
    struct diags diags = {0};

    if (!file_exists(fixture))
        return -1;
    if (strcmp(conflict, "fail") == 0)
        return usage_error(c, "%s exists; --on-conflict append or replace goes on",
                           fixture);
    head->replace = strcmp(conflict, "replace") == 0;
    if (head->replace)
        return -1;
    if (!recording_load(&base, fixture, &diags))
        return print_diags(&diags, 2);
    redactor_continue(redactor, &base);
    head->base = base.count;
    recording_release(&base);
    return -1;
}

static void report_trouble(const char *what) {
    fprintf(stderr, "assay record: %s\n", what);
}

static void report_count(uint64_t n, const char *one, const char *many) {
    if (n)
        fprintf(stderr, "  %llu %s\n", (unsigned long long)n, n == 1 ? one : many);
}

static void report_counts(const struct recorder_counts *n) {
    report_count(n->failed, "had no whole answer from the upstream: it got 502 or 504",
                 "had no whole answer from the upstream: they got 502 or 504");
    report_count(n->not_written, "was refused with 503: it could not be recorded",
                 "were refused with 503: they could not be recorded");
    report_count(n->too_large, "was refused with 413 and not recorded: see --max-body",
                 "were refused with 413 and not recorded: see --max-body");
    report_count(n->refused, "was refused as not for the upstream, and not recorded",
                 "were refused as not for the upstream, and not recorded");
}

static void report_recorded(const struct recovery *r, uint64_t syncs) {
    if (r->added < r->total)
        fprintf(stderr,
                "%s: %zu exchanges appended to %zu exchanges of before, %zu in all",
                fixture, r->added, r->total - r->added, r->total);
    else
        fprintf(stderr, "%s: %zu exchange%s", fixture, r->total,
                r->total == 1 ? "" : "s");
    fprintf(stderr, "; %s durability, %llu syncs\n", durability_text,
            (unsigned long long)syncs);
    if (r->added < r->total)
        fprintf(stderr, "  (--on-conflict replace records it anew instead)\n");
}

static int finish(const struct recorder_counts *counts, struct redactor *redactor) {
    struct recovery report;
    struct err err = {0};

    if (!recover(fixture, 0, redactor, &report, &err)) {
        char *journal = journal_path(fixture);

        print_err(&err, 2);
        fprintf(stderr,
                "assay record: what was recorded is in %s; when the cause is gone, "
                "`assay fixture recover %s`\n",
                journal, fixture);
        free(journal);
        return 2;
    }
    if (!common.quiet) {
        report_recorded(&report, counts->syncs);
        report_counts(counts);
    }
    if (counts->restored)
        fprintf(stderr, "  its journal was removed meanwhile and written anew\n");
    return 0;
}

static enum durability durability(void) {
    return strcmp(durability_text, "batch") == 0  ? DURABILITY_BATCH
           : strcmp(durability_text, "none") == 0 ? DURABILITY_NONE
                                                  : DURABILITY_STRICT;
}

/* NULL sets the exit code. */
static struct journal *open_journal(const struct command *c,
                                    const struct recorder_options *o,
                                    struct redactor *redactor,
                                    struct journal_head *head, int *code) {
    char *path = journal_path(fixture);
    struct journal *journal = NULL;
    struct err err = {0};

    *code = look_at_fixture(c, redactor, head);
    if (*code < 0) {
        snprintf(head->session, sizeof(head->session), "%013llx",
                 (unsigned long long)id_seed_random());
        head->upstream = mem_strdup(o->upstream.connection.url);
        head->tool = mem_printf("assay %s", build_version);
        journal = journal_create(path, head, durability(), &err);
        if (!journal)
            *code = print_err(&err, 2);
    }
    free(path);
    return journal;
}

/* Nothing is written before it listens. */
static int record(const struct command *c, const struct recorder_options *o,
                  struct redactor *redactor, const struct server_company *with) {
    struct journal_head head = {.started_ms = clock_wall_ms()};
    struct journal *journal = NULL;
    struct recorder_counts counts;
    struct err err = {0};
    struct recorder *r;
    int code = 2, end;

    server_block_signals(with->command);
    r = recorder_listen(o, redactor, &err);
    if (!r)
        return print_err(&err, 2);
    if (finish_last_time(&code))
        journal = open_journal(c, o, redactor, &head, &code);
    journal_head_release(&head);
    if (!journal) {
        recorder_stop(r, 0, NULL, NULL);
        return code;
    }
    if (!recorder_begin(r, journal, head.started_ms, &err))
        code = print_err(&err, 2);
    else
        code = server_run(recorder_url(r), with);
    end = recorder_stop(r, SERVER_STOP_MS, &counts, &err) ? finish(&counts, redactor)
                                                          : print_err(&err, 2);
    return code ? code : end;
}

int cmd_record(int argc, char **argv) {
    const struct command *c = command_find("record");
    char **command = child_split(&argc, argv);
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct recorder_options o = {0};
    struct server_company with = {.command = command};
    struct listening l;
    struct redactor *redactor;
    struct profile *upstream;

    if (code >= 0)
        return code;
    if (argc > 1)
        return usage_error(c, "takes no argument, got \"%s\"", argv[1]);
    if (!upstream_url || !fixture)
        return usage_error(c, "--upstream URL and --fixture FILE are needed");
    if (!(upstream = load_upstream(c)))
        return 2;
    if ((code = listen_prepare(c, &face, (const char *const *)&upstream->base_url, 1,
                               &l)) >= 0) {
        profile_free(upstream);
        return code;
    }
    with.ca_path = l.identity.ca_path;
    o.listen = l.options;
    profile_connection(upstream, CONNECTIONS, &o.upstream.connection);
    o.upstream.max_body = (size_t)max_body;
    o.trouble = report_trouble;
    redactor = redactor_new();
    identity_give(redactor);
    for (size_t i = 0; i < redact_headers.count; i++)
        redactor_add_header(redactor, redact_headers.items[i]);
    for (size_t i = 0; i < redact_fields.count; i++)
        redactor_add_field(redactor, redact_fields.items[i]);
    redactor_add_profile(redactor, upstream);
    code = record(c, &o, redactor, &with);
    redactor_free(redactor);
    listening_release(&l);
    free(face.cors.items);
    free(redact_headers.items);
    free(redact_fields.items);
    profile_free(upstream);
    reach_release(&reach);
    return code;
}

/* In: a fixture, an upstream, and how the recorder between is reached. Out: the fixture with
 * what was recorded until the end, and a summary on stderr. */
#include "cli/recording_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/build_info.h"
#include "core/clock.h"
#include "core/confine.h"
#include "core/connection.h"
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "recording/recover.h"

static void report_recovery(const struct recording_session *s,
                            const struct recovery *r) {
    if (common.quiet || r->nothing)
        return;
    if (r->done_before)
        fprintf(stderr, "%s: held what the journal holds already\n", s->fixture);
    else
        fprintf(stderr,
                "%s: recovered %zu exchanges of a recording that was not "
                "finished\n",
                s->fixture, r->added);
    if (r->journal.cut_bytes)
        fprintf(stderr, "  cut off: %zu bytes of a record that was not whole\n",
                r->journal.cut_bytes);
    if (r->journal.unknown)
        fprintf(stderr, "  outcome unknown: %zu request%s\n", r->journal.unknown,
                r->journal.unknown == 1 ? "" : "s");
}

bool recording_session_recover(const struct recording_session *s, int *code) {
    struct recovery report;
    struct err err = {0};

    if (recover(s->fixture, 0, NULL, &report, &err)) {
        report_recovery(s, &report);
        return true;
    }
    *code = print_err(&err, 2);
    return false;
}

/* What the fixture holds already; -1 to go on. */
static int look_at_fixture(const struct recording_session *s,
                           struct journal_head *head) {
    struct recording base = {0};
    struct diags diags = {0};

    if (!file_exists(s->fixture))
        return -1;
    if (strcmp(s->conflict, "fail") == 0)
        return usage_error(s->command,
                           "%s exists; --on-conflict append or replace goes on",
                           s->fixture);
    head->replace = strcmp(s->conflict, "replace") == 0;
    if (head->replace)
        return -1;
    if (!recording_load(&base, s->fixture, &diags))
        return print_diags(&diags, 2);
    redactor_continue(s->redactor, &base);
    head->base = base.count;
    recording_release(&base);
    return -1;
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

static void report_recorded(const struct recording_session *s, const struct recovery *r,
                            uint64_t syncs) {
    if (r->added < r->total)
        fprintf(stderr,
                "%s: %zu exchanges appended to %zu exchanges of before, %zu in all",
                s->fixture, r->added, r->total - r->added, r->total);
    else
        fprintf(stderr, "%s: %zu exchange%s", s->fixture, r->total,
                r->total == 1 ? "" : "s");
    fprintf(stderr, "; %s durability, %llu syncs\n", s->durability,
            (unsigned long long)syncs);
    if (r->added < r->total)
        fprintf(stderr, "  (--on-conflict replace records it anew instead)\n");
}

static int finish(const struct recording_session *s,
                  const struct recorder_counts *counts) {
    struct recovery report;
    struct err err = {0};

    if (!recover(s->fixture, 0, s->redactor, &report, &err)) {
        char *journal = journal_path(s->fixture);

        print_err(&err, 2);
        fprintf(stderr,
                "assay: what was recorded is in %s; when the cause is gone, "
                "`assay fixture recover %s`\n",
                journal, s->fixture);
        free(journal);
        return 2;
    }
    if (!common.quiet) {
        report_recorded(s, &report, counts->syncs);
        report_counts(counts);
    }
    if (counts->restored)
        fprintf(stderr, "  its journal was removed meanwhile and written anew\n");
    return 0;
}

static enum durability durability(const struct recording_session *s) {
    return strcmp(s->durability, "batch") == 0  ? DURABILITY_BATCH
           : strcmp(s->durability, "none") == 0 ? DURABILITY_NONE
                                                : DURABILITY_STRICT;
}

/* NULL sets the exit code. */
static struct journal *open_journal(const struct recording_session *s,
                                    const struct recorder_options *o,
                                    struct journal_head *head, int *code) {
    char *path = journal_path(s->fixture);
    struct journal *journal = NULL;
    struct err err = {0};

    *code = look_at_fixture(s, head);
    if (*code < 0) {
        snprintf(head->session, sizeof(head->session), "%013llx",
                 (unsigned long long)id_seed_random());
        head->upstream = mem_strdup(o->upstream.connection.url);
        head->tool = mem_printf("assay %s", build_version);
        journal = journal_create(path, head, durability(s), &err);
        if (!journal)
            *code = print_err(&err, 2);
    }
    free(path);
    return journal;
}

/* What it takes to find the upstream by its name and to trust it, and nothing else. */
static const char *const read_always[] = {
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share",
    "/usr/local/lib",
    "/dev",
    "/run/systemd/resolve",
    "/run/nscd",
    "/run/resolvconf",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/gnutls",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/localtime",
    "/etc/ld.so.cache",
};

/* From here on: the folder of the fixture, and the port of the one upstream. */
static void confine_session(const struct recording_session *s,
                            const struct connection *to,
                            const struct server_company *with) {
    enum {
        DNS_PORT = 53,
        PROXY_PORT = 1080,
        /* libcurl's, where none is named */ ALWAYS = ARRAY_LEN(read_always),
        MORE = 3
    };
    const char *read[ALWAYS + MORE + 1] = {0}, *write[3] = {0};
    const char *const more[MORE] = {to->cacert, to->cert, to->cert_key};
    int ports[] = {connection_port(to->proxy ? to->proxy : to->url), DNS_PORT,
                   to->proxy ? PROXY_PORT : 0, 0};
    struct confine_options needs = {
        .read = read, .write = write, .connects = true, .ports = ports};
    char *real = realpath(s->fixture, NULL), *folder = file_folder(s->fixture),
         *linked = real ? file_folder(real) : NULL;
    size_t n = ALWAYS;

    memcpy(read, read_always, sizeof(read_always));
    for (size_t i = 0; i < MORE; i++)
        if (more[i])
            read[n++] = more[i];
    write[0] = folder;
    write[1] = linked;
    if (!ports[0])
        needs.ports = NULL;
    server_confine(&needs, with->command);
    free(folder);
    free(linked);
    free(real);
}

/* Nothing is written before it listens. */
int recording_session_run(struct recording_session *s, const struct recorder_options *o,
                          const struct server_company *with) {
    struct journal_head head = {.started_ms = clock_wall_ms()};
    struct journal *journal = NULL;
    struct recorder_counts counts;
    struct err err = {0};
    struct recorder *r;
    int code = 2, end;

    server_block_signals(with->command);
    confine_session(s, &o->upstream.connection, with);
    r = recorder_listen(o, s->redactor, &err);
    if (!r)
        return print_err(&err, 2);
    s->started_ms = head.started_ms;
    if (recording_session_recover(s, &code))
        journal = open_journal(s, o, &head, &code);
    journal_head_release(&head);
    if (!journal) {
        recorder_stop(r, 0, NULL, NULL);
        return code;
    }
    if (!recorder_begin(r, journal, s->started_ms, &err))
        code = print_err(&err, 2);
    else
        code = server_run(recorder_url(r), with);
    end = recorder_stop(r, SERVER_STOP_MS, &counts, &err) ? finish(s, &counts)
                                                          : print_err(&err, 2);
    return code ? code : end;
}
